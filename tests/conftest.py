"""Fixtures with the real models and the real corpus; loading them once serves the whole run."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.embed import Embedder
from ingest.settings import IngestSettings, load_environment
from ingest.store import Store
from ingest.sync import sync
from rag.chain import Chain
from rag.chat_model import ChatModel
from rag.retrieve import Retriever
from rag.settings import RagSettings

ROOT = Path(__file__).parent.parent

for name in [name for name in os.environ if name.startswith("SIC_")]:
    if name not in ("SIC_CACHE", "SIC_REQUIRE_BROWSER"):
        del os.environ[name]
load_environment()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The embedded embedding model."""
    return Embedder("local")


@pytest.fixture
def settings(tmp_path: Path) -> IngestSettings:
    """An empty corpus and no store yet."""
    (tmp_path / "corpus" / "documents").mkdir(parents=True)
    return IngestSettings(corpus=tmp_path / "corpus", store=tmp_path / "store")


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> IngestSettings:
    """A copy of the shipped corpus, so that tests leave no trace in it."""
    folder = tmp_path_factory.mktemp("shipped")
    shutil.copytree(ROOT / "corpus", folder / "corpus", ignore=shutil.ignore_patterns(".sic"))
    return IngestSettings(corpus=folder / "corpus", store=folder / "store")


@pytest.fixture(scope="session")
def shipped_store(shipped: IngestSettings, embedder: Embedder) -> Iterator[Store]:
    """The shipped corpus, synced."""
    with Store(shipped, create=True) as store:
        sync(store, lambda: embedder)
        yield store


@pytest.fixture(scope="session")
def chat_model() -> Iterator[ChatModel]:
    """The embedded chat model; what it reads of its examples is kept for processes of tests."""
    model = ChatModel(RagSettings())
    list(model.rehearse())
    yield model
    model.close()


@pytest.fixture(scope="session")
def chain(shipped_store: Store, embedder: Embedder, chat_model: ChatModel) -> Chain:
    """The real chain over the shipped corpus with the embedded models."""
    return Chain(Retriever(shipped_store, embedder), chat_model, RagSettings())


@pytest.fixture
def chain_over(
    settings: IngestSettings, embedder: Embedder, chat_model: ChatModel
) -> Iterator[Callable[..., Chain]]:
    """What makes a chain with the real models over documents of some texts, by name."""
    with Store(settings, create=True) as store:

        def over(**texts: str) -> Chain:
            for name, text in texts.items():
                path = settings.corpus / "documents" / f"{name}.txt"
                path.write_text(text, encoding="utf-8")
            sync(store, lambda: embedder)
            return Chain(Retriever(store, embedder), chat_model, RagSettings())

        yield over
