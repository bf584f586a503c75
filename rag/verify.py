"""Draft lines -> sentences that hold, with the reasons for those that do not.

The model names the sentences that each of its own rests on, but a small model often misnumbers
them. So what a sentence states exactly, its numbers and names, is looked for in the evidence, and
it is cited to the sentences that state it; a sentence with a number or a name that its evidence
lacks is dropped, and so is one that states no time where the question asks when.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ingest.terms import STEM, find_stems, find_terms
from rag.attribution import find_misdated, find_swapped, find_unpaired
from rag.kind import find_kind, states_kind
from rag.names import (
    blank_identifiers,
    find_codes,
    find_identifiers,
    find_names,
    find_subjects,
    find_words,
    has_digit,
    normalise,
    plain_name,
    squeeze,
)
from rag.pinyin import find_unheard
from rag.quantity import blank_units, find_quantities, find_quantity_spans, is_unit
from rag.question import detect_language
from rag.schema import Evidence, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ingest.embed import Embedder

MOST_EVIDENCE = 3
ROOT = 4
"""Letters by which a word that an answer adds is one of a passage's: ferries and ferry."""
SIMILARITY_MARGIN = 0.03
"""How much less similar than the best one the model's own choice may be, and stand."""

_LINE = re.compile(
    r"\s*(?P<marks>(?:\[[\d,\s]+\]\s*)*)(?P<text>.*?)(?P<more>(?:\s*\[[\d,\s]+\])*)\s*"
)
_TABLE_ROW = re.compile(r"(?:(?<!\S)(?:[-–—+]?\d+(?:[.,]\d+)*%?|[-–—∞])\s+){5}")
"""Five bare numbers in a row."""
_FACTOR = re.compile(r"\s?(?:times\b|[-‐]?fold\b|[×x](?!\s?\w)|倍)", re.IGNORECASE)
_SAYS_FACTOR = re.compile(
    r"\btimes\b|fold\b|\bfactors?\b|\dx\b|×|倍|\b(?:twice|double[ds]?|triple[ds]?)\b", re.IGNORECASE
)
_NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b|[二两三四五六七八九十]",
    re.IGNORECASE,
)
_SIZE = re.compile(r"(?<=[a-z])(?=\d+[a-z])")


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
        self._question = question
        self._embedder = embedder
        self._kind = find_kind(question)
        self.evidence: list[Evidence] = []
        self._words: set[str] = set()
        self._vectors: dict[int, NDArray[np.float32]] = {}
        self.learn(evidence)

    def learn(self, evidence: Sequence[Evidence]) -> None:
        """Take up more evidence; what is about another of the kind that is asked about is none."""
        fresh = keep_to_subject(self._question, evidence)
        if not fresh:
            return
        vectors = self._embedder.embed_documents([item.text for item in fresh])
        self.evidence += fresh
        self._words |= set().union(*(find_words(one.passage.with_context) for one in evidence))
        self._vectors |= {item.number: own for item, own in zip(fresh, vectors, strict=True)}

    def check(self, draft: Draft) -> Verdict:
        """Find the evidence that states a drafted sentence."""
        if not self.evidence:
            return Verdict((), f"what was found is about something else: {draft.text}")
        if draft.text.endswith(("?", "？")) or squeeze(draft.text) == squeeze(self._question):
            return Verdict((), f"a question is no answer: {draft.text}")
        if _is_table_row(draft.text):
            return Verdict((), f"a row of a table is no sentence: {draft.text}")
        numbers = find_numbers(draft.text)
        vector = self._embedder.embed_documents([draft.text])[0]
        similarities = {number: float(own @ vector) for number, own in self._vectors.items()}
        chosen = [item for item in self.evidence if item.number in draft.numbers][:MOST_EVIDENCE]
        stated = set().union(*(find_numbers(item.text) for item in chosen))
        best = max(similarities.values())
        names = self._stated_names(draft)
        named = set().union(*(find_words(item.text) for item in chosen))
        if (
            not chosen
            or not numbers <= stated
            or not names <= named
            or max(similarities[item.number] for item in chosen) < best - SIMILARITY_MARGIN
        ):
            chosen = self._best_evidence(numbers, names, similarities)
            stated = set().union(*(find_numbers(item.text) for item in chosen))
        if reason := self._find_fault(draft, numbers - stated, chosen):
            kept = (item for item in chosen if self._states_kind(item.text))
            return Verdict(tuple(kept), f"{reason}: {draft.text}")
        return Verdict(tuple(sorted(chosen, key=lambda item: item.number)))

    def _find_fault(
        self, draft: Draft, missing: set[Decimal], chosen: Sequence[Evidence]
    ) -> str | None:
        """Return why a sentence is not borne out by the evidence chosen, or not to the point."""
        if missing:
            return f"no passage states {min(missing):f}"
        if quantity := _other_unit(draft.text, chosen):
            return f"no passage states {quantity}"
        if factor := _unsaid_factor(draft.text, chosen):
            return f"no passage says {factor:f} times"
        if names := self._unknown_names(draft, chosen):
            return f"no passage names {min(names)}"
        if said := self._unsaid(draft, chosen):
            return f"no passage says {said}"
        if strangers := _strangers(draft.text, find_numbers(draft.text), chosen):
            return f"what states its numbers does not name {strangers}"
        if reason := self._find_misattribution(draft.text, chosen):
            return reason
        if self._kind and not self._states_kind(draft.text):
            return f"{self._kind.name} was asked for"
        return None

    def _unsaid(self, draft: Draft, chosen: Sequence[Evidence]) -> str:
        """Return a word of a draft that adds words alone, of which the cited passages have none.

        A passage of another language has other words, and numbers are checked by themselves.
        """
        if has_digit(draft.text) or _NUMBER_WORD.search(draft.text):
            return ""
        passages = {item.passage for item in chosen}
        if any(detect_language(one.text) != detect_language(draft.text) for one in passages):
            return ""
        added = find_stems(draft.text) - find_stems(self._question)
        known = {one[:ROOT] for passage in passages for one in find_stems(passage.with_context)}
        if not added or any(one.removesuffix("s")[:ROOT] in known for one in added):
            return ""
        return next(term for term in find_terms(draft.text) if term[:STEM] in added)

    def _find_misattribution(self, text: str, chosen: Sequence[Evidence]) -> str | None:
        """Return what a sentence says of a number that the evidence says of something else."""
        for item in chosen:
            if number := find_swapped(text, item.text):
                return f"the passage says {number} of something else"
        if number := find_misdated(text, [item.text for item in chosen]):
            return f"the passage says {number} of another year"
        if amount := find_unpaired(text, (item.text for item in self.evidence)):
            return f"no passage states {amount} of as many"
        return None

    def _states_kind(self, text: str) -> bool:
        return self._kind is None or states_kind(text, self._kind)

    def _best_evidence(
        self, numbers: set[Decimal], names: set[str], similarities: Mapping[int, float]
    ) -> list[Evidence]:
        """Return the sentences that together state the most numbers and names, most similar first.

        Names alone bring no further sentence.
        """
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
                    len(names & find_words(item.text)),
                    similarities[item.number],
                ),
            )
            found = missing & find_numbers(best.text)
            if chosen and not found:
                break
            chosen.append(best)
            missing -= found
        return chosen

    def _stated_names(self, draft: Draft) -> set[str]:
        """Return the names of a draft that some sentence has, but for those of the question."""
        names = find_names(draft.text) - find_words(self._question)
        return names & set().union(*(find_words(item.text) for item in self.evidence))

    def _unknown_names(self, draft: Draft, chosen: Sequence[Evidence]) -> set[str]:
        """Return the names of a draft that no cited passage has.

        What a question names may have its other name in a passage of another language.
        """
        passages = {item.passage for item in chosen}
        texts = [passage.with_context for passage in passages]
        known = set().union(*map(find_words, texts))
        joined = " ".join(map(squeeze, texts))
        asked = find_words(self._question)
        known |= asked & self._words
        if any(detect_language(one.text) != detect_language(draft.text) for one in passages):
            known |= {name for name in asked if not has_digit(name)}
        elif unheard := find_unheard(blank_units(draft.text), joined + squeeze(self._question)):
            return {unheard}
        return {
            name
            for name in find_names(draft.text)
            if not {name, f"{name}s", name.removesuffix("s")} & known
            and not (has_digit(name) and name in joined)
        }


def keep_to_subject(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Leave out the sentences that are about others than the question is.

    They name another of the kind, or name something where neither they nor the text about them has
    any of the question's names. Of 1,190 questions of XQuAD that loses 9 answers.
    """
    asked = find_identifiers(question)
    subjects = _subjects(question)
    return [
        item
        for item in evidence
        if not _is_of_another(item.text, asked) and not _is_of_others(item, subjects)
    ]


def _is_of_others(item: Evidence, subjects: set[str]) -> bool:
    """Tell whether a sentence has names, and none of the subjects is among them or around them."""
    own = _subjects(item.text)
    if not own or not subjects or own & subjects:
        return False
    around = squeeze(item.passage.with_context)
    return not any(subject[:STEM] in around for subject in subjects)


def _subjects(text: str) -> set[str]:
    return {plain_name(name) for name in find_subjects(normalise(text)) if not is_unit(name)}


def _is_of_another(text: str, asked: Mapping[str, set[str]]) -> bool:
    """Tell whether a sentence names another of the same kind, as GPT-4 where GPT-3 is asked."""
    named = find_identifiers(text)
    return any(kind in named and named[kind].isdisjoint(names) for kind, names in asked.items())


def _is_table_row(text: str) -> bool:
    """Tell whether a text has a row of bare numbers, which is no number of a telephone."""
    row = _TABLE_ROW.search(text)
    return row is not None and any(mark in row[0] for mark in ".%∞–—")


def _unsaid_factor(text: str, chosen: Sequence[Evidence]) -> Decimal | None:
    """Return a number that a text says how many times of, where what has it says nothing so."""
    plain = normalise(blank_identifiers(text))
    told = set().union(*(find_numbers(i.text) for i in chosen if _SAYS_FACTOR.search(i.text)))
    for _, end, value, _ in find_quantity_spans(plain):
        if _FACTOR.match(plain, end) and value not in told:
            return value
    return None


def _strangers(text: str, numbers: set[Decimal], chosen: Sequence[Evidence]) -> str:
    """Return the identifiers of a sentence if what states its numbers knows none of them."""
    names = set().union(*find_identifiers(text).values())
    for item in chosen:
        if names and find_numbers(item.text) & numbers:
            known = squeeze(item.passage.with_context)
            if not any(name in known for name in names):
                return ", ".join(sorted(names))
    return ""


def missing_identifiers(question: str, passages: Iterable[Passage]) -> set[str]:
    """Return what the question names by letters and digits, as in GPT-4, and no passage has.

    A passage that has LLaMA 7B and 65B has LLaMA-65B.
    """
    texts = [passage.with_context for passage in passages]
    known = [squeeze(text) for text in texts]
    words = set().union(*map(find_terms, texts))
    return {
        name
        for name in find_codes(question)
        if not any(name in text for text in known)
        and not set(_SIZE.split(name, maxsplit=1)) - {""} <= words
    }


def find_numbers(text: str) -> set[Decimal]:
    """Return the numbers of a text by value: 1,287 and 1287; 175 billion and 1750亿.

    Those in names, as in GPT-3, are not among them.
    """
    return {number for number, _ in _quantities(text)}


def _quantities(text: str) -> list[tuple[Decimal, str]]:
    return find_quantities(blank_identifiers(text))


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
