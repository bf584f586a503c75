"""Do the passages answer the question at all? The embedded model's own yes/no likelihood.

A small model that is asked to answer always answers, so it is asked twice, for one word each: do
the passages state the answer, before it writes; and, where that is not clear, does a sentence that
it drafted, with what it rests on, answer the question, until one does. A hosted model is trusted to
say that the passages do not tell.
"""

from collections.abc import Sequence

from rag.chat_model import ChatModel
from rag.prompts import confirm_messages, judge_messages
from rag.schema import Evidence
from rag.verify import missing_identifiers

LEAST_PASSAGES = 0.35
"""Below this likelihood of the passages alone nothing is written."""
CERTAIN_PASSAGES = 0.75
"""From this likelihood of the passages on, no drafted sentence is asked about."""
LEAST_MEAN = 0.57
"""The least mean of both likelihoods for an answer; docs/measurements.md has the trade-off."""


class Judge:
    """Decides on one question whether to answer or to abstain, and why."""

    def __init__(self, chat_model: ChatModel, question: str, evidence: Sequence[Evidence]) -> None:
        self._chat_model = chat_model
        self._question = question
        self._evidence = evidence
        self._passages = 0.0

    def doubt_passages(self) -> str | None:
        """Return why the passages do not answer the question, or nothing if they may."""
        if not self._evidence:
            return "no passage was found"
        if missing := missing_identifiers(self._question, self._evidence):
            return f"no passage names {min(missing)}"
        if not self._chat_model.is_local:
            return None
        self._passages = self._chat_model.likelihood(
            judge_messages(self._question, self._evidence), "yes", "no"
        )
        if self._passages < LEAST_PASSAGES:
            return f"the passages answer it with a likelihood of only {self._passages:.2f}"
        return None

    def confirms(self, item: Evidence) -> bool:
        """Tell whether a sentence of a passage seems to answer the question by itself."""
        if not self._chat_model.is_local:
            return True
        asked = confirm_messages(self._question, item.text, [item])
        return self._chat_model.likelihood(asked, "yes", "no") >= LEAST_MEAN

    def doubt_sentence(self, text: str, evidence: Sequence[Evidence]) -> str | None:
        """Return why a drafted sentence is no answer, or nothing if it seems to be one."""
        if not self._chat_model.is_local or self._passages >= CERTAIN_PASSAGES:
            return None
        confirmed = self._chat_model.likelihood(
            confirm_messages(self._question, text, evidence), "yes", "no"
        )
        mean = (self._passages + confirmed) / 2
        if mean < LEAST_MEAN:
            return f"passages and draft answer it with a likelihood of only {mean:.2f}: {text}"
        return None
