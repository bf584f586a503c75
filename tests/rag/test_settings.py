"""A wrong setting is a clear error at start."""

from pathlib import Path

import pytest

from ingest.errors import SettingsError
from ingest.settings import IngestSettings
from rag.chat_model import ChatModel
from rag.settings import RagSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIC_PASSAGES", "many"),
        ("SIC_PASSAGES", "0"),
        ("SIC_ANSWER_TOKENS", "-5"),
        ("SIC_CHAT_BASE_URL", "localhost:8000"),
    ],
)
def test_a_value_that_cannot_work_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        RagSettings.from_environment({name: value})


def test_ingest_settings_name_theirs() -> None:
    with pytest.raises(SettingsError, match="SIC_CHROMA_URL"):
        IngestSettings.from_environment({"SIC_CHROMA_URL": "chroma"})
    with pytest.raises(SettingsError, match="SIC_CHUNK_TOKENS"):
        IngestSettings.from_environment({"SIC_CHUNK_TOKENS": "5000"})


def test_each_corpus_has_a_store_of_its_own_unless_told_otherwise() -> None:
    assert IngestSettings().store == IngestSettings.from_environment({}).store
    papers = IngestSettings.from_environment({}, corpus=Path("papers"))
    assert papers.store == Path("papers", ".sic")
    told = IngestSettings.from_environment({"SIC_CORPUS": "papers", "SIC_STORE": "elsewhere"})
    assert told.store == Path("elsewhere")


@pytest.mark.parametrize("name", ["nonsense", "nobody:gpt", "anthropic:claude-x"])
def test_a_chat_model_that_cannot_be_made_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match="SIC_CHAT_MODEL"):
        ChatModel(RagSettings(chat_model=name))
