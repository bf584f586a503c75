"""What a text names: proper names, abbreviations, and what has letters and a number.

Names are compared without case, hyphens and dots, so that GPT-3 is gpt3.
"""

import re
import unicodedata

from ingest.terms import FUNCTION_WORDS

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-.][A-Za-z0-9]+)*")
_NUMBERED = re.compile(r"\b([A-Z][a-z]+) (\d{1,4})(?![\d,.]*\d)\b")
_NOT_NUMBERED = """
    january february march april may june july august september october november december over
    under around only between some all just than every each within after before since until last
    next first another no per these those up age aged"""
_NO_NAMES = FUNCTION_WORDS | frozenset(_NOT_NUMBERED.split())
_NOT_WORD = re.compile(r"\W+")
_FORMULA = re.compile(r"\b(?:CO2|CH4|N2O|H2O|SO2|SF6)e?\b", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z]+-?\d[A-Za-z0-9.]*")
_GLUED = re.compile(r"(?<=[A-Za-z])\d[\d,.]*(?=[十百千]?[万亿]+(?:美?元|人民币|吨|千瓦时))")
"""A number that only stands close to a word in Latin letters, as in GDP43214.85亿元."""
_PROPER_NAME = re.compile(r"(?<![\w'’-])[A-Z][a-z]{2,}(?:-[A-Z][a-z]+)*(?![\w'’-]| \d)")
_SIGN = re.compile(
    r"(?<![\w'’-])(?:[A-Za-z]*[A-Z]{2,}|[A-Za-z]+-?\d)[A-Za-z0-9.-]*(?<![.-])", re.ASCII
)
_ASKING = frozenset(word.capitalize() for word in FUNCTION_WORDS)
_ANSWERS = frozenset(["True", "False", "Yes", "No", "Not", "None"])


def find_proper_names(text: str) -> list[str]:
    """Return the words with a capital that do not begin a sentence or a quotation."""
    return [name for _, name in _proper_names(text)]


def find_subjects(text: str) -> list[str]:
    """Return what a text names: proper names, abbreviations, letters with digits; each once."""
    return list(dict.fromkeys(name for _, name in find_subject_spans(text)))


def find_subject_spans(text: str) -> list[tuple[int, str]]:
    """Return where what a text names begins, and the name, in order."""
    numbers = [match.start() for match in _GLUED.finditer(text)]
    signs = []
    for match in _SIGN.finditer(text):
        ends = [at for at in numbers if match.start() < at < match.end()]
        signs.append((match.start(), text[match.start() : min(ends, default=match.end())]))
    return sorted({*_proper_names(text), *signs})


def find_identifiers(text: str) -> dict[str, set[str]]:
    """Return what a text names by letters and a number, by its letters: GPT-3 and Light 13.

    `{"gpt": {"gpt3"}, "light": {"light13"}}`
    """
    normal = normalise(text)
    found: dict[str, set[str]] = {}
    for name in map(plain_name, _IDENTIFIER.findall(normal)):
        kind = name.rstrip("abcdefghijklmnopqrstuvwxyz")  # GPT-3s are GPT-3
        found.setdefault(kind.rstrip("0123456789"), set()).add(kind)
    for word, number in _NUMBERED.findall(normal):
        kind = word.lower()
        if not kind.endswith(("ing", "ly")) and kind not in _NO_NAMES:
            found.setdefault(kind, set()).add(kind + number)
    return {kind: names for kind, names in found.items() if len(kind) > 1}


def find_codes(text: str) -> set[str]:
    """Return what a text names by letters and digits in one word: {"gpt4"}."""
    return {plain_name(found) for found in _IDENTIFIER.findall(normalise(text))}


def find_names(text: str) -> set[str]:
    """Return the words that look like names: capitals or digits, but not a mere first word."""
    normal = normalise(text)
    return {
        plain_name(match[0])
        for match in _WORD.finditer(normal)
        if has_digit(match[0])
        or sum(character.isupper() for character in match[0]) > 1
        or (match[0][0].isupper() and match.start() > 0)
    }


def find_words(text: str) -> set[str]:
    """Return the words of a text in Latin letters, in the form that names are compared in."""
    return {plain_name(word) for word in _WORD.findall(normalise(text))}


def blank_identifiers(text: str) -> str:
    """Return a text in NFKC without its GPT-3 and kin, whose digits are no numbers."""
    return _IDENTIFIER.sub(" ", normalise(text))


def normalise(text: str) -> str:
    """Return a text in NFKC, without formulas: where one has CO2, another has carbon dioxide.

    A space parts a number from a word that it stands close to.
    """
    return _GLUED.sub(r" \g<0>", _FORMULA.sub(" ", unicodedata.normalize("NFKC", text)))


def squeeze(text: str) -> str:
    """Return a text in the form of plain names, without anything between its words."""
    return _NOT_WORD.sub("", normalise(text).casefold())


def plain_name(word: str) -> str:
    """Return a name in the form that names are compared in."""
    return word.casefold().replace("-", "").replace(".", "")


def has_digit(word: str) -> bool:
    """Tell whether there is a digit in a word."""
    return any(character.isdigit() for character in word)


def _proper_names(text: str) -> list[tuple[int, str]]:
    return [
        (match.start(), match[0])
        for match in _PROPER_NAME.finditer(text)
        if match[0] not in _ANSWERS
        and match[0] not in _ASKING
        and (before := text[: match.start()].rstrip(" (\"'“‘"))
        and before[-1] not in ".:;?!/"
    ]
