"""What else can be the answer, where an expression cannot be: found by units.

Of all products and quotients of a few numbers, few come to the unit that is asked for, and fewer
mean something: two amounts of one sentence are a rate or have nothing to do with each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice, product

from rag.asked_number import AskedNumber, counts_things, is_article
from rag.calculation import (
    Stated,
    Worked,
    asked_unit,
    evaluate,
    find_used,
    is_paired,
    is_upside_down,
    name_operands,
)
from rag.errors import CalculationError
from rag.operands import FoundNumber
from rag.table import rate_label
from rag.units import Unit, counted_units, find_factor, plain_unit, without_carbon

MOST_STATED = 3
"""How many numbers of passages a mended expression may have."""
MOST_TRIED = 200
"""How many expressions of the right unit are worked out, each about a millisecond."""
MOST_OPTIONS = 5
"""Among how many mended expressions the model may choose."""
_FORMS = {"growth(": "growth", "mean(": "mean", " - ": " - ", " + ": " + "}

Signed = tuple[tuple[FoundNumber, int], ...]
"""Numbers, each above (1) or below (-1) the line."""
Vector = frozenset[tuple[str, int]]
"""The powers of a unit's dimensions."""


def mend(
    expression: str, operands: Sequence[FoundNumber], asked: AskedNumber
) -> Sequence[Worked | Stated]:
    """Return what else can be the answer than an expression over the operands' words.

    Of cells, its form over the row that fits best. Else it times or by what it leaves out of the
    question's numbers; or products and quotients of the fewest numbers of passages with those of
    the question, such with most numbers of the expression first; or the sum of such for each
    number of the question.
    """
    names = name_operands(expression, operands)
    used = find_used(names, operands)
    if rows := _rows(names, used, operands, asked):
        return _distinct(_tried(rows, operands, asked), asked)
    if asked.unit is None:
        return []
    needed = [one for one in operands if one.evidence is None and not is_article(one)]
    rest = [one for one in needed if one not in used]
    if rest and (found := _distinct(_tried(_completed(names, rest), operands, asked), asked)):
        return found
    found = _search(needed, operands, asked)
    found.sort(key=lambda one: -len(set(used).intersection(_operands(one))))
    if not found and len(needed) > 1:
        parts = [_search([one], _without(operands, needed, one), asked) for one in needed]
        sums = [part[0] for part in parts if len(part) == 1 and isinstance(part[0], Worked)]
        if len(sums) == len(parts):
            joined = " + ".join(part.expression for part in sums)
            found = _distinct(_tried([joined], operands, asked), asked)
    return found[:MOST_OPTIONS]


def _search(
    given: Sequence[FoundNumber], operands: Sequence[FoundNumber], asked: AskedNumber
) -> list[Worked | Stated]:
    """Return the monomials of the fewest numbers of passages with all given ones of the question.

    A million of them are looked through in a second, as only their dimensions are compared.
    """
    wanted = asked_unit(asked, operands)
    assert wanted is not None
    stated = [one for one in operands if one.evidence and not one.quantity.unit.dimensionless]
    for count in range(1, MOST_STATED + 1):
        signed = (
            [*zip(given, signs, strict=True)] for signs in product((1, -1), repeat=len(given))
        )
        fitting = [
            (*chosen, *own)
            for own in signed
            for chosen in _fitting(stated, count, _minus(_vector(wanted), _total(own)))
        ]
        order = {one.name: at for at, one in enumerate(operands)}
        fitting.sort(key=lambda one: [(order[number.name], -sign) for number, sign in one])
        sound = (_written(one) for one in fitting if _is_sound(one, asked))
        if found := _distinct(_tried(islice(sound, MOST_TRIED), operands, asked), asked):
            return found
    return []


def _fitting(stated: Sequence[FoundNumber], count: int, wanted: Vector) -> Iterator[Signed]:
    """Yield each choice of so many numbers, with signs, whose dimensions are those wanted.

    The last of them is looked up by the dimensions that are still missing.
    """
    by_vector: dict[Vector, list[tuple[int, int]]] = defaultdict(list)
    for at, one in enumerate(stated):
        for vector, sign in product(_vectors(one), (1, -1)):
            by_vector[_scaled(vector, sign)].append((at, sign))
    for places in combinations(range(len(stated)), count - 1):
        first = [stated[at] for at in places]
        for signs in product((1, -1), repeat=count - 1):
            for vectors in product(*map(_vectors, first)):
                have = [_scaled(one, sign) for one, sign in zip(vectors, signs, strict=True)]
                for last, sign in by_vector.get(_minus(wanted, *have), ()):
                    if not places or last > places[-1]:
                        yield (*zip(first, signs, strict=True), (stated[last], sign))


def _is_sound(signed: Signed, asked: AskedNumber) -> bool:
    """Tell whether a monomial can mean something.

    Two amounts that one sentence states are never multiplied, and a count has an amount of its own
    sentence; amounts of one kind are compared only where a plain number is asked for, and never two
    of the question; two of one sentence in the same unit make no count of things.
    """
    stated = [(one, sign) for one, sign in signed if one.evidence]
    given = [one.quantity.unit for one, _ in signed if not one.evidence]
    if any(
        _vector(one) and _vector(one) == _vector(other) for one, other in combinations(given, 2)
    ):
        return False
    if not any(sign > 0 for _, sign in signed) or not is_paired([one for one, _ in stated]):
        return False
    sides = {(one.evidence.place, sign) for one, sign in stated if one.evidence}
    if len(sides) < len(stated):
        return False
    if asked.unit is not None and counted_units(asked.unit):
        alike = {(one.evidence.place, one.quantity.unit) for one, _ in stated if one.evidence}
        if len(alike) < len(stated):
            return False
    is_plain = asked.is_count or (
        asked.unit is not None and find_factor(asked.unit, plain_unit()) is not None
    )
    amounts = [one.quantity.unit for one, _ in stated if not counts_things(one.quantity)]
    return is_plain or not any(find_factor(one, other) for one, other in combinations(amounts, 2))


def _written(signed: Signed) -> str:
    above = [one.name for one, sign in signed if sign > 0]
    return " * ".join(above) + "".join(f" / {one.name}" for one, sign in signed if sign < 0)


def _completed(names: str, rest: Sequence[FoundNumber]) -> Iterator[str]:
    """Yield an expression times, and by, what it leaves out of the question's numbers."""
    for signs in product((" * ", " / "), repeat=len(rest)):
        factors = "".join(sign + one.name for sign, one in zip(signs, rest, strict=True))
        yield f"({names}){factors}"


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


def _tried(
    expressions: Iterable[str], operands: Sequence[FoundNumber], asked: AskedNumber
) -> Iterator[Worked | Stated]:
    for names in expressions:
        try:
            yield evaluate(names, operands, asked)
        except CalculationError:
            continue


def _distinct(found: Iterable[Worked | Stated], asked: AskedNumber) -> list[Worked | Stated]:
    """Return the first of each value, without counts below one and shares above a whole.

    Where one is stated by a passage, it alone is returned.
    """
    values: dict[object, Worked | Stated] = {}
    for one in found:
        if isinstance(one, Stated):
            return [one]
        if not is_upside_down(one, asked):
            values.setdefault((one.result.low, one.result.high), one)
    return list(values.values())


def _operands(one: Worked | Stated) -> tuple[FoundNumber, ...]:
    return one.operands if isinstance(one, Worked) else ()


def _without(
    operands: Sequence[FoundNumber], needed: Sequence[FoundNumber], kept: FoundNumber
) -> list[FoundNumber]:
    """Return the operands without those that are needed, but for one."""
    return [one for one in operands if one == kept or one not in needed]


def _vectors(one: FoundNumber) -> list[Vector]:
    """Return the dimensions of a number, and those of the rate that it may be."""
    unit = one.quantity.unit
    return [_vector(unit)] + ([_vector(unit / one.each)] if one.each is not None else [])


def _vector(unit: Unit) -> Vector:
    powers = without_carbon(unit).dimensionality.items()
    return frozenset((name, int(power)) for name, power in powers if power)


def _scaled(vector: Vector, sign: int) -> Vector:
    return frozenset((name, sign * power) for name, power in vector)


def _total(signed: Iterable[tuple[FoundNumber, int]]) -> Vector:
    return _minus(
        frozenset(), *(_scaled(_vector(one.quantity.unit), -sign) for one, sign in signed)
    )


def _minus(vector: Vector, *others: Vector) -> Vector:
    powers = defaultdict(int, vector)
    for other in others:
        for name, power in other:
            powers[name] -= power
    return frozenset((name, power) for name, power in powers.items() if power)
