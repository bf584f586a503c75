"""What the page counts, for Prometheus; and a line for each answer in the log."""

import json
import logging
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ingest.manifest import Manifest

LOG = logging.getLogger("sic")
_SECONDS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120)


class Metrics:
    """Counts of one application, and its log, which has the questions only if that is wished."""

    def __init__(self, *, log_questions: bool = False) -> None:
        self._log_questions = log_questions
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "sic_answers", "Questions by what came of them", ["outcome"], registry=self._registry
        )
        self._whole = Histogram(
            "sic_answer_seconds",
            "From the question to the whole answer",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._first = Histogram(
            "sic_first_words_seconds",
            "From the question to the first sentence",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.asking = Gauge("sic_asking", "Questions being answered", registry=self._registry)
        self.waiting = Gauge("sic_waiting", "Questions that wait", registry=self._registry)
        self._documents = Gauge(
            "sic_documents", "Documents by state", ["state"], registry=self._registry
        )
        self._chunks = Gauge("sic_chunks", "Chunks of the corpus", registry=self._registry)

    def note_answer(
        self, question: str, outcome: str, started: float, first: float | None, user: str
    ) -> None:
        """Count an answer, and log it: times are those of `time.monotonic`, in seconds."""
        seconds = time.monotonic() - started
        self._answers.labels(outcome).inc()
        self._whole.observe(seconds)
        if first is not None:
            self._first.observe(first - started)
        told = {"event": "answer", "outcome": outcome, "seconds": round(seconds, 3), "user": user}
        if self._log_questions:
            told["question"] = question
        LOG.info(json.dumps(told, ensure_ascii=False))

    def show(self, manifest: Manifest) -> bytes:
        """Return all figures in Prometheus's text format."""
        entries = manifest.entries().values()
        failed = sum(1 for entry in entries if entry.error)
        self._documents.labels("failed").set(failed)
        self._documents.labels("ready").set(len(entries) - failed)
        self._chunks.set(sum(entry.chunks for entry in entries))
        return generate_latest(self._registry)
