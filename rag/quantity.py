"""Numbers with their units in text, as far as needed to see that a sentence keeps the unit."""

import re
from decimal import Decimal

_UNITS = {
    "Wh": "wh watt-hours watt-hour 瓦时",
    "kWh": "kwh kilowatt-hours kilowatt-hour 千瓦时 度电",
    "MWh": "mwh megawatt-hours megawatt-hour 兆瓦时",
    "GWh": "gwh gigawatt-hours gigawatt-hour 吉瓦时",
    "TWh": "twh terawatt-hours terawatt-hour 太瓦时",
    "W": "w watts watt 瓦特 瓦",
    "kW": "kw kilowatts kilowatt 千瓦",
    "MW": "mw megawatts megawatt 兆瓦",
    "GW": "gw gigawatts gigawatt 吉瓦",
    "J": "j joules joule 焦耳",
    "kJ": "kj kilojoules 千焦",
    "MJ": "mj megajoules 兆焦",
    "GJ": "gj gigajoules 吉焦",
    "mg": "mg milligrams milligram 毫克",
    "g": "g grams gram 克",
    "kg": "kg kilograms kilogram kilos 千克 公斤",
    "t": "t tons ton tonnes tonne 公吨 吨",
    "mm": "mm millimetres millimeters 毫米",
    "cm": "cm centimetres centimeters 厘米",
    "m": "m metres metre meters meter 米",
    "km": "km kilometres kilometers kilometer kilometre 公里 千米",
    "mi": "miles mile 英里",
    "ft": "ft feet foot 英尺",
    "ml": "ml millilitres milliliters 毫升",
    "l": "l litres litre liters liter 升",
    "gal": "gallons gallon 加仑",
    "s": "s seconds second 秒钟 秒",
    "min": "min minutes minute 分钟",
    "h": "h hours hour 小时",
    "d": "days day 天",
    "wk": "weeks week 周 星期",
    "mo": "months month 个月",
    "yr": "years year",
    "%": "% percent",
    "GB": "gb gigabytes",
    "MB": "mb megabytes",
    "TB": "tb terabytes",
    "$": "usd dollars dollar 美元",
    "€": "eur euros euro 欧元",
    "CNY": "cny rmb yuan 人民币 元",
}
_NAMES = {name: unit for unit, names in _UNITS.items() for name in names.split()}
_LONGEST_FIRST = sorted(_NAMES, key=len, reverse=True)
_UNIT = re.compile(
    r"[\s-]?(?:metric\s|short\s|long\s|nautical\s)?("
    + "|".join(re.escape(name) + r"(?![a-z])" * name.isascii() for name in _LONGEST_FIRST)
    + ")",
    re.IGNORECASE,
)
_SIGNED_ZH = re.compile(
    r"二氧化碳|当量|(?<=[\d万亿千百])\s?(?:"
    + "|".join(name for name in _LONGEST_FIRST if not name.isascii())
    + ")"
)
_WRITTEN = re.compile(
    r"(?<![\d.])(\d+(?:,\d{3})+|\d+)(\.\d+)?\s*"
    r"(thousand|million|billion|trillion|十万|百万|千万|十亿|百亿|千亿|万亿"
    r"|千(?![克瓦米焦卡])|[万亿])?",
    re.IGNORECASE,
)
SCALES = {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "十亿": 10**9,
    "百亿": 10**10,
    "千亿": 10**11,
    "万亿": 10**12,
}


def find_quantities(text: str) -> list[tuple[Decimal, str]]:
    """Return each number by value with the unit that follows it, "" if none is known.

    `text` is in NFKC. 1,287 MWh and 1287 兆瓦时 are the same; so are 175 billion and 1750亿.
    """
    return [(value, unit) for _, _, value, unit in find_quantity_spans(text)]


def find_quantity_spans(text: str) -> list[tuple[int, int, Decimal, str]]:
    """Return where each number begins and ends, without its unit; its value, and its unit."""
    found = []
    for match in _WRITTEN.finditer(text):
        whole, fraction, scale = match[1], match[2] or "", match[3] or ""
        value = Decimal(whole.replace(",", "") + fraction) * SCALES.get(scale.lower(), 1)
        unit = _UNIT.match(text, match.end())
        name = _NAMES[unit[1].lower()] if unit else ""
        found.append((match.start(), match.end(), value.normalize(), name))
    return found


def blank_units(text: str) -> str:
    """Return a text without the Chinese names of units and gases, for which others write kWh."""
    return _SIGNED_ZH.sub(" ", text)


def is_unit(word: str) -> bool:
    """Tell whether a word is a unit's name."""
    return word.lower() in _NAMES
