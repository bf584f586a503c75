"""How often a question's paragraph of XQuAD is found first, and among five, by each way of search.

    python -m tests.rag.recall DATA --across 100 --seed 5

DATA is a folder with `xquad/` as it is published. A paragraph is a document. In English and in
Chinese all questions are asked, in one run of the product, of its two searches alone and of
LangChain's default; `--across` asks so many Chinese questions over the English paragraphs, as they
are and as the product does, with the chat model's translation. 95 % intervals in brackets.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from evals.bench import plain_store
from ingest.embed import Embedder
from ingest.settings import IngestSettings, load_environment
from ingest.store import Store
from ingest.sync import sync
from rag.chain import Chain
from rag.chat_model import ChatModel
from rag.retrieve import Retriever
from rag.schema import Question
from rag.settings import RagSettings
from tests.rag.opinions import show

DEPTHS = (1, 5)
SEARCHED = 20
"""How many chunks are searched for, of which the first of each paragraph counts."""
Search = Callable[[str], Sequence[str]]
"""Query -> names of documents, one for each of the best chunks."""


def read_paragraphs(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the name, the text and the questions of each paragraph, in the order of the file."""
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    paragraphs = (one for article in articles for one in article["paragraphs"])
    for number, paragraph in enumerate(paragraphs):
        questions = [asked["question"] for asked in paragraph["qas"]]
        yield f"{number:03}.txt", paragraph["context"], questions


def fill(folder: Path, paragraphs: Mapping[str, str], embedder: Embedder) -> Store:
    """Return a store of paragraphs as documents."""
    (folder / "documents").mkdir(parents=True)
    for name, text in paragraphs.items():
        (folder / "documents" / name).write_text(text, encoding="utf-8")
    store = Store(IngestSettings(folder, folder / "store"), create=True)
    sync(store, lambda: embedder)
    return store


def ways_of_search(store: Store, embedder: Embedder, folder: Path) -> dict[str, Search]:
    """Return the product's search, its two alone, and LangChain's default."""
    retriever = Retriever(store, embedder)
    plain = plain_store(store, embedder, folder / "plain")
    return {
        "the product": lambda query: [one.document for one in retriever.retrieve(query, SEARCHED)],
        "vectors alone": lambda query: [
            hit.chunk.document for hit in store.search(embedder.embed_query(query), SEARCHED)
        ],
        "BM25 alone": lambda query: [
            chunk.document for chunk, _ in store.search_terms(query, SEARCHED)
        ],
        "LangChain's default": lambda query: [
            found.metadata["source"] for found in plain.similarity_search(query, k=SEARCHED)
        ],
    }


def tell(name: str, search: Search, asked: Sequence[tuple[str, str]]) -> None:
    """Print how often the paragraph of each question is among the first ones found."""
    found = [(list(dict.fromkeys(search(query))), name) for query, name in asked]
    shares = [
        f"recall@{depth} {show(name, [right in names[:depth] for names, right in found])}"
        for depth in DEPTHS
    ]
    print(f"  {name:36} {'  '.join(shares)}", flush=True)


def main() -> int:
    """Print the shares, by language and way of search."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--across", type=int, default=100)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    load_environment()
    embedder = Embedder("local")
    asked: dict[str, list[tuple[str, str]]] = {}
    with tempfile.TemporaryDirectory() as made:
        stores: dict[str, Store] = {}
        for language in ("en", "zh"):
            read = list(read_paragraphs(options.data / "xquad" / f"xquad.{language}.json"))
            asked[language] = [(question, name) for name, _, all_ in read for question in all_]
            folder = Path(made, language)
            texts = {name: text for name, text, _ in read}
            store = stores[language] = fill(folder, texts, embedder)
            print(f"{language}, {len(asked[language])} questions, {len(texts)} paragraphs")
            for way, search in ways_of_search(store, embedder, folder).items():
                tell(way, search, asked[language])
        sample = random.Random(options.seed).sample(asked["zh"], options.across)
        print(f"zh to en, {len(sample)} questions")
        chat_model = ChatModel(RagSettings())
        retriever = Retriever(stores["en"], embedder)
        chain = Chain(retriever, chat_model, replace(RagSettings(), passages=SEARCHED))

        def search_translated(query: str) -> list[str]:
            understood = chain._understand(query, "zh", Question(query))
            translation = chain._translate(understood, chain._search(understood))
            found = chain._search(replace(understood, translation=translation))
            return [passage.document for passage in found]

        for way, search in ways_of_search(stores["en"], embedder, Path(made, "across")).items():
            tell(way, search, sample)
        tell("the product, with the translation", search_translated, sample)
        chat_model.close()
        for store in stores.values():
            store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
