"""Does what was found answer the question at all? The embedded model's likelihood of one word.

A small model that is asked to answer always answers, so each answer is examined before it is
shown: a sentence that it drafted, with what it rests on, behind examples of good and bad ones. A
claim is weighed by itself, without a draft: the model affirms whatever it is asked to confirm. A
hosted model is trusted to say that the passages do not tell.
"""

from collections.abc import Sequence
from math import exp, log

from rag.chat_model import ChatModel
from rag.claim import Weight
from rag.evidence import in_context
from rag.prompts import (
    NOT_THERE,
    claim_messages,
    examine_messages,
    find_messages,
    judge_messages,
)
from rag.question import find_asked
from rag.schema import Evidence, Passage
from rag.verify import missing_identifiers

LEAST_STATED = 0.3
"""The least likelihood that the passages answer, for anything to be written."""
LEAST_RIGHT = 0.5
"""The least likelihood, by the examiner, that a sentence answers: rather right than wrong."""
LEAST_LISTED = 0.65
"""The same for a point of a list, which no draft rests on."""
LEAST_ANSWER = 0.65
"""The least likelihood of an answer, by examiner and finder together: nearly twice as likely right
as wrong. On pairs held out it is the highest that loses under 0.15 of the right ones, and lets 0.26
of the wrong ones through: `python -m tests.rag.opinions`, docs/measurements.md."""
SMALLEST = 1e-6
"""What keeps a likelihood of 0 or 1 from deciding alone."""
LEAST_UNKNOWN = 0.75
LEAST_YES = 0.8
LEAST_NO = 0.5
"""Of a claim: the likelihood from which nothing is said of it; the share of yes against no from
which it is borne out; the likelihood of no from which it is denied."""
LEAST_RATHER_YES = 0.7
MOST_RATHER_NO = 0.45
"""The shares of yes against no from and up to which it is probably so, and probably not."""


class Judge:
    """Decides on one question whether to answer or to abstain, and why."""

    def __init__(
        self, chat_model: ChatModel, question: str, translation: str, passages: Sequence[Passage]
    ) -> None:
        self._chat_model = chat_model
        self._question = question
        self._asked = find_asked(question)
        self._translation = translation
        self._passages = passages
        self._nearest_likelihood = 0.0
        self.nearest: tuple[str, Sequence[Evidence]] | None = None
        """The likeliest sentence of those that were doubted, and what it rests on."""

    def doubt_passages(self) -> str | None:
        """Return why the passages cannot answer the question, or nothing if they may."""
        if not self._passages:
            return "no passage was found"
        if missing := missing_identifiers(self._question, self._passages):
            return f"no passage names {min(missing)}"
        return None

    def doubt_evidence(self, evidence: Sequence[Evidence]) -> str | None:
        """Return why there is nothing to write from the sentences chosen, or nothing if there is.

        A low bound: it saves the time of writing where nothing has to do with the question.
        """
        asked = judge_messages(self._asked, evidence)
        stated = self._chat_model.weigh(asked, ("yes", "no"))[0]
        if stated < LEAST_STATED:
            likely = f"{int(100 * stated)}%"
            return f"the passages are {likely} likely to answer it; {LEAST_STATED:.0%} is needed"
        return None

    def doubt_sentence(
        self, text: str, evidence: Sequence[Evidence], least: float = LEAST_RIGHT
    ) -> str | None:
        """Return why a drafted sentence is no answer, or nothing if it seems to be one."""
        return self._doubt(self._examine(text, evidence), least, text, evidence)

    def doubt_answer(self, text: str, evidence: Sequence[Evidence]) -> str | None:
        """Return why a sentence is not shown as the answer, or nothing if it is.

        Two opinions of the model, which err in different places, count alike: that of an examiner
        on the sentence, and whether a finder finds words that answer in what it rests on. What the
        examiner finds rather wrong is not looked for.
        """
        right = self._examine(text, evidence)
        if right >= LEAST_RIGHT:
            right = mean_likelihood(right, self._find(evidence))
        return self._doubt(right, LEAST_ANSWER, text, evidence)

    def confirms(self, item: Evidence) -> bool:
        """Tell whether a sentence of a passage seems to answer the question by itself."""
        return self._examine(item.text, [item]) >= LEAST_RIGHT

    def weigh_claim(self, claim: str, evidence: Sequence[Evidence]) -> Weight:
        """Tell what sentences of passages say of a claim."""
        yes, no, unknown = self._chat_model.weigh(
            claim_messages(claim, evidence), ("yes", "no", "unknown")
        )
        if unknown >= LEAST_UNKNOWN:
            return "unknown"
        share = yes / (yes + no)
        if share >= LEAST_YES:
            return "yes"
        if no >= LEAST_NO:
            return "no"
        if share >= LEAST_RATHER_YES:
            return "rather yes"
        return "rather no" if share <= MOST_RATHER_NO else "unclear"

    def _doubt(
        self, right: float, least: float, text: str, evidence: Sequence[Evidence]
    ) -> str | None:
        if right >= least:
            return None
        if right > self._nearest_likelihood:
            self._nearest_likelihood, self.nearest = right, (text, evidence)
        shown = " ".join(text.split())
        likely = f"{int(100 * right)}%"
        return f"it is {likely} likely to answer the question; {least:.0%} is needed: {shown}"

    def _find(self, evidence: Sequence[Evidence]) -> float:
        """Return the likelihood that the evidence has words that answer."""
        if not self._chat_model.is_local:
            return 1.0
        text = " ".join(map(in_context, evidence))
        asked = find_messages(self._translation or self._asked, text)
        return 1 - self._chat_model.weigh_one(asked, NOT_THERE)

    def _examine(self, text: str, evidence: Sequence[Evidence]) -> float:
        """Return the likelihood that a sentence is borne out by the evidence, and is the answer."""
        if not self._chat_model.is_local:
            return 1.0
        question = self._asked
        if self._translation:  # two languages at once are too much for a small model
            question = self._translation
            text = " ".join(item.text for item in evidence)
        asked = examine_messages(question, text, " ".join(map(in_context, evidence)))
        return self._chat_model.weigh(asked, ("yes", "no"))[0]


def mean_likelihood(one: float, other: float) -> float:
    """Return the likelihood whose log-odds are the mean of those of two."""
    odds = [log((x + SMALLEST) / (1 - x + SMALLEST)) for x in (one, other)]
    return 1 / (1 + exp(-sum(odds) / 2))
