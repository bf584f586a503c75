"""Answers where an answer is, and abstention where none is, on a set in SQuAD's format.

Each sampled question is asked twice of an index over all paragraphs: as it is, and with its own
paragraph hidden, so that only its neighbours are found, which speak of the same things and do not
answer it. Source of the format: Rajpurkar et al., SQuAD (2016); XQuAD: Artetxe et al. (2020).
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.embed import Embedder
from ingest.errors import SettingsError
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import sync
from rag.chain import Chain
from rag.chat_model import ChatModel
from rag.retrieve import Retriever
from rag.schema import Passage, Question
from rag.settings import RagSettings

EXTRA_PASSAGES = 30


@dataclass(frozen=True, slots=True)
class Item:
    """A question, the accepted answers, and the document that holds them."""

    question: str
    answers: tuple[str, ...]
    document: str


@dataclass(frozen=True, slots=True)
class Abstention:
    """Counts over a sample: what came of the questions with and without their paragraph."""

    asked: int
    answered: int
    right: int
    answered_without: int


class _HidingRetriever(Retriever):
    """Finds passages as if one document were not there."""

    hidden = ""

    def retrieve(self, query: str, count: int) -> tuple[Passage, ...]:
        found = super().retrieve(query, count + EXTRA_PASSAGES)
        return tuple(passage for passage in found if passage.document != self.hidden)[:count]


def measure_abstention(
    path: Path, sample: int, seed: int, ingest: IngestSettings, rag: RagSettings
) -> Abstention:
    """Ask a fixed sample of the questions in `path`. Raises SettingsError if it is no such file."""
    paragraphs, items = _read(path)
    random.Random(seed).shuffle(items)  # noqa: S311 (a fixed sample, no secret)
    with TemporaryDirectory() as folder:
        documents = Path(folder, "documents")
        documents.mkdir()
        for name, text in paragraphs.items():
            (documents / name).write_text(text, encoding="utf-8")
        settings = IngestSettings(Path(folder), Path(folder, "store"), ingest.embedding_model)
        chat_model = ChatModel(rag)
        try:
            with Store(settings, create=True) as store:
                embedder = Embedder(settings.embedding_model)
                sync(store, lambda: embedder)
                retriever = _HidingRetriever(store, embedder)
                return _ask(Chain(retriever, chat_model, rag), retriever, items[:sample])
        finally:
            chat_model.close()


def _ask(chain: Chain, retriever: _HidingRetriever, items: Sequence[Item]) -> Abstention:
    answered = right = answered_without = 0
    for item in items:
        retriever.hidden = ""
        answer = chain.invoke(Question(item.question))
        answered += not answer.abstained
        right += any(text.lower() in answer.text.lower() for text in item.answers)
        retriever.hidden = item.document
        answered_without += not chain.invoke(Question(item.question)).abstained
    return Abstention(len(items), answered, right, answered_without)


def _read(path: Path) -> tuple[dict[str, str], list[Item]]:
    paragraphs: dict[str, str] = {}
    items = []
    try:
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
        for number, article in enumerate(articles):
            for place, paragraph in enumerate(article["paragraphs"]):
                name = f"{number}_{place}.txt"
                paragraphs[name] = paragraph["context"]
                for asked in paragraph["qas"]:
                    answers = tuple(answer["text"] for answer in asked["answers"])
                    items.append(Item(asked["question"], answers, name))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} is not a file in SQuAD's JSON format: {error!r}.") from error
    return paragraphs, items
