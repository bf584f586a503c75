"""What number a question asks for: in what unit, of what, and whether it must be worked out.

Told by the question's words alone, in English and Chinese. Where they are not plain nothing is
asked for in particular, and units decide less.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.terms import FUNCTION_WORDS, find_terms
from rag.calculator import Quantity, calculate
from rag.names import blank_identifiers, find_names
from rag.operands import FoundNumber, find_numbers_in, find_numbers_in_words, read_unit
from rag.table import find_years
from rag.units import Unit, counted_units, find_unit, plain_unit

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
_EACH_OF_SEVERAL = re.compile(
    r"(\band (?:[\w'’-]+ ){1,4})each\b(?! (?:minute|hour|day|week|month|year|time)\b)",
    re.IGNORECASE,
)
"""The value of each is asked for, and no rate: what A and B each took."""
_MIDDLE = re.compile(r"\b(?:middle|midpoint|mid-point)\b|中间|中点|中值", re.IGNORECASE)
_HOW_MANY = (
    re.compile(r"\bhow many(?: (?:more|fewer|less|extra|additional|total))*(?= )", re.I),
    re.compile(r"(?:多少|几)(?=.)"),
)
_IN_UNIT = re.compile(r"\b(?:in|to|into|as)(?= (?!\d|charge\b))", re.IGNORECASE)
_COUNTED = re.compile(r"\bhow many\b|(?:多少|几)[次个张台辆块部户人份]", re.IGNORECASE)
_PER = re.compile(r"\bper(?= )|(?<=\w)/(?=\w)|每", re.IGNORECASE)
_TIMES = re.compile(
    r"\b(?:how many times(?! (?:a|per|each|every)\b)|what multiple"
    r"|what(?:['’]s| is| was) the ratio)\b|多少倍|几倍",
    re.IGNORECASE,
)
_THAN = re.compile(r"\bthan ([^,.;?]+)", re.IGNORECASE)
_THAN_TIME = "year month week day before previous last usual expected average other others"
_COSTS = re.compile(
    r"(?<!time )\b(?:costs?|prices?|pays?|paid|fees?)\b|多少钱|费用|收费|票价|价[格钱]",
    re.IGNORECASE,
)
CURRENCIES = ("$", "€", "£", "¥")
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
    compared: frozenset[str] = frozenset()
    """Terms of what something is asked to be so many times of."""
    years: tuple[int, ...] = ()
    """The years that the question names: cells of tables are of these."""


def may_ask_number(question: str) -> bool:
    """Tell whether a question may ask for a number, stated or worked out."""
    return bool(_ASKS_NUMBER.search(question))


def needs_work(question: str) -> bool:
    """Tell whether a question may ask for a number that has to be worked out."""
    plain = blank_identifiers(_EACH_OF_SEVERAL.sub(r"\1", question))
    if not _ASKS_NUMBER.search(plain):
        return False
    counted = [one for one in find_numbers_in_words(question) if not is_article(one)]
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
        compared=_find_compared(question) if asked.is_count else frozenset(),
        years=tuple(find_years(question)),
    )


def _find_compared(question: str) -> frozenset[str]:
    """Return the terms behind "than" in a question of how many times, without numbers and times."""
    than = _THAN.search(question) if _TIMES.search(question) else None
    terms = set(find_terms(than[1])) if than else set()
    terms -= FUNCTION_WORDS.union(_THAN_TIME.split())
    return frozenset(term for term in terms if not any(map(str.isdigit, term)))


def _find_unit(question: str) -> AskedNumber:
    """Return the unit that a question asks for: how many kg of CO2 per kWh, in joules."""
    if _TIMES.search(question):
        return AskedNumber(plain_unit(), is_exact=True, is_count=True)
    if _IS_SHARE.search(question):
        return AskedNumber(find_unit("percent"), is_exact=True)
    if named := _read_asked(question):
        unit, end = named
        return AskedNumber(unit / _find_denominator(question, end), is_exact=True)
    if _COUNTED.search(question):
        return AskedNumber(plain_unit(), is_exact=True, is_count=True)
    sample = next((sample for words, sample in _SPOKEN_OF if words.search(question)), "")
    unit = calculate(sample).unit if sample else None
    return AskedNumber(unit and unit / _find_denominator(question, 0))


def _read_asked(question: str) -> tuple[Unit, int] | None:
    """Return the unit behind "how many", or else behind "in" itself, and where it ends."""
    for words in (*_HOW_MANY, _IN_UNIT):
        for match in words.finditer(question):
            named = read_unit(question, match.end(), skips=words is not _IN_UNIT)
            is_verb = match[0].lower() == "to" and named and counted_units(named[0])
            if named and not is_verb:  # "to charge" counts no charges
                return named
    return None


def _find_denominator(question: str, start: int) -> Unit:
    """Return the unit that something is asked for one of, or that of plain numbers."""
    places = [match.end() for match in _PER.finditer(question, start)]
    found = next(filter(None, (read_unit(question, place) for place in places)), None)
    return found[0] if found else plain_unit()


def in_currency(asked: AskedNumber, operands: Sequence[FoundNumber]) -> AskedNumber:
    """Return what is asked for, a cost in the currency of the passages if they have one only."""
    if asked.unit is not None or not _COSTS.search(asked.question):
        return asked
    spoken = {name for one in operands if one.evidence for name in one.quantity.unit._units}
    money = [unit for sign in CURRENCIES if (unit := find_unit(sign)) and set(unit._units) & spoken]
    return replace(asked, unit=money[0]) if len(money) == 1 else asked


def may_serve(sentence: str, question: str, asked: AskedNumber) -> bool:
    """Tell whether a sentence has a number of a unit that is asked for or that the question has."""
    wanted = [one.quantity.unit for one in find_numbers_in(question)]
    wanted += [] if asked.unit is None else [asked.unit]
    kinds = {name for unit in wanted for name in _dimensions(unit)}
    return any(kinds & _dimensions(one.quantity.unit) for one in find_numbers_in(sentence))


def _dimensions(unit: Unit) -> set[str]:
    return set(unit.dimensionality)


def counts_things(quantity: Quantity) -> bool:
    """Tell whether a quantity is of counted things alone: 1,000 images."""
    units = list(quantity.unit._units)
    return bool(units) and counted_units(quantity.unit) == units


def is_article(one: FoundNumber) -> bool:
    """Tell whether a number of a question may just be the article of something."""
    return (
        one.words.lower().startswith(("a ", "an "))
        and one.quantity.low == 1
        and (one.quantity.unit.dimensionless or counts_things(one.quantity))
    )
