"""Arithmetic that a document states itself, recomputed: "50 kWh, which equates to 17,200 images".

A number with a unit behind words such as "equates to", "in total" or 相当于 is compared with what
the numbers before it, in its sentence and the one before, come to in its unit. Rates that are
multiplied within one sentence, and plain numbers, are not looked at.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ingest.schema import Document
from ingest.split import split_sentences
from rag.asked_number import AskedNumber
from rag.calculation import Worked
from rag.calculator import Quantity
from rag.mend import mend
from rag.operands import FoundNumber, find_operands
from rag.schema import Evidence, Passage
from rag.units import counted_units, find_factor, plain_unit
from rag.working import show_expression

MOST_APART = 10
"""By what factor a stated number may be off for the two to be about the same at all."""
MOST_NUMBERS = 8
"""From how many numbers before a result it may have been worked out."""
ABOUT = Fraction(1, 20)
"""How far off, of itself, a number may be that is called a rough one."""
_RESULT = re.compile(
    r"\b(?:equates? to|equals?|equal to|amounts? to|adds? up to|sums? (?:up )?to|totall?(?:s|ing)?"
    r"|total of|in total|altogether|corresponds? to|equivalent to|that is|i\.e\.|enough (?:for|to))"
    r"(?!\w)|=|相当于|等于|合计|总计|共计|总共|即",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"total|sum|add|altogether|计|总", re.IGNORECASE)
_ROUGH = re.compile(
    r"(?:about|around|approximately|roughly|nearly|almost|some|over|only|约|大约|近)\W*$", re.I
)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A number that a document states as a result, and what it comes to."""

    start: int
    end: int
    words: str
    sentence: str
    working: str
    value: Quantity
    is_right: bool


def check_arithmetic(document: Document) -> Iterator[Recomputed]:
    """Yield each number of a document that is stated as a result and can be recomputed."""
    spans = split_sentences(document.text)
    passage = Passage(1, document.name, "", None, 0, len(document.text), document.text, (), 0.0)
    sentences = [
        Evidence(number, passage, start, end, document.text[start:end])
        for number, (start, end) in enumerate(spans, 1)
    ]
    for at, item in enumerate(sentences):
        if said := _RESULT.search(item.text):
            numbers = find_operands("", sentences[max(at - 1, 0) : at + 1], lambda _: "")
            own = [one for one in numbers if one.evidence == item]
            result = next((one for one in own if one.start >= said.end()), None)
            before = [one for one in numbers if one.evidence != item or one.start < said.start()]
            if result and (found := _recompute(item, result, before, said[0])):
                yield found


def _recompute(
    item: Evidence, result: FoundNumber, before: Sequence[FoundNumber], said: str
) -> Recomputed | None:
    """Compare a stated result with what comes nearest to it, if anything comes near."""
    stated = result.quantity
    if len(before) > MOST_NUMBERS or stated.low <= 0 or find_factor(stated.unit, plain_unit()):
        return None  # plain numbers and shares come to one another all the time
    is_count = bool(counted_units(stated.unit))
    asked = AskedNumber(stated.unit, is_exact=True, is_count=is_count)
    mended = mend("", list(before), asked)
    options = [one for one in mended if isinstance(one, Worked) and len(one.operands) > 1]
    same = [one for one in before if one.evidence == item and one.quantity.unit == stated.unit]
    if _TOTAL.search(said) and len(same) > 1:
        total = sum((one.quantity.to(stated.unit).low for one in same), Fraction(0))
        names = " + ".join(one.name for one in same)
        options = [Worked(names, tuple(same), replace(stated, low=total, high=total))]
    near = [one for one in options if 1 / MOST_APART < _apart(one.result, stated) < MOST_APART]
    if not near:
        return None
    best = min(near, key=lambda one: abs(one.result.low - stated.low))
    is_rough = bool(_ROUGH.search(item.text[: result.start]))
    bound = max(_rounding(result), ABOUT * stated.low if is_rough else Fraction(0))
    start = item.start + result.start
    return Recomputed(
        start=start,
        end=start + len(result.words),
        words=result.words,
        sentence=" ".join(item.text.split()),
        working=show_expression(best.expression, best.operands),
        value=best.result,
        is_right=abs(best.result.low - stated.low) <= bound,
    )


def _apart(one: Quantity, other: Quantity) -> Fraction:
    return one.low / other.low


def _rounding(result: FoundNumber) -> Fraction:
    """Return half of the last digit that a number is stated to: 17,200 to 50, 0.43 to 0.005."""
    digits = re.search(r"\d[\d,]*(?:\.\d+)?", result.words)
    assert digits
    plain = digits[0].replace(",", "")
    scale = result.quantity.low / Fraction(plain)
    _, _, decimals = plain.partition(".")
    zeros = 0 if decimals else len(plain) - len(plain.rstrip("0"))
    return scale * Fraction(10) ** (zeros - len(decimals)) / 2
