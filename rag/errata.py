"""Errata -> those that bear on a question, and those that a sentence of an answer rests on.

An erratum fires where its error would be said: where a question states it, where a sentence takes
what it says from the faulty words, where it has these words as they stand, and where it states what
must never be said. So what is true beside the faulty words stays as it is. A question that nothing
else answers is corrected if the faulty words, or what is right, are nearest to it of all that was
found.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ingest.errata import Erratum, FaultyWords, Registry
from ingest.schema import Document
from ingest.terms import FUNCTION_WORDS, find_stems
from rag.claim import denies
from rag.compared import ComparedText, counts_other, has_name, read_text, sounds_in
from rag.evidence import evidence_at
from rag.kind import find_kind, states_kind
from rag.names import (
    find_codes,
    find_proper_names,
    find_words,
    plain_name,
    squeeze,
)
from rag.pinyin import find_romanised
from rag.question import detect_language
from rag.schema import Evidence
from rag.task import Asked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ingest.embed import Embedder

LEAST_STATED = 0.8
"""The share of a forbidden claim's terms from which a text states it."""
LEAST_TAKEN = 0.5
"""The share of a sentence's new terms from which it takes what it says from some words."""
LEAST_BESIDE = 5
LEAST_TERMS = 2
"""How many words beside the faulty ones of a sentence may be quoted by themselves, and how many
terms of a question without names they must have, and the faulty words not."""
LEAST_SHARED = 0.5
"""The share of a question's terms that faulty words have, for it to be about them."""


_JOINT = re.compile(
    r"[\s,;:，；：—–-]*(?:\b(?:and|but|while|whereas|or|as|which)\b|而|但|和)?\s*\Z"
)
_JOINT_BEHIND = re.compile(r"\A[\s,;:.，；：。—–-]*")
_NAME = re.compile(r"\b[A-Z][\w-]*(?: [A-Z][\w-]*)*")


@lru_cache(maxsize=4)
def _embed(embedder: "Embedder", texts: tuple[str, ...]) -> "NDArray[np.float32]":
    """Return the vectors of the errata's texts, which are the same until the registry changes."""
    return embedder.embed_documents(texts)


class Corrector:
    """What the errata of a corpus have to do with one question and its answer."""

    def __init__(
        self,
        registry: Registry,
        document: Callable[[str], Document | None],
        asked: Asked,
    ) -> None:
        """`document` gives a document by its name."""
        self._errata = registry.errata
        self._document = document
        self._asked = asked
        self._question = read_text(f"{asked.query} {asked.translation}".strip())
        proper = find_proper_names(asked.query)
        self._subjects = find_codes(asked.query) | {plain_name(name) for name in proper}

    def knows(self, name: str) -> bool:
        """Tell whether what is right has a name, though the documents may not."""
        return any(
            has_name(plain_name(name), find_words(right))
            for one in self._errata
            for right in one.entry.right.values()
        )

    def find_stated(self) -> list[Erratum]:
        """Return the errata whose error the question itself states."""
        return [
            one
            for one in self._errata
            if any(self._states(claim, self._question) for claim in one.entry.never_say)
        ]

    def find_touched(
        self, text: str, evidence: Sequence[Evidence], *, is_quoted: bool = False
    ) -> list[Erratum]:
        """Return the errata that a sentence of the answer repeats, by what it says and cites.

        What is quoted says more than was asked for, so only the question tells what it is about,
        unless all of it is faulty.
        """
        said = read_text(text)
        about = frozenset[str]() if is_quoted else said.words
        return [
            one
            for one in self._errata
            if any(self._takes(said, about, one, at) for at in _overlapping(one, evidence))
            or any(
                self._says_struck(said, one, at)
                for at in _overlapping(one, evidence)
                if not is_quoted or _fills(at, evidence)
            )
            or any(self._repeats(claim, said) for claim in one.entry.never_say)
        ]

    def find_shown(self, text: str, evidence: Sequence[Evidence]) -> list[Erratum]:
        """Return the errata whose faulty words a text has as they stand, whatever it is about.

        Further words of the same error may be wrong only of what they are about, and are left.
        """
        shown = squeeze(text)
        return [
            one
            for one in self._errata
            if any(
                (words := squeeze(_part_of(item, place))) and words in shown
                for place in _overlapping(one, evidence)
                if _is_first(one, place)
                for item in evidence
            )
        ]

    def find_faulty(self, item: Evidence, start: int, end: int) -> list[Erratum]:
        """Return the errata whose faulty words hold a part of a sentence, from its own start."""
        return [
            one
            for one in self._errata
            for place in _overlapping(one, [item])
            if place.start <= item.start + start and item.start + end <= place.end
        ]

    def find_beside(
        self, errata: Sequence[Erratum], evidence: Sequence[Evidence]
    ) -> Evidence | None:
        """Return the words before or behind the faulty ones of a sentence, if they were asked for.

        They have a name, or terms, of the question that the faulty words do not have; or they alone
        state the kind of thing that is asked for.
        """
        for item in evidence:
            places = [at for one in errata for at in _overlapping(one, [item])]
            if not places:
                continue
            first = max(0, min(place.start for place in places) - item.start)
            last = max(place.end for place in places) - item.start
            faulty = read_text(" ".join(place.text for place in places))
            before = _JOINT.sub("", item.text[:first])
            behind = _JOINT_BEHIND.sub("", item.text[last:])
            if self._is_beside(before, faulty):
                return replace(item, end=item.start + len(before), text=before)
            if self._is_beside(behind, faulty):
                return replace(item, start=item.end - len(behind), text=behind)
        return None

    def _is_beside(self, words: str, faulty: ComparedText) -> bool:
        """Tell whether words beside the faulty ones of a sentence are what was asked for."""
        if len(words.split()) < LEAST_BESIDE:
            return False
        kind = find_kind(self._asked.query)
        if kind and states_kind(words, kind) and not states_kind(faulty.text, kind):
            return True
        beside = read_text(words)
        if self._subjects:
            return any(has_name(name, beside.words - faulty.words) for name in self._subjects)
        others = {name for name in self._question.names if has_name(name, faulty.words)}
        shared = (self._question.stems & beside.stems) - faulty.stems
        return others <= beside.words and len(shared) >= LEAST_TERMS

    def is_asked_of(self, erratum: Erratum, beside: Evidence, evidence: Sequence[Evidence]) -> bool:
        """Tell whether a question is about faulty words, too, and not only what is beside them."""
        faulty = read_text(" ".join(at.text for at in _overlapping(erratum, evidence)))
        if any(has_name(name, self._question.words) for name in faulty.names | _subject(erratum)):
            return True
        own = faulty.stems - read_text(beside.text).stems
        return not self._subjects and bool(self._question.stems & own)

    def find_asked(
        self, vector: "NDArray[np.float32]", found: Sequence[str], embedder: "Embedder"
    ) -> Erratum | None:
        """Return the erratum that a question asks about, if no text that was found is nearer."""
        within = self._asked.documents
        candidates = [
            (one, text)
            for one in self._errata
            if within is None or one.entry.document in within
            for text in _texts(one, self._asked.language)
        ]
        if not candidates:
            return None
        near = _embed(embedder, tuple(text for _, text in candidates)) @ vector
        nearest = (embedder.embed_documents(found) @ vector).max() if found else -1.0
        at = int(near.argmax())
        if near[at] < nearest:
            return None
        erratum = candidates[at][0]
        return erratum if self.bears_on_question(erratum) else None

    def bears_on_question(self, erratum: Erratum) -> bool:
        """Tell whether an erratum knows the kind of thing, and the names, that are asked for."""
        words = " ".join([*erratum.entry.words, *erratum.entry.right.values()])
        kind = find_kind(self._asked.query)
        if kind and not states_kind(words, kind):
            return False
        known = read_text(" ".join([words, *erratum.entry.never_say]))
        names = self._subjects | (self._question.words & known.names)
        if names:
            return bool(names & known.words)
        asked = self._question.stems
        return len(asked & known.stems) >= LEAST_SHARED * len(asked) > 0

    def quote(self, erratum: Erratum, evidence: Sequence[Evidence] = ()) -> Evidence | None:
        """Return the faulty words as evidence: of some sentences if they have them, else the first.

        None if the document is gone since.
        """
        place = next(iter(_overlapping(erratum, evidence)), erratum.places[0])
        document = self._document(place.document)
        if document is None or document.text[place.start : place.end] != place.text:
            return None
        return evidence_at(document, place.start, place.end)

    def _repeats(self, claim: str, said: ComparedText) -> bool:
        """Tell whether a sentence, read behind its question, states a claim by words of its own."""
        if denies(claim, said.text) or not find_stems(claim) & (said.stems - self._question.stems):
            return False
        both = read_text(f"{self._question.text} {said.text}")
        return self._states(claim, both)

    def _states(self, claim: str, text: ComparedText) -> bool:
        stated = read_text(claim)
        if not {value for value, _ in stated.numbers} <= {value for value, _ in text.numbers}:
            return False
        if not all(has_name(name, text.words) for name in stated.names):
            return False
        known = {stem for stem in stated.stems if stem in text.stems or sounds_in(stem, text)}
        return len(known) >= LEAST_STATED * len(stated.stems) > 0

    def _takes(
        self, said: ComparedText, about: frozenset[str], erratum: Erratum, place: FaultyWords
    ) -> bool:
        """Tell whether what a sentence says, and its question does not, is of faulty words."""
        if self._asked.task.kind in (
            "summary",
            "list",
            "disagreement",
        ):  # which ask for all that there is
            return True
        faulty, subject = read_text(place.text), _subject(erratum)
        fresh = said.numbers - self._question.numbers
        same = {
            (value, unit)
            for value, unit in said.numbers & faulty.numbers
            if unit or ((value, unit) in fresh and not counts_other(value, said, faulty))
        }
        if not self._is_about(faulty, subject, about) and not (same & fresh and not self._subjects):
            return False
        if same or (not _is_first(erratum, place) and squeeze(place.text) in squeeze(said.text)):
            return True
        names = self._fresh_names(said)
        if names or faulty.numbers:
            return any(has_name(name, faulty.words | subject) for name in names)
        if detect_language(said.text) != detect_language(place.text):
            return True
        stems = said.stems - self._question.stems
        return len(stems & faulty.stems) >= LEAST_TAKEN * len(stems)

    def _says_struck(self, said: ComparedText, erratum: Erratum, place: FaultyWords) -> bool:
        """Tell whether a sentence says a name or number of faulty words that the right ones lack.

        The faulty words may leave out what they are about, which the question has.
        """
        faulty, right = read_text(place.text), read_text(" ".join(erratum.entry.right.values()))
        values = {value for value, _ in right.numbers}
        return any(
            name in faulty.names and not has_name(name, right.words)
            for name in self._fresh_names(said)
        ) or any(
            value not in values and (unit or not counts_other(value, said, faulty))
            for value, unit in (said.numbers - self._question.numbers) & faulty.numbers
        )

    def _fresh_names(self, said: ComparedText) -> set[str]:
        """Return the names of a sentence that its question does not have."""
        return {name for name in said.names if not has_name(name, self._question.words)}

    def _is_about(
        self, faulty: ComparedText, subject: frozenset[str], about: frozenset[str]
    ) -> bool:
        """Tell whether a question, or what is said to it, is about what faulty words are about."""
        names = faulty.names | subject
        asked = self._question
        if any(has_name(name, asked.words) for name in names):
            return True
        if self._subjects:
            return False
        if detect_language(self._asked.query) != detect_language(faulty.text):
            return True
        if any(has_name(name, about) for name in names):
            return True
        return len(asked.stems & faulty.stems) >= LEAST_SHARED * len(asked.stems) > 0


def _overlapping(erratum: Erratum, evidence: Sequence[Evidence]) -> list[FaultyWords]:
    return [
        place
        for place in erratum.places
        if any(
            item.passage.document == place.document
            and item.start < place.end
            and place.start < item.end
            for item in evidence
        )
    ]


def _is_first(erratum: Erratum, place: FaultyWords) -> bool:
    """Tell whether words are those that are wrong by themselves, and no further ones."""
    return squeeze(place.text) == squeeze(erratum.entry.wrong)


def _part_of(item: Evidence, place: FaultyWords) -> str:
    """Return what of faulty words stands in a sentence."""
    if item.passage.document != place.document:
        return ""
    return item.text[max(0, place.start - item.start) : max(0, place.end - item.start)]


def _fills(place: FaultyWords, evidence: Sequence[Evidence]) -> bool:
    """Tell whether the sentences that have faulty words say nothing beside them."""
    return not any(
        find_stems(item.text[: max(0, place.start - item.start)])
        or find_stems(item.text[max(0, place.end - item.start) :])
        for item in evidence
        if item.start < place.end and place.start < item.end
    )


def _subject(erratum: Erratum) -> frozenset[str]:
    """Return the words of the first name in the faulty words: Huang Renxun, in both its words."""
    for match in _NAME.finditer(erratum.entry.wrong):
        names = {word for word in find_words(match[0]) if word not in FUNCTION_WORDS}
        if names:
            return frozenset(names)
    return frozenset(find_romanised(erratum.entry.wrong))


def _texts(erratum: Erratum, language: str) -> list[str]:
    """Return the texts that a question about an erratum may be near to."""
    entry = erratum.entry
    return [*entry.words, erratum.right_in(language), *entry.never_say, *entry.questions]
