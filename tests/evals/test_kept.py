"""Runs keep their reports, and are held against the one before; scripted answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from evals.errors import SuiteError
from evals.kept import list_reports, run_and_keep
from evals.run import OnDone, Subject
from ingest.settings import IngestSettings
from tests.evals.scripted import DOCUMENTS, HEIGHT, ScriptedSubject, make_answer, write

SUITE = """\
cases:
  - id: height
    question: How high is the dam?
    tags: [smoke]
    expect: {value: {number: 120, unit: m}}
  - id: width
    question: How wide is the dam?
    expect: {abstains: true}
"""


class ScriptedLaboratory:
    """Opens any corpus as the scripted one."""

    def __init__(self, **answers: object) -> None:
        self.answers = answers
        self.chat_model = type("Model", (), {"name": "scripted"})

    @contextmanager
    def open(self, corpus: Path, _: object) -> Iterator[Subject]:
        yield ScriptedSubject(self.answers, HEIGHT).subject(answers=repr(self.answers))


@pytest.fixture
def corpus(settings: IngestSettings) -> IngestSettings:
    for document in DOCUMENTS.values():
        write(settings.documents / document.name, document.text)
    write(settings.corpus / "evals" / "dams.yaml", SUITE)
    return settings


def run(corpus: IngestSettings, laboratory: ScriptedLaboratory, *filters: str) -> Any:
    done: list[tuple[int, str]] = []

    def watch(total: int) -> OnDone:
        return lambda result, _: done.append((total, result.id))

    suites = [corpus.corpus / "evals" / "dams.yaml"]
    kept = run_and_keep(suites, filters, laboratory, corpus, watch)  # type: ignore[arg-type]
    assert {total for total, _ in done} == {len(kept.report.results)}
    return kept


@pytest.fixture(autouse=True)
def a_second_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of reports are named by the second."""
    from datetime import UTC, datetime, timedelta

    import evals.kept

    class Clock:
        at = datetime(2026, 1, 1, tzinfo=UTC)

        @classmethod
        def now(cls, _: object) -> datetime:
            cls.at += timedelta(seconds=1)
            return cls.at

    monkeypatch.setattr(evals.kept, "datetime", Clock)


def test_a_report_is_kept_and_held_against_the_last(corpus: IngestSettings) -> None:
    wide = {"How wide is the dam?": make_answer()}
    first = run(corpus, ScriptedLaboratory())
    assert (first.passed, len(first.report.results), first.changes) == (1, 2, {})
    second = run(corpus, ScriptedLaboratory(**wide))
    assert second.passed == 2
    assert second.changes == {"same": 1, "newly passing": 1}
    folder = corpus.store / "evals" / "reports" / second.stamp
    assert sorted(path.name for path in folder.iterdir()) == [
        "comparison.html",
        "report.html",
        "report.json",
    ]
    assert [one.stamp for one in list_reports(corpus)] == [second.stamp, first.stamp]


def test_another_choice_of_cases_is_not_compared(corpus: IngestSettings) -> None:
    run(corpus, ScriptedLaboratory())
    smoke = run(corpus, ScriptedLaboratory(), "smoke")
    assert [result.case.id for result in smoke.report.results] == ["height"]
    assert smoke.changes == {}


def test_a_choice_without_cases_is_refused(corpus: IngestSettings) -> None:
    with pytest.raises(SuiteError, match="Did you mean --filter smoke"):
        run(corpus, ScriptedLaboratory(), "smok")
    assert list_reports(corpus) == []


def test_a_broken_report_is_left_out(corpus: IngestSettings) -> None:
    kept = run(corpus, ScriptedLaboratory())
    write(corpus.store / "evals" / "reports" / "2030-01-01T00-00-00" / "report.json", "{")
    assert [one.stamp for one in list_reports(corpus)] == [kept.stamp]
