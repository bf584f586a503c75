"""Draft lines -> sentences that hold, with the reasons for those that do not.

The model names the sentences that each of its own rests on, but a small model often misnumbers
them. So what a sentence states exactly, its numbers and names, is looked for in the evidence, and
it is cited to the sentences that state it; a sentence with a number or a name that its evidence
lacks is dropped.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ingest.terms import FUNCTION_WORDS
from rag.attribution import find_swapped
from rag.quantity import find_quantities
from rag.question import detect_language
from rag.schema import Evidence

if TYPE_CHECKING:
    from ingest.embed import Embedder

MOST_EVIDENCE = 3
SIMILARITY_MARGIN = 0.03
"""How much less similar than the best one the model's own choice may be, and stand."""

_LINE = re.compile(
    r"\s*(?P<marks>(?:\[[\d,\s]+\]\s*)*)(?P<text>.*?)(?P<more>(?:\s*\[[\d,\s]+\])*)\s*"
)
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


@dataclass(frozen=True, slots=True)
class Draft:
    """One line of the model: the sentence numbers it named, and what it wrote."""

    numbers: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The evidence nearest to a drafted sentence, and the reason if that does not bear it out."""

    evidence: tuple[Evidence, ...]
    reason: str | None = None


def parse_line(line: str) -> Draft | None:
    """Read "[2][5] A sentence." Returns nothing for a line without words."""
    match = _LINE.fullmatch(line)
    if match is None or not any(character.isalnum() for character in match["text"]):
        return None
    marks = match["marks"] + match["more"]
    return Draft(tuple(int(number) for number in re.findall(r"\d{1,3}", marks)), match["text"])


class Verifier:
    """Checks the drafted sentences of one answer against its evidence."""

    def __init__(self, evidence: Sequence[Evidence], embedder: "Embedder", question: str) -> None:
        asked = find_identifiers(question)
        self.evidence = [item for item in evidence if not _is_of_another(item.text, asked)]
        self._question = question
        self._embedder = embedder
        vectors = embedder.embed_documents([item.text for item in self.evidence])
        self._vectors = {
            item.number: vector for item, vector in zip(self.evidence, vectors, strict=True)
        }

    def check(self, draft: Draft) -> Verdict:
        """Find the evidence that states a drafted sentence."""
        if not self.evidence:
            return Verdict((), f"what was found is about something else: {draft.text}")
        if draft.text.endswith(("?", "？")):
            return Verdict((), f"a question is no answer: {draft.text}")
        numbers = find_numbers(draft.text)
        vector = self._embedder.embed_documents([draft.text])[0]
        similarities = {number: float(own @ vector) for number, own in self._vectors.items()}
        chosen = [item for item in self.evidence if item.number in draft.numbers][:MOST_EVIDENCE]
        stated = set().union(*(find_numbers(item.text) for item in chosen))
        best = max(similarities.values())
        if (
            not chosen
            or not numbers <= stated
            or max(similarities[item.number] for item in chosen) < best - SIMILARITY_MARGIN
        ):
            chosen = self._best_evidence(numbers, similarities)
            stated = set().union(*(find_numbers(item.text) for item in chosen))
        if missing := numbers - stated:
            return Verdict(tuple(chosen), f"no passage states {min(missing):f}: {draft.text}")
        if quantity := _other_unit(draft.text, chosen):
            return Verdict(tuple(chosen), f"no passage states {quantity}: {draft.text}")
        if names := find_names(draft.text) - self._known_names(draft, chosen):
            return Verdict(tuple(chosen), f"no passage names {min(names)}: {draft.text}")
        if strangers := _strangers(draft.text, numbers, chosen):
            return Verdict(
                tuple(chosen), f"what states its numbers does not name {strangers}: {draft.text}"
            )
        for item in chosen:
            if number := find_swapped(draft.text, item.text):
                return Verdict(
                    tuple(chosen), f"the passage says {number} of something else: {draft.text}"
                )
        return Verdict(tuple(sorted(chosen, key=lambda item: item.number)))

    def _best_evidence(
        self, numbers: set[Decimal], similarities: Mapping[int, float]
    ) -> list[Evidence]:
        """Return the sentences that together state the most numbers, the most similar first."""
        chosen: list[Evidence] = []
        missing = set(numbers)
        while len(chosen) < MOST_EVIDENCE:
            rest = [item for item in self.evidence if item not in chosen]
            if not rest or (chosen and not missing):
                break
            best = max(
                rest,
                key=lambda item: (
                    len(missing & find_numbers(item.text)),
                    similarities[item.number],
                ),
            )
            found = missing & find_numbers(best.text)
            if chosen and not found:
                break
            chosen.append(best)
            missing -= found
        return chosen

    def _known_names(self, draft: Draft, chosen: Sequence[Evidence]) -> set[str]:
        """Return the names that the cited passages know.

        What a question names may have its other name in a passage of another language.
        """
        known: set[str] = set()
        for passage in {item.passage for item in chosen}:
            known |= find_words(passage.with_context)
            if detect_language(passage.text) != detect_language(draft.text):
                known |= {name for name in find_words(self._question) if not _has_digit(name)}
        return known


def find_identifiers(text: str) -> dict[str, set[str]]:
    """Return what a text names by letters and a number, by its letters: GPT-3 and Light 13.

    `{"gpt": {"gpt3"}, "light": {"light13"}}`
    """
    normal = _normal(text)
    found: dict[str, set[str]] = {}
    for name in map(_plain, _IDENTIFIER.findall(normal)):
        kind = name.rstrip("abcdefghijklmnopqrstuvwxyz")  # GPT-3s are GPT-3
        found.setdefault(kind.rstrip("0123456789"), set()).add(kind)
    for word, number in _NUMBERED.findall(normal):
        kind = word.lower()
        if not kind.endswith(("ing", "ly")) and kind not in _NO_NAMES:
            found.setdefault(kind, set()).add(kind + number)
    return {kind: names for kind, names in found.items() if len(kind) > 1}


def _is_of_another(text: str, asked: Mapping[str, set[str]]) -> bool:
    """Tell whether a sentence names another of the same kind, as GPT-4 where GPT-3 is asked."""
    named = find_identifiers(text)
    return any(kind in named and named[kind].isdisjoint(names) for kind, names in asked.items())


def _strangers(text: str, numbers: set[Decimal], chosen: Sequence[Evidence]) -> str:
    """Return the identifiers of a sentence if what states its numbers knows none of them."""
    names = set().union(*find_identifiers(text).values())
    for item in chosen:
        if names and find_numbers(item.text) & numbers:
            known = _NOT_WORD.sub("", _normal(item.passage.with_context).casefold())
            if not any(name in known for name in names):
                return ", ".join(sorted(names))
    return ""


def missing_identifiers(question: str, evidence: Sequence[Evidence]) -> set[str]:
    """Return what the question names by letters and digits, as in GPT-4, and no passage has."""
    known: set[str] = set()
    for passage in {item.passage for item in evidence}:
        known |= find_words(passage.with_context)
    asked = {_plain(found) for found in _IDENTIFIER.findall(_normal(question))}
    return {name for name in asked if not any(name in word for word in known)}


def find_numbers(text: str) -> set[Decimal]:
    """Return the numbers of a text by value: 1,287 and 1287; 175 billion and 1750亿.

    Those in names, as in GPT-3, are not among them.
    """
    return {number for number, _ in _quantities(text)}


def _quantities(text: str) -> list[tuple[Decimal, str]]:
    return find_quantities(blank_identifiers(text))


def blank_identifiers(text: str) -> str:
    """Return a text in NFKC without its GPT-3 and kin, whose digits are no numbers."""
    return _IDENTIFIER.sub(" ", _normal(text))


def _other_unit(text: str, chosen: Sequence[Evidence]) -> str:
    """Return a quantity whose number stands in the evidence with other units only."""
    units: dict[Decimal, set[str]] = {}
    for item in chosen:
        for number, unit in _quantities(item.text):
            units.setdefault(number, set()).add(unit)
    for number, unit in _quantities(text):
        stated = units.get(number, {""})
        if unit and unit not in stated and "" not in stated:
            return f"{number:f} {unit}"
    return ""


def find_names(text: str) -> set[str]:
    """Return the words that look like names: capitals or digits, but not a mere first word."""
    normal = _normal(text)
    return {
        _plain(match[0])
        for match in _WORD.finditer(normal)
        if _has_digit(match[0])
        or sum(character.isupper() for character in match[0]) > 1
        or (match[0][0].isupper() and match.start() > 0)
    }


def find_words(text: str) -> set[str]:
    """Return the words of a text in Latin letters, in the form that names are compared in."""
    return {_plain(word) for word in _WORD.findall(_normal(text))}


def _normal(text: str) -> str:
    """Return a text in NFKC, without formulas: where one has CO2, another has carbon dioxide."""
    return _FORMULA.sub(" ", unicodedata.normalize("NFKC", text))


def _plain(word: str) -> str:
    return word.casefold().replace("-", "").replace(".", "")


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)
