"""What a model reads for an answer, and how it writes from that.

The embedded model reads little, as each token costs it milliseconds, and writes within a grammar. A
hosted one reads more, and may search again by tool calls; what it finds is numbered on, cited and
verified like what was found for it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from langchain_core.messages import BaseMessage, ToolMessage

from rag.calculation import Worked
from rag.chat_model import ChatModel
from rag.errors import CalculationError
from rag.evidence import find_sentences
from rag.prompts import LINE_GRAMMAR, show_passages
from rag.retrieve import number_passages
from rag.schema import Evidence, Passage
from rag.verify import Verifier

MOST_CALLS = 4
"""How often a hosted model may call tools before it must write."""
HOSTED_PASSAGES = 12
"""The least number of passages that a hosted model is given."""
SEARCH: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "search_documents",
        "description": "Search the user's documents for more passages, which are then numbered on.",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string", "description": "what to look for"}},
            "required": ["query"],
        },
    },
}


CALCULATE: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "calculate",
        "description": "Work out a number that no passage states, with units.",
        "parameters": {
            "type": "object",
            "properties": {
                "expression": {
                    "type": "string",
                    "description": "an expression over numbers with their units, word for word as "
                    "they stand in the passages and the question, with + - * / ( ), "
                    "share(part, whole), growth(old, new) and mean",
                }
            },
            "required": ["expression"],
        },
    },
}


TOOLS = (SEARCH, CALCULATE)


class Reader(Protocol):
    """The passages and numbered sentences of one question, and a model that writes from them."""

    passages: tuple[Passage, ...]
    evidence: list[Evidence]
    worked: Worked | None
    """What the model had worked out last."""

    def write(self, messages: Sequence[BaseMessage], verifier: Verifier) -> Iterator[str]:
        """Yield the text of an answer as it comes. What is found on the way the verifier learns."""
        ...


class EmbeddedReader:
    """The embedded model, which reads what was chosen for it."""

    def __init__(
        self,
        chat_model: ChatModel,
        passages: tuple[Passage, ...],
        evidence: list[Evidence],
        most_tokens: int,
    ) -> None:
        self.passages = passages
        self.evidence = evidence
        self.worked: Worked | None = None
        self._chat_model = chat_model
        self._most_tokens = most_tokens

    def write(self, messages: Sequence[BaseMessage], verifier: Verifier) -> Iterator[str]:  # noqa: ARG002
        """Yield the text of an answer as it comes."""
        return self._chat_model.write(messages, self._most_tokens, LINE_GRAMMAR)


class HostedReader:
    """A hosted model, which reads all the passages and may search for more."""

    def __init__(
        self,
        chat_model: ChatModel,
        passages: tuple[Passage, ...],
        search: Callable[[str], Sequence[Passage]],
        calculate: Callable[[str, Sequence[Evidence]], Worked],
    ) -> None:
        self.passages = passages
        self.evidence = find_sentences(passages)
        self.worked: Worked | None = None
        self._calculate = calculate
        self._chat_model = chat_model
        self._search = search

    def write(self, messages: Sequence[BaseMessage], verifier: Verifier) -> Iterator[str]:
        """Yield the text of an answer as it comes. What is found on the way the verifier learns."""
        turns = list(messages)
        for left in range(MOST_CALLS, -1, -1):
            reply = yield from self._chat_model.converse(turns, TOOLS if left else [])
            if not reply or not reply.tool_calls:
                return
            turns.append(reply)
            for call in reply.tool_calls:
                if call["name"] == CALCULATE["function"]["name"]:
                    said = self._work_out(str(call["args"].get("expression", "")))
                else:
                    said = self._look_for(str(call["args"].get("query", "")), verifier)
                turns.append(ToolMessage(said, tool_call_id=call["id"]))

    def _work_out(self, expression: str) -> str:
        """Work an expression out, if it can be the answer, and return its value for the model."""
        try:
            self.worked = self._calculate(expression, self.evidence)
        except CalculationError as error:
            return f"{expression} cannot be the answer: {error}"
        return f"= {self.worked.result}. It will be shown with its working."

    def _look_for(self, query: str, verifier: Verifier) -> str:
        """Search, number what is new, and return it as text for the model."""
        known = len(self.passages)
        found = self._search(query) if query.strip() else ()
        self.passages = number_passages([*self.passages, *found])
        first = len(self.evidence)
        fresh = [
            replace(item, number=first + item.number)
            for item in find_sentences(self.passages[known:])
        ]
        self.evidence += fresh
        verifier.learn(fresh)
        return show_passages(fresh) or "Nothing else was found."
