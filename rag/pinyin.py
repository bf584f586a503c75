"""Chinese names and their romanisations, compared by sound: 黄仁勋 is Huang Renxun."""

import re

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
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
