"""Texts made comparable: widths, scripts, spaces, dashes; phrases found as whole words."""

import re
import unicodedata
from functools import lru_cache

_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\uff0d]")
_QUOTES = str.maketrans("‘’‛′“”„″", "''''\"\"\"\"")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]<>#|~!$@&:.])")
_MARK = re.compile(r"\s*\[(?:[CE]?\d+)\]")
_QUOTATION = re.compile(r"[“「『]([^”」』]*)[”」』]")
_WORD_END = "a-z0-9"


def unescape(markdown: str) -> str:
    """Return an answer's text without its escapes, as it is read."""
    return _ESCAPE.sub(r"\1", markdown)


def plain_text(markdown: str) -> str:
    """Return an answer's text without its [1] marks and its escapes."""
    return unescape(_MARK.sub("", markdown))


def normalise(text: str) -> str:
    """Return text with one width, case, kind of dash and quote, and single spaces; no accents."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text.translate(_QUOTES)))
    decomposed = unicodedata.normalize("NFD", plain)
    bare = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return " ".join(unicodedata.normalize("NFC", bare).casefold().split())


def has_phrase(text: str, phrase: str) -> bool:
    """Tell whether a normalised text has a phrase, not as a part of a longer word or number."""
    return _pattern(phrase).search(text) is not None


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str]:
    wanted = normalise(phrase)
    before = after = ""
    if re.match(f"[{_WORD_END}]", wanted):
        before = r"(?<![a-z0-9])" + (r"(?<!\d[.,])" if wanted[0].isdigit() else "")
    if re.search(f"[{_WORD_END}]$", wanted):
        after = r"(?![a-z0-9])" + (r"(?![.,]\d)" if wanted[-1].isdigit() else "")
    words = r"\s*-?\s*".join(re.escape(word) for word in re.split(r"[\s-]+", wanted) if word)
    return re.compile(before + (words or re.escape(wanted)) + after)


def split_into_claims(text: str) -> list[str]:
    """Return the sentences of an answer; what it quotes stays within its sentence."""
    return [part for part in re.split(r"(?<=[.!?])\s+|(?<=[。！？；])|\n+", text) if part.strip()]


def find_quotations(text: str) -> list[str]:
    """Return what stands in typographic quotation marks, without marks of what was left out."""
    return [found for found in (one.strip(" …") for one in _QUOTATION.findall(text)) if found]


def find_spans(text: str, quote: str) -> list[tuple[int, int]]:
    """Return where a quote stands in a text; runs of spaces and line ends are equal."""
    words = quote.split()
    if not words:
        return []
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    return [match.span() for match in pattern.finditer(text)]
