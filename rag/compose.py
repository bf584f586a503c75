"""Sentences that hold -> the text of an answer, and its citations."""

import re
from collections.abc import Sequence

from rag.asked_number import AskedNumber
from rag.calculation import Worked
from rag.calculator import Quantity, plain_number
from rag.operands import FoundNumber
from rag.schema import (
    Calculation,
    Citation,
    Conflict,
    Evidence,
    Language,
    Operand,
    Sentence,
    Text,
)
from rag.units import show_unit
from rag.working import make_readable, show_result, show_working

_MARKER = re.compile(r"^(?:\(?\d{1,3}[.)]|[-*+•])\s+")
"""A list's own mark, which would begin another list within the point."""
ABSTENTION: dict[Language, str] = {
    "en": "The documents do not answer this.",
    "zh": "文档中没有这个问题的答案。",
}

UNKNOWN: dict[Language, str] = {
    "en": "The documents do not answer this: none of them mentions {names}.",
    "zh": "文档中没有这个问题的答案：没有一份提到{names}。",
}
NOT_WORKED: dict[Language, str] = {
    "en": "The documents do not answer this, and no way was found to work it out from the numbers "
    "that they state.",
    "zh": "文档中没有这个问题的答案，也没有找到由文中数字算出它的办法。",
}
OTHERWISE: dict[Language, str] = {
    "en": "Another passage differs: “{quote}”",
    "zh": "另一段原文说法不同：“{quote}”",
}
DECISION: dict[Language, str] = {
    "en": "{word}. A passage says: “{quote}”",
    "zh": "{word}。原文写道：“{quote}”",
}
WORKED: dict[Language, str] = {
    "en": "{result}, worked out from what the passages state: {working}",
    "zh": "{result}，由原文中的数字算出：{working}",
}
QUOTATION: dict[Language, str] = {"en": "A passage says: “{quote}”", "zh": "原文写道：“{quote}”"}


class Composer:
    """The sentences and citations of one answer as they come, and what was dropped and why."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._unknown: tuple[str, ...] = ()
        self._title = ""
        self.sentences: list[Sentence] = []
        self.grounds: list[tuple[Sentence, tuple[Evidence, ...]]] = []
        """Each sentence with what it rests on."""
        self.citations: list[Citation] = []
        self.conflicts: list[Conflict] = []
        self.calculation: Calculation | None = None
        self._worked: Sentence | None = None
        self._tried_to_work_out = False
        self.dropped: list[str] = []

    def drop(self, reason: str) -> None:
        """Note why something is not in the answer."""
        self.dropped.append(reason)

    def decline(self, unknown: Sequence[str]) -> None:
        """Note names of the question that no document has: there is no answer, for this reason."""
        self._unknown = tuple(unknown)
        self.drop(f"no document names {', '.join(unknown)}")

    def fail_to_work_out(self, reason: str) -> None:
        """Note why nothing could be worked out: an abstention then says that it was tried."""
        self._tried_to_work_out = True
        self.drop(reason)

    def add(
        self, text: str, evidence: Sequence[Evidence], *, item: bool = False, heading: str = ""
    ) -> Text:
        """Add a sentence that holds, or a point of a list, and return its event."""
        cited = tuple(dict.fromkeys(self._cite(one) for one in evidence))
        numbers = tuple(citation.number for citation in cited)
        sentence = Sentence(text, numbers, verified=True, item=item, heading=heading)
        self.sentences.append(sentence)
        self.grounds.append((sentence, tuple(evidence)))
        return Text(sentence, cited)

    def quote(self, item: Evidence) -> Text:
        """Add a sentence that quotes the evidence as it stands, and return its event."""
        words = " ".join(item.text.split())
        return self.add(QUOTATION[self._language].format(quote=words), [item])

    def point(self, words: str, item: Evidence, title: str = "") -> Text:
        """Add what a sentence of a document says as a point of a list, the first under a title."""
        heading = "" if title == self._title else title
        self._title = title
        words = _MARKER.sub("", words)
        return self.add(words, [item], item=True, heading=heading)

    def decide(self, word: str, item: Evidence) -> Text:
        """Add "yes" or "no" with the words that say so, and return its event."""
        words = " ".join(item.text.split())
        return self.add(DECISION[self._language].format(word=word, quote=words), [item])

    def calculate(self, worked: Worked, asked: AskedNumber) -> Text:
        """Add a number that was worked out, with its working, and return its event."""
        evidence = list(dict.fromkeys(one.evidence for one in worked.operands if one.evidence))
        result = make_readable(worked.result, asked)
        working = show_working(worked, asked, self._language)
        shown = show_result(result, self._language)
        event = self.add(WORKED[self._language].format(result=shown, working=working), evidence)
        self._worked = event.sentence
        self.calculation = Calculation(
            operands=tuple(self._operand(one) for one in worked.operands),
            expression=worked.expression,
            result=_plain(result),
            unit=show_unit(result.unit),
            text=working,
        )
        return event

    def _operand(self, one: FoundNumber) -> Operand:
        citation = self._cite(one.evidence).number if one.evidence else None
        return Operand(
            one.name, _plain(one.quantity), show_unit(one.quantity.unit), citation, one.words
        )

    def contradict(self, sentence: Sentence, item: Evidence) -> Text | None:
        """Note what contradicts a sentence, and return the event of its quotation.

        There is none if the answer cites it already.
        """
        for citation in self.citations:
            if (citation.document, citation.start) == item.place:
                self._note_conflict(sentence, citation.number)
                return None
        words = " ".join(item.text.split())
        event = self.add(OTHERWISE[self._language].format(quote=words), [item])
        self._note_conflict(sentence, event.sentence.citations[0])
        return event

    def _note_conflict(self, sentence: Sentence, other: int) -> None:
        numbers = tuple(sorted({*sentence.citations, other}))
        if numbers not in [conflict.citations for conflict in self.conflicts]:
            self.conflicts.append(Conflict(sentence.text, numbers))

    def text(self) -> str:
        """Return the whole answer as Markdown, with its [1] marks."""
        if self._unknown:
            return UNKNOWN[self._language].format(names=escape_markdown(", ".join(self._unknown)))
        if not self.sentences:
            told = NOT_WORKED if self._tried_to_work_out else ABSTENTION
            return told[self._language]
        marked = [
            f"{lead(sentence)}{escape_markdown(sentence.text)} "
            + ("[C1]" if sentence is self._worked else "")
            + "".join(f"[{number}]" for number in sentence.citations)
            for sentence in self.sentences
        ]
        return "".join(marked).strip()

    def _cite(self, item: Evidence) -> Citation:
        """Return the citation of a sentence of a passage, the same one for the same words."""
        passage = item.passage
        for citation in self.citations:
            if (citation.document, citation.start) == item.place:
                return citation
        citation = Citation(
            number=len(self.citations) + 1,
            document=passage.document,
            title=passage.title,
            page=passage.page,
            start=item.start,
            end=item.end,
            quote=item.text,
            date=passage.date,
        )
        self.citations.append(citation)
        return citation


def _plain(value: Quantity) -> str:
    """Return a quantity's number for machines, or the two ends of a range."""
    return " to ".join(dict.fromkeys(map(plain_number, (value.low, value.high))))


_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~!$@&]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def lead(sentence: Sentence) -> str:
    """Return the Markdown before a sentence: a space, or a bullet, under its heading if any."""
    heading = f"\n\n**{escape_markdown(sentence.heading)}**\n" if sentence.heading else ""
    return f"{heading}\n- " if sentence.item else " "


def escape_markdown(text: str) -> str:
    """Return text that shows as itself in Markdown: what a model wrote is never markup."""
    return _MARKUP.sub(r"\\\g<0>", text)
