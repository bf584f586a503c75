"""Retrieval finds by meaning and by words, and follows the manifest."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from ingest.embed import Embedder
from ingest.errors import SettingsError
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import sync
from rag.chain import Chain
from rag.chat_model import ChatModel
from rag.evidence import key_sentences
from rag.rerank import Reranker
from rag.retrieve import Retriever
from rag.settings import RagSettings
from rag.task import Asked, Task

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


def test_what_a_question_names_is_looked_for_where_it_stands(
    settings: IngestSettings, embedder: Embedder, chat_model: ChatModel
) -> None:
    for number in range(8):
        told = f"Tower {number} was built in {1900 + number}; building it took many hours of work."
        (settings.documents / f"tower{number}.txt").write_text(told)
    named = "FL-7731 is a lamp. The lamp weighs 40 kg."
    (settings.documents / "lamp.txt").write_text(named)
    with Store(settings, create=True) as store:
        sync(store, lambda: embedder)
        chain = Chain(Retriever(store, embedder), chat_model, RagSettings(passages=1))
        asked = Asked(
            "Tower 3 was built in 1903; how many hours of work did building it with FL-7731 take?",
            "en",
            None,
            Task("answer"),
        )
        alone = chain.retriever.retrieve(asked.query, 1)
        assert "lamp.txt" not in {one.document for one in alone}, "else this tests nothing"
        assert {one.document for one in chain._search(asked)} == {"lamp.txt"}


def test_a_walk_goes_through_every_document_in_order(retriever: Retriever) -> None:
    passages = retriever.walk()
    assert {passage.document for passage in passages} == set(TEXTS)
    for one, two in pairwise(passages):
        assert one.document != two.document or one.start < two.start
    assert [passage.document for passage in retriever.walk(["oil.txt"])] == ["oil.txt"]
    assert [item.text for item in key_sentences(retriever.walk(["boat.txt"]), retriever.embedder)]


def test_a_passage_that_refers_back_begins_with_what_it_refers_to(
    settings: IngestSettings, embedder: Embedder
) -> None:
    oil = "The oil of the tower is kept in the cellar behind the third door on the left."
    lasts = (
        "It lasts the keeper and his family through a whole winter of storms and of long nights."
    )
    (settings.documents / "a.md").write_text(f"# Lamps\n\n{oil} {lasts}\n\n## Boats\n\n{lasts}")
    with Store(replace(settings, chunk_tokens=32), create=True) as store:
        sync(store, lambda: embedder)
        document = store.manifest.document("a.md")
        assert document
        chunks = store.manifest.chunks(store.manifest.chunk_ids()).values()
        assert lasts in {chunk.text for chunk in chunks}, "it begins a chunk"
        passages = Retriever(store, embedder).retrieve("How long does it last?", 20)
        assert f"{oil} {lasts}" in {passage.text for passage in passages}
        for passage in passages:
            assert document.text[passage.start : passage.end] == passage.text
            assert lasts not in passage.text or oil in passage.text or "Boats" in passage.text


class ScriptedReranker(Reranker):
    """Prefers the shortest text: the test is about who has the last word."""

    def __init__(self) -> None:
        pass

    def rank(self, query: str, texts: Sequence[str]) -> list[int]:
        return sorted(range(len(texts)), key=lambda at: len(texts[at]))


def test_a_reranker_has_the_last_word(retriever: Retriever) -> None:
    again = Retriever(retriever.store, retriever.embedder, ScriptedReranker())
    shortest = min(again.retrieve("oil", 5), key=lambda passage: len(passage.text))
    assert again.retrieve("oil", 1)[0].text == shortest.text


def test_a_real_cross_encoder_ranks_by_a_setting(retriever: Retriever, tmp_path: Path) -> None:
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "oil", "lamp", "boat", "the"]
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary))
    tokenizer = BertTokenizerFast(str(tmp_path / "vocab.txt"))
    tokenizer.save_pretrained(tmp_path)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    reranker = Reranker.named(str(tmp_path))
    assert reranker
    texts = ["the oil", "the lamp", "the boat"]
    assert sorted(reranker.rank("oil", texts)) == [0, 1, 2]
    again = Retriever(retriever.store, retriever.embedder, reranker)
    assert len(again.retrieve("oil", 3)) == 3


def test_a_reranker_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SIC_RERANKER"):
        Reranker.named(str(tmp_path / "nothing"))
    assert Reranker.named(None) is None


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


def test_a_list_of_sources_comes_after_prose(retriever: Retriever, embedder: Embedder) -> None:
    listed = "Vale, A.: Oil of a keeper's winter. In: Proceedings of Oil, pp. 7-9 (2021)."
    (retriever.store.settings.documents / "sources.txt").write_text(listed)
    sync(retriever.store, lambda: embedder)
    assert found(retriever, "How many barrels of oil last the keeper a winter?", 2)[0] == "oil.txt"
    assert found(retriever, "Vale Proceedings of Oil") == ["sources.txt"]


def test_only_the_documents_asked_for_are_searched(retriever: Retriever) -> None:
    passages = retriever.retrieve("FL-7731", 5, ("boat.txt", "zh.txt"))
    assert {passage.document for passage in passages} == {"boat.txt", "zh.txt"}
    assert not retriever.retrieve("FL-7731", 5, ("gone.txt",))
