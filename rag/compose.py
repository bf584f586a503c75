"""Sentences that hold -> the text of an answer, and its citations."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.errata import Erratum
from rag.asked_number import AskedNumber
from rag.audit import FindingKind
from rag.calculation import Worked, work_out_again
from rag.calculator import Quantity, plain_number
from rag.errata import Corrector
from rag.errors import CalculationError
from rag.markdown import escape_markdown
from rag.names import squeeze
from rag.operands import FoundNumber, find_alternatives
from rag.phrases import (
    ABSTENTION,
    AGAINST,
    AGREED,
    DECISION,
    DIFFERENT,
    LOOKED_UP,
    NEAREST_IS_WRONG,
    NOT_WORKED,
    OR,
    OTHERWISE,
    QUOTATION,
    SAYS_OTHERWISE,
    SAYS_WITHOUT,
    UNKNOWN,
    WORKED,
    WORKED_AGAIN,
    WORKED_WRONG,
)
from rag.schema import (
    Calculation,
    Citation,
    Conflict,
    Correction,
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


class Composer:
    """The sentences and citations of one answer as they come, and what was dropped and why."""

    def __init__(
        self,
        language: Language,
        corrector: Corrector,
        before: "Composer | None" = None,
        question: str = "",
    ) -> None:
        """Begin an answer, or go on to the next part of the question behind `before`.

        Parts share citations, corrections, conflicts, the calculation, and what was dropped. Behind
        a list stands the question of the part that follows.
        """
        follows_list = before is not None and bool(before.sentences) and before.sentences[-1].item
        self._opening = question if follows_list else ""
        self._language = language
        self._corrector = corrector
        self._unknown: tuple[str, ...] = ()
        self._title = ""
        self.sentences: list[Sentence] = []
        self.grounds: list[tuple[Sentence, tuple[Evidence, ...]]] = []
        """Each sentence with what it rests on."""
        self.citations: list[Citation] = before.citations if before else []
        self.conflicts: list[Conflict] = before.conflicts if before else []
        self.calculation: Calculation | None = before.calculation if before else None
        self.corrections: list[Correction] = before.corrections if before else []
        self._tells_nearest = False
        self._tried_to_work_out = False
        self._agreed = False
        self.dropped: list[str] = before.dropped if before else []

    @property
    def abstained(self) -> bool:
        """Whether there is no answer, though what comes nearest to one may be corrected."""
        return self._tells_nearest or not self.sentences

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
        self,
        text: str,
        evidence: Sequence[Evidence],
        *,
        item: bool = False,
        heading: str = "",
        is_quoted: bool = False,
    ) -> Iterator[Text]:
        """Add a sentence that holds, or a point of a list, and yield its event.

        In the place of one that says what an erratum marks wrong comes the correction, and before
        it what its document says beside the faulty words, if that is to the point. One that says
        something else, and only has the faulty words in it, is cut to what is beside them, or else
        followed by the correction, as is what an erratum only qualifies.
        """
        self._opening = heading or self._opening
        touched = self._corrector.find_touched(text, evidence, is_quoted=is_quoted)
        wrong = [one for one in touched if one.entry.kind == "error"]
        shown = [] if wrong else self._corrector.find_shown(text, evidence)
        touched += [one for one in shown if one not in touched]
        faulty = wrong or [one for one in shown if one.entry.kind == "error"]
        beside = self._corrector.find_beside(faulty, evidence)
        if wrong:
            ids = ", ".join(one.id for one in wrong)
            self.drop(f"it says what is known to be wrong ({ids}): {text}")
        if beside:
            words = _elide(beside, evidence)
            if not self._has_said(words):
                yield self._put(QUOTATION[self._language].format(quote=words), [beside])
            asked_of = self._corrector.is_asked_of
            touched = [one for one in touched if asked_of(one, beside, evidence)]
        elif not wrong:
            yield self._put(text, evidence, item=item)
        for erratum in touched:
            yield from self.correct(erratum, evidence, item=item)

    def _has_said(self, words: str) -> bool:
        """Tell whether a sentence of the answer is in some words already, as they stand."""
        return any(squeeze(one.text) in squeeze(words) for one in self.sentences)

    def quote(self, item: Evidence) -> Iterator[Text]:
        """Add a sentence that quotes the evidence as it stands, and yield its event."""
        words = " ".join(item.text.split())
        quoted = QUOTATION[self._language].format(quote=words)
        yield from self.add(quoted, [item], is_quoted=True)

    def look_up(self, cell: str, row: Evidence, header: Evidence) -> Iterator[Text]:
        """Add a number of a table's row, with the words of the row and of what stands over it."""
        words, over = (" ".join(item.text.split()) for item in (row, header))
        told = LOOKED_UP[self._language].format(cell=cell, row=words, header=over)
        yield from self.add(told, [row, header], is_quoted=True)

    def point(self, words: str, item: Evidence, title: str = "") -> Iterator[Text]:
        """Add what a sentence of a document says as a point of a list, the first under a title."""
        heading = "" if title == self._title else title
        self._title = title
        words = _MARKER.sub("", words)
        yield from self.add(words, [item], item=True, heading=heading, is_quoted=True)

    def set_against(
        self, kind: FindingKind, sides: Sequence[tuple[str, Evidence]]
    ) -> Iterator[Text]:
        """Add sentences that disagree, under what they disagree in, and note the conflict."""
        self._title = ""
        first = len(self.sentences)
        for words, item in sides:
            yield from self.point(words, item, AGAINST[kind][self._language])
        shown = self.sentences[first:]
        cited = tuple(sorted({number for one in shown for number in one.citations}))
        if len(cited) > 1:
            self.conflicts.append(Conflict(shown[0].text, cited))

    def find_agreement(self) -> None:
        """Note that documents were compared and nothing was found: there is nothing to cite."""
        self._agreed = True
        self.drop("no sentences were found that disagree")

    def decide(self, word: str, item: Evidence) -> Iterator[Text]:
        """Add "yes" or "no" with the words that say so, and yield its event."""
        words = " ".join(item.text.split())
        decided = DECISION[self._language].format(word=word, quote=words)
        yield from self.add(decided, [item], is_quoted=True)

    def correct_nearest(self, text: str, evidence: Sequence[Evidence]) -> Iterator[Text]:
        """Add what is right if that is wrong which comes nearest to an answer, and is none.

        The answer is an abstention still.
        """
        touched = self._corrector.find_touched(text, evidence)
        shown = self._corrector.find_shown(text, evidence)
        for erratum in [*touched, *shown]:
            if erratum.entry.kind == "error" and self._corrector.bears_on_question(erratum):
                self._tells_nearest = True
                yield from self.correct(erratum, evidence, is_nearest=True)
                return

    def correct(
        self,
        erratum: Erratum,
        evidence: Sequence[Evidence] = (),
        *,
        item: bool = False,
        is_nearest: bool = False,
    ) -> Iterator[Text]:
        """Add what is right, and which document says otherwise; each erratum once."""
        faulty = self._corrector.quote(erratum, evidence)
        if faulty is None:
            return
        if known := next((one for one in self.corrections if one.id == erratum.id), None):
            if not any(one.mark == known.mark for one in self.sentences):  # an earlier part has it
                yield replace(self._put(known.right, (), mark=known.mark), correction=known)
            return
        correction = Correction(
            id=erratum.id,
            document=faulty.passage.document,
            wrong=faulty.text,
            right=erratum.right_in(self._language),
            authority=erratum.entry.authority,
            url=erratum.entry.url,
            start=faulty.start,
            end=faulty.end,
            mark=f"E{len(self.corrections) + 1}",
            kind=erratum.entry.kind,
        )
        self.corrections.append(correction)
        told = SAYS_OTHERWISE if erratum.entry.kind == "error" else SAYS_WITHOUT
        told = NEAREST_IS_WRONG if is_nearest else told
        other = told[self._language].format(document=correction.document)
        if is_nearest:
            yield self._put(other, [faulty])
        yield replace(
            self._put(correction.right, (), item=item, mark=correction.mark), correction=correction
        )
        if not is_nearest:
            yield self._put(other, [faulty])

    def calculate(self, worked: Worked, asked: AskedNumber) -> Iterator[Text]:
        """Add a number that was worked out, with its working, and yield its event.

        If a number of it is known to be wrong, it is worked out with the right one, too.
        """
        evidence = list(dict.fromkeys(one.evidence for one in worked.operands if one.evidence))
        result = make_readable(worked.result, asked)
        working = show_working(worked, asked, self._language)
        shown = show_result(result, self._language)
        told = WORKED_WRONG if self._is_wrong(worked) else WORKED
        said = told[self._language].format(result=shown, working=working)
        yield self._put(said, evidence, mark="C1")
        self.calculation = Calculation(
            operands=tuple(self._operand(one) for one in worked.operands),
            expression=worked.expression,
            result=_plain(result),
            unit=show_unit(result.unit),
            text=working,
        )
        for operand in worked.operands:
            if operand.evidence:
                yield from self._correct_operand(operand, operand.evidence, worked, asked)

    def _is_wrong(self, worked: Worked) -> bool:
        """Tell whether a number of a calculation is known to be wrong, and not only qualified."""
        return any(
            erratum.entry.kind == "error"
            for one in worked.operands
            if one.evidence
            for erratum in self._corrector.find_faulty(one.evidence, one.start, one.end)
        )

    def _correct_operand(
        self, operand: FoundNumber, item: Evidence, worked: Worked, asked: AskedNumber
    ) -> Iterator[Text]:
        """Yield what is right where a number is known to be wrong, and what it then comes to."""
        for erratum in self._corrector.find_faulty(item, operand.start, operand.end):
            yield from self.correct(erratum, [item])
            correction = next((one for one in self.corrections if one.id == erratum.id), None)
            if correction is None:
                continue
            for number in find_alternatives(erratum.right_in("en"), operand):
                try:
                    again = work_out_again(worked, number, asked)
                except CalculationError as error:
                    self.drop(f"with {number.words} it cannot be worked out: {error}")
                    continue
                working = show_working(again, asked, self._language)
                told = WORKED_AGAIN[self._language].format(number=number.words, working=working)
                yield replace(self._put(told, (), mark=correction.mark), correction=correction)
                assert self.calculation
                corrected = (*self.calculation.corrected, working)
                self.calculation = replace(self.calculation, corrected=corrected)

    def _operand(self, one: FoundNumber) -> Operand:
        citation = self._cite(one.evidence).number if one.evidence else None
        return Operand(
            one.name, _plain(one.quantity), show_unit(one.quantity.unit), citation, one.words
        )

    def contradict(
        self, sentence: Sentence, cited: Sequence[Evidence], item: Evidence
    ) -> Iterator[Text]:
        """Note what contradicts a sentence that rests on `cited`, and yield its quotation.

        If the answer cites it already, it is said of the two.
        """
        for citation in self.citations:
            if (citation.document, citation.start) == item.place:
                if self._note_conflict(sentence, citation.number):
                    yield self._put(DIFFERENT[self._language], [*cited, item])
                return
        words = " ".join(item.text.split())
        otherwise = OTHERWISE[self._language].format(quote=words)
        yield from self.add(otherwise, [item], is_quoted=True)
        numbers = [one.number for one in self.citations if (one.document, one.start) == item.place]
        if numbers:
            self._note_conflict(sentence, numbers[0])

    def _note_conflict(self, sentence: Sentence, other: int) -> bool:
        """Note a conflict; tell whether it is a new one."""
        numbers = tuple(sorted({*sentence.citations, other}))
        if numbers in [conflict.citations for conflict in self.conflicts]:
            return False
        self.conflicts.append(Conflict(sentence.text, numbers))
        return True

    def tell_nothing(self) -> str:
        """Return what is said where there is no sentence."""
        if self._unknown:
            names = OR[self._language].join(self._unknown)
            return UNKNOWN[self._language].format(names=escape_markdown(names))
        told = NOT_WORKED if self._tried_to_work_out else ABSTENTION
        told = AGREED if self._agreed else told
        return told[self._language]

    def _put(
        self,
        text: str,
        evidence: Sequence[Evidence],
        *,
        item: bool = False,
        mark: str = "",
    ) -> Text:
        heading, self._opening = self._opening, ""
        cited = tuple(dict.fromkeys(self._cite(one) for one in evidence))
        numbers = tuple(citation.number for citation in cited)
        sentence = Sentence(text, numbers, verified=True, item=item, heading=heading, mark=mark)
        self.sentences.append(sentence)
        if not mark:
            self.grounds.append((sentence, tuple(evidence)))
        return Text(sentence, cited)

    def _cite(self, item: Evidence) -> Citation:
        """Return the citation of a sentence of a passage, the same one for the same words."""
        passage = item.passage
        for citation in self.citations:
            if (citation.document, citation.start, citation.end) == (*item.place, item.end):
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


def _elide(part: Evidence, evidence: Sequence[Evidence]) -> str:
    """Return words of a sentence as they are quoted, with a mark if it begins before them."""
    words = " ".join(part.text.split())
    is_whole = any(item.place == part.place for item in evidence)
    return words if is_whole else f"… {words}"


def _plain(value: Quantity) -> str:
    """Return a quantity's number for machines, or the two ends of a range."""
    return " to ".join(dict.fromkeys(map(plain_number, (value.low, value.high))))
