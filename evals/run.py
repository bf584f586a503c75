"""Suites -> results: every case asked through the real path, kept as it comes, and scored."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from evals.ledger import Ledger
from evals.machine import code_version, peak_mib
from evals.retrieval import Relevances, judge_ranking, measure_rankings
from evals.rules import RULES
from evals.schema import Attempt, Case, Result, Score, Suite
from evals.score import score_attempt
from ingest.errors import SicError
from ingest.schema import Document
from rag.schema import Answer, Message, Question

Ask = Callable[[Question], Answer]
OnDone = Callable[[Result, bool], None]
"""Called with each result, and whether all its answers were remembered ones."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run: each case `repeats` times, `jobs` at once; `fresh` forgets other runs."""

    repeats: int = 1
    jobs: int = 1
    timeout_seconds: float = 300
    fresh: bool = False


@dataclass(frozen=True)
class Subject:
    """One corpus ready to be asked: how to ask, its documents, and all that answers hang on.

    `circumstances` is JSON: corpus, settings, model. `model_pid` tells the chat model's process,
    and `depth` is how many passages an answer is given.
    """

    ask: Ask
    documents: Mapping[str, Document]
    circumstances: Mapping[str, Any]
    model_pid: Callable[[], int | None] = lambda: None
    depth: int = 5

    @cached_property
    def key(self) -> str:
        """A hash of the circumstances and of the product's code."""
        return _hash({"code": code_version(), **self.circumstances})


@dataclass(frozen=True, slots=True)
class _Job:
    suite: Suite
    case: Case
    question: Question
    keys: tuple[str, ...]


def run_suites(
    suites: Sequence[Suite],
    subject: Subject,
    ledger: Ledger,
    options: RunOptions,
    on_done: OnDone = lambda *_: None,
) -> list[Result]:
    """Ask and score every case; the results are in the order of the suites.

    What an unfinished run of the same cases has asked already is not asked again. Failures to
    answer are results too: they are not remembered, and are asked again by the next run.
    """
    jobs = [_job(suite, case, subject, options) for suite in suites for case in suite.cases]
    run_key = _hash({"keys": [job.keys for job in jobs], "fresh": options.fresh})
    run = ledger.begin(run_key)
    runner = _Runner(subject, ledger, run, options)
    results: dict[int, Result] = {}
    pool = ThreadPoolExecutor(max_workers=options.jobs, thread_name_prefix="case")
    try:
        waiting: dict[Future[tuple[Result, bool]], int] = {
            pool.submit(runner.run_job, job): place for place, job in enumerate(jobs)
        }
        for future in as_completed(waiting):
            result, remembered = future.result()
            results[waiting[future]] = result
            on_done(result, remembered)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    ordered = _rank([results[place] for place in range(len(jobs))], subject)
    ledger.finish(run)
    return ordered


def _job(suite: Suite, case: Case, subject: Subject, options: RunOptions) -> _Job:
    names = search_scope(case, subject.documents)
    history = tuple(Message(turn.role, turn.content) for turn in case.history)
    question = Question(case.question, history, names)
    base = {"subject": subject.key, "question": asdict(question)}
    keys = tuple(_hash({**base, "repeat": number}) for number in range(options.repeats))
    return _Job(suite, case, question, keys)


def search_scope(case: Case, documents: Iterable[str]) -> tuple[str, ...] | None:
    """Return the documents that a case searches, or nothing if it searches all."""
    if not case.without:
        return case.documents
    names = documents if case.documents is None else case.documents
    return tuple(name for name in names if name not in case.without)


class _Runner:
    def __init__(self, subject: Subject, ledger: Ledger, run: int, options: RunOptions) -> None:
        self._subject = subject
        self._ledger = ledger
        self._run = run
        self._options = options

    def run_job(self, job: _Job) -> tuple[Result, bool]:
        """Ask and score a case as often as the options say."""
        attempts: list[Attempt] = []
        remembered = True
        for key in job.keys:
            attempt = self._ledger.find(key, self._run, others=not self._options.fresh)
            if attempt is None:
                remembered = False
                attempt = self._ask(job.question)
                if attempt.error is None:
                    self._ledger.keep(key, self._run, attempt)
            attempts.append(attempt)
        scores = tuple(_score(job, attempt, self._subject.documents) for attempt in attempts)
        return Result(job.suite.name, job.case, tuple(attempts), scores), remembered

    def _ask(self, question: Question) -> Attempt:
        """Ask once, in a thread of its own, so that neither a fault nor a hang ends the run."""
        started = time.monotonic()
        asker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ask")
        future = asker.submit(_ask_counting, self._subject.ask, question)
        asker.shutdown(wait=False)
        try:
            error = future.exception(self._options.timeout_seconds)
        except TimeoutError:
            seconds = self._options.timeout_seconds
            return Attempt(None, f"there was no answer within {seconds:g} s", seconds)
        taken = time.monotonic() - started
        if error is not None:
            reason = str(error) if isinstance(error, SicError) else f"a fault: {error!r}"
            return Attempt(None, reason, taken)
        answer, tokens_read, tokens_written = future.result()
        if not isinstance(answer, Answer):
            return Attempt(None, f"what came is no answer: {answer!r:.200}", taken)
        pid = self._subject.model_pid()
        peak = peak_mib() + (peak_mib(pid) if pid else 0)
        return Attempt(answer, None, taken, tokens_read, tokens_written, peak)


def _ask_counting(ask: Ask, question: Question) -> tuple[Any, int, int]:
    """Ask, and count the tokens of all calls to a chat model."""
    from langchain_core.callbacks import get_usage_metadata_callback

    with get_usage_metadata_callback() as usage:
        answer = ask(question)
    used = usage.usage_metadata.values()
    return answer, sum(u["input_tokens"] for u in used), sum(u["output_tokens"] for u in used)


def _score(job: _Job, attempt: Attempt, documents: Mapping[str, Document]) -> Score:
    score = score_attempt(job.case, attempt, documents)
    if job.suite.rule is None:
        return score
    return replace(score, metrics=RULES[job.suite.rule](job.case, attempt.answer))


def _rank(results: Sequence[Result], subject: Subject) -> list[Result]:
    """Add the retrieval measures to each case's first score."""
    rankings: dict[str, Relevances] = {}
    for result in results:
        answer = result.attempts[0].answer
        ranking = answer and judge_ranking(result.case, answer.passages, subject.documents)
        if ranking:
            rankings[result.id] = ranking
    measured = measure_rankings(rankings, subject.depth)
    ranked = []
    for result in results:
        first, *rest = result.scores
        first = replace(first, metrics={**first.metrics, **measured.get(result.id, {})})
        ranked.append(replace(result, scores=(first, *rest)))
    return ranked


def select_cases(
    suites: Sequence[Suite], patterns: Sequence[str], sample: int | None, seed: int
) -> list[Suite]:
    """Keep the cases whose id or tag is, or whose question has, one of the patterns.

    `sample` then keeps that many of each suite, a fixed choice for each seed.
    """
    import random
    from fnmatch import fnmatch

    def wanted(suite: Suite, case: Case) -> bool:
        names = (case.id, f"{suite.name}/{case.id}", *case.tags)
        return any(
            fnmatch(name, pattern) or pattern in case.question
            for pattern in patterns
            for name in names
        )

    kept = []
    for suite in suites:
        cases = [case for case in suite.cases if not patterns or wanted(suite, case)]
        if sample is not None and sample < len(cases):
            chosen = random.Random(seed).sample(range(len(cases)), sample)  # noqa: S311
            cases = [cases[place] for place in sorted(chosen)]
        if cases:
            kept.append(suite.model_copy(update={"cases": tuple(cases)}))
    return kept


def _hash(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
