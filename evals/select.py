"""Which cases a run asks: suites by their corpus, chosen by id, tag, words or sample."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from evals.corpus import corpus_folder
from evals.errors import SuiteError
from evals.load import load_suite, suite_files
from evals.run import select_cases
from evals.schema import Result, Suite


def load_by_corpus(
    suites: Sequence[Path],
    corpus: Path,
    filters: Sequence[str] = (),
    sample: int | None = None,
    seed: int = 1,
) -> dict[Path, list[Suite]]:
    """Load suites, select their cases, and group them by corpus: theirs, or else the one given.

    Raises SuiteError, also if no case is left.
    """
    by_corpus: dict[Path, list[Suite]] = {}
    names: set[str] = set()
    for file in suite_files(suites):
        suite = load_suite(file, corpus)
        if suite.name in names:
            raise SuiteError(f"{file}, line 1: another suite is named {suite.name}, too.")
        names.add(suite.name)
        kept = select_cases([suite], filters, sample, seed)
        if kept:
            by_corpus.setdefault(corpus_folder(suite, file, corpus), []).extend(kept)
    if not by_corpus:
        raise SuiteError(f"No case is left to run. {_hint_filters(suites, filters)}")
    return by_corpus


def name_run(results: Sequence[Result], filters: Sequence[str], sample: int | None) -> str:
    """Return what runs of the same selection have in common."""
    name = ", ".join(dict.fromkeys(result.suite for result in results))
    chosen = [*filters, *([f"{sample} each"] if sample else [])]
    return f"{name} ({', '.join(chosen)})" if chosen else name


def _hint_filters(suites: Sequence[Path], filters: Sequence[str]) -> str:
    """Return the ids and tags nearest to filters."""
    cases = [case for file in suite_files(suites) for case in load_suite(file).cases]
    names = {name for case in cases for name in (case.id, *case.tags)}
    near = [found for text in filters for found in get_close_matches(text, names, 1)]
    return f"Did you mean --filter {near[0]}?" if near else "Look at --filter."
