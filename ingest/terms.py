"""Text -> the terms that lexical search compares: words, numbers, names; Chinese in pairs.

SQLite's FTS5 stems what is English of them (Porter) and folds accents.
"""

import re
import unicodedata
from itertools import takewhile

_HAN = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TERM = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:[.'’-][^\W_{_HAN}]+)*")
_HAN_CHARACTER = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_GROUPED_DIGITS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_JOINTS = re.compile(r"[.'’-]")
_FUNCTION_WORDS = """
    a about an and are as at be been by can could did do does for from had has have how i if in
    into is it its many may me might much must my of on or our shall should so than that the their
    them then there these they this those to us was we were what when where which who whom whose
    why will with would you your"""
STEM = 5
"""Letters of a term by which "consumption" and "consumed" are one."""
LEAST_ALIKE = 0.7
"""The share of the longer of two terms that forms of one word have in common."""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


def find_terms(text: str) -> list[str]:
    """Return the terms of a text in order, repeated as often as they stand in it.

    1,287 and 1287 are one term; GPT-3 gives gpt3, gpt and 3; 训练模型 gives 训练, 练模 and 模型.
    """
    plain = _GROUPED_DIGITS.sub("", unicodedata.normalize("NFKC", text).casefold())
    terms: list[str] = []
    for match in _TERM.finditer(plain):
        word = match[0]
        if re.match(f"[{_HAN}]", word):
            terms += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
            continue
        terms.append(_JOINTS.sub("", word))
        parts = _JOINTS.split(word)
        if len(parts) > 1:
            terms += [part for part in parts if len(part) > 1 or part.isdigit()]
    return terms


def find_stems(text: str) -> set[str]:
    """Return the terms of a text that mean something, cut to STEM letters."""
    return {term[:STEM] for term in find_terms(text) if term not in FUNCTION_WORDS}


def find_pieces(text: str) -> set[str]:
    """Return the words of a text that mean something, as stems, and its Chinese characters."""
    return find_stems(_HAN_CHARACTER.sub(" ", text)) | set(_HAN_CHARACTER.findall(text))


def is_same_word(one: str, other: str) -> bool:
    """Tell whether two terms are forms of a word: creating and creation, not transport and trans.

    They begin alike for most of the longer one; what has a digit has one form only.
    """
    pairs = zip(one, other, strict=False)
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    shorter, longer = sorted((len(one), len(other)))
    return one == other or (
        shared >= LEAST_ALIKE * longer
        and (shared == shorter or shared >= STEM)
        and not any(map(str.isdigit, one + other))
    )


def find_query_terms(question: str) -> list[str]:
    """Return each term of a question once; function words only if there is nothing else."""
    terms = list(dict.fromkeys(find_terms(question)))
    return [term for term in terms if term not in FUNCTION_WORDS] or terms
