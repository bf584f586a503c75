"""Questions that yes or no answers: the claim in one, and what a sentence says of it for certain.

What can be seen is decided here: another number, a comparison of numbers, a denial. The rest is
the judge's.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from ingest.terms import find_stems
from rag.attribution import find_swapped
from rag.names import blank_identifiers
from rag.quantity import find_quantities
from rag.schema import Language
from rag.units import find_factor, find_unit

LEAST_SHARED = 0.4
"""The share of a claim's terms that a clause must have to deny it, or a sentence for its numbers
to count."""

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
    r"|nothing|without|cannot|lack(?:s|ed|ing)?|fail(?:s|ed)? to)\b|n['’]t\b"
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
    r"\b(?:more|greater|larger|higher|longer|heavier|older) than|\b(?:over|above|exceed(?:s|ed)?)\b"
    r"|超过|大于|高于|多于",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:less|fewer|smaller|lower|shorter|lighter|younger) than|\b(?:under|below)\b|不到|少于"
    r"|低于|小于",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a question asks to confirm, and the words that confirm and deny it."""

    text: str
    confirmed: str
    denied: str

    def word(self, right: bool) -> str:  # noqa: FBT001 - the verdict is what it is about
        """Return the word that confirms or denies it."""
        return self.confirmed if right else self.denied


def find_claim(question: str, language: Language) -> Claim | None:
    """Return the claim of a question that yes or no answers, or nothing for any other.

    Its text is without the denials that only ask: "Didn't it rain?" claims that it did, as 是不是.
    """
    if language == "zh":
        if not _ASKED_ZH.search(question) or _OPEN_ZH.search(question):
            return None
        return Claim(_PAIRED_ZH.sub(r"\1", question), "是", "不是")
    if stated := _STATED_EN.fullmatch(question):
        return Claim(stated["claim"], "True", "False")
    if not _ASKED_EN.match(question) or _OPEN_EN.search(question):
        return None
    return Claim(_NEGATED_EN.sub(r"\1", question), "Yes", "No")


def find_premise(question: str, language: Language) -> Claim | None:
    """Return what a question that asks why takes for granted, or nothing for any other."""
    if language == "zh":
        if not _PREMISE_ZH.search(question):
            return None
        return Claim(_PREMISE_ZH.sub("", question), "", "文档中的说法不是这样")
    if not (asked := _PREMISE_EN.fullmatch(question)):
        return None
    claim = asked["claim"]
    return Claim(claim[0].upper() + claim[1:], "", "The documents say otherwise")


def check_numbers(claim: str, sentence: str) -> bool | None:
    """Tell whether the numbers of a sentence bear a claim out or contradict it, if they do.

    Where either denies something or bounds a number in other words, they decide nothing.
    """
    if share_terms(claim, sentence) < LEAST_SHARED or any(
        _DENIAL.search(text) or _VAGUE.search(text) for text in (claim, sentence)
    ):
        return None
    compared = _compare(claim, sentence)
    if compared is None and (
        _states_another_number(claim, sentence) or find_swapped(claim, sentence)
    ):
        return False
    return compared


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


def share_terms(claim: str, text: str) -> float:
    """Return the share of a claim's terms that a text has, 0 to 1."""
    terms = find_stems(claim)
    return len(terms & find_stems(text)) / max(len(terms), 1)


def _compare(claim: str, sentence: str) -> bool | None:
    """Decide "more than 5 kg" by the only quantity of that unit in a sentence."""
    more, less = _MORE.search(claim), _LESS.search(claim)
    bounds = find_quantities(blank_identifiers(claim))
    if bool(more) == bool(less) or len(bounds) != 1:
        return None
    bound, unit = bounds[0]
    values = _values_in(unit, sentence)
    if len(values) != 1 or _MORE.search(sentence) or _LESS.search(sentence):
        return None
    return values[0] > Fraction(bound) if more else values[0] < Fraction(bound)


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
