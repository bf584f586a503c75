"""What other passages state otherwise: another value of the same quantity, or another name.

Two sentences contradict each other only if they speak of the same thing at the same time. So a
sentence that names something else, or another year, is none against a cited one.
"""

import re
from collections.abc import Sequence, Set
from decimal import Decimal
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from ingest.terms import FUNCTION_WORDS, find_query_terms, find_terms, is_same_word
from rag.calculator import Quantity
from rag.evidence import with_antecedent
from rag.kind import find_kind
from rag.names import blank_identifiers, find_subjects, find_words, plain_name
from rag.operands import find_numbers_in
from rag.quantity import find_quantity_spans, is_unit
from rag.question import detect_language
from rag.schema import Evidence
from rag.units import find_factor

if TYPE_CHECKING:
    from ingest.embed import Embedder

LEAST_SIMILARITY = 0.85
LEAST_SIMILARITY_ACROSS = 0.78
"""Cosine similarity to the cited sentence, in its language and in another, from which a sentence
may speak of the same thing."""
LEAST_OVERLAP = 0.5
"""The share of terms, of those of the sentence with fewer, that both must have."""
LEAST_TWIN_WORDS = 4
"""Words, or Chinese characters, that a sentence must have to be another's twin."""
_WORD = re.compile(r"[\u4e00-\u9fff]|\w+(?:[.,]\d+)*")
_MEASURED = """
    amount cost costs price prices fee fees energy electricity power water carbon emission emissions
    emit emitted weight height length area time number total used use uses took take takes"""
MEASURED = frozenset(_MEASURED.split())
"""What is measured of a thing, which a sentence that states its amount need not say."""
_YEARS = range(1000, 2101)
_QUARTER = re.compile(
    r"(?<!前)第?([一二三四1-4])季|\bQ([1-4])\b|\b(first|second|third|fourth) quarter", re.IGNORECASE
)
_HALF = re.compile(r"([上下])半年|\bH([12])\b|\b(first|second) half", re.IGNORECASE)
_MONTH = re.compile(r"(?<![\d至到-])(1?\d)月(?![至到-]|\s*\d)")
"""Parts of a year: no day of a month, and no run of months or quarters."""
_ORDER = {
    one: str(at)
    for at, words in enumerate(("一 first 上", "二 second 下", "三 third", "四 fourth"), 1)
    for one in words.split()
}
YEAR = "year"

Stated = tuple[str, Decimal]


def find_rivals(
    text: str,
    cited: Sequence[Evidence],
    sentences: Sequence[Evidence],
    question: str,
    embedder: "Embedder",
) -> list[Evidence]:
    """Return the sentences that seem to contradict one of an answer, the most similar first.

    `text` is that sentence of the answer, `cited` what it rests on, and `sentences` are all those
    of the passages. What an answer repeats of its question is not in dispute.
    """
    values = find_values(text) - find_values(question)
    names = _names(text) - find_words(question)
    known = {item.place for item in cited}
    rivals = [
        item
        for item in sentences
        if item.place not in known
        and any(
            _is_about(question, of, item)
            and (_differs_in_value(values, of, item) or _differs_in_name(names, of, item))
            for of in cited
        )
    ]
    if not rivals:
        return []
    vectors = embedder.embed_documents([item.text for item in [*cited, *rivals]])
    nearness = (vectors[len(cited) :] @ vectors[: len(cited)].T).max(axis=1)
    language = detect_language(cited[0].text)
    ranked = sorted(zip(nearness, range(len(rivals)), strict=True), reverse=True)
    return [
        rivals[at]
        for near, at in ranked
        if near
        >= (
            LEAST_SIMILARITY
            if detect_language(rivals[at].text) == language
            else LEAST_SIMILARITY_ACROSS
        )
    ]


def find_twins(
    question: str, cited: Sequence[Evidence], sentences: Sequence[Evidence]
) -> list[Evidence]:
    """Return the sentences that say word for word what is cited, but for one name or number.

    Not if the question has that name or number, or other terms that only the passage cited has:
    then the other is of another thing. Not if both
    state the same number of what is asked for: then they differ in something else.
    """
    known = {item.place for item in cited}
    asked = {word.casefold() for word in _WORD.findall(question)} | set(find_terms(question))
    if kind := find_kind(question):
        asked |= {unit.casefold() for unit in kind.units} | (
            {YEAR} if kind.name == "a time" else set()
        )
    return [
        item
        for item in sentences
        if item.place not in known
        and any(
            _is_about(question, of, item) and _is_twin(asked, of.text, item.text) for of in cited
        )
    ]


def _is_twin(asked: Set[str], one: str, other: str) -> bool:
    own, its = _WORD.findall(one), _WORD.findall(other)
    if own == its or min(len(own), len(its)) < LEAST_TWIN_WORDS:
        return False
    steps = SequenceMatcher(None, own, its, autojunk=False).get_opcodes()
    changed = [step for step in steps if step[0] != "equal"]
    if len(changed) != 1 or changed[0][0] != "replace":
        return False
    _, first, last, its_first, its_last = changed[0]
    apart = own[first:last] + its[its_first:its_last]
    plain = {word.casefold() for word in apart}
    named = all(word[0].isupper() or word[0].isdigit() for word in apart)
    if any(kind.casefold() in asked for kind, _ in find_values(one) & find_values(other)):
        return False
    return named and not plain & (asked | FUNCTION_WORDS)


def _is_about(question: str, cited: Evidence, item: Evidence) -> bool:
    """Tell whether a sentence's passage has what the cited one's has of the question's terms.

    In one document a sentence must have them itself, or the one that it refers to: what a berth
    costs is no other price of a shower.
    """
    if not _same_language(cited, item):
        return True
    if item.passage.document == cited.passage.document:
        known = set(find_terms(cited.text))
        named = set(find_query_terms(question)) & known - MEASURED
        words = find_terms(with_antecedent(item))
        return all(any(is_same_word(one, word) for word in words) for one in named)
    asked = set(find_query_terms(question)) & set(find_terms(cited.passage.with_context))
    return asked <= set(find_terms(item.passage.with_context))


def _differs_in_value(values: Set[Stated], cited: Evidence, item: Evidence) -> bool:
    """Tell whether an answer's value, which is cited, is another one in a sentence."""
    own, other = find_values(cited.text), find_values(item.text)
    if values & other or not _same_subject(cited, item) or not _same_words(cited, item):
        return False
    disputed = values & own
    kinds = {kind for kind, _ in disputed}
    if YEAR not in kinds and not _same_time(cited.text, item.text):
        return False
    return any(kind in kinds for kind, _ in other) and not _may_agree(disputed, cited, item)


def _same_time(one: str, other: str) -> bool:
    """Tell whether two texts may be of one year, and of one part of it."""
    periods, others = _find_periods(one), _find_periods(other)
    if periods and others and periods.isdisjoint(others):
        return False
    years, other_years = (
        {value for kind, value in find_values(text) if kind == YEAR} for text in (one, other)
    )
    return not years or not other_years or bool(years & other_years)


def _find_periods(text: str) -> set[str]:
    """Return the parts of a year that a text names: {"quarter 1", "half 2", "month 12"}."""
    found: set[str] = set()
    for kind, pattern in (("quarter", _QUARTER), ("half", _HALF), ("month", _MONTH)):
        for match in pattern.finditer(text):
            word = next(filter(None, match.groups())).casefold()
            found.add(f"{kind} {_ORDER.get(word, word)}")
    return found


def _may_agree(disputed: Set[Stated], cited: Evidence, item: Evidence) -> bool:
    """Tell whether a disputed value lies within what a sentence only bounds, or the reverse."""
    values = {value for _, value in disputed}
    others = [one.quantity for one in find_numbers_in(item.text)]
    for one in (found.quantity for found in find_numbers_in(cited.text)):
        like = [other for other in others if find_factor(other.unit, one.unit) is not None]
        if not like or not {one.low, one.high} & values:
            continue
        if all((one.qualifiers or other.qualifiers) and _overlap(one, other) for other in like):
            return True
    return False


def _overlap(one: Quantity, other: Quantity) -> bool:
    factor = find_factor(other.unit, one.unit)
    if factor is None:
        return False
    (low, high), (least, most) = one.bounds, other.bounds
    return low <= most * factor and least * factor <= high


def _differs_in_name(names: Set[str], cited: Evidence, item: Evidence) -> bool:
    """Tell whether a sentence says the same with other names in the place of an answer's."""
    own, other = _names(cited.text), _names(item.text)
    stated = names & own
    if not stated or stated & find_words(item.passage.with_context) or not other - own:
        return False
    return _same_words(cited, item)


def _same_subject(cited: Evidence, item: Evidence) -> bool:
    """Tell whether one of them names nothing that the other's passage does not have."""
    if not _same_language(cited, item):
        return True
    own, other = _names(cited.text), _names(item.text)
    return own <= find_words(item.passage.with_context) or other <= find_words(
        cited.passage.with_context
    )


def _same_words(cited: Evidence, item: Evidence) -> bool:
    """Tell whether two sentences of a language share their words, but for names and numbers."""
    if not _same_language(cited, item):
        return True
    own, other = _content(cited.text), _content(item.text)
    return len(own & other) >= LEAST_OVERLAP * min(len(own), len(other)) > 0


def _same_language(cited: Evidence, item: Evidence) -> bool:
    return detect_language(cited.text) == detect_language(item.text)


def find_values(text: str) -> set[Stated]:
    """Return the numbers of a text, each with its unit, or with the word that it counts."""
    plain = blank_identifiers(text)
    found: set[Stated] = set()
    for _, end, value, unit in find_quantity_spans(plain):
        if unit:
            found.add((unit, value))
        elif value in _YEARS:
            found.add((YEAR, value))
        elif counted := next(iter(find_terms(plain[end : end + 30])), ""):
            found.add((counted, value))
    return found


def _names(text: str) -> set[str]:
    return {plain_name(name) for name in find_subjects(text) if not is_unit(name)}


def _content(text: str) -> set[str]:
    terms = set(find_terms(text)) - FUNCTION_WORDS - _names(text)
    return {term for term in terms if not term[0].isdigit()}
