"""The units that the calculator knows, as Pint holds them: exact, and nothing but these.

CO2 and CO2e are kinds of their own, which neither mix with each other nor with plain mass; so are
currencies, and things that are counted. A year has 365 days, a month a twelfth of that; a ton is
metric unless it is called short or long.
"""

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pint import UnitRegistry

Unit = Any
"""A unit of Pint's: units multiply, divide, and compare equal."""

_OF_WHAT = frozenset(["co2", "co2e"])
"""What stands behind the unit that it is measured in."""
_PREFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_SIGN_LENGTH = 4
_NAMED = {
    "": ("", ""),
    "k": ("kilo", "千"),
    "M": ("mega", "兆"),
    "G": ("giga", "吉"),
    "T": ("tera", "太"),
    "P": ("peta", "拍"),
    "E": ("exa", "艾"),
}
_PREFIXED = (
    # sign, what one is, English names, Chinese name, prefixes
    ("Wh", "3600 joule", "watt-hour watt-hours", "瓦时", "kMGT"),
    ("J", "joule", "joule joules", "焦耳", "kMGTP"),
    ("W", "joule / second", "watt watts", "瓦", "kMGT"),
    ("B", "byte", "byte bytes", "字节", "kMGTPE"),
    ("FLOP", "flop", "flop flops", "次浮点运算", "kMGTPE"),
)
_BASES = {"J": "joule", "B": "byte", "FLOP": "flop"}
"""Those of them that are defined below."""
_PLAIN = (
    # name, definition in Pint's words, sign or shown form, other names
    ("joule", "[energy]", "J", ""),
    ("byte", "[information]", "B", ""),
    ("bit", "1/8 byte", "bit", "bits 比特"),
    ("flop", "[operations]", "FLOP", ""),
    ("gram", "[mass]", "g", "grams gramme grammes 克"),
    ("milligram", "1/1000 gram", "mg", "milligrams 毫克"),
    ("kilogram", "1000 gram", "kg", "kilograms kilo kilos 千克 公斤"),
    ("tonne", "1000000 gram", "t", "ton tons tonnes metric-ton metric-tons 吨 公吨"),
    ("kilotonne", "1000000000 gram", "kt", "kiloton kilotons kilotonnes 千吨"),
    ("megatonne", "1000000000000 gram", "Mt", "megaton megatons megatonnes 百万吨"),
    ("gigatonne", "1000000000000000 gram", "Gt", "gigaton gigatons gigatonnes"),
    ("short_ton", "907184.74 gram", "short tons", "short-ton short-tons"),
    ("long_ton", "1016046.9088 gram", "long tons", "long-ton long-tons"),
    ("pound", "45359237/100000 gram", "lb", "lbs pounds 磅"),
    ("ounce", "45359237/1600000 gram", "oz", "ounces 盎司"),
    ("co2", "[carbon_dioxide]", "CO2", "co₂ 二氧化碳"),
    ("co2e", "[carbon_dioxide_equivalent]", "CO2e", "co2eq co2-eq co₂e 二氧化碳当量"),
    ("second", "[time]", "s", "sec seconds 秒 秒钟"),
    ("millisecond", "1/1000 second", "ms", "milliseconds 毫秒"),
    ("minute", "60 second", "min", "mins minutes 分钟"),
    ("hour", "3600 second", "h", "hr hrs hours 小时"),
    ("day", "86400 second", "d", "days 天 日"),
    ("week", "604800 second", "weeks", "周 星期"),
    ("month", "2628000 second", "months", "个月 月"),
    ("year", "31536000 second", "years", "yr yrs 年"),
    ("litre", "[volume]", "L", "l liter liters litres 升 公升"),
    ("millilitre", "1/1000 litre", "mL", "ml milliliter milliliters millilitres 毫升"),
    ("cubic_metre", "1000 litre", "m³", "m3 cubic-meter cubic-meters cubic-metres 立方米"),
    ("gallon", "3.785411784 litre", "gal", "gallons 加仑"),
    ("metre", "[length]", "m", "meter meters metres 米"),
    ("millimetre", "1/1000 metre", "mm", "millimeter millimeters millimetres 毫米"),
    ("centimetre", "1/100 metre", "cm", "centimeter centimeters centimetres 厘米"),
    ("kilometre", "1000 metre", "km", "kilometer kilometers kilometres 公里 千米"),
    ("mile", "1609.344 metre", "mi", "miles 英里"),
    ("foot", "0.3048 metre", "ft", "feet 英尺"),
    ("us_dollar", "[us_dollar]", "USD", "$ us$ dollar dollars 美元"),
    ("euro", "[euro]", "EUR", "€ euros 欧元"),
    ("yuan", "[yuan]", "CNY", "¥ rmb 元 人民币"),
    ("pound_sterling", "[pound_sterling]", "GBP", "£ 英镑"),
    ("yen", "[yen]", "JPY", "日元"),
    ("percent", "1/100", "%", "pct percents 百分之"),
)
_COUNTED = (
    "image:images,picture,pictures,painting,paintings,张图片,张图像,图片,图像",
    "query:queries,classification,classifications,request,requests,prompt,prompts,response,responses"
    ",question,questions,次查询,查询,次分类,分类,次请求,请求,次回答,次提问,个问题,个提示",
    "gpu:GPUs",
    "token:tokens,个词元",
    "parameter:parameters,个参数,参数",
    "home:homes,house,houses,household,households,户,家庭",
    "person:people,persons,人",
    "car:cars,vehicle,vehicles,辆车,汽车",
    "battery:batteries,块电池,电池",
    "phone:phones,smartphone,smartphones,部手机,手机",
    "page:pages,页",
    "word:words,字",
    "server:servers,台服务器,服务器",
    "model:models,个模型,模型",
    "charge:charges,次充电",
    "flight:flights,次航班",
    "bottle:bottles,瓶",
    "tree:trees,棵树",
    "task:tasks,次任务,任务",
    "paper:papers,篇论文",
    "user:users,用户",
    "sample:samples",
    "document:documents",
    "job:jobs",
    "run:runs",
)


@cache
def registry() -> "UnitRegistry[Any]":
    """Return a registry that holds these units alone, with exact fractions."""
    from pint import UnitRegistry

    units: UnitRegistry[Any] = UnitRegistry(None, non_int_type=Fraction)
    for name, definition, *_ in _PLAIN:
        units.define(f"{name} = {definition}")
    for sign, definition, *_, prefixes in _PREFIXED:
        for prefix in ["", *prefixes]:
            if prefix + sign not in _BASES:
                units.define(f"{_key(prefix + sign)} = {_PREFIXES[prefix]} * {definition}")
    for name in _counted():
        units.define(f"{name} = [{name}]")
    return units


@cache
def names() -> dict[str, str]:
    """Return the registry's name of each unit by every name it goes by, in lower case.

    Signs that differ by case alone (mW and MW) are there as they are written, too.
    """
    known: dict[str, str] = {}
    for name, _, sign, others in _PLAIN:
        for other in [name, sign, *others.split()]:
            known[other] = name
    for sign, _, english, chinese, prefixes in _PREFIXED:
        for prefix in ["", *prefixes]:
            word, han = _NAMED[prefix]
            written = [prefix + sign, *(word + other for other in english.split()), han + chinese]
            key = {"J": "joule", "B": "byte", "FLOP": "flop"}.get(
                prefix + sign, _key(prefix + sign)
            )
            known |= dict.fromkeys(written, key)
    for name, counted in _counted().items():
        known |= dict.fromkeys([name, *counted], name)
    return {name.lower(): unit for name, unit in known.items()} | known


def find_unit(name: str) -> Unit | None:
    """Return the unit of a name, or nothing if it is not known: kWh, tons, 千瓦时, images."""
    plain = name.replace(" ", "-")
    key = names().get(plain)
    if key is None and (plain.islower() or plain.isupper() or len(plain) > _SIGN_LENGTH):
        key = names().get(plain.lower())  # kwh and KWH are kWh, but mW is not MW
    return registry().parse_units(key) if key else None


def unit_named(name: str) -> Unit:
    """Return the unit of a name of the registry's own."""
    return registry().parse_units(name)


def counted_units(unit: Unit) -> list[str]:
    """Return the things counted in a unit, by the registry's names: images of kWh per image."""
    return [name for name in unit._units if name in _counted()]


def counted_names(unit: Unit) -> list[str]:
    """Return all names of the things counted in a unit."""
    return [other for name in counted_units(unit) for other in (name, *_counted()[name])]


def without_carbon(unit: Unit) -> Unit:
    """Return a unit of CO2 or CO2e as one of nothing said."""
    for name in _OF_WHAT:
        unit = unit / unit_named(name) ** unit._units.get(name, 0)
    return unit


def plain_unit() -> Unit:
    """Return the unit of plain numbers."""
    return registry().dimensionless


def find_factor(unit: Unit, wanted: Unit) -> Fraction | None:
    """Return by what to multiply to come from a unit to another; nothing if kinds differ."""
    ratio: Any
    ratio, rest = registry().get_base_units(unit / wanted)
    return Fraction(ratio) if rest.dimensionless else None


def cancel(unit: Unit) -> tuple[Fraction, Unit]:
    """Return a unit with units of one kind cancelled, and the factor that is left of them."""
    units = registry()
    percent = units.parse_units("percent")
    if unit == percent:
        return Fraction(1), unit
    reduced: Any = units.Quantity(Fraction(1), unit).to_reduced_units()
    left, factor = reduced.units, Fraction(reduced.magnitude)
    if power := int(left._units.get("percent", 0)):
        left, factor = left / percent**power, factor / Fraction(100) ** power
    if left.dimensionless:
        return factor * (find_factor(left, units.dimensionless) or 1), units.dimensionless
    return factor, left


def show_unit(unit: Unit) -> str:
    """Return a unit as a person writes it: kWh, g CO2e, kWh/image."""
    parts = sorted(unit._units.items(), key=lambda part: part[0] in _OF_WHAT)
    above = [_shown(name, power, many=True) for name, power in parts if power > 0]
    below = [_shown(name, -power, many=False) for name, power in parts if power < 0]
    if not below:
        return " ".join(above)
    return f"{' '.join(above) or '1'}/{' '.join(below)}"


def _shown(name: str, power: object, *, many: bool) -> str:
    signs = {plain: sign for plain, _, sign, _ in _PLAIN}
    sign = signs.get(name, name.removeprefix("u_"))
    if name in _counted() and many:
        sign = _counted()[name][0]
    return sign if power == 1 else f"{sign}^{power}"


def _key(sign: str) -> str:
    """Return a name that Pint takes, and that no other unit has, for a sign."""
    return f"u_{sign}"


@cache
def _counted() -> dict[str, tuple[str, ...]]:
    entries = (entry.partition(":") for entry in _COUNTED)
    return {name: tuple(others.split(",")) for name, _, others in entries}
