"""What a suite says, and what comes of running it.

Suites are untrusted text, so they are pydantic models; the rest are plain data. The format of
suites is described in docs/evals.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rag.schema import Answer, Language


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str | int | float | Mapping) else value


def _as_citation(value: object) -> object:
    return {"document": value} if isinstance(value, str) else value


def _as_value(value: object) -> object:
    return {"number": value} if isinstance(value, str | int | float | list) else value


class _Strict(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, str_min_length=1
    )


Scalar = str | int | float
Group = Annotated[
    tuple[str, ...],
    BeforeValidator(_as_tuple, json_schema_input_type=Scalar | list[Scalar]),
    Field(min_length=1),
]
"""Phrases of which any one will do: names with their variants and scripts."""
Groups = Annotated[
    tuple[Group, ...],
    BeforeValidator(_as_tuple, json_schema_input_type=Scalar | list[Scalar | list[Scalar]]),
    Field(min_length=1),
]
Names = Annotated[
    tuple[str, ...], BeforeValidator(_as_tuple, json_schema_input_type=Scalar | list[Scalar])
]
Numbers = Annotated[
    tuple[Decimal, ...],
    BeforeValidator(_as_tuple, json_schema_input_type=Scalar | list[Scalar]),
    Field(min_length=1),
]


class Value(_Strict):
    """A number that the answer must state, wherever it stands in its text.

    `number` may be several, such as the ends of a range: then all must be stated. `unit` may be
    any that converts into the one stated; without it any unit will do. `tolerance` is relative.
    """

    number: Numbers
    unit: str | None = None
    tolerance: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.001")


class ExpectedCitation(_Strict):
    """A document that must be cited; with a quote, at these words of it."""

    document: str
    quote: str | None = None


AnyCitation = Annotated[
    ExpectedCitation,
    BeforeValidator(_as_citation, json_schema_input_type=str | ExpectedCitation),
]
CitationInput = str | ExpectedCitation | list[str | ExpectedCitation]
CitationGroup = Annotated[
    tuple[AnyCitation, ...],
    BeforeValidator(_as_tuple, json_schema_input_type=CitationInput),
    Field(min_length=1),
]
"""Citations of which any one will do."""
CitationGroups = Annotated[
    tuple[CitationGroup, ...],
    BeforeValidator(_as_tuple, json_schema_input_type=str | ExpectedCitation | list[CitationInput]),
    Field(min_length=1),
]
AnyValue = Annotated[
    Value, BeforeValidator(_as_value, json_schema_input_type=Scalar | list[Scalar] | Value)
]


class Expect(_Strict):
    """What must be true of an answer. Everything given must hold."""

    value: AnyValue | None = None
    contains: Groups | None = None
    excludes: Groups | None = None
    never_says: tuple[Groups, ...] | None = None
    cites: CitationGroups | None = None
    abstains: bool | None = None
    corrects: Names | None = None
    calculates: bool | None = None
    conflicts: bool | None = None
    language: Language | None = None
    max_seconds: Annotated[float, Field(gt=0)] | None = None


class Turn(_Strict):
    """One turn of the dialogue before the question."""

    role: Literal["user", "assistant"]
    content: str


class Case(_Strict):
    """One question and what is expected of its answer.

    `why` is its reason to exist. `documents` limits the search to these, `without` leaves these
    out. `reference` is what a published scoring rule needs. A `draft` is to be reviewed.
    """

    id: Annotated[str, Field(max_length=120)]
    question: str
    expect: Expect
    why: str | None = None
    history: tuple[Turn, ...] = ()
    tags: Names = ()
    documents: Names | None = None
    without: Names = ()
    reference: Mapping[str, Any] = Field(default_factory=dict)
    draft: bool = False


class Suite(_Strict):
    """Cases over one corpus. `corpus` is a folder relative to the suite's file."""

    name: Annotated[str, Field(max_length=120, pattern=r"^[^/]+$")]
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    description: str | None = None
    corpus: str | None = None
    rule: Literal["wattbot", "rgb", "nomiracl", "tatqa", "squad"] | None = None


CheckName = Literal[
    "completed",
    "exact",
    "faithful",
    "true",
    "value",
    "contains",
    "excludes",
    "cites",
    "abstains",
    "corrects",
    "calculates",
    "conflicts",
    "language",
    "seconds",
]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it holds, and the reason in words."""

    name: CheckName
    passed: bool
    reason: str

    @classmethod
    def hold(cls, name: CheckName, reason: str) -> Self:
        """Return a check that holds."""
        return cls(name, passed=True, reason=reason)

    @classmethod
    def fail(cls, name: CheckName, reason: str) -> Self:
        """Return a check that does not hold."""
        return cls(name, passed=False, reason=reason)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One asking of a case's question: an answer, or why there is none, and what it cost.

    `peak_mib` is the highest memory so far of application and chat model, in MiB.
    """

    answer: Answer | None
    error: str | None
    seconds: float
    tokens_read: int = 0
    tokens_written: int = 0
    peak_mib: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """What one attempt is worth: its checks, and the figures of ranking and published rule."""

    checks: tuple[Check, ...]
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether everything that was looked at holds."""
        return all(check.passed for check in self.checks)

    def holds(self, name: CheckName) -> bool | None:
        """Return whether a check holds, or nothing if it was not made."""
        found = [check.passed for check in self.checks if check.name == name]
        return all(found) if found else None


@dataclass(frozen=True, slots=True)
class Result:
    """A case and what came of each attempt at it."""

    suite: str
    case: Case
    attempts: tuple[Attempt, ...]
    scores: tuple[Score, ...]
    judged: bool | None = None
    """What the model judge thinks of the first answer, if one was asked and gave a verdict."""

    @property
    def id(self) -> str:
        """The case's id with its suite: unique in a run."""
        return f"{self.suite}/{self.case.id}"

    @property
    def passed(self) -> bool:
        """Whether every attempt passed (pass^k)."""
        return all(score.passed for score in self.scores)

    @property
    def flaky(self) -> bool:
        """Whether some attempts passed and some did not."""
        return len({score.passed for score in self.scores}) > 1

    @property
    def failures(self) -> tuple[Check, ...]:
        """The failed checks of all attempts, equal ones once."""
        failed = (check for score in self.scores for check in score.checks if not check.passed)
        return tuple(dict.fromkeys(failed))
