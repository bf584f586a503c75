"""Retrieval finds by meaning and by words, and follows the manifest."""

from collections.abc import Iterator

import pytest

from ingest.embed import Embedder
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import sync
from rag.retrieve import Retriever

TEXTS = {
    "lamp.txt": "The lamp of the tower is of type FL-7731.\n\nIt is lit at dusk.",
    "oil.txt": "Twelve barrels of oil last the keeper a winter.",
    "boat.txt": "The supply boat comes on the first day of each month.",
    "zh.txt": "灯塔的看守人每晚点灯。\n\n补给船每月一日到达。",
    "hostile.txt": "\" OR 1=1 NEAR(oil*) text:oil -- ' ;",
}


@pytest.fixture
def retriever(settings: IngestSettings, embedder: Embedder) -> Iterator[Retriever]:
    for name, text in TEXTS.items():
        (settings.documents / name).write_text(text, encoding="utf-8")
    with Store(settings, create=True) as store:
        sync(store, lambda: embedder)
        yield Retriever(store, embedder)


def found(retriever: Retriever, query: str, count: int = 1) -> list[str]:
    return [passage.document for passage in retriever.retrieve(query, count)]


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("FL7731", "lamp.txt"),
        ("How often are goods delivered by sea?", "boat.txt"),
        ("What lasts the keeper a winter?", "oil.txt"),
        ("补给船什么时候到？", "zh.txt"),
        ("补给", "zh.txt"),
    ],
)
def test_it_finds_by_words_and_by_meaning(retriever: Retriever, query: str, document: str) -> None:
    assert found(retriever, query) == [document]


@pytest.mark.parametrize("query", ['"', "oil*", "NEAR(oil lamp)", "-- ;", "text:oil", "\x00", "*"])
def test_no_query_is_an_expression_of_the_index(retriever: Retriever, query: str) -> None:
    assert len(found(retriever, query, 5)) == len(TEXTS)


def test_a_removed_or_edited_document_is_found_by_neither_search(
    retriever: Retriever, embedder: Embedder
) -> None:
    store = retriever.store
    (store.settings.documents / "lamp.txt").unlink()
    (store.settings.documents / "oil.txt").write_text("Candles are made of beeswax.")
    sync(store, lambda: embedder)
    for word in ("FL-7731", "barrels"):
        assert not store.search_terms(word, 5), word
    assert [chunk.document for chunk, _ in store.search_terms("beeswax candle", 5)] == ["oil.txt"]
    assert "lamp.txt" not in found(retriever, "What type is the lamp?", 5)


def test_titles_and_names_of_files_are_searched(retriever: Retriever, embedder: Embedder) -> None:
    folder = retriever.store.settings.documents
    (folder / "Quarterly-2031.txt").write_text(
        "---\ntitle: Ledger of Harrowgate\n---\nAll is well."
    )
    sync(retriever.store, lambda: embedder)
    for word in ("harrowgate", "2031"):
        hits = retriever.store.search_terms(word, 5)
        assert [chunk.document for chunk, _ in hits] == ["Quarterly-2031.txt"], word


def test_a_passage_that_repeats_another_is_left_out(
    retriever: Retriever, embedder: Embedder
) -> None:
    folder = retriever.store.settings.documents
    (folder / "oil-copy.txt").write_text(TEXTS["oil.txt"].replace("Twelve", "TWELVE  ") + "\n")
    (folder / "oil-other.txt").write_text(TEXTS["oil.txt"].replace("Twelve", "Ninety"))
    sync(retriever.store, lambda: embedder)
    names = found(retriever, "How many barrels of oil last a winter?", 10)
    assert len({"oil.txt", "oil-copy.txt"} & set(names)) == 1
    assert "oil-other.txt" in names, "one other word is another statement"


def test_only_the_documents_asked_for_are_searched(retriever: Retriever) -> None:
    passages = retriever.retrieve("FL-7731", 5, ("boat.txt", "zh.txt"))
    assert {passage.document for passage in passages} == {"boat.txt", "zh.txt"}
    assert not retriever.retrieve("FL-7731", 5, ("gone.txt",))
