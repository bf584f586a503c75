"""Of what a sentence says its numbers: so that A's number is not said of B in the same breath.

A number belongs to the nearest name before it, or to one behind it in the same clause. That is a
rule of thumb, so it only speaks where both names stand in the evidence, each with a number of its
own in the same unit.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rag.names import blank_identifiers, find_subject_spans, plain_name
from rag.operands import find_numbers_in
from rag.quantity import find_quantity_spans, is_unit
from rag.units import counted_units, find_factor, plain_unit

_YEAR = re.compile(r"(?:1[5-9]|20)\d\d\s*")
_COUNTS = re.compile(r"\s?[A-Za-z]+s\b|\s?(?:study|report|paper|survey|analysis|estimate)\b")
"""What stands behind a number that is no year, or one of a source."""
_BEFORE = 60
_COMPARING = re.compile(
    r"\b(?:(?:up|down) from|than|versus|vs\.?|against|(?:compared|relative) (?:with|to))\b"
    r"[^,;.]{0,40}$|[比较与同由从]\s*$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:，；：、。]|\b(?:and|while|whereas|but|than|versus)\b|而|比|和|与")


@dataclass(frozen=True, slots=True)
class _Number:
    value: Decimal
    unit: str
    near: frozenset[str]
    """The name before it, and those behind it in its clause."""
    around: frozenset[str]
    """All names between the number before and it, and those behind it in its clause."""


def find_swapped(text: str, evidence: str) -> str:
    """Return a number of `text` that `evidence` states of another of the names in it, or ""."""
    stated = _numbers(evidence)
    for number in _numbers(text):
        owners = [other.near for other in stated if other.value == number.value]
        rivals = {
            name
            for other in stated
            if number.unit and other.unit == number.unit and other.value != number.value
            for name in other.near
        }
        said_of = number.around & rivals
        if said_of and owners and said_of.isdisjoint(frozenset().union(*owners)):
            return f"{number.value:f}"
    return ""


def find_unpaired(text: str, sentences: Iterable[str]) -> str:
    """Return an amount of `text` that no sentence states of the things it counts, or "".

    It speaks of a text with one count and one amount, as in "1,000 images take 50 kWh", where a
    sentence has another amount of the kind with that count, and none has the two together.
    """
    found = [one.quantity for one in find_numbers_in(unicodedata.normalize("NFKC", text))]
    counts = [one for one in found if counted_units(one.unit)]
    amounts = [one for one in found if one not in counts and one.unit != plain_unit()]
    if len(counts) != 1 or len(amounts) != 1:
        return ""
    [count], [amount] = counts, amounts
    has_rival = False
    for sentence in sentences:
        stated = [one.quantity for one in find_numbers_in(sentence)]
        if any(map(count.is_same, stated)):
            same_kind = [one for one in stated if find_factor(one.unit, amount.unit) is not None]
            if any(amount.is_same(one.to(amount.unit)) for one in same_kind):
                return ""
            has_rival = has_rival or bool(same_kind)
    return str(amount) if has_rival else ""


def find_misdated(text: str, sentences: Iterable[str]) -> str:
    """Return a number of `text`, which names one year, that is stated of other years only, or "".

    What was produced in 2022, "5 t more than in 2021", says nothing of 2021.
    """
    years, _, numbers = _read_years(text)
    if len(years) != 1:
        return ""
    found = [_read_years(sentence) for sentence in sentences]
    for number in numbers:
        stating = [(of, beside) for of, beside, stated in found if number in stated]
        if stating and all(_is_of_other(years, of, beside) for of, beside in stating):
            return f"{number:f}"
    return ""


def _is_of_other(years: set[Decimal], of: set[Decimal], beside: set[Decimal]) -> bool:
    return not years <= of if of else years <= beside


def _read_years(text: str) -> tuple[set[Decimal], set[Decimal], set[Decimal]]:
    """Return the years of a text, those that it only compares with, and its other numbers."""
    plain = blank_identifiers(text)
    of: set[Decimal] = set()
    beside: set[Decimal] = set()
    numbers: set[Decimal] = set()
    for start, end, value, unit in find_quantity_spans(plain):
        if unit or not _YEAR.fullmatch(plain[start:end]) or _COUNTS.match(plain, end):
            numbers.add(value)
        elif _COMPARING.search(plain[max(0, start - _BEFORE) : start]):
            beside.add(value)
        else:
            of.add(value)
    return of, beside, numbers


def _names(text: str) -> list[tuple[int, str]]:
    """Return the names of a text with where they begin; CO2e and MWh are none."""
    return [
        (start, plain_name(name))
        for start, name in find_subject_spans(text)
        if not is_unit(name) and not name.upper().startswith("CO2")
    ]


def _numbers(text: str) -> list[_Number]:
    plain = unicodedata.normalize("NFKC", text)
    names = _names(plain)
    spans = [(start, start + len(name)) for start, name in find_subject_spans(plain)]
    numbers = []
    last = 0
    for start, end, value, unit in find_quantity_spans(plain):
        if any(begin <= start < stop for begin, stop in spans):
            continue
        clause = _CLAUSE.search(plain, end)
        until = clause.start() if clause else len(plain)
        behind = {name for at, name in names if end <= at < until}
        before = [name for at, name in names if at < start]
        between = {name for at, name in names if last <= at < start}
        numbers.append(
            _Number(value, unit, frozenset({*before[-1:], *behind}), frozenset(between | behind))
        )
        last = end
    return numbers
