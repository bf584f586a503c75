"""Break the product in known ways, and see which cases catch each. Run by hand, real models:

    python -m tests.evals.mutations [NAME...]

A mutation that no case catches is a hole in the suites. Each runs those of the
`smoke` cases that pass when nothing is broken.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

from evals.corpus import corpus_folder
from evals.ledger import Ledger
from evals.load import load_suite, suite_files
from evals.run import RunOptions, run_suites, select_cases
from evals.schema import Result, Suite
from evals.subject import Laboratory
from ingest.errata import ErrataFile, read_errata
from ingest.load import Loader
from ingest.schema import Document
from ingest.settings import IngestSettings, load_environment
from rag.asked_number import AskedNumber
from rag.calculation import Worked
from rag.compose import Composer
from rag.operands import FoundNumber
from rag.question import check_question, detect_language
from rag.retrieve import Retriever
from rag.schema import Citation, Evidence, Language, Passage, Text
from rag.settings import RagSettings

ROOT = Path(__file__).parent.parent.parent
NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?")
HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Mutation:
    """A way to break the product: what is replaced, and by what."""

    name: str
    target: str
    replacement: Any


def change_citations(change: Callable[[Citation], Citation]) -> Any:
    original = Composer._cite

    def cite(self: Composer, item: Evidence) -> Citation:
        before = len(self.citations)
        citation = original(self, item)
        if len(self.citations) > before:
            self.citations[-1] = citation = change(citation)
        return citation

    return cite


def change_text(change: Callable[[str], str]) -> Any:
    original = Composer._put

    def put(self: Composer, text: str, evidence: Sequence[Evidence], **form: Any) -> Text:
        return original(self, change(text), evidence, **form)

    return put


def shift_marks() -> Any:
    original = Composer._put

    def put(self: Composer, text: str, evidence: Sequence[Evidence], **form: Any) -> Text:
        event = original(self, text, evidence, **form)
        shifted = tuple(number + 1 for number in event.sentence.citations)
        self.sentences[-1] = replace(event.sentence, citations=shifted)
        return replace(event, sentence=self.sentences[-1])

    return put


def change_worked(change: Callable[[Worked], Worked]) -> Any:
    original = Composer.calculate

    def calculate(self: Composer, worked: Worked, asked: AskedNumber) -> Iterator[Text]:
        return original(self, change(worked), asked)

    return calculate


def off_by_thousand(worked: Worked) -> Worked:
    low, high = worked.result.low * 1000, worked.result.high * 1000
    return replace(worked, result=replace(worked.result, low=low, high=high))


def without_denominators(worked: Worked) -> Worked:
    factor = Fraction(1)
    for one in worked.operands:
        if re.search(rf"/ {one.name}\b", worked.expression):
            factor *= one.quantity.low
    low, high = worked.result.low * factor, worked.result.high * factor
    return replace(worked, result=replace(worked.result, low=low, high=high))


def from_another_passage(worked: Worked) -> Worked:
    def elsewhere(one: FoundNumber) -> FoundNumber:
        if one.evidence is None:
            return one
        passage = one.evidence.passage
        end = passage.start + passage.text.index(".") + 1
        text = passage.text[: end - passage.start]
        return replace(one, evidence=replace(one.evidence, start=passage.start, end=end, text=text))

    return replace(worked, operands=tuple(map(elsewhere, worked.operands)))


def times_thousand(text: str) -> str:
    return NUMBER.sub(lambda match: match[0] + ("" if "." in match[0] else ",000"), text)


def swap_units(text: str) -> str:
    swaps = {
        "MWh": "kWh",
        "kWh": "MWh",
        "tons": "grams",
        "吨": "克",
        "兆瓦时": "千瓦时",
        "千瓦时": "兆瓦时",
    }
    units = re.compile("|".join(sorted(swaps, key=len, reverse=True)))
    return units.sub(lambda match: swaps[match[0]], text)


def other_language(text: str) -> Language:
    return "en" if detect_language(text) == "zh" else "zh"


def without_chinese() -> Any:
    original = Loader.load

    def load(self: Loader, path: Path, name: str) -> Document:
        document = original(self, path, name)
        return replace(document, text=HAN.sub("", document.text))

    return load


def question_without_chinese(text: str, limit: int) -> str:
    return check_question(HAN.sub("", text) or "?x", limit)


def farthest(original: Any = Retriever.retrieve) -> Any:
    def retrieve(
        self: Retriever,
        query: str,
        count: int,
        documents: Sequence[str] | None = None,
        translation: str = "",
    ) -> tuple[Passage, ...]:
        found = original(self, query, 1000, documents, translation)[-count:]
        return tuple(replace(p, number=number) for number, p in enumerate(found, 1))

    return retrieve


def with_proposed(original: Any = read_errata) -> Any:
    """Read what is only proposed as if it were in force."""

    def read(path: Path) -> ErrataFile:
        proposed = path.with_name("errata-proposed.yaml")
        return original(proposed if proposed.is_file() else path)

    return read


PROPOSED = """\
- id: nobody-accepted-this
  document: 000_2f85451bf454dbcb.txt
  wrong: requires 1,287 MWh
  right: It takes 999 MWh.
  authority: A reader
"""
OTHER = {
    "000_2f85451bf454dbcb.txt": "004_2ffcfe241d3faec5.txt",
    "004_2ffcfe241d3faec5.txt": "000_2f85451bf454dbcb.txt",
}

MUTATIONS = [
    Mutation(
        "citations shifted by one",
        "rag.compose.Composer._cite",
        change_citations(lambda c: replace(c, start=c.start + 1, end=c.end + 1)),
    ),
    Mutation(
        "quotes from another document",
        "rag.compose.Composer._cite",
        change_citations(lambda c: replace(c, document=OTHER.get(c.document, c.document))),
    ),
    Mutation(
        "marks off by one",
        "rag.compose.Composer._put",
        shift_marks(),
    ),
    Mutation("abstention off", "rag.judge.Judge.doubt_passages", lambda self: None),
    Mutation("always abstaining", "rag.judge.Judge.doubt_passages", lambda self: "no"),
    Mutation("answers in the wrong language", "rag.chain.detect_language", other_language),
    Mutation("Chinese dropped from documents", "ingest.load.Loader.load", without_chinese()),
    Mutation(
        "Chinese dropped from questions", "rag.chain.check_question", question_without_chinese
    ),
    Mutation("stale index", "evals.subject.sync", None),
    Mutation("history ignored", "rag.chain.refers_back", lambda text, history: False),
    Mutation("numbers off by 1000", "rag.compose.Composer._put", change_text(times_thousand)),
    Mutation("units swapped", "rag.compose.Composer._put", change_text(swap_units)),
    Mutation(
        "names swapped",
        "rag.compose.Composer._put",
        change_text(lambda text: text.replace("GPT-3", "GPT-4").replace("BLOOM", "GPT-3")),
    ),
    Mutation(
        "results off by 1000", "rag.compose.Composer.calculate", change_worked(off_by_thousand)
    ),
    Mutation(
        "denominators dropped",
        "rag.compose.Composer.calculate",
        change_worked(without_denominators),
    ),
    Mutation(
        "operands of other passages",
        "rag.compose.Composer.calculate",
        change_worked(from_another_passage),
    ),
    Mutation("errata switched off", "rag.errata.Corrector.find_touched", lambda *_, **__: []),
    Mutation(
        "errata that fire on everything",
        "rag.errata.Corrector.find_touched",
        lambda self, *_, **__: list(self._errata),
    ),
    Mutation("a proposed erratum in force", "ingest.errata.read_errata", with_proposed()),
    Mutation("the farthest passages", "rag.retrieve.Retriever.retrieve", farthest()),
    Mutation(
        "answers from memory, unverified",
        "rag.compose.Composer._put",
        change_text(lambda text: text + " It also won 7 prizes."),
    ),
]


@contextmanager
def broken(mutation: Mutation | None) -> Iterator[None]:
    with ExitStack() as stack:
        if mutation is not None and mutation.replacement is not None:
            stack.enter_context(patch(mutation.target, mutation.replacement))
        if mutation is not None and mutation.name == "abstention off":
            stack.enter_context(patch("rag.judge.Judge.doubt_sentence", lambda *_: None))
            stack.enter_context(patch("rag.judge.Judge.doubt_answer", lambda *_: None))
            stack.enter_context(patch("rag.judge.missing_identifiers", lambda *_: set()))
            stack.enter_context(patch("rag.judge.Judge.weigh_claim", lambda *_: "unclear"))
        if mutation is not None and mutation.name == "errata switched off":
            stack.enter_context(patch("rag.errata.Corrector.find_stated", lambda *_: []))
            stack.enter_context(patch("rag.errata.Corrector.find_asked", lambda *_: None))
        yield


def run(
    laboratory: Laboratory, folder: Path, patterns: Sequence[str], mutation: Mutation | None
) -> list[Result]:
    """Run some cases over a copy of the suites and corpora, in a store of its own."""
    shutil.copytree(ROOT / "evals" / "suites", folder / "evals" / "suites")
    shutil.copytree(ROOT / "corpus", folder / "corpus", ignore=shutil.ignore_patterns(".sic"))
    (folder / "corpus" / "errata-proposed.yaml").write_text(PROPOSED)
    by_corpus: dict[Path, list[Suite]] = {}
    for file in suite_files([folder / "evals" / "suites"]):
        suite = load_suite(file, folder / "corpus")
        for kept in select_cases([suite], patterns, None, 1):
            by_corpus.setdefault(corpus_folder(suite, file, folder), []).append(kept)
    results: list[Result] = []
    ledger = Ledger(folder / "runs.db")
    laboratory._ingest = IngestSettings(folder / "corpus", folder / "store")
    for corpus, suites in by_corpus.items():
        with ExitStack() as stack:
            if mutation is not None and mutation.name == "stale index":
                with laboratory.open(corpus, lambda *_: None):
                    pass
                for file in (corpus / "documents").iterdir():
                    text = file.read_text(encoding="utf-8")
                    file.write_text(text.replace("\n\n", "\n\nNew words.\n\n", 1), encoding="utf-8")
                stack.enter_context(patch(mutation.target, lambda *_: None))
            stack.enter_context(broken(mutation))
            subject = stack.enter_context(laboratory.open(corpus, lambda *_: None))
            results += run_suites(suites, subject, ledger, RunOptions())
    return results


def main(names: Sequence[str]) -> int:
    load_environment()
    missed = []
    with Laboratory(IngestSettings(), RagSettings()) as laboratory:
        sound = _run_in_scratch(laboratory, ["smoke"], None)
        passing = sorted(result.id for result in sound if result.passed)
        print(f"unbroken: {len(passing)} of {len(sound)} pass", flush=True)
        for mutation in MUTATIONS:
            if names and mutation.name not in names:
                continue
            results = _run_in_scratch(laboratory, passing, mutation)
            caught = sorted(result.id for result in results if not result.passed)
            shown = ", ".join(caught[:4]) + (" …" if len(caught) > 4 else "")
            print(f"| {mutation.name} | {len(caught)} of {len(passing)} | {shown} |", flush=True)
            if not caught:
                missed.append(mutation.name)
    print(f"missed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


def _run_in_scratch(
    laboratory: Laboratory, patterns: Sequence[str], mutation: Mutation | None
) -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        return run(laboratory, Path(folder), patterns, mutation)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
