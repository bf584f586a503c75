"""What of a text tells if it says what another says: its terms, names and numbers."""

from collections.abc import Set
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ingest.terms import STEM, find_stems
from rag.conflict import find_values
from rag.names import blank_identifiers, find_names, find_words
from rag.pinyin import find_romanised
from rag.quantity import find_quantities
from rag.question import detect_language

LEAST_WORD = 3
"""Letters of a word that more is counted by than by "th" and "of"."""


@dataclass(frozen=True, slots=True)
class ComparedText:
    """What of a text is compared."""

    text: str
    stems: frozenset[str]
    names: frozenset[str]
    words: frozenset[str]
    """All words that may be names: in Latin letters, and Chinese ones by their sound."""
    numbers: frozenset[tuple[Decimal, str]]
    """Each with its unit, or with nothing."""
    counted: frozenset[tuple[str, Decimal]]
    """Each with its unit, or with the word that it counts."""


@lru_cache(maxsize=10_000)
def read_text(text: str) -> ComparedText:
    """Take a text apart; the same texts of errata are compared with every sentence."""
    words = find_words(text) | find_words(text.replace("-", " ")) | find_romanised(text)
    return ComparedText(
        text,
        frozenset(find_stems(text)),
        frozenset(find_names(text)),
        frozenset(words),
        frozenset(find_quantities(blank_identifiers(text))),
        frozenset(find_values(text)),
    )


def counts_other(value: Decimal, one: ComparedText, other: ComparedText) -> bool:
    """Tell whether two texts of a language count different things with a number."""
    if detect_language(one.text) != detect_language(other.text):
        return False
    counted = [
        {word[:STEM] for word, of in text.counted if of == value and len(word) > LEAST_WORD}
        for text in (one, other)
    ]
    return all(counted) and counted[0].isdisjoint(counted[1])


def has_name(name: str, words: Set[str]) -> bool:
    """Tell whether a name is among words, in the singular or the plural."""
    return bool({name, f"{name}s", name.removesuffix("s")} & words)


def sounds_in(stem: str, text: ComparedText) -> bool:
    """Tell whether a text has a Chinese word that sounds like the beginning of a name."""
    return any(word.startswith(stem) for word in text.words if len(stem) >= 4)
