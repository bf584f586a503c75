"""Chinese names and their romanisations, compared by sound: 黄仁勋 is Huang Renxun.

By sound, what is written in traditional characters is the same as in simplified ones, too.
"""

import re

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
FUNCTION_CHARACTERS = frozenset("的了是在和与及由为有也都等于被把对从到其这那该并或而以中上下个")
_MEANING = re.compile(
    rf"(?:(?![{''.join(FUNCTION_CHARACTERS)}])[\u3400-\u9fff\uf900-\ufaff]){{3,}}"
)
SURNAMES = frozenset(
    "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚"
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許呂蘇盧蔣賈葉閻鍾鄒陸龍萬錢湯賀賴龔"
)
"""The most common ones, in simplified and traditional characters."""
MOST_SYLLABLES = 3
"""How long a part of a Chinese name may be: a surname of one or two, a given name of one or two."""


def find_romanised(text: str) -> set[str]:
    """Return how two or three Chinese characters in a row sound: {"huangren", "renxun", ...}."""
    runs = _HAN.findall(text)
    if not runs:
        return set()
    from pypinyin import lazy_pinyin

    found: set[str] = set()
    for run in runs:
        syllables = lazy_pinyin(run)
        for length in range(2, MOST_SYLLABLES + 1):
            found |= {
                "".join(syllables[at : at + length]) for at in range(len(syllables) - length + 1)
            }
    return found


def find_unheard(text: str, known: str) -> str:
    """Return the first name of three Chinese characters of which `known` has no two, or "".

    Chinese has no capitals: a common surname begins what may be a name. Neither may two of the
    three sound so there, and function characters part what is looked at.
    """
    sounds: set[str] | None = None
    for run in _MEANING.findall(text):
        for at in range(len(run) - 2):
            three: str = run[at : at + 3]
            if three[0] not in SURNAMES or three[:2] in known or three[1:] in known:
                continue
            sounds = find_romanised(known) if sounds is None else sounds
            if sounds.isdisjoint(find_romanised(three)):
                return three
    return ""
