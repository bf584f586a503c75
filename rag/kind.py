"""What kind of thing a question asks for, where its words tell: a time, a number, a length.

A small model that finds nothing to the point writes what is nearest: a name where a year was asked
for, kilowatt-hours where it was litres. These rules only speak where the question is plain; any
other question asks for no kind.
"""

import re
from dataclasses import dataclass

from rag.names import blank_identifiers
from rag.quantity import find_quantities

_DIGITS = r"\d|[〇零一二两三四五六七八九十百千万亿半]"
_NUMBER = (
    _DIGITS + r"|\b(?:no|none|zero|nothing|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"|hundreds?|thousands?|millions?|billions?|dozens?|half|halves|thirds?|quarters?|doubled?"
    r"|twice|thrice|tripled?|both|single|several|few|fewer|many|most|all|every|free)\b"
)
_AMOUNT = (
    _NUMBER + r"|\b(?:as (?:much|little|many|large|big)|more|less|little|times|enough)\b|多|少|倍"
)
_SHARE = _NUMBER + r"|\b(?:majority|minority)\b|多数|少数|全部|所有"
_MONTHS = (
    r"january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
)
_TIME = (
    rf"\b(?:1\d{{3}}|20\d\d)s?\b|\d(?:st|nd|rd|th)\b|\d[:.]\d\d|\d ?[ap]\.?m\b|\b(?:{_MONTHS}"
    r"|centur(?:y|ies)|decades?|years?|months?|weeks?|days?|hours?|minutes?|seconds?|morning|noon"
    r"|evening|night|midnight|today|yesterday|tomorrow|now|currently|ago|since|until|till|during"
    r"|before|after|while|once|when|whenever|spring|summer|autumn|winter|early|late|later|earlier"
    r"|ancient|medieval|recent|recently|bc|ad|bce|era|never|always|if)\b"
    r"|[年月日号季周]|世纪|时|期|代|[之以]?[前后]|现在|目前|[早晚中]上"
)
_SPAN = (
    r"\b(?:(?:second|minute|hour|day|week|month|year|decade|generation)s?|centur(?:y|ies)|forever"
    r"|permanent(?:ly)?|indefinitely|always|since|until|till|half)\b|[秒分时天日周月年]|世纪|永[远久]"
)
_POWER = frozenset(["W", "kW", "MW", "GW"])
_ENERGY = frozenset(["Wh", "kWh", "MWh", "GWh", "TWh", "J", "kJ", "MJ", "GJ"])
_VOLUME = frozenset(["ml", "l", "gal"])
_MASS = frozenset(["mg", "g", "kg", "t"])
_LENGTH = frozenset(["mm", "cm", "m", "km", "mi", "ft"])
_DURATION = frozenset(["s", "min", "h", "d", "wk", "mo", "yr"])
_MONEY = frozenset(["$", "€", "CNY"])
_RATIO = frozenset(["%"])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of answer: its name for people, how it is asked for and stated, and in what units.

    A number with a unit that is known and not among `units` does not state it; no units: any do.
    """

    name: str
    asked: re.Pattern[str]
    stated: re.Pattern[str]
    units: frozenset[str] = frozenset()


def _kind(name: str, asked: str, stated: str, units: frozenset[str] = frozenset()) -> Kind:
    return Kind(name, re.compile(asked, re.IGNORECASE), re.compile(stated, re.IGNORECASE), units)


_KINDS = (
    _kind(
        "a ratio",
        r"\bhow many times (?:more|less|fewer|as|the|that|larger|smaller|higher|lower|greater)\b"
        r"|\bby what factor\b|多少倍|几倍|多少分之|几分之",
        r"\btimes\b|fold\b|\bfactors?\b|\d ?x\b|\d/\d|[×倍%]|\bper ?cent\b"
        r"|\b(?:twice|half|double[ds]?|triple[ds]?|as (?:much|many))\b|分之",
    ),
    _kind(
        "a share",
        r"\b(?:what|which) (?:percentage|percent|share|proportion|fraction)\b|百分之[几多]|占多少",
        _SHARE,
        _RATIO,
    ),
    _kind("a length of time", r"\bhow (?:long (?!is|are|was|were)|much time)|多久|多长时间", _SPAN),
    _kind(
        "a volume",
        r"\bhow (?:much|many \w+ of) (?:water|fuel|oil|milk)\b|多少水",
        _AMOUNT,
        _VOLUME | _MASS,
    ),
    _kind(
        "an energy",
        r"\bhow much (?:energy|electricity|power)\b|多少(?:电|能量|能源|电力|电能)",
        _AMOUNT,
        _ENERGY | _POWER | _RATIO,
    ),
    _kind(
        "a mass",
        r"\bhow (?:heavy|much (?:co2|carbon|(?:do(?:es)?|did|can|will|would) .* (?:weigh|emit)\b))"
        r"|多重|多少二氧化碳|排放(?:了|的?(?:总量|量|上限))?[是为约]*多少(?![倍次])",
        _AMOUNT,
        _MASS | _RATIO,
    ),
    _kind(
        "a price",
        r"\bhow (?:much (?:money|do(?:es)? .* cost|did .* cost)|expensive)"
        r"|\bcosts? in (?:us )?(?:dollars|euros|yuan|usd)\b|多少钱",
        _AMOUNT,
        _MONEY | _RATIO,
    ),
    _kind(
        "a length", r"\bhow (?:tall|high|deep|wide|far)\b|多[高深宽远]", _AMOUNT, _LENGTH | _RATIO
    ),
    _kind("an age", r"\bhow old\b|多大年纪|几岁", _NUMBER + "|" + _SPAN, _DURATION),
    _kind(
        "a number",
        r"\bhow many\b|\bwhat (?:is|was|are|were) the (?:total )?number of\b"
        r"|[^十]几[个位名次天年种张台层间座]",
        _NUMBER,
    ),
    _kind("an amount", r"\bhow (?:much|large|big|fast|hot|cold|long)\b|多少|多[大快]", _AMOUNT),
    _kind(
        "a time",
        r"^(?:(?:and|but|so|since|until) )?when (?:is|was|were|did|do|does|are|will|has|have|had)\b"
        r"|\b(?:in |on )?(?:what|which) (?:year|month|century|decade|date|day)\b"
        r"|什么时候|何时|[哪几]一?年|哪个?月",
        _TIME,
    ),
)
_YES_OR_NO = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|true or false)\b"
    r"|.*[吗么][？?]?$|.*是否",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\b(?:and|or),? (?:in |at |by |to |from )?(?:who|what|when|where|why|how|which)\b"
    r"|(?:多少|几|何时|什么|哪|谁|怎|为何).*[，,和且并及].*(?:多少|几|何时|什么|哪|谁|怎|为何)",
    re.IGNORECASE,
)


def find_kind(question: str) -> Kind | None:
    """Return the one kind of thing that a question asks for, or nothing if it is not plain."""
    if _YES_OR_NO.match(question) or _SEVERAL.search(question):
        return None
    return next((kind for kind in _KINDS if kind.asked.search(question)), None)


def states_kind(text: str, kind: Kind) -> bool:
    """Tell whether a sentence states something of a kind, however it relates to the question."""
    plain = blank_identifiers(text)
    if not kind.stated.search(plain):
        return False
    units = {unit for _, unit in find_quantities(plain)} - {""}
    return not kind.units or not units or bool(units & kind.units)
