"""The command line of rag: `python -m rag ask | batch | calc | errata | audit | mcp | ...`."""

import argparse
import json
import re
import sys
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from ingest.command import folder_options, printable, run_command
from ingest.settings import IngestSettings, load_environment
from rag.errata_commands import add_errata_parser, run_errata
from rag.errors import RagError
from rag.settings import RagSettings

if TYPE_CHECKING:
    from rag.schema import Answer, Language


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    environment = load_environment()
    options = _parse(arguments)

    def work() -> int:
        ingest = IngestSettings.from_environment(environment, options.corpus, options.store)
        rag = RagSettings.from_environment(environment)
        return COMMANDS[options.command](ingest, rag, options)

    return run_command(work)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    common = folder_options()
    parser = argparse.ArgumentParser(prog="python -m rag", description="Ask the documents.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", parents=[common], help="answer one question")
    ask.add_argument("question")
    ask.add_argument("--json", action="store_true", help="print the Answer as JSON")
    ask.add_argument("--show-passages", action="store_true", help="print what was found, too")
    batch = commands.add_parser("batch", parents=[common], help="answer a JSONL of questions")
    batch.add_argument("input", type=Path, metavar="IN", help='lines of {"id", "question"}')
    batch.add_argument("output", type=Path, metavar="OUT", help='lines of {"id", "answer"}')
    calc = commands.add_parser("calc", parents=[common], help="work out an expression with units")
    calc.add_argument("expression", help='such as "50 kWh / (2.907 kWh / 1000 images)"')
    calc.add_argument("--unit", default="", help="the unit to give the result in")
    check = commands.add_parser(
        "check-arithmetic", parents=[common], help="recompute what a document works out itself"
    )
    check.add_argument("name", help="a document, as `python -m ingest list` names it")
    add_errata_parser(commands)
    audit = commands.add_parser(
        "audit", parents=[common], help="where documents may be wrong, the likeliest first"
    )
    audit.add_argument("--limit", type=int, default=40, help="how many (default: 40)")
    audit.add_argument("--json", action="store_true", help="print them as JSON")
    commands.add_parser(
        "mcp", parents=[common], help="serve ask, search, read and calculate over stdio, by MCP"
    )
    return parser.parse_args(arguments)


_OTHERS_MARK = re.compile(r"\[([CE]?\d+)\]")
"""What looks like a mark in words of a document or a model."""
NEAREST: "dict[Language, str]" = {"en": "The nearest passages:", "zh": "最接近的段落："}


def _ask(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:
    from rag.chain import open_chain
    from rag.question import check_question
    from rag.schema import Question

    check_question(options.question, rag.question_characters)
    with open_chain(ingest, rag) as chain:
        answer = chain.invoke(Question(options.question))
    if options.json:
        print(json.dumps(answer.to_json(), ensure_ascii=False, indent=2))
    else:
        print(describe(answer, show_passages=options.show_passages))
    return 0


def describe(answer: "Answer", *, show_passages: bool = False) -> str:
    """Return an answer as text for a terminal."""
    from rag.markdown import NEAREST_SHOWN, show_marks
    from rag.phrases import UNANSWERED

    marked = [
        (f"\n\n{sentence.heading}\n" if sentence.heading else "")
        + ("\n- " if sentence.item else " ")
        + _OTHERS_MARK.sub(r"(\1)", sentence.text)
        + f" {show_marks(sentence)}"
        for sentence in answer.sentences
    ]
    lines = ["".join(marked).strip() or answer.text]
    for part in answer.unanswered:
        lines += ["", UNANSWERED[answer.language].format(question=part)]
    if answer.calculation:
        lines += [""]
        lines += [
            f"    {one.name} = {one.words}" + (f" [{one.citation}]" if one.citation else "")
            for one in answer.calculation.operands
        ]
    for correction in answer.corrections:
        source = ", ".join(filter(None, [correction.authority, correction.url]))
        lines += ["", f"[{correction.mark}] {correction.id}: {source}"]
    for citation in answer.citations:
        quote = " ".join(citation.quote.split())
        place = _place(citation.document, citation.page, answer.language)
        place += f", {citation.date}" if citation.date else ""
        lines += ["", f"[{citation.number}] {place}", f"    “{quote}”"]
    if (answer.abstained or show_passages) and answer.passages:
        lines += ["", NEAREST[answer.language]]
        for passage in answer.passages[: None if show_passages else NEAREST_SHOWN]:
            start = shorten(passage.text, 160, placeholder=" …")
            place = _place(passage.document, passage.page, answer.language)
            lines.append(f"  {place} ({passage.score:.2f}): {start}")
    return "\n".join(printable(line) for line in lines)


def _place(document: str, page: int | None, language: "Language") -> str:
    if page is None:
        return document
    return f"{document}，第{page}页" if language == "zh" else f"{document}, page {page}"


def _batch(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:
    from rag.batch import answer_batch, read_batch
    from rag.chain import open_chain

    items = read_batch(options.input)
    with open_chain(ingest, rag) as chain:
        failed = answer_batch(chain, items, options.output)
    print(f"{len(items)} questions, {failed} failed: {options.output}", file=sys.stderr)
    return 1 if failed else 0


def _calc(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:  # noqa: ARG001
    from rag.calculator import calculate

    print(calculate(options.expression, unit=options.unit))
    return 0


def _check_arithmetic(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:  # noqa: ARG001
    from ingest.store import Store
    from rag.arithmetic import check_arithmetic

    with Store(ingest) as store:
        document = store.manifest.document(options.name)
    if document is None:
        raise RagError(f"There is no document {options.name} in the store.")
    checked = list(check_arithmetic(document))
    for one in checked:
        sign = "consistent" if one.is_right else "WRONG"
        print(printable(f"{sign}: “{one.words}”, as {one.working} = {one.value}"))
        print(printable(f"    at character {one.start}: {shorten(one.sentence, 200)}"))
    wrong = sum(not one.is_right for one in checked)
    print(f"{len(checked)} results recomputed, {wrong} wrong.", file=sys.stderr)
    return 1 if wrong else 0


def _audit(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:  # noqa: ARG001
    from dataclasses import asdict

    from ingest.embed import Embedder
    from ingest.manifest import Manifest
    from rag.audit import audit

    manifest = Manifest(ingest.store)
    manifest.require()
    documents = filter(None, map(manifest.document, manifest.hashes()))
    found = audit(
        documents,
        lambda name: list(manifest.chunks(manifest.chunk_ids([name])).values()),
        Embedder(ingest.embedding_model).embed_documents,
    )
    shown = found[: max(options.limit, 0)]
    if options.json:
        print(json.dumps([asdict(one) for one in shown], ensure_ascii=False, indent=2))
        return 0
    for number, one in enumerate(shown, 1):
        print(printable(f"{number}. {one.kind} ({one.weight:.2f}): {one.why}"))
        for side in one.sides:
            words = shorten(" ".join(side.text.split()), 300, placeholder=" …")
            print(printable(f"    {side.document}, at character {side.start}: “{words}”"))
    print(
        f"{len(shown)} of {len(found)} places to look at. Nothing of this corrects anything: "
        "`python -m rag errata add` does.",
        file=sys.stderr,
    )
    return 0


def _mcp(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:  # noqa: ARG001
    from rag.chain import open_chain
    from rag.mcp_server import build_mcp_server

    with open_chain(ingest, rag) as chain:
        build_mcp_server(lambda asked, _: chain.invoke(asked), lambda: chain.retriever).run()
    return 0


def _errata(ingest: IngestSettings, rag: RagSettings, options: argparse.Namespace) -> int:  # noqa: ARG001
    return run_errata(ingest, options)


COMMANDS = {
    "ask": _ask,
    "batch": _batch,
    "calc": _calc,
    "check-arithmetic": _check_arithmetic,
    "errata": _errata,
    "audit": _audit,
    "mcp": _mcp,
}


if __name__ == "__main__":
    sys.exit(main())
