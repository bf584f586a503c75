"""Two runs, case by case; and a run against the baseline that it must not fall behind."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.errors import ReportError
from evals.report import Report, write_file
from evals.schema import Result

Change = Literal["newly failing", "newly passing", "other words", "same", "new", "gone"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A case in two runs; either may lack it."""

    id: str
    before: Result | None
    after: Result | None

    @property
    def change(self) -> Change:
        """What became of the case."""
        if self.before is None or self.after is None:
            return "new" if self.before is None else "gone"
        if self.before.passed != self.after.passed:
            return "newly passing" if self.after.passed else "newly failing"
        return "same" if _said(self.before) == _said(self.after) else "other words"


def _said(result: Result) -> list[str | None]:
    return [a.answer.text if a.answer else a.error for a in result.attempts]


def compare_reports(before: Report, after: Report) -> list[Pair]:
    """Return every case of either run, those that changed first."""
    old = {result.id: result for result in before.results}
    new = {result.id: result for result in after.results}
    pairs = [Pair(id_, old.get(id_), new.get(id_)) for id_ in dict.fromkeys([*old, *new])]
    order = ("newly failing", "newly passing", "gone", "new", "other words", "same")
    return sorted(pairs, key=lambda pair: order.index(pair.change))


class Baseline(BaseModel):
    """Which cases passed in the run that later ones are held against."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    cases: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Gate:
    """A run held against a baseline. It is shut by a case that passed there and fails now."""

    newly_failing: tuple[str, ...]
    newly_passing: tuple[str, ...]
    known_failures: tuple[str, ...]
    unknown: tuple[str, ...]
    gone: tuple[str, ...]
    path: str
    compared: int

    @property
    def is_open(self) -> bool:
        """Whether the run may go through."""
        return not self.newly_failing and self.compared > 0

    @property
    def headline(self) -> str:
        """The verdict in words."""
        if not self.compared:
            return f"None of the cases is in the baseline {self.path}."
        parts = []
        if self.newly_failing:
            parts.append(f"Behind the baseline: newly failing {', '.join(self.newly_failing)}.")
        else:
            known = len(self.known_failures)
            parts.append(f"Not behind the baseline ({known} known failures).")
        if self.gone:
            parts.append(f"In the baseline, but gone from the suites: {', '.join(self.gone)}.")
        if self.newly_passing:
            parts.append(
                f"Newly passing: {', '.join(self.newly_passing)}; write them into it with "
                f"--write-baseline {self.path}."
            )
        if self.unknown:
            parts.append(f"Not in it: {len(self.unknown)} cases.")
        return " ".join(parts)


def hold_against(
    results: Sequence[Result], baseline: Baseline, path: Path, *, whole: bool = True
) -> Gate:
    """Compare case by case, whatever the averages do.

    If the suites ran as a `whole`, cases of the baseline that are no longer in them are named.
    """
    ran = {result.id for result in results}
    suites = {result.suite for result in results}
    gone = (id_ for id_ in baseline.cases if id_ not in ran and id_.split("/")[0] in suites)
    known = [result for result in results if result.id in baseline.cases]
    return Gate(
        tuple(r.id for r in known if baseline.cases[r.id] and not r.passed),
        tuple(r.id for r in known if r.passed and not baseline.cases[r.id]),
        tuple(r.id for r in known if not r.passed and not baseline.cases[r.id]),
        tuple(result.id for result in results if result.id not in baseline.cases),
        tuple(gone) if whole else (),
        str(path),
        len(known),
    )


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises ReportError."""
    try:
        return Baseline.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ReportError(
            f"The baseline {path} cannot be read: {error.strerror}. Make one with --write-baseline."
        ) from error
    except ValidationError as error:
        raise ReportError(f"{path} is not a baseline: give what --write-baseline wrote.") from error


def write_baseline(path: Path, results: Sequence[Result], model: str) -> int:
    """Write which cases passed; cases of the file that were not run now are kept. Return all."""
    old = read_baseline(path).cases if path.is_file() else {}
    cases = {**old, **{result.id: result.passed for result in results}}
    data = {"model": model, "cases": dict(sorted(cases.items()))}
    write_file(path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    return len(cases)
