"""Suites among tests: with `pytest_plugins = ["evals.pytest_plugin"]`, pytest collects them.

Every file that is named `*.suite.yaml` or `*.suite.jsonl` below the tests is collected, and each of
its cases is a test, asked of the corpus and with the models of the settings (`SIC_*`).
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from evals.corpus import corpus_folder
from evals.ledger import Ledger
from evals.load import load_suite
from evals.run import RunOptions, Subject, run_suites
from evals.schema import Case, Result, Suite
from evals.subject import Laboratory
from ingest.errors import SicError
from ingest.settings import IngestSettings, load_environment
from rag.settings import RagSettings

SUFFIXES = (".suite.yaml", ".suite.jsonl")


class _Session:
    """The settings, the models and the open corpora of one run of pytest."""

    def __init__(self) -> None:
        environment = load_environment()
        self.ingest = IngestSettings.from_environment(environment)
        self._stack = ExitStack()
        laboratory = Laboratory(self.ingest, RagSettings.from_environment(environment))
        self._laboratory = self._stack.enter_context(laboratory)
        self._ledger = Ledger(self.ingest.store / "evals" / "runs.db")
        self._subjects: dict[Path, Subject] = {}

    def run(self, suite: Suite, case: Case, file: Path) -> Result:
        """Ask and score one case."""
        corpus = corpus_folder(suite, file, self.ingest.corpus)
        if corpus not in self._subjects:
            opened = self._laboratory.open(corpus, lambda *_: None)
            self._subjects[corpus] = self._stack.enter_context(opened)
        one = suite.model_copy(update={"cases": (case,)})
        return run_suites([one], self._subjects[corpus], self._ledger, RunOptions())[0]

    def close(self) -> None:
        """Let go of the stores and the models."""
        self._stack.close()


_SESSION = pytest.StashKey[_Session]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a suite."""
    if file_path.name.endswith(SUFFIXES):
        collector: pytest.Collector = SuiteFile.from_parent(parent, path=file_path)
        return collector
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what the cases opened."""
    if (session := config.stash.get(_SESSION, None)) is not None:
        session.close()


class SuiteFile(pytest.File):
    """A file with a suite."""

    def collect(self) -> Iterator["CaseItem"]:
        """Yield a test for each case."""
        try:
            suite = load_suite(self.path)
        except SicError as error:
            raise self.CollectError(str(error)) from error
        for case in suite.cases:
            item: CaseItem = CaseItem.from_parent(self, name=case.id, suite=suite, case=case)
            yield item


class CaseItem(pytest.Item):
    """A case as a test: it passes if everything that it expects holds."""

    def __init__(self, *, suite: Suite, case: Case, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._suite = suite
        self._case = case

    def runtest(self) -> None:
        """Ask, and fail with the reasons in words."""
        if _SESSION not in self.config.stash:
            self.config.stash[_SESSION] = _Session()
        result = self.config.stash[_SESSION].run(self._suite, self._case, self.path)
        if not result.passed:
            answer = result.attempts[0].answer
            reasons = "\n".join(f"- {check.name}: {check.reason}" for check in result.failures)
            said = answer.text if answer else "(no answer)"
            pytest.fail(f"{self._case.question}\n{said}\n{reasons}", pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the case in pytest's lists."""
        return self.path, None, f"{self._suite.name}/{self._case.id}"
