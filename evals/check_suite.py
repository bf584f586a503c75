"""What a suite's types cannot tell: duplicates, contradictions, documents that are not there."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from evals.schema import Case, ExpectedCitation, Suite
from evals.text import find_spans, split_into_claims
from ingest.schema import Document
from ingest.strict_yaml import Problem


def find_duplicates(suite: Suite) -> Iterator[Problem]:
    """Yield the ids that stand twice."""
    seen: dict[str, int] = {}
    for number, case in enumerate(suite.cases):
        if case.id in seen:
            yield ("cases", number, "id"), f"the id `{case.id}` stands twice."
        seen[case.id] = number


def find_contradictions(suite: Suite) -> Iterator[Problem]:
    """Yield what no answer can be, and what is true of every answer."""
    for number, case in enumerate(suite.cases):
        where = ("cases", number, "expect")
        expect = case.expect
        given = expect.model_fields_set
        if not given:
            yield where, f"`{case.id}` expects nothing; give at least one expectation."
        if expect.abstains:
            for other in ("value", "contains", "cites", "corrects", "calculates", "conflicts"):
                if getattr(expect, other):
                    yield (*where, other), f"`{other}` contradicts `abstains: true`."
        banned = {phrase.casefold() for group in expect.excludes or () for phrase in group}
        for group in expect.contains or ():
            if all(phrase.casefold() in banned for phrase in group):
                yield (
                    (*where, "excludes"),
                    f"`excludes` contradicts `contains`: {', '.join(group)} is in both.",
                )
        yield from _contradictory_scope(number, case)


def _contradictory_scope(number: int, case: Case) -> Iterator[Problem]:
    for group in case.expect.cites or ():
        if not any(_is_searched(case, citation.document) for citation in group):
            names = ", ".join(citation.document for citation in group)
            where = ("cases", number, "expect", "cites")
            yield where, f"{names} cannot be cited: the case does not search there."
    if case.documents is not None and set(case.documents) <= set(case.without):
        yield ("cases", number, "without"), "`without` leaves none of `documents`."


def _is_searched(case: Case, name: str) -> bool:
    return name not in case.without and (case.documents is None or name in case.documents)


def find_missing_evidence(
    suite: Suite, documents: Mapping[str, Document], corpus: Path
) -> Iterator[Problem]:
    """Yield the documents and quotes that the corpus does not have, with the nearest it has."""
    for number, case in enumerate(suite.cases):
        for part, name in _named_documents(case):
            if name not in documents:
                near = get_close_matches(name, list(documents), 1)
                hint = f" Did you mean {near[0]}?" if near else ""
                yield ("cases", number, *part), f"there is no document {name} in {corpus}.{hint}"
        for citation in _expected_citations(case):
            if citation.quote and (document := documents.get(citation.document)):
                if find_spans(document.text, citation.quote):
                    continue
                where = ("cases", number, "expect", "cites")
                nearest = _nearest_words(citation.quote, document.text)
                yield where, f"{document.name} does not have “{citation.quote}”.{nearest}"


def _nearest_words(quote: str, text: str) -> str:
    near = get_close_matches(quote, split_into_claims(text), 1, 0.3)
    return f" The nearest is “{near[0].strip()}”." if near else ""


def _expected_citations(case: Case) -> Iterator[ExpectedCitation]:
    for group in case.expect.cites or ():
        yield from group


def _named_documents(case: Case) -> Iterator[tuple[tuple[str, ...], str]]:
    for citation in _expected_citations(case):
        yield ("expect", "cites"), citation.document
    for name in case.documents or ():
        yield ("documents",), name
    for name in case.without:
        yield ("without",), name
