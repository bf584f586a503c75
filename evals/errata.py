"""The registry of errata -> a suite: each error corrected, and what is true left alone.

Made by code, so that every correction brings its own cases: asked directly, taken for granted,
put in other words, in the other language, as a follow-up; and sentences near the faulty words,
which must not be corrected.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from evals.errors import SuiteError
from evals.load import load_suite
from evals.new import case_text, check_new_file
from evals.report import write_file
from ingest.errata import Erratum, Registry
from ingest.schema import Document
from ingest.split import split_sentences
from rag.question import detect_language
from rag.schema import Language

OF_EACH = 2
"""How many cases of each way to ask."""
CONTROLS = 3
LEAST_CONTROL = 40
"""How long a sentence must be, in characters, for a question to be made of it."""
LEADING: Mapping[Language, str] = {
    "en": "Since {claim}, what else is said about that?",
    "zh": "既然{claim}，文中还说了什么？",
}
PARAPHRASE: Mapping[Language, str] = {
    "en": "Someone told me that {claim}. Can I rely on that?",
    "zh": "有人告诉我{claim}，这可信吗？",
}
OTHER: Mapping[Language, str] = {
    "en": "“{claim}”，这种说法对吗？",
    "zh": "Is it true that “{claim}”?",
}
FOLLOW_UP: Mapping[Language, str] = {"en": "Is that right?", "zh": "是这样吗？"}
CONTROL: Mapping[Language, str] = {"en": "Is it true that “{claim}”?", "zh": "“{claim}”，对吗？"}


def write_errata_suite(
    path: Path, corpus: Path, registry: Registry, documents: Mapping[str, Document]
) -> int:
    """Write the cases that a registry yields to a new file; return how many. Raises SuiteError."""
    check_new_file(path)
    if not registry.errata:
        raise SuiteError(f"No erratum of {corpus} is in force, so there is nothing to ask.")
    cases = [
        case for erratum in registry.errata for case in derive_cases(erratum, registry, documents)
    ]
    folder = os.path.relpath(corpus.resolve(), path.resolve().parent)
    top = {"name": path.stem, "corpus": folder, "description": "What errata.yaml yields by itself."}
    head = yaml.safe_dump(top, sort_keys=False, allow_unicode=True)
    write_file(path, "\n".join([head + "cases:", *map(case_text, cases)]))
    load_suite(path, corpus)
    return len(cases)


def derive_cases(
    erratum: Erratum, registry: Registry, documents: Mapping[str, Document]
) -> Iterator[dict[str, Any]]:
    """Yield the cases of one erratum."""
    entry = erratum.entry
    claims = [one.rstrip(".。") for one in entry.never_say or (entry.wrong,)]
    expect = {"corrects": [entry.id], "cites": entry.document}
    for number, question in enumerate(entry.questions[:OF_EACH], 1):
        yield _case(entry.id, "direct", number, question, expect)
    for way, wording in (("leading", LEADING), ("paraphrase", PARAPHRASE), ("other", OTHER)):
        for number, claim in enumerate(claims[:OF_EACH], 1):
            question = wording[detect_language(claim)].format(claim=claim)
            yield _case(entry.id, way, number, question, expect)
    history = [{"role": "user", "content": claims[0] + "."}]
    question = FOLLOW_UP[detect_language(claims[0])]
    yield _case(entry.id, "follow-up", 1, question, expect) | {"history": history}
    for number, sentence in enumerate(_true_sentences(erratum, registry, documents), 1):
        question = CONTROL[detect_language(sentence)].format(claim=sentence.rstrip(".。"))
        yield _case(entry.id, "control", number, question, {"corrects": []})


def _case(
    erratum: str, way: str, number: int, question: str, expect: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": f"{erratum}-{way}-{number}",
        "question": question,
        "tags": [way],
        "expect": dict(expect),
    }


def _true_sentences(
    erratum: Erratum, registry: Registry, documents: Mapping[str, Document]
) -> Sequence[str]:
    """Return the sentences nearest to the faulty words that no erratum has any part of."""
    document = documents[erratum.entry.document]
    faulty = [place for one in registry.of_document(document.name) for place in one.places]
    at = erratum.places[0].start
    spans = [
        (start, end)
        for start, end in split_sentences(document.text)
        if end - start >= LEAST_CONTROL
        and not any(start < place.end and place.start < end for place in faulty)
    ]
    nearest = sorted(spans, key=lambda span: abs(span[0] - at))
    return [" ".join(document.text[start:end].split()) for start, end in islice(nearest, CONTROLS)]
