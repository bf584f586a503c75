"""Of what a sentence says its numbers: so that A's number is not said of B in the same breath.

A number belongs to the nearest name before it, or to one behind it in the same clause. That is a
rule of thumb, so it only speaks where both names stand in the evidence, each with a number of its
own in the same unit.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from rag.names import find_subject_spans, plain_name
from rag.quantity import find_quantity_spans, is_unit

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
