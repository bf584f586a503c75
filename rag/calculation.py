"""A question that needs working out -> a calculation from numbers that stand in passages.

The model writes an expression over numbers as they stand in the passages and the question; what it
comes to is the calculator's. Units decide whether it can be the answer: a denominator that is left
out, a unit of another kind, a number of the question that is not used are none. A plan that fails
so is mended by units: of all quotients and products with one of its numbers, those that come to
the unit asked for.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING

from rag.calculator import Quantity, calculate
from rag.errors import CalculationError
from rag.names import (
    blank_identifiers,
    find_codes,
    find_names,
    find_subject_spans,
    find_words,
    plain_name,
)
from rag.operands import FoundNumber, find_numbers_in, find_numbers_in_words, read_unit
from rag.schema import Evidence
from rag.table import Cell, find_years, rate_label
from rag.units import (
    Unit,
    counted_names,
    counted_units,
    find_factor,
    find_unit,
    plain_unit,
    show_unit,
    unit_named,
)

if TYPE_CHECKING:
    from fractions import Fraction

MOST_MENDED = 3
"""How many numbers of passages a mended expression may have."""
LABEL_MARGIN = 0.05
"""How much better another row's label may agree with a question than that of the one used."""
MOST_OPTIONS = 5
"""Among how many mended expressions the model may choose."""
PREFIXED = (
    ("milligram", "gram", "kilogram", "tonne"),
    ("u_Wh", "u_kWh", "u_MWh", "u_GWh", "u_TWh"),
    ("millilitre", "litre"),
)
"""Units of one kind, by the registry's names, from small to large."""
_ASKS_NUMBER = re.compile(
    r"\bhow (?:much|many|long|far|large|big|often|high)\b"
    r"|\bwhat(?:['’]s| is| was| are| were| would| did| does| do)\b"
    r"|\b(?:what|which) (?:percentage|percent|share|proportion|fraction)\b"
    r"|\b(?:calculate|compute|convert|work out|estimate)\b|多少|几|计算|换算|占比|比例|多大",
    re.IGNORECASE,
)
_CHANGE = (
    r"\b(?:growth|change[ds]?|increased?|decreased?|grow|grew|grown|rise|rose|fall|fell|decline[ds]?"
    r"|reduction|reduced)\b|增长|增加|减少|下降|上升|变化"
)
_RATE_OF = r"\b(?:percent(?:age)?|growth|rate)\b|%|百分|增长率|率"
_SHARE = r"\b(?:percent(?:age)?|share|proportion|fraction|portion)\b|百分|占|比例|份额"
_MEAN = r"\b(?:average|mean|middle|midpoint)\b|平均|中间"
_WORK = re.compile(
    rf"{_CHANGE}|{_SHARE}|{_MEAN}"
    r"|\b(?:times|ratio|difference|differ|total|sum|combined|together|altogether|twice|half|convert"
    r"|exceed|higher|lower|fewer|equal|equals|equivalent|equate|calculate|compute|per|each|every"
    r"|could|would|spread)\b|\bhow (?:much|many) (?:more|less|fewer|higher|lower|longer)\b"
    r"|倍|相当|相差|[多少高低]多少|比.+[多少高低大小]|总|一共|合计|每|能.+多少|换算|够",
    re.IGNORECASE,
)
_MIDDLE = re.compile(r"\b(?:middle|midpoint|mid-point)\b|中间|中点|中值", re.IGNORECASE)
_ASKED_UNITS = (
    re.compile(r"\bhow many(?: (?:more|fewer|less|extra|additional|total|full))*(?= )", re.I),
    re.compile(r"\b(?:in|to|into|as)(?= (?!\d))", re.IGNORECASE),
    re.compile(r"(?:多少|几)(?=.)"),
)
_COUNTED = re.compile(r"\bhow many\b|(?:多少|几)[次个张台辆块部户人份]", re.IGNORECASE)
_PER = re.compile(r"\bper(?= )|每", re.IGNORECASE)
_TIMES = re.compile(
    r"\b(?:how many times(?! (?:a|per|each|every)\b)|what multiple"
    r"|what(?:['’]s| is| was) the ratio)\b|多少倍|几倍",
    re.IGNORECASE,
)
_IS_SHARE = re.compile(
    r"\b(?:percentage|percent|what (?:share|proportion|fraction|portion))\b"
    r"|百分|占比|占.*(?:多少|几)",
    re.IGNORECASE,
)
_SPOKEN_OF = (
    (
        re.compile(
            r"\b(?:co2e?|carbon|emit(?:s|ted)?|emissions?)\b|排放|二氧化碳|碳", re.IGNORECASE
        ),
        "g CO2",
    ),
    (re.compile(r"\b(?:energy|electricity|power|consume[ds]?)\b|电|能量|能源|能耗", re.I), "kWh"),
    (re.compile(r"\bwater\b|水", re.IGNORECASE), "L"),
    (re.compile(r"\bhow long\b|多久|多长时间", re.IGNORECASE), "h"),
)
"""A unit of what a question may ask for without naming a unit."""


_CHANGED = re.compile(r"change\(([A-Z]{1,2}), ([A-Z]{1,2})\)")
_PAIR = re.compile(
    r"(?P<growth>growth\()?(?P<one>[A-Z]{1,2})(?(growth), | - )(?P<two>[A-Z]{1,2})(?(growth)\))"
)
_FORMS = {"growth(": "growth", "mean(": "mean", " - ": " - ", " + ": " + "}
_TURNABLE = re.compile(r"^(share\(|)([A-Z]{1,2})(, | / )([A-Z]{1,2})(\)|)$")


@dataclass(frozen=True, slots=True)
class AskedNumber:
    """The unit that a question asks for, or, if not exact, one of the kind it speaks of."""

    unit: Unit | None
    is_exact: bool = False
    names: frozenset[str] = frozenset()
    """What the question names: the passages of the numbers that are used have all of it, and where
    a sentence with a number has it, one of them is used."""
    is_count: bool = False
    """It is asked how many there are, or how many times as much: one at least."""
    is_middle: bool = False
    """The middle of a range is asked for."""
    question: str = ""
    years: tuple[int, ...] = ()
    """The years that the question names: cells of tables are of these."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What an expression over the names of operands comes to."""

    expression: str
    operands: tuple[FoundNumber, ...]
    result: Quantity


@dataclass(frozen=True, slots=True)
class Stated:
    """The answer stands in a passage: nothing is to be worked out."""


def needs_work(question: str) -> bool:
    """Tell whether a question may ask for a number that has to be worked out."""
    plain = blank_identifiers(question)
    if not _ASKS_NUMBER.search(plain):
        return False
    counted = [one for one in find_numbers_in_words(question) if not _is_article(one)]
    numbers = counted or find_numbers_in(question)
    return bool(_WORK.search(plain) or numbers or _find_unit(question).is_exact)


def find_functions(question: str) -> list[str]:
    """Return the calculator's functions that the words of a question speak of."""
    change = bool(re.search(_CHANGE, question, re.IGNORECASE))
    share = bool(_IS_SHARE.search(question))
    is_rate = bool(re.search(_RATE_OF, question, re.IGNORECASE))
    chosen = {
        "growth": change and is_rate,
        "change": change and not is_rate,
        "share": share and not change,
        "mean": bool(re.search(_MEAN, question, re.IGNORECASE)),
    }
    return [name for name, is_meant in chosen.items() if is_meant]


def find_asked_number(question: str) -> AskedNumber:
    """Tell what number a question asks for: its unit, and of what."""
    asked = _find_unit(question)
    unit = asked.unit
    is_count = (
        asked.is_exact
        and unit is not None
        and (bool(_TIMES.search(question)) or set(counted_units(unit)) == set(unit._units) != set())
    )
    names = {name for name in find_names(question) if find_unit(name) is None}
    is_middle = bool(_MIDDLE.search(question))
    return replace(
        asked,
        names=frozenset(names),
        is_count=is_count,
        is_middle=is_middle,
        question=question,
        years=tuple(find_years(question)),
    )


def _find_unit(question: str) -> AskedNumber:
    """Return the unit that a question asks for: how many kg of CO2 per kWh, in joules."""
    if _TIMES.search(question):
        return AskedNumber(plain_unit(), is_exact=True, is_count=True)
    if _IS_SHARE.search(question):
        return AskedNumber(find_unit("percent"), is_exact=True)
    places = [match.end() for words in _ASKED_UNITS for match in words.finditer(question)]
    named = next(filter(None, (read_unit(question, place) for place in places)), None)
    if named:
        unit, end = named
        return AskedNumber(unit / _find_denominator(question, end), is_exact=True)
    if _COUNTED.search(question):
        return AskedNumber(plain_unit(), is_exact=True, is_count=True)
    sample = next((sample for words, sample in _SPOKEN_OF if words.search(question)), "")
    unit = calculate(sample).unit if sample else None
    return AskedNumber(unit and unit / _find_denominator(question, 0))


def _find_denominator(question: str, start: int) -> Unit:
    """Return the unit that something is asked for one of, or that of plain numbers."""
    places = [match.end() for match in _PER.finditer(question, start)]
    found = next(filter(None, (read_unit(question, place) for place in places)), None)
    return found[0] if found else plain_unit()


def may_serve(sentence: str, question: str, asked: AskedNumber) -> bool:
    """Tell whether a sentence has a number of a unit that is asked for or that the question has."""
    wanted = [one.quantity.unit for one in find_numbers_in(question)]
    wanted += [] if asked.unit is None else [asked.unit]
    kinds = {name for unit in wanted for name in _dimensions(unit)}
    return any(kinds & _dimensions(one.quantity.unit) for one in find_numbers_in(sentence))


def _dimensions(unit: Unit) -> set[str]:
    return set(unit.dimensionality)


def work_out(
    expression: str, operands: Sequence[FoundNumber], asked: AskedNumber
) -> Worked | Stated:
    """Return what an expression over the operands' words comes to.

    A share or a multiple the wrong way round is turned. Raises CalculationError with what is wrong.
    """
    names = _in_order(_named(expression, operands), operands)
    worked = _work_out(names, operands, asked)
    turned = _TURNABLE.sub(
        lambda found: found[1] + found[4] + found[3] + found[2] + found[5], names
    )
    if isinstance(worked, Worked) and turned != names and _is_upside_down(worked, asked):
        worked = _work_out(turned, operands, asked)
    if isinstance(worked, Worked) and _is_upside_down(worked, asked):
        raise CalculationError(f"it comes to {worked.result}.")
    return worked


def mend(
    expression: str, operands: Sequence[FoundNumber], asked: AskedNumber
) -> Sequence[Worked | Stated]:
    """Return what else can be the answer, where an expression cannot be, by the units alone.

    First the expression times or by what it leaves out of the question's numbers; then products
    and quotients of the fewest numbers of passages with those of the question, such with most
    numbers of the expression first; then the sum of such for each number of the question.
    """
    names = _named(expression, operands)
    used = _used(names, operands)
    if rows := _rows(names, used, operands, asked):
        return _distinct(_tried(rows, operands, asked), asked)
    if asked.unit is None:
        return []
    needed = [one for one in operands if one.evidence is None and not _is_article(one)]
    rest = [one for one in needed if one not in used]
    if found := _distinct(_completed(f"({names})", rest, operands, asked) if rest else (), asked):
        return found
    found = _search(needed, operands, asked)
    found.sort(key=lambda one: -len(set(used).intersection(_operands(one))))
    if not found and len(needed) > 1:
        parts = [_search([one], operands, asked, others=needed) for one in needed]
        sums = [part[0] for part in parts if len(part) == 1 and isinstance(part[0], Worked)]
        if len(sums) == len(parts):
            joined = " + ".join(part.expression for part in sums)
            found = _distinct(_tried([joined], operands, asked), asked)
    return found[:MOST_OPTIONS]


def _search(
    given: Sequence[FoundNumber],
    operands: Sequence[FoundNumber],
    asked: AskedNumber,
    others: Sequence[FoundNumber] = (),
) -> list[Worked | Stated]:
    """Return the monomials of the fewest numbers of passages with all given ones of the question.

    `others` are numbers of the question that they need not have.
    """
    stated = [one for one in operands if one.evidence and not one.quantity.unit.dimensionless]
    known = [one for one in operands if one not in others or one in given]
    for count in range(1, MOST_MENDED + 1):
        tried = (
            names
            for chosen in combinations(stated, count)
            if _is_paired(chosen)
            for names in _monomials([*chosen, *given], asked)
        )
        if found := _distinct(_tried(tried, known, asked), asked):
            return found
    return []


def _completed(
    names: str, rest: Sequence[FoundNumber], operands: Sequence[FoundNumber], asked: AskedNumber
) -> Iterator[Worked | Stated]:
    """Yield an expression times, and by, what it leaves out of the question's numbers."""
    for signs in product((" * ", " / "), repeat=len(rest)):
        factors = "".join(sign + one.name for sign, one in zip(signs, rest, strict=True))
        yield from _tried([names + factors], operands, asked)


def _tried(
    expressions: Iterable[str], operands: Sequence[FoundNumber], asked: AskedNumber
) -> Iterator[Worked | Stated]:
    for names in expressions:
        try:
            yield _work_out(names, operands, asked)
        except CalculationError:
            continue


def _distinct(found: Iterable[Worked | Stated], asked: AskedNumber) -> list[Worked | Stated]:
    """Return the first of each value, without counts below one and shares above a whole.

    Where one is stated by a passage, it alone is returned.
    """
    values: dict[tuple[Fraction, Fraction], Worked | Stated] = {}
    for one in found:
        if isinstance(one, Stated):
            return [one]
        if not _is_upside_down(one, asked):
            values.setdefault((one.result.low, one.result.high), one)
    return list(values.values())


def _in_order(names: str, operands: Sequence[FoundNumber]) -> str:
    """Return a growth from the earlier year's cell, and a difference from the later's."""
    pair = _PAIR.fullmatch(names)
    if not pair:
        return names
    cells = [_used(name, operands)[0].cell for name in (pair["one"], pair["two"])]
    years = [cell.year for cell in cells if cell and cell.year]
    if len(years) < 2 or years[0] == years[1]:
        return names
    early, late = (pair["one"], pair["two"])[:: 1 if years[0] < years[1] else -1]
    return f"growth({early}, {late})" if pair["growth"] else f"{late} - {early}"


def _rows(
    names: str,
    used: Sequence[FoundNumber],
    operands: Sequence[FoundNumber],
    asked: AskedNumber,
) -> list[str]:
    """Return an expression's form over the cells of the years asked for, in the row that fits best.

    Nothing, if the expression has no cells or two rows fit alike.
    """
    form = next((form for sign, form in _FORMS.items() if sign in names), "")
    if not form or len(asked.years) < 2 or not any(one.cell for one in used):
        return []
    cells = {(one.cell.row, one.cell.year): one for one in operands if one.cell}
    rates = {
        one.cell.row: rate_label(one.cell.label, asked.question)
        for one in operands
        if one.cell and one.cell.year
    }
    best = [row for row, rate in rates.items() if rate == max(rates.values()) > 0]
    found = [cells.get((best[0], year)) for year in asked.years] if len(best) == 1 else []
    chosen = [one.name for one in found if one]
    if len(chosen) < len(asked.years) or (len(chosen) > 2 and form not in {"mean", " + "}):
        return []
    if form in {"growth", "mean"}:
        return [f"{form}({', '.join(chosen)})"]
    return [form.join(reversed(chosen))]


def _operands(one: Worked | Stated) -> tuple[FoundNumber, ...]:
    return one.operands if isinstance(one, Worked) else ()


def make_readable(value: Quantity, asked: AskedNumber) -> Quantity:
    """Return a value with the prefix that makes its number easy to read, if no unit was asked."""
    if asked.is_exact:
        return value
    for family in PREFIXED:
        own = next((name for name in family if value.unit._units.get(name) == 1), None)
        if own and value.low > 0:
            sizes = [value.to(value.unit / unit_named(own) * unit_named(name)) for name in family]
            return min(sizes, key=lambda size: (not 1 <= size.low < 10_000, abs(_digits(size) - 2)))
    return value


def _digits(value: Quantity) -> int:
    return len(str(int(value.low))) if value.low >= 1 else -len(str(int(1 / value.low)))


def show_working(worked: Worked, asked: AskedNumber) -> str:
    """Return the working as people write it: 1,287 MWh / 50 kWh = 25,740."""
    result = make_readable(worked.result, asked)
    sign = "=" if result.is_shown_whole() else "≈"
    return f"{show_expression(worked.expression, worked.operands)} {sign} {result}"


def show_expression(expression: str, operands: Sequence[FoundNumber]) -> str:
    """Return an expression with the operands' own words in place of their names."""
    words = {one.name: " ".join(one.words.split()) for one in operands}
    bare = bool(re.fullmatch(r"[A-Z]+", expression))

    def show(found: re.Match[str]) -> str:
        shown = words.get(found[0], found[0])
        return f"({shown})" if "/" in shown and not bare else shown

    shown = re.sub(r"\b[A-Z]{1,2}\b", show, expression)
    return shown.replace(" * ", " × ").replace(" - ", " − ")


def _work_out(names: str, operands: Sequence[FoundNumber], asked: AskedNumber) -> Worked | Stated:
    if number := re.search(r"\d[\d.,]*", names):
        raise CalculationError(f"{number[0]} stands in no passage and not in the question.")
    used = _used(names, operands)
    _check_operands(used, operands, asked)
    if len(used) == 1 and names.count(used[0].name) > 1:
        raise CalculationError("it uses one number alone.")
    result = _fit(names, used, asked, operands)
    if asked.is_middle and result.low < result.high:
        names, result = f"mean({names})", calculate("mean(A)", {"A": result})
    if any(abs(power) > 1 for power in result.unit._units.values()):
        raise CalculationError(f"{show_unit(result.unit)} is no unit of an answer.")
    if names == used[0].name and result.unit == used[0].quantity.unit:
        return Stated()
    if len(used) > 1 and any(one.evidence and one.quantity == result for one in operands):
        return Stated()
    return Worked(names, used, result)


def _check_operands(
    used: Sequence[FoundNumber], operands: Sequence[FoundNumber], asked: AskedNumber
) -> None:
    """Check that a calculation uses what the question gives and names. Raises CalculationError."""
    if not any(one.evidence for one in used):
        raise CalculationError("it uses no number of the text.")
    for one in operands:
        if one.evidence is None and one not in used and not _is_article(one):
            raise CalculationError(f"it does not use {one.words}.")
    for one in used:
        if one.thing is not None and not any(_mentions(other, one.thing) for other in used):
            raise CalculationError(f"no number of the text is one of {one.words}.")
    cells = [one.cell for one in used if one.cell]
    if len(asked.years) > 1 and cells:
        _check_cells(cells, [one.cell for one in operands if one.cell], asked)
    if not cells:  # their labels and titles name things otherwise
        _check_names(used, operands, asked)


def _check_names(
    used: Sequence[FoundNumber], operands: Sequence[FoundNumber], asked: AskedNumber
) -> None:
    """Check that numbers are of what the question names. Raises CalculationError."""
    stated = [one for one in used if one.evidence]
    unnamed = [one for one in stated if not _names_of([one]) & asked.names]
    if not _is_paired(unnamed) and not all(_is_count(one.quantity) for one in stated):
        raise CalculationError("it takes a count from a sentence and no amount beside it.")
    for one in stated:
        _check_owner(one, operands, asked)
    around = {name for one in used if one.evidence for name in _passage_names(one.evidence)}
    named = asked.names & _names_of(operands)
    if missing := named - _names_of(used) or asked.names - around:
        raise CalculationError(f"it uses no number of {min(missing)}.")


def _check_cells(used: Sequence[Cell], known: Sequence[Cell], asked: AskedNumber) -> None:
    """Check that cells are of the years asked for, and of the row that fits the question best.

    Raises CalculationError.
    """
    dated = {cell.row for cell in known if cell.year}
    years = [cell.year for cell in used if cell.row in dated]
    if not set(years) <= set(asked.years):
        raise CalculationError("it uses a number of another year.")
    if 1 < len(years) <= len(asked.years):
        if len({cell.row for cell in used}) > 1:
            raise CalculationError("it uses numbers of different rows.")
        if len(set(years)) < len(years):
            raise CalculationError("it does not use a number of each year.")
        best = max(rate_label(cell.label, asked.question) for cell in known if cell.year)
        if rate_label(used[0].label, asked.question) + LABEL_MARGIN < best:
            raise CalculationError(f"another row than {used[0].label} fits the question better.")


def _used(names: str, operands: Sequence[FoundNumber]) -> tuple[FoundNumber, ...]:
    written = set(re.findall(r"\b[A-Z]{1,2}\b", names))
    return tuple(one for one in operands if one.name in written)


def _monomials(chosen: Sequence[FoundNumber], asked: AskedNumber) -> Iterator[str]:
    """Yield the products of numbers and their inverses that can mean something.

    Two amounts that one sentence states are a rate, or have nothing to do with each other, so they
    are never multiplied; amounts of one kind are compared only where a plain number is asked for.
    """
    is_plain = asked.is_count or (
        asked.unit is not None and find_factor(asked.unit, plain_unit()) is not None
    )
    amounts = [one.quantity.unit for one in chosen if one.evidence and not _is_count(one.quantity)]
    if not is_plain and any(find_factor(one, other) for one, other in combinations(amounts, 2)):
        return
    for signs in product((1, -1), repeat=len(chosen)):
        signed = list(zip(chosen, signs, strict=True))
        sides = [(one.evidence.place, sign) for one, sign in signed if one.evidence]
        above = [one.name for one, sign in signed if sign > 0]
        below = [one.name for one, sign in signed if sign < 0]
        if above and len(set(sides)) == len(sides):
            yield " * ".join(above) + "".join(f" / {name}" for name in below)


def _fit(
    names: str, used: Sequence[FoundNumber], asked: AskedNumber, operands: Sequence[FoundNumber]
) -> Quantity:
    """Return the value in the unit asked for; numbers given for one of a thing may be rates."""
    plain = {one.name: one.quantity for one in used}
    rates = plain | {
        one.name: replace(one.quantity, unit=one.quantity.unit / one.each)
        for one in used
        if one.each is not None
    }
    try:
        return _fitted(calculate(names, plain), asked, operands)
    except CalculationError:
        if rates == plain:
            raise
        return _fitted(calculate(names, rates), asked, operands)


def _is_paired(chosen: Sequence[FoundNumber]) -> bool:
    """Tell whether each count of a passage has an amount of its own sentence that is no rate."""
    places = [
        one.evidence.place
        for one in chosen
        if one.evidence and not counted_units(one.quantity.unit)
    ]
    return all(
        one.evidence.place in places for one in chosen if one.evidence and _is_count(one.quantity)
    )


def _is_upside_down(worked: Worked, asked: AskedNumber) -> bool:
    """Tell whether a count is below one, or a share above a whole."""
    if asked.unit == find_unit("percent"):
        return worked.result.low > 100 and "growth" not in worked.expression
    return asked.is_count and 0 < worked.result.high < 1


def _fitted(value: Quantity, asked: AskedNumber, operands: Sequence[FoundNumber]) -> Quantity:
    """Return a value in the unit asked for, if it is of its kind. Raises CalculationError.

    CO2 may be asked for where the text has CO2e; things that no passage counts are left out.
    """
    if asked.unit is None:
        return value
    unit = asked.unit
    known = {name for one in operands if one.evidence for name in _counted_in(one)}
    for name in counted_units(unit):
        if name not in known:
            unit = unit / unit_named(name) ** unit._units[name]
    for carbon in ("co2", "co2e"):
        unit = unit / unit_named(carbon) ** unit._units.get(carbon, 0)
        unit = unit * unit_named(carbon) ** value.unit._units.get(carbon, 0)
    fitted = value.to(unit)
    return fitted if asked.is_exact else value


def _counted_in(one: FoundNumber) -> list[str]:
    return counted_units(one.quantity.unit) + (counted_units(one.each) if one.each else [])


def _names_of(operands: Sequence[FoundNumber]) -> set[str]:
    """Return what the sentences of numbers name, but for rows, whose labels begin with capitals."""
    sentences = [one.evidence.text for one in operands if one.evidence and not one.cell]
    return {name for text in sentences for name in find_names(text)}


def _mentions(one: FoundNumber, thing: Unit) -> bool:
    """Tell whether the sentence of a number speaks of a thing that is counted."""
    if one.evidence is None:
        return False
    text = one.evidence.text.lower()
    return any(name in text for name in counted_names(thing) if len(name) > 2 or not name.isascii())


def _check_owner(one: FoundNumber, operands: Sequence[FoundNumber], asked: AskedNumber) -> None:
    """Check that a number is of what the question names, not of its neighbour in the sentence.

    Raises CalculationError.
    """
    if one.evidence is None or not asked.names:
        return
    codes = find_codes(one.evidence.text)
    if codes and not find_names(one.evidence.text) & asked.names:
        raise CalculationError(f"{one.words} is of {min(codes)}.")
    others = [
        other
        for other in operands
        if other.evidence == one.evidence and other.quantity.unit == one.quantity.unit
    ]
    owners = {_owner(other) for other in others} & asked.names
    if owners and _owner(one) not in owners:
        raise CalculationError(f"{one.words} is not of {min(owners)}.")


def _owner(one: FoundNumber) -> str:
    """Return what a sentence names last before a number."""
    assert one.evidence
    spans = find_subject_spans(one.evidence.text)
    return next((plain_name(name) for at, name in reversed(spans) if at < one.start), "")


def _passage_names(item: Evidence) -> set[str]:
    """Return the words, as names are compared, of a sentence's passage and what stands over it."""
    return find_words(f"{item.passage.with_context} {item.text}")


def _is_count(quantity: Quantity) -> bool:
    """Tell whether a quantity is of counted things alone: 1,000 images."""
    units = list(quantity.unit._units)
    return bool(units) and counted_units(quantity.unit) == units


def _is_article(one: FoundNumber) -> bool:
    """Tell whether a number of a question may just be the article of something."""
    return (
        one.words.lower().startswith(("a ", "an "))
        and one.quantity.low == 1
        and (one.quantity.unit.dimensionless or _is_count(one.quantity))
    )


def _named(expression: str, operands: Sequence[FoundNumber]) -> str:
    """Return an expression with the names of operands in place of their words."""
    first = {one.words: one.name for one in reversed(operands)}
    written = "|".join(re.escape(words) for words in sorted(first, key=len, reverse=True))
    whole = rf"(?<![\w.,])(?:{written})(?![\d,.]*\d)"
    names = re.sub(whole, lambda found: first[found[0]], expression) if written else expression
    return _CHANGED.sub(r"\2 - \1", names)
