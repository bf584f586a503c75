"""What a question becomes: passages, and an answer whose every part leads back to them.

The JSON of an Answer is a contract: docs/design.md, section 3.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the dialogue before the question."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the dialogue it stands in, oldest turn first.

    `documents` are the names of those to search; without it, all are.
    """

    text: str
    history: tuple[Message, ...] = ()
    documents: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved part of a document: `document.text[start:end] == text`. Score is -1 to 1."""

    number: int
    document: str
    title: str
    page: int | None
    start: int
    end: int
    text: str
    headings: tuple[str, ...]
    score: float
    table_header: str = ""
    date: str = ""
    """As the document states it."""

    @property
    def with_context(self) -> str:
        """The passage's text behind its title, headings and table header."""
        return " ".join([self.title, *self.headings, self.table_header, self.text])


@dataclass(frozen=True, slots=True)
class Evidence:
    """A numbered sentence of the passages: `document.text[start:end] == text`."""

    number: int
    passage: Passage
    start: int
    end: int
    text: str

    @property
    def place(self) -> tuple[str, int]:
        """The document and where in it the sentence begins: the same for the same words."""
        return self.passage.document, self.start


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words that a sentence rests on: `document.text[start:end] == quote`."""

    number: int
    document: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    date: str = ""
    """As the document states it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the answer, the citations it rests on, and whether it passed its checks."""

    text: str
    citations: tuple[int, ...]
    verified: bool
    item: bool = False
    """It is a point of a list."""
    heading: str = ""
    """What stands over it and the points that follow it."""
    mark: str = ""
    """What it rests on besides: C1, the calculation, or a correction, such as E1."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A number of a calculation, found verbatim in a passage or in the question."""

    name: str
    value: str
    unit: str
    citation: int | None
    words: str = ""
    """As it stands there."""


@dataclass(frozen=True, slots=True)
class Calculation:
    """A number that was worked out, and how."""

    operands: tuple[Operand, ...]
    expression: str
    result: str
    unit: str
    text: str
    corrected: tuple[str, ...] = ()
    """The working with what is right in the place of an operand that is known to be wrong."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A known error of a document, `document.text[start:end] == wrong`, and what is right.

    `id` is that of the registry, `mark` what the text has for it: E1. What is of the kind
    "qualifies" is no error, but right only within the limits that `right` states.
    """

    id: str
    document: str
    wrong: str
    right: str
    authority: str
    url: str
    start: int
    end: int
    mark: str = ""
    kind: str = "error"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A statement on which the cited passages contradict each other."""

    statement: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer to a question. `timings` are milliseconds since it was asked."""

    question: str
    query: str
    language: Language
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    abstained: bool
    """Nothing answers the question; sentences, if there are any, correct what comes nearest."""
    passages: tuple[Passage, ...]
    timings: Mapping[str, int]
    model: str
    dropped: tuple[str, ...] = ()
    """Why sentences that the model drafted are not in the answer."""
    calculation: Calculation | None = None
    corrections: tuple[Correction, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unanswered: tuple[str, ...] = ()
    """The parts of the question that nothing answers, where others are answered."""

    def to_json(self) -> dict[str, Any]:
        """Return the answer as the contract's JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Stage:
    """Event: what is being done now."""

    name: Literal["rewriting", "searching", "reading", "calculating", "writing"]


@dataclass(frozen=True, slots=True)
class Sources:
    """Event: what was searched for and found, before anything is written."""

    query: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Event: one more sentence that passed its checks, with the citations it brings."""

    sentence: Sentence
    citations: tuple[Citation, ...] = field(default_factory=tuple)
    correction: Correction | None = None
    """What the sentence corrects, if its mark is a correction's."""


@dataclass(frozen=True, slots=True)
class Done:
    """Event: the whole answer; always the last."""

    answer: Answer


Event = Stage | Sources | Text | Done
