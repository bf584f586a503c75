"""Questions that yes or no answers: the claim in one, and what a sentence says of it for certain.

What can be seen is decided here: another number, a comparison of numbers, a denial. The rest is
the judge's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Literal

from ingest.terms import find_pieces, find_stems
from rag.attribution import find_swapped
from rag.names import blank_identifiers
from rag.operands import FoundNumber, find_numbers_in
from rag.pinyin import FUNCTION_CHARACTERS
from rag.quantity import find_quantities
from rag.schema import Language
from rag.units import Unit, find_factor, find_unit

LEAST_SHARED = 0.4
"""The share of a claim's terms that a clause must have to deny it, or a sentence for its numbers
to count."""
LEAST_TOLD = 0.25
"""The share of a claim's words, or Chinese characters, that a sentence must have to be shown where
it stays unclear whether it is so."""

_STATED_EN = re.compile(
    r"(?:true or false|(?:is it|it is) (?:true|correct|right|so|a fact) that)\W+(?P<claim>.+)",
    re.IGNORECASE,
)
_ASKED_EN = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may|might)"
    r"(?:n?['’]t)? (?!(?:you|we|i|there)\b|(?:the|these|both|my|your|any|all)\s(?:two )?"
    r"(?:documents?|passages?|sources?|texts?|files?)\b)",
    re.IGNORECASE,
)
_NEGATED_EN = re.compile(r"^(can|\w+?)n?['’]t\b", re.IGNORECASE)
_PAIRED_ZH = re.compile(r"(\w)[不没]\1")
_OPEN_EN = re.compile(r"\b(?:or|who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)
_ASKED_ZH = re.compile(r"吗[？?]?$|是否|是不是|有没有|对不对|对吗|真的吗")
_OPEN_ZH = re.compile(r"什么|多少|哪|谁|几|怎|还是|为何|你|文档|文件")
_DENIAL = re.compile(
    r"\b(?:not(?! only)|no(?! (?:more|less|fewer|later|longer|doubt)\b)|never|neither|nor|none"
    r"|nothing|cannot|lack(?:s|ed|ing)?|fail(?:s|ed)? to)\b|n['’]t\b"
    r"|不(?![仅但断同过])|没|未(?!来)|无(?!论)|并非|否认",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:no (?:more|less|fewer|later|longer)|about|around|approximately|roughly|nearly|almost"
    r"|at (?:least|most)|up to|some|or (?:more|less))\b"
    r"|约|大概|将近|接近|至少|至多|最多|左右|以上|以下|多达",
    re.IGNORECASE,
)
_PREMISE_EN = re.compile(
    r"(?:so |and )?why (?P<claim>(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)"
    r" .+)",
    re.IGNORECASE,
)
_PREMISE_ZH = re.compile(r"为(?:什么|何)|怎么会")
_CLAUSE = re.compile(
    r"[,;:()，；：（）]|\b(?:but|although|though|while|whereas|which|because|and)\b|但|而"
)
_MORE = re.compile(
    r"\b(?:more|greater|larger|higher|longer|heavier|older) than"
    r"|\b(?:over|above|exceed(?:s|ed)?|at least)\b|超过|大于|高于|多于|至少",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:less|fewer|smaller|lower|shorter|lighter|younger) than"
    r"|\b(?:under|below|at most|up to)\b|不到|少于|低于|小于|最多|至多",
    re.IGNORECASE,
)

Weight = Literal["yes", "rather yes", "unclear", "rather no", "no", "unknown"]
"""What passages say of a claim."""
_YES_EN: Mapping[Weight, str] = {
    "yes": "Yes",
    "rather yes": "Probably",
    "rather no": "Probably not",
    "no": "No",
}
_TRUE_EN: Mapping[Weight, str] = {
    "yes": "True",
    "rather yes": "Probably true",
    "rather no": "Probably false",
    "no": "False",
}
_YES_ZH: Mapping[Weight, str] = {
    "yes": "是",
    "rather yes": "很可能是",
    "rather no": "很可能不是",
    "no": "不是",
}
_OR_EQUAL = re.compile(r"\bat (?:least|most)\b|\bup to\b|至少|最多|至多", re.IGNORECASE)
_NEGATED_BOUND = re.compile(r"\bno (?:more|less|fewer|later|longer)\b|不超过|不少于", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a question asks to confirm, and the words that say so, or otherwise."""

    text: str
    words: Mapping[Weight, str]


def find_claim(question: str, language: Language) -> Claim | None:
    """Return the claim of a question that yes or no answers, or nothing for any other.

    Its text is without the denials that only ask: "Didn't it rain?" claims that it did, as 是不是.
    """
    if language == "zh":
        if not _ASKED_ZH.search(question) or _OPEN_ZH.search(question):
            return None
        return Claim(_PAIRED_ZH.sub(r"\1", question), _YES_ZH)
    if stated := _STATED_EN.fullmatch(question):
        return Claim(stated["claim"], _TRUE_EN)
    if not _ASKED_EN.match(question) or _OPEN_EN.search(question):
        return None
    return Claim(_NEGATED_EN.sub(r"\1", question), _YES_EN)


def find_premise(question: str, language: Language) -> Claim | None:
    """Return what a question that asks why takes for granted, or nothing for any other."""
    if language == "zh":
        if not _PREMISE_ZH.search(question):
            return None
        return Claim(_PREMISE_ZH.sub("", question), {"no": "文档中的说法不是这样"})
    if not (asked := _PREMISE_EN.fullmatch(question)):
        return None
    claim = asked["claim"]
    return Claim(claim[0].upper() + claim[1:], {"no": "The documents say otherwise"})


def check_numbers(claim: str, sentence: str) -> bool | None:
    """Tell whether the numbers of a sentence bear a claim out or contradict it, if they do.

    Where either denies something or bounds a number in other words, they decide nothing.
    """
    if share_terms(claim, sentence) < LEAST_SHARED or any(
        _DENIAL.search(text) for text in (claim, sentence)
    ):
        return None
    compared = _compare(claim, sentence)
    if compared is not None:
        return compared
    if any(_VAGUE.search(text) for text in (claim, sentence)):
        return None
    is_another = _states_another_number(claim, sentence) or find_swapped(claim, sentence)
    return False if is_another else None


def denies(claim: str, sentence: str) -> bool:
    """Tell whether one of a claim and the clause nearest to it denies, and the other does not."""
    clauses = [clause for clause in _CLAUSE.split(sentence) if clause and clause.strip()]
    nearest = max(clauses, key=lambda clause: share_terms(claim, clause), default="")
    if share_terms(claim, nearest) < LEAST_SHARED:
        return False
    return bool(_DENIAL.search(nearest)) != bool(_DENIAL.search(claim))


def states_numbers(claim: str, sentence: str) -> bool:
    """Tell whether a sentence has the numbers of a claim."""
    stated = {value for value, _ in find_quantities(blank_identifiers(sentence))}
    return all(value in stated for value, _ in find_quantities(blank_identifiers(claim)))


def tells_of(claim: str, sentence: str, translation: str) -> bool:
    """Tell whether a sentence is about a claim or its translation, by the words that it has.

    It states something in a unit of the claim, if that has one.
    """
    claimed, stated = (
        {unit for _, unit in find_quantities(text)} - {""} for text in (claim, sentence)
    )
    if claimed and not claimed & stated:
        return False
    said = _find_pieces(sentence)
    return any(
        len(words & said) > LEAST_TOLD * len(words)
        for words in map(_find_pieces, (claim, translation))
    )


def _find_pieces(text: str) -> set[str]:
    return find_pieces(_ASKED_ZH.sub("", text)) - FUNCTION_CHARACTERS


def share_terms(claim: str, text: str) -> float:
    """Return the share of a claim's terms that a text has, 0 to 1."""
    terms = find_stems(claim)
    return len(terms & find_stems(text)) / max(len(terms), 1)


def _compare(claim: str, sentence: str) -> bool | None:
    """Decide "more than 5 kg" by the only number of that kind in a sentence, and its bounds."""
    more, less = _MORE.search(claim), _LESS.search(claim)
    bounds = find_numbers_in(claim)
    if bool(more) == bool(less) or len(bounds) != 1:
        return None
    bound = bounds[0].quantity
    stated = [
        one
        for one in find_numbers_in(sentence)
        if find_factor(one.quantity.unit, bound.unit) is not None
    ]
    if len(stated) != 1 or _NEGATED_BOUND.search(claim):
        return None
    before = sentence[: stated[0].start].rstrip()
    words = [one for pattern in (_MORE, _LESS) for one in pattern.finditer(sentence)]
    if any(one.end() != len(before) for one in words):
        return None  # something else is more or less
    low, high = _bounds_of(stated[0], before, bound.unit)
    if less:  # so that both are "more than"
        low, high, least, most = -high, -low, -bound.high, -bound.low
    else:
        least, most = bound.low, bound.high
    may_be_equal = bool(_OR_EQUAL.search(claim))
    if low > most or (may_be_equal and low == most):
        return True
    return False if high < least or (not may_be_equal and high == least) else None


def _bounds_of(
    one: FoundNumber, before: str, unit: Unit
) -> tuple[Fraction | float, Fraction | float]:
    """Return the least and the most that a sentence says a number is, in a unit.

    `before` is what stands before the number; what bounds in it does so right there.
    """
    factor = find_factor(one.quantity.unit, unit)
    assert factor is not None
    low, high = (bound * factor for bound in one.quantity.bounds)
    return (-inf if _LESS.search(before) else low), (inf if _MORE.search(before) else high)


def _states_another_number(claim: str, sentence: str) -> bool:
    """Tell whether a sentence has the only quantity of a claim, in its unit, with another value."""
    claimed = find_quantities(blank_identifiers(claim))
    if len(claimed) != 1 or not claimed[0][1] or _MORE.search(claim) or _LESS.search(claim):
        return False
    value, unit = claimed[0]
    values = _values_in(unit, sentence)
    return len(values) == 1 and values[0] != Fraction(value)


def _values_in(unit: str, sentence: str) -> list[Fraction]:
    """Return the quantities of a sentence in a unit: 1,287 MWh is 1,287,000 kWh."""
    wanted = find_unit(unit)
    values: list[Fraction] = []
    for value, name in find_quantities(blank_identifiers(sentence)):
        of = find_unit(name)
        factor = find_factor(of, wanted) if of is not None and wanted is not None else None
        if factor is not None or name == unit:
            values.append(Fraction(value) * (factor or 1))
    return values if unit else []
