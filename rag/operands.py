"""Numbers with their units in sentences and in a question: what a calculation may be made of.

The calculator's model chooses among these by name, so an operand is verbatim whatever it writes. A
rate keeps its denominator: "2.907 kWh per 1,000 images" is one operand, in kWh of an image.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import product
from string import ascii_uppercase

from rag.calculator import QUALIFIERS, RESERVED, Quantity
from rag.names import find_subject_spans
from rag.quantity import SCALES
from rag.schema import Evidence
from rag.table import Cell, find_cell
from rag.units import (
    Unit,
    counted_units,
    find_factor,
    find_unit,
    names,
    plain_unit,
    unit_named,
    without_carbon,
)

YEARS = range(1900, 2101)
"""Bare numbers of these are taken for years, which are no operands."""
COMMON_NUMBERS = range(100)
"""Bare numbers of a question that may stand in a passage for something else."""
MOST_DIGITS = 40
"""A longer run of digits is no number that anyone works with."""
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+/\d+|\d+(?:\.\d+)?"
_SCALE = "|".join(sorted([*SCALES, "hundred", "dozen"], key=len, reverse=True))
_WRITTEN = re.compile(
    rf"(?<![A-Za-z0-9_.,/-])(?:(?P<money>US ?\$|[$€£¥]) ?)?(?P<low>{_NUMBER})(?!\d|[./-]\d)"
    rf"(?:st|nd|rd|th)?(?: ?(?:to|–|—|~|∼|-|至|到) ?(?P<high>{_NUMBER})(?![\d]))?"
    rf"(?: ?(?P<scale>{_SCALE})s?(?![A-Za-z克瓦焦卡米])|(?P<short>(?-i:[kMB]|[mb]n))(?![A-Za-z]))?",
    re.IGNORECASE,
)
_UP_TO_TWELVE = "one two three four five six seven eight nine ten eleven twelve"
_TENS = "ten twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {
    "half a": Fraction(1, 2),
    "a": Fraction(1),
    "an": Fraction(1),
    "single": Fraction(1),
    **{word: Fraction(10 * at) for at, word in enumerate(_TENS.split(), 1)},
    **{word: Fraction(at) for at, word in enumerate(_UP_TO_TWELVE.split(), 1)},
    **{sign: Fraction(at) for at, sign in enumerate("一二三四五六七八九十", 1)},
    "两": Fraction(2),
}
_IN_WORDS = re.compile(
    r"(?:(?<![\w-])(?P<word>half a|"
    + "|".join(word for word in sorted(_WORDS, key=len, reverse=True) if word.isascii())
    + rf")(?![\w-])|(?P<sign>[一二两三四五六七八九十]))(?: ?(?P<scale>{_SCALE})s?(?![A-Za-z]))?",
    re.IGNORECASE,
)
_CARBON = re.compile(
    r"\s*(?:of |in )?(?P<carbon>CO2[- ]?(?:e|eq|equivalents?)\b|CO₂e|carbon dioxide equivalents?\b"
    r"|carbon equivalents?\b|二氧化碳当量|CO2\b|CO₂|carbon dioxide\b|二氧化碳)",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"(?:\s+of\s+(?:[a-z]+\s+){1,2}(?=per\b|for (?:every|each)\b))?"
    r"\s*(?:(?P<sure>/|每)\s*"
    r"|(?P<word>per|for (?:every|each)|(?:of|in) each|every|each)\s+|an?\s+)",
    re.IGNORECASE,
)
_RATE_BEFORE = re.compile(rf"每(?P<count>{_NUMBER})?(?P<scale>{_SCALE})?(?P<unit>[^，。；\d]+)$")
_EACH = re.compile(
    r"\b(?:an?|each|every|per|one|a single)(?: [a-z]+){0,2}? (?P<thing>[a-z]+)\b", re.IGNORECASE
)
_SKIPPED = tuple(
    re.compile(
        r"[ -]?(?:(?!(?:of|per|for|and|or|to|in|by|from|with|at|on|is|was)\b)[A-Za-z-]+ )"
        + f"{{{count}}}"
    )
    for count in (1, 2)
)
"""One or two words between a number and the things that it counts: 1,000 new images."""
_SKIPPED_ZH = tuple(
    re.compile(r" ?[次个张台条篇件辆部户名][\u4e00-\u9fff]" + f"{{{count}}}") for count in range(4)
)
"""The like in Chinese: 50万次文本分类."""
_DATE = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r",? (?:of )?\d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?\b|\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:january"
    r"|february|march|april|may|june|july|august|september|october|november|december)"
    r"(?: \d{4})?\b|\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{1,2}月\d{1,2}日|\d{4}-\d{2}-\d{2}"
    r"|\b(?:19|20)\d\ds\b|\[\d+\]|#\d+|^\W*\d{1,2}[.)]\s",
    re.IGNORECASE,
)
_CARBON_SPOKEN_OF = re.compile(r"emit|emission|carbon|CO2|CO₂|排放|碳", re.IGNORECASE)
_QUALIFIED = re.compile(
    "("
    + "|".join(
        r"(?<![A-Za-z])" * one.isascii() + one for one in sorted(QUALIFIERS, key=len, reverse=True)
    )
    + r")(?: (?:a|an|the|only))? ?$",
    re.IGNORECASE,
)
"""What qualifies the number behind it."""
_OF_PLACE = frozenset(["over", "around"])
"""Of these, what may be of a time or a place, and qualifies other amounts only."""
_NAME_BEFORE = re.compile(r"(?<![A-Za-z])[A-Z][A-Za-z]*[a-z][A-Za-z]*(?: \d+\.\d)? $")
_IN_NAME = re.compile(r"\d{1,3}|\d\.\d")
_VERSION_BEHIND = re.compile(r"[ -](?:versions?|models?|variants?)\b", re.IGNORECASE)
_PERCENT = re.compile(r" ?[%％]")
_SHORT_SCALES = {"k": 10**3, "M": 10**6, "B": 10**9, "mn": 10**6, "bn": 10**9}


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A number that may be an operand, `text[start:end] == words` of its sentence or question."""

    name: str
    quantity: Quantity
    words: str
    start: int
    end: int
    evidence: Evidence | None
    """The sentence that it stands in; none if it is of the question."""
    each: Unit | None = None
    """What its sentence may state it for one of, as in "a query takes 3 Wh"."""
    thing: Unit | None = None
    """What a question counts, and no passage does: then its number is a plain one."""
    cell: Cell | None = None
    """Where it stands in a table."""


def find_operands(
    question: str, evidence: Sequence[Evidence], above: Callable[[Evidence], str]
) -> list[FoundNumber]:
    """Return the numbers of sentences and of a question, named A, B, C and so on in that order.

    `above` gives what stands above a sentence in its document.
    """
    found: list[FoundNumber] = []
    for item in evidence:
        rows = above(item) if item.text.startswith("|") else ""
        found += [
            replace(one, evidence=item, cell=find_cell(item, one.start, rows))
            for one in find_numbers_in(item.text)
        ]
    spoken = {unit for one in found for unit in counted_units(one.quantity.unit)}
    spoken |= {unit for one in found if one.each is not None for unit in counted_units(one.each)}
    for one in [*find_numbers_in(question), *find_numbers_in_words(question)]:
        if _is_denominator(question, one) or any(_is_same(one, other) for other in found):
            continue
        if not any(
            one.start < other.end and other.start < one.end and other.evidence is None
            for other in found
        ):
            found.append(_without_strange(one, spoken))
    return [replace(one, name=name) for one, name in zip(found, _names(), strict=False)]


def find_alternatives(text: str, operand: FoundNumber) -> list[FoundNumber]:
    """Return the numbers of a text that may stand for an operand's: of its unit, another value.

    They take its name, and are of no passage.
    """
    return [
        replace(one, name=operand.name)
        for one in find_numbers_in(text)
        if find_factor(one.quantity.unit, operand.quantity.unit) == 1
        and (one.quantity.low, one.quantity.high) != (operand.quantity.low, operand.quantity.high)
    ]


def find_numbers_in(text: str) -> list[FoundNumber]:
    """Return the numbers of a text with their units: neither dates nor parts of names."""
    taken = [match.span() for match in _DATE.finditer(text)]
    taken += [
        (start, start + len(name))
        for start, name in find_subject_spans(text)
        if any(map(str.isdigit, name))
    ]
    carbon = _CARBON.search(text)
    found: list[FoundNumber] = []
    for match in _WRITTEN.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        if one := _read(text, match):
            found.append(_of_carbon(one, text, carbon))
            taken.append((one.start, one.end))
    return found


def _read(text: str, match: re.Match[str]) -> FoundNumber | None:
    low = _value(match["low"])
    high = _value(match["high"]) if match["high"] else low
    read = _read_kind(text, match)
    if low is None or high is None or high < low or read is None:
        return None
    unit, end = read
    if text.startswith("|"):  # a row, of which one cell has the sign of all
        unit = plain_unit() if match["money"] else unit
        if text[: match.start()].endswith("(") and text[end:].startswith(")"):
            low, high = -high, -low  # as accounts write what is lost
    qualifiers = _read_qualifiers(text[: match.start()], unit)
    scale = _SHORT_SCALES[match["short"]] if match["short"] else _scale(match["scale"] or "")
    quantity, end = _with_rate(text, end, Quantity(low * scale, high * scale, unit, qualifiers))
    if not counted_units(quantity.unit):
        quantity = _with_rate_before(text[: match.start()], quantity)
    is_amount = not counted_units(quantity.unit) and not quantity.unit.dimensionless
    each = _thing_of_one(text) if is_amount else None
    return FoundNumber("", quantity, text[match.start() : end], match.start(), end, None, each)


def _read_qualifiers(before: str, unit: Unit) -> frozenset[str]:
    said = _QUALIFIED.search(before)
    if said is None:
        return frozenset()
    is_count = bool(counted_units(unit)) or unit.dimensionless
    if said[1].lower() in _OF_PLACE and (
        is_count or any(find_factor(unit, unit_named(one)) for one in ("second", "metre"))
    ):
        return frozenset()
    return frozenset([QUALIFIERS[said[1].lower()]])


def _read_kind(text: str, match: re.Match[str]) -> tuple[Unit, int] | None:
    """Return the unit of a number and where it ends; nothing for years and parts of names."""
    end = match.end()
    if match["money"]:
        sign = match["money"].upper().removeprefix("US").strip()
        return find_unit(sign), end
    if percent := _PERCENT.match(text, end):
        return find_unit("percent"), percent.end()
    if _names_its_number(text, match):
        return None
    if read := read_unit(text, end):
        return read
    is_scaled = match["scale"] or match["short"]
    ends = [match["low"], match["high"] or match["low"]]
    if not is_scaled and all(text.isdecimal() and _value(text) in YEARS for text in ends):
        return None
    return plain_unit(), end


def read_unit(text: str, at: int, *, skips: bool = True) -> tuple[Unit, int] | None:
    """Return the unit that stands in a text at a place, and where it ends; or nothing.

    Before things that are counted a word or two may stand, if it `skips`.
    """
    match = _unit_pattern().match(text, at)
    for skipped in (*_SKIPPED, *_SKIPPED_ZH) if match is None and skips else ():
        if (words := skipped.match(text, at)) and (
            match := _unit_pattern().match(text, words.end())
        ):
            break
    if match is None:
        return None
    unit, end = find_unit(match["unit"]), match.end()
    written = match["unit"]
    if unit is None or unit in (find_unit("CO2"), find_unit("CO2e")):
        return None  # they are measured in a mass
    if match.start() > at and not counted_units(unit):
        return None
    if counted_units(unit) and written[0].isupper() and not written.isupper() and at:
        return None  # of a name: Tesla Model 3
    if find_factor(unit, find_unit("gram")) and (carbon := _CARBON.match(text, end)):
        unit, end = unit * _carbon_unit(carbon["carbon"]), carbon.end()
    return unit, end


def _with_rate(text: str, end: int, quantity: Quantity) -> tuple[Quantity, int]:
    """Return a quantity with the denominator that stands behind it, and where that ends."""
    rate = _RATE.match(text, end)
    if rate is None:
        return quantity, end
    at, count, is_sure = rate.end(), Fraction(1), bool(rate["sure"] or rate["word"])
    if number := _WRITTEN.match(text, at):
        count = (_value(number["low"]) or Fraction(0)) * _scale(number["scale"] or "")
        at = number.end()
    elif number := re.compile(rf"(?:{_SCALE})(?= )", re.IGNORECASE).match(text, at):
        count, at = Fraction(_scale(number[0])), number.end()
    read = read_unit(text, at)
    if read is None or not count:
        return quantity, end
    unit, stop = read
    if not is_sure and not (counted_units(unit) or find_factor(unit, find_unit("second"))):
        return quantity, end
    if quantity.unit.dimensionless and not is_sure:
        return quantity, end
    return _over(quantity, count, unit), stop


def _with_rate_before(before: str, quantity: Quantity) -> Quantity:
    """Return a quantity with the denominator that Chinese puts in front: 每1,000次查询0.5克."""
    rate = _RATE_BEFORE.search(before[-40:])
    if rate is None:
        return quantity
    read = _unit_pattern().match(rate["unit"])
    unit = find_unit(read["unit"]) if read else None
    count = (_value(rate["count"] or "1") or Fraction(0)) * _scale(rate["scale"] or "")
    if unit is None or not count:
        return quantity
    return _over(quantity, count, unit)


def _over(quantity: Quantity, count: Fraction, unit: Unit) -> Quantity:
    """Return a quantity for so many of a unit as one for each."""
    low, high = quantity.low / count, quantity.high / count
    return replace(quantity, low=low, high=high, unit=quantity.unit / unit)


def find_numbers_in_words(question: str) -> list[FoundNumber]:
    """Return the numbers in words of a question, where a unit follows, or times: ten charges."""
    found: list[FoundNumber] = []
    for match in _IN_WORDS.finditer(question):
        read = read_unit(question, match.end())
        is_multiple = question.startswith(" times", match.end()) and match["word"] not in (
            "a",
            "an",
        )
        if read is None and not match["scale"] and not is_multiple:
            continue
        word = (match["word"] or match["sign"]).lower()
        value = _WORDS[word] * _scale(match["scale"] or "")
        unit, end = read or (plain_unit(), match.end())
        quantity, end = _with_rate(question, end, Quantity(value, value, unit))
        words = question[match.start() : end]
        found.append(FoundNumber("", quantity, words, match.start(), end, None))
    return found


def _of_carbon(one: FoundNumber, text: str, carbon: re.Match[str] | None) -> FoundNumber:
    """Return a bare mass as one of CO2 or CO2e, where its sentence says which it speaks of."""
    if carbon is None or not _CARBON_SPOKEN_OF.search(text):
        return one
    mass = {
        unit
        for unit in one.quantity.unit._units
        if find_factor(unit_named(unit), find_unit("gram"))
    }
    if not mass or any(unit in one.quantity.unit._units for unit in ("co2", "co2e")):
        return one
    unit = one.quantity.unit * _carbon_unit(carbon["carbon"])
    return replace(one, quantity=replace(one.quantity, unit=unit))


def _carbon_unit(words: str) -> Unit:
    plain = words.lower()
    is_equivalent = (
        "eq" in plain or (plain.endswith("e") and "dioxide" not in plain) or "当量" in plain
    )
    return find_unit("CO2e" if is_equivalent else "CO2")


def _thing_of_one(text: str) -> Unit | None:
    """Return what is counted one by one in a sentence: each query, an image."""
    for match in _EACH.finditer(text):
        unit = find_unit(match["thing"])
        if unit is not None and counted_units(unit):
            return unit
    return None


def _without_strange(one: FoundNumber, spoken: set[str]) -> FoundNumber:
    """Return a number of the question as a plain one, if no passage counts such things."""
    unit = one.quantity.unit
    strange = [name for name in counted_units(unit) if name not in spoken]
    if not strange:
        return one
    thing = plain_unit()
    for name in strange:
        unit = unit / unit_named(name) ** unit._units[name]
        thing = thing * unit_named(name)
    return replace(one, quantity=replace(one.quantity, unit=unit), thing=thing)


def _is_denominator(question: str, one: FoundNumber) -> bool:
    """Tell whether one of something in a question only says per what is asked: per one image."""
    return one.quantity.low == 1 and bool(
        re.search(r"(?:\bper|每) ?$", question[: one.start], re.IGNORECASE)
    )


def _is_same(one: FoundNumber, other: FoundNumber) -> bool:
    """Tell whether a question repeats a number of a passage's: no mere count or common number."""
    return (
        other.evidence is not None
        and (one.quantity.low, one.quantity.high) == (other.quantity.low, other.quantity.high)
        and without_carbon(one.quantity.unit) == without_carbon(other.quantity.unit)
        and not counted_units(one.quantity.unit)
        and not (one.quantity.unit == plain_unit() and one.quantity.low in COMMON_NUMBERS)
    )


def _names_its_number(text: str, match: re.Match[str]) -> bool:
    """Tell whether a number is part of a name: Model 3, Table 2, Knowledge #10, Qwen 2.5 72B."""
    before = _NAME_BEFORE.search(text[: match.start()])
    read = read_unit(text, match.end())
    if read and (not counted_units(read[0]) or match["short"]):
        return False
    if match["short"] == "B" and _VERSION_BEHIND.match(text, match.end()):
        return True
    return bool(before) and bool(_IN_NAME.fullmatch(match["low"])) and not match["scale"]


def _value(text: str) -> Fraction | None:
    """Return the value of a number as written; nothing for 1/0 and for endless digits."""
    if len(text) > MOST_DIGITS:
        return None
    above, _, below = unicodedata.normalize("NFKC", text).replace(",", "").partition("/")
    divisor = Fraction(below or 1)
    return Fraction(above) / divisor if divisor else None


def _scale(text: str) -> int:
    return {"": 1, "hundred": 100, "dozen": 12}.get(text.lower()) or SCALES[text.lower()]


def _names() -> Iterator[str]:
    yield from ascii_uppercase
    pairs = map("".join, product(ascii_uppercase, repeat=2))
    yield from (pair for pair in pairs if pair.lower() not in RESERVED)


@cache
def _unit_pattern() -> re.Pattern[str]:
    known = sorted(names(), key=len, reverse=True)
    written = [
        re.escape(name).replace(r"\-", "[ -]")
        + (r"(?:(?![A-Za-z0-9])|(?=CO[2₂]))" if name[-1].isascii() and name[-1].isalpha() else "")
        for name in known
    ]
    return re.compile(rf"[\s-]?(?:metric )?(?P<unit>{'|'.join(written)})", re.IGNORECASE)
