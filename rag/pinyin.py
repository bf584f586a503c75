"""Chinese names and their romanisations, compared by sound: 黄仁勋 is Huang Renxun.

By sound, what is written in traditional characters is the same as in simplified ones, too.
"""

import re

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_FUNCTION_CHARACTERS = "的了是在和与及由为有也都等于被把对从到其这那该并或而以中上下个"
_MEANING = re.compile(rf"(?:(?![{_FUNCTION_CHARACTERS}])[\u3400-\u9fff\uf900-\ufaff]){{3,}}")
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
    """Return the first three Chinese characters of a text of which `known` has no two, or "".

    Chinese has no capitals, so this is how a name shows that stands nowhere; neither may the two
    sound so there. Function characters part what is looked at.
    """
    sounds: set[str] | None = None
    for run in _MEANING.findall(text):
        for at in range(len(run) - 2):
            three: str = run[at : at + 3]
            if three[:2] in known or three[1:] in known:
                continue
            sounds = find_romanised(known) if sounds is None else sounds
            if sounds.isdisjoint(find_romanised(three)):
                return three
    return ""
