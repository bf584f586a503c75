"""Case and attempt -> checks, each with its reason in words. Deterministic: no model is asked.

Two kinds: what holds for every answer (it came, its citations open their exact words, its
sentences are faithful to what they cite), and what the case expects.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from evals.integrity import check_exact, check_faithful
from evals.quantity import has_value
from evals.schema import (
    Attempt,
    Case,
    Check,
    Expect,
    ExpectedCitation,
    Groups,
    Score,
    Value,
)
from evals.text import find_spans, has_phrase, normalise, plain_text, split_into_claims
from ingest.schema import Document
from rag.question import is_written_in
from rag.schema import Answer

LEAST_OVERLAP = 0.5
"""How much of the shorter of two spans both must share, to be a citation of the same words."""

_DENIAL = re.compile(
    r"\b(not|never|no|wrong(ly)?|incorrect(ly)?|mistaken(ly)?|errors?|erroneous(ly)?|confus\w+"
    r"|rather than|instead|sic|false(ly)?|actually|misattribut\w+)\b|n't"
    r"|不是|并非|并不|错误|有误|误[称作认将把]|而非|纠正|更正|实际上",
    re.IGNORECASE,
)

_PRONOUN = re.compile(r"\b(he|she|it|they|him|her|his|its|their)\b|[他她它其]", re.IGNORECASE)
_YES = re.compile(r"(yes|correct|indeed|right)\b|是的|对[，。,]|没错", re.IGNORECASE)


def score_attempt(case: Case, attempt: Attempt, documents: Mapping[str, Document]) -> Score:
    """Check one attempt at a case. `documents` are those of the corpus, as its files are now."""
    if attempt.answer is None:
        return Score((Check.fail("completed", attempt.error or "there is no answer"),))
    answer = attempt.answer
    checks = [
        Check.hold("completed", "an answer came"),
        check_exact(answer, documents),
        check_faithful(answer, documents),
        *_check_expectations(case, attempt, answer, documents),
    ]
    return Score(tuple(checks))


def _check_expectations(
    case: Case, attempt: Attempt, answer: Answer, documents: Mapping[str, Document]
) -> Iterator[Check]:
    text = plain_text(answer.text)
    yield from _check_words(case.question, case.expect, text)
    yield from _check_parts(case.expect, answer, documents)
    if (language := case.expect.language) is not None:
        passed = answer.language == language and is_written_in(text, language)
        reason = f"it is {'' if passed else 'not '}written in {language}"
        yield Check("language", passed, reason)
    if (most := case.expect.max_seconds) is not None:
        reason = f"{attempt.seconds:.1f} s, of {most:g} s at the most"
        yield Check("seconds", attempt.seconds <= most, reason)


def _check_words(question: str, expect: Expect, text: str) -> Iterator[Check]:
    if expect.never_says is not None:
        yield check_true(question, text, expect.never_says)
    if expect.value is not None:
        yield check_value(text, expect.value)
    if expect.contains is not None:
        yield check_contains(text, expect.contains)
    if expect.excludes is not None:
        yield check_excludes(text, expect.excludes)


def _check_parts(
    expect: Expect, answer: Answer, documents: Mapping[str, Document]
) -> Iterator[Check]:
    if expect.abstains is not None:
        yield check_abstains(answer, abstains=expect.abstains)
    for group in expect.cites or ():
        yield check_cites(answer, group, documents)
    if expect.corrects is not None:
        yield check_corrects(answer, expect.corrects)
    if expect.calculates is not None:
        was = answer.calculation is not None
        reason = "a calculation is shown" if was else "no calculation is shown"
        yield Check("calculates", was == expect.calculates, reason)
    if expect.conflicts is not None:
        shown = bool(answer.conflicts)
        reason = f"{'a' if shown else 'no'} contradiction between documents is shown"
        yield Check("conflicts", shown == expect.conflicts, reason)


def check_true(question: str, text: str, claims: Sequence[Groups]) -> Check:
    """Look for a false claim: a sentence with a phrase of each of its groups, and no denial.

    Where a sentence has a pronoun, the question may hold the others; where it says yes, all.
    """
    asked = normalise(question)
    for sentence in split_into_claims(text):
        plain = normalise(sentence)
        if _DENIAL.search(plain):
            continue
        says_yes = _YES.match(plain) is not None
        context = asked if says_yes or _PRONOUN.search(plain) else ""
        for claim in claims:
            said = any(_first_found(plain, group) for group in claim) or says_yes
            if said and all(_first_found(f"{context} {plain}", group) for group in claim):
                words = " + ".join(group[0] for group in claim)
                return Check.fail("true", f"it says what is known to be wrong ({words})")
    return Check.hold("true", "it says nothing that is known to be wrong")


def check_abstains(answer: Answer, *, abstains: bool) -> Check:
    """Compare whether it was answered with whether it should be."""
    if answer.abstained:
        reason = "it says that the documents do not answer this"
        why = f" ({answer.dropped[0]})" if answer.dropped and not abstains else ""
        return Check("abstains", abstains, reason + why)
    return Check("abstains", not abstains, "it answers")


def check_value(text: str, value: Value) -> Check:
    """Look for the number, or for all of several."""
    unit = f" {value.unit}" if value.unit else ""
    for number in value.number:
        if not has_value(text, number, value.unit, value.tolerance):
            return Check.fail("value", f"it does not state {number:f}{unit}")
    stated = " and ".join(f"{number:f}" for number in value.number)
    return Check.hold("value", f"it states {stated}{unit}")


def check_contains(text: str, groups: Groups) -> Check:
    """Look for one phrase of each group."""
    plain = normalise(text)
    missing = [group for group in groups if not _first_found(plain, group)]
    if missing:
        return Check.fail("contains", "it lacks " + "; ".join(map(_any_of, missing)))
    return Check.hold("contains", "it has all that it must")


def check_excludes(text: str, groups: Groups) -> Check:
    """Look for phrases that must not stand there."""
    plain = normalise(text)
    found = [phrase for group in groups if (phrase := _first_found(plain, group))]
    if found:
        return Check.fail("excludes", f"it has {', '.join(map(repr, found))}")
    return Check.hold("excludes", "it has nothing that it must not")


def check_cites(
    answer: Answer, group: Sequence[ExpectedCitation], documents: Mapping[str, Document]
) -> Check:
    """Look for a citation of one of the group's documents, at its quote if it has one."""
    for expected in group:
        for citation in answer.citations:
            if is_at(expected, citation.document, citation.start, citation.end, documents):
                return Check.hold("cites", f"it cites {_describe(expected)}")
    wanted = " or ".join(map(_describe, group))
    cited = ", ".join(sorted({citation.document for citation in answer.citations})) or "nothing"
    return Check.fail("cites", f"it does not cite {wanted}; it cites {cited}")


def is_at(
    expected: ExpectedCitation,
    document: str,
    start: int,
    end: int,
    documents: Mapping[str, Document],
) -> bool:
    """Tell whether a span of a document is the expected one, or overlaps it enough."""
    if document != expected.document:
        return False
    if expected.quote is None:
        return True
    text = documents[document].text if document in documents else ""
    for quote_start, quote_end in find_spans(text, expected.quote):
        shared = min(end, quote_end) - max(start, quote_start)
        if shared >= LEAST_OVERLAP * max(1, min(end - start, quote_end - quote_start)):
            return True
    return False


def check_corrects(answer: Answer, ids: Sequence[str]) -> Check:
    """Compare the errata that the answer corrects; with no ids, it must correct nothing."""
    shown = {correction.id for correction in answer.corrections}
    if not ids:
        said = ", ".join(sorted(shown)) or "nothing"
        return Check("corrects", not shown, f"it corrects {said}")
    missing = [id_ for id_ in ids if id_ not in shown]
    if missing:
        return Check.fail("corrects", f"it does not correct {', '.join(missing)}")
    return Check.hold("corrects", f"it corrects {', '.join(ids)}")


def _first_found(plain: str, group: Sequence[str]) -> str | None:
    return next((phrase for phrase in group if has_phrase(plain, phrase)), None)


def _any_of(group: Sequence[str]) -> str:
    return " or ".join(repr(phrase) for phrase in group)


def _describe(expected: ExpectedCitation) -> str:
    return expected.document + (f" at “{expected.quote}”" if expected.quote else "")
