"""An expression over numbers of passages and a question -> what it comes to, if it can answer.

What an expression comes to is the calculator's; here is decided whether it can be the answer. A
denominator that is left out, a unit of another kind, a number of the question that is not used, a
number of something else than the question names: with these it cannot.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from ingest.terms import find_terms, is_same_word
from rag.asked_number import AskedNumber, counts_things, is_article
from rag.calculator import FUNCTIONS, Quantity, calculate
from rag.errors import CalculationError
from rag.evidence import with_antecedent
from rag.names import find_codes, find_names, find_subject_spans, find_words, plain_name
from rag.operands import FoundNumber
from rag.question import detect_language
from rag.table import Cell, find_years, is_strange_label, rate_label
from rag.units import (
    Unit,
    counted_names,
    counted_units,
    find_unit,
    show_unit,
    unit_named,
    without_carbon,
)

LABEL_MARGIN = 0.05
"""How much better another row's label may agree with a question than that of the one used."""
_NAME = re.compile(r"\b[A-Z]{1,2}\b")
_WORD = re.compile(r"[^\W\d]\w*")
_CHANGED = re.compile(r"change\(([A-Z]{1,2}), ([A-Z]{1,2})\)")
_PAIR = re.compile(
    r"(?P<growth>growth\()?(?P<one>[A-Z]{1,2})(?(growth), | - )(?P<two>[A-Z]{1,2})(?(growth)\))"
)
_BY_ITSELF = re.compile(r"(\([^()]+\)|\b[A-Z]{1,2}) / \1(?![A-Z])")
_TIMES_ITSELF = re.compile(r"\b([A-Z]{1,2})(?: [*/] [A-Z]{1,2})* \* \1(?![A-Z])")
_OF_ALL = re.compile(
    r"[A-Z]{1,2}(?: \+ [A-Z]{1,2})*|(?:mean|sum|min|max)\([A-Z]{1,2}(?:, [A-Z]{1,2})*\)"
)
_BEHIND = re.compile(
    r"[^\d,;.]*?\b(?:at|in|of|for|by|from|on) ((?:the )?[A-Z][\w-]*(?: [A-Z][\w-]*)*)"
)
"""The name that stands behind a number, of its clause: 412 adult seals at Kellan Bay."""
_TURNABLE = re.compile(r"(share\(|)([A-Z]{1,2})(, | / )([A-Z]{1,2})(\)|)")


@dataclass(frozen=True, slots=True)
class Worked:
    """What an expression over the names of operands comes to."""

    expression: str
    operands: tuple[FoundNumber, ...]
    result: Quantity


@dataclass(frozen=True, slots=True)
class Stated:
    """The answer stands in a passage: nothing is to be worked out."""


def work_out(
    expression: str, operands: Sequence[FoundNumber], asked: AskedNumber
) -> Worked | Stated:
    """Return what an expression over the operands' words comes to.

    A share or a multiple the wrong way round is turned, as is a growth from the later year. Raises
    CalculationError with what is wrong.
    """
    names = _in_order(name_operands(expression, operands), operands, asked)
    worked = evaluate(names, operands, asked)
    if isinstance(worked, Worked) and is_upside_down(worked, asked):
        turned = _TURNABLE.sub(r"\1\4\3\2\5", names) if _TURNABLE.fullmatch(names) else names
        worked = evaluate(turned, operands, asked)
    if isinstance(worked, Worked) and is_upside_down(worked, asked):
        raise CalculationError(f"it comes to {worked.result}.")
    return worked


def evaluate(names: str, operands: Sequence[FoundNumber], asked: AskedNumber) -> Worked | Stated:
    """Return what an expression over the operands' names comes to. Raises CalculationError."""
    used = find_used(names, operands)
    _check_words(names, used)
    _check_operands(used, operands, asked)
    _check_labels(names, used, asked)
    result = _fit(names, used, asked, operands)
    if asked.is_middle and result.low < result.high:
        names, result = f"mean({names})", calculate("mean(A)", {"A": result})
    if any(abs(power) > 1 for power in result.unit._units.values()):
        raise CalculationError(f"{show_unit(result.unit)} is no unit of an answer.")
    is_bare = names == used[0].name and result.unit == used[0].quantity.unit
    if is_bare or (len(used) > 1 and any(_states(one, result) for one in operands)):
        return Stated()
    return Worked(names, used, result)


def work_out_again(worked: Worked, corrected: FoundNumber, asked: AskedNumber) -> Worked:
    """Return a calculation with another number for the operand of its name.

    Raises CalculationError if it cannot be worked out with it.
    """
    used = tuple(corrected if one.name == corrected.name else one for one in worked.operands)
    return Worked(worked.expression, used, _fit(worked.expression, used, asked, used))


def name_operands(expression: str, operands: Sequence[FoundNumber]) -> str:
    """Return an expression with the names of operands in place of their words."""
    first = {one.words: one.name for one in reversed(operands)}
    written = "|".join(re.escape(words) for words in sorted(first, key=len, reverse=True))
    whole = rf"(?<![\w.,])(?:{written})(?![\d,.]*\d)"
    names = re.sub(whole, lambda found: first[found[0]], expression) if written else expression
    return _CHANGED.sub(r"\2 - \1", names)


def find_used(names: str, operands: Sequence[FoundNumber]) -> tuple[FoundNumber, ...]:
    """Return the operands whose names an expression has."""
    written = set(_NAME.findall(names))
    return tuple(one for one in operands if one.name in written)


def is_paired(chosen: Sequence[FoundNumber]) -> bool:
    """Tell whether each count of a passage has an amount of its own sentence that is no rate."""
    places = [
        one.evidence.place
        for one in chosen
        if one.evidence and not counted_units(one.quantity.unit)
    ]
    return all(
        one.evidence.place in places
        for one in chosen
        if one.evidence and counts_things(one.quantity)
    )


def is_upside_down(worked: Worked, asked: AskedNumber) -> bool:
    """Tell whether a count is below one, or a share above a whole."""
    if asked.unit == find_unit("percent"):
        return worked.result.low > 100 and "growth" not in worked.expression
    return asked.is_count and 0 < worked.result.high < 1


def asked_unit(asked: AskedNumber, operands: Sequence[FoundNumber]) -> Unit | None:
    """Return the unit asked for, without carbon's kind and things that no passage counts."""
    if asked.unit is None:
        return None
    known = {
        name
        for one in operands
        if one.evidence
        for unit in (one.quantity.unit, one.each)
        if unit is not None
        for name in counted_units(unit)
    }
    unit = without_carbon(asked.unit)
    for name in counted_units(unit):
        if name not in known:
            unit = unit / unit_named(name) ** unit._units[name]
    return unit


def _in_order(names: str, operands: Sequence[FoundNumber], asked: AskedNumber) -> str:
    """Return a growth from the earlier year's number, and a difference from the later's cell.

    If the year of one number is not known, it is the other of the two that are asked for.
    """
    pair = _PAIR.fullmatch(names)
    if not pair:
        return names
    used = [one for side in ("one", "two") for one in find_used(pair[side], operands)]
    years = [_year_of(one) if one.cell or pair["growth"] else None for one in used]
    known = [year for year in years if year]
    if len(known) == 1 and len(set(asked.years)) == 2 and known[0] in asked.years:
        (other,) = set(asked.years) - set(known)
        years = [year or other for year in years]
    first, second = years if len(years) == 2 else (None, None)
    if not first or not second or first == second:
        return names
    early, late = (pair["one"], pair["two"])[:: 1 if first < second else -1]
    return f"growth({early}, {late})" if pair["growth"] else f"{late} - {early}"


def _year_of(one: FoundNumber) -> int | None:
    """Return the year of a number's cell, or the only one that its sentence has."""
    if one.cell:
        return one.cell.year
    years = set(find_years(one.evidence.text)) if one.evidence else set()
    return years.pop() if len(years) == 1 else None


def _states(one: FoundNumber, result: Quantity) -> bool:
    """Tell whether a number of a passage is a result."""
    return one.evidence is not None and one.quantity.is_same(result)


def _fit(
    names: str, used: Sequence[FoundNumber], asked: AskedNumber, operands: Sequence[FoundNumber]
) -> Quantity:
    """Return the value in the unit asked for; numbers given for one of a thing may be rates.

    Raises CalculationError.
    """
    plain = {one.name: one.quantity for one in used}
    rates = plain | {
        one.name: replace(one.quantity, unit=one.quantity.unit / one.each)
        for one in used
        if one.each is not None
    }
    wanted = asked_unit(asked, operands)
    try:
        return _in_unit(calculate(names, plain), wanted, asked)
    except CalculationError:
        if rates == plain:
            raise
        return _in_unit(calculate(names, rates), wanted, asked)


def _in_unit(value: Quantity, wanted: Unit | None, asked: AskedNumber) -> Quantity:
    """Return a value in the unit wanted, of CO2 or CO2e as it is. Raises CalculationError."""
    if wanted is None:
        return value
    fitted = value.to(wanted * (value.unit / without_carbon(value.unit)))
    return fitted if asked.is_exact else value


def _check_words(names: str, used: Sequence[FoundNumber]) -> None:
    """Check that an expression has nothing but operands and functions. Raises CalculationError."""
    if number := re.search(r"\d[\d.,]*", names):
        raise CalculationError(f"{number[0]} stands in no passage and not in the question.")
    known = {*FUNCTIONS, *(one.name for one in used)}
    if other := next((word for word in _WORD.findall(names) if word not in known), None):
        raise CalculationError(f"{other} is no number of a passage or of the question.")
    if len(used) == 1 and len(_NAME.findall(names)) > 1:
        raise CalculationError("it uses one number alone.")
    if len(used) == 1 and "mean(" in names and used[0].quantity.low == used[0].quantity.high:
        raise CalculationError(f"{used[0].words} alone has no mean.")
    if _BY_ITSELF.search(names):
        raise CalculationError("it divides something by itself.")
    if _TIMES_ITSELF.search(names):
        raise CalculationError("it multiplies a number by itself.")


def _check_operands(
    used: Sequence[FoundNumber], operands: Sequence[FoundNumber], asked: AskedNumber
) -> None:
    """Check that a calculation uses what the question gives and names. Raises CalculationError."""
    if not any(one.evidence for one in used):
        raise CalculationError("it uses no number of the text.")
    for one in operands:
        is_given = one.evidence is None and one not in used and not is_article(one)
        if is_given and not _stands_beside(one, used, operands):
            raise CalculationError(f"it does not use {one.words}.")
    _check_compared(used, asked)
    for one in used:
        if one.thing is not None and not any(_mentions(other, one.thing) for other in used):
            raise CalculationError(f"no number of the text is one of {one.words}.")
    cells = [one.cell for one in used if one.cell]
    if len(asked.years) > 1 and cells:
        _check_cells(cells, [one.cell for one in operands if one.cell], asked)
    if not cells:  # their labels and titles name things otherwise
        _check_names(used, operands, asked)


def _check_compared(used: Sequence[FoundNumber], asked: AskedNumber) -> None:
    """Check that a number is of what another is compared with. Raises CalculationError.

    Its sentence speaks of it; or it stands in a table, whose labels name things otherwise, or in
    another language.
    """
    stated = [one.evidence for one in used if one.evidence and not one.cell]
    language = detect_language(asked.question)
    if any(detect_language(item.text) != language for item in stated):
        return
    said = {term for item in stated for term in find_terms(with_antecedent(item))}
    if stated and asked.compared and not _share_word(asked.compared, said):
        raise CalculationError("it uses no number of what is compared.")


def _share_word(some: Set[str], others: Set[str]) -> bool:
    """Tell whether a word is among terms and others, in any form."""
    return any(is_same_word(one, other) for one in some for other in others)


def _stands_beside(
    given: FoundNumber, used: Sequence[FoundNumber], operands: Sequence[FoundNumber]
) -> bool:
    """Tell whether a sentence states a number that is used of as many as the question gives.

    2.5 kWh is what 1,000 pages take, where it is said of 1,000 pages.
    """
    beside = [one.evidence for one in used if one.evidence]
    return any(
        one.evidence in beside and one not in used and one.quantity.is_same(given.quantity)
        for one in operands
        if one.evidence
    )


def _check_names(
    used: Sequence[FoundNumber], operands: Sequence[FoundNumber], asked: AskedNumber
) -> None:
    """Check that numbers are of what the question names. Raises CalculationError."""
    stated = [one for one in used if one.evidence]
    unnamed = [one for one in stated if not _names_of([one]) & asked.names]
    if not is_paired(unnamed) and not all(counts_things(one.quantity) for one in stated):
        raise CalculationError("it takes a count from a sentence and no amount beside it.")
    for one in stated:
        _check_owner(one, operands, asked)
    around = {word for one in stated if one.evidence for word in _words_around(one)}
    named = asked.names & _names_of(operands)
    if missing := named - _names_of(used) or asked.names - around:
        raise CalculationError(f"it uses no number of {min(missing)}.")


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
    owners = set().union(*map(_owners, others)) & asked.names
    if owners and not _owners(one) & owners:
        raise CalculationError(f"{one.words} is not of {min(owners)}.")


def _check_labels(names: str, used: Sequence[FoundNumber], asked: AskedNumber) -> None:
    """Check that a question speaks of the rows of cells. Raises CalculationError.

    A total or a mean of several rows needs none of their names.
    """
    cells = [one.cell for one in used if one.cell]
    if len({cell.row for cell in cells}) > 1 and _OF_ALL.fullmatch(names):
        return
    for cell in cells:
        if is_strange_label(cell.label, asked.question):
            raise CalculationError(f"nothing is asked of {cell.label}.")


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


def _names_of(operands: Sequence[FoundNumber]) -> set[str]:
    """Return what the sentences of numbers name, but for rows, whose labels begin with capitals."""
    sentences = {one.evidence.text for one in operands if one.evidence and not one.cell}
    return {name for text in sentences for name in find_names(text)}


def _words_around(one: FoundNumber) -> set[str]:
    """Return the words, as names are compared, of a number's passage and what stands over it."""
    assert one.evidence
    return find_words(f"{one.evidence.passage.with_context} {one.evidence.text}")


def _owners(one: FoundNumber) -> set[str]:
    """Return what a sentence names last before a number, and where it says that it was, or of whom.

    "The Trust counted 412 seals at Kellan Bay" has both.
    """
    assert one.evidence
    text = one.evidence.text
    spans = find_subject_spans(text)
    before = [name for at, name in spans if at < one.start]
    behind = _BEHIND.match(text, one.start + len(one.words))
    there = [name for at, name in spans if behind and behind.start(1) <= at < behind.end(1)]
    return {plain_name(name) for name in [*before[-1:], *there]}


def _mentions(one: FoundNumber, thing: Unit) -> bool:
    """Tell whether the sentence of a number speaks of a thing that is counted."""
    if one.evidence is None:
        return False
    text = one.evidence.text.lower()
    return any(name in text for name in counted_names(thing) if len(name) > 2 or not name.isascii())
