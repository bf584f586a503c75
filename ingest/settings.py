"""Settings of ingest: values with their defaults. Only entry points read the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from ingest.errors import SettingsError

STORE = ".sic"


def load_environment() -> Mapping[str, str]:
    """Read `.env` of the working folder into the environment and return it.

    Call this first at every entry point: it also keeps OpenMP threads from spinning while
    they wait, which makes everything on two busy cores several times slower, and libgomp
    reads that setting only once, when it is loaded.
    """
    from dotenv import load_dotenv

    load_dotenv(Path(".env"))
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    return os.environ


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Where the corpus and the store are, and what embeds and holds the chunks."""

    corpus: Path = Path("corpus")
    store: Path = Path("corpus", STORE)
    embedding_model: str = "local"
    chroma_url: str | None = None
    chunk_tokens: int = 128

    @property
    def documents(self) -> Path:
        """The folder of the user's documents."""
        return self.corpus / "documents"

    @property
    def errata(self) -> Path:
        """The file of the corpus's known errors."""
        return self.corpus / "errata.yaml"

    @property
    def proposed_errata(self) -> Path:
        """What readers proposed, which corrects nothing until it is accepted."""
        return self.corpus / "errata-proposed.yaml"

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str], corpus: Path | None = None, store: Path | None = None
    ) -> Self:
        """Read `SIC_*`; values given on the command line win. Raises SettingsError."""
        default = cls()
        corpus = corpus or Path(environment.get("SIC_CORPUS") or default.corpus)
        return cls(
            corpus=corpus,
            store=store or Path(environment.get("SIC_STORE") or corpus / STORE),
            embedding_model=environment.get("SIC_EMBEDDING_MODEL") or default.embedding_model,
            chroma_url=check_url("SIC_CHROMA_URL", environment.get("SIC_CHROMA_URL")),
            chunk_tokens=read_whole_number(
                environment, "SIC_CHUNK_TOKENS", default.chunk_tokens, 32, 480
            ),
        )


def read_whole_number(
    environment: Mapping[str, str], name: str, default: int, lowest: int, highest: int
) -> int:
    """Return a whole number from the environment. Raises SettingsError outside its bounds."""
    text = environment.get(name)
    if not text:
        return default
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise SettingsError(f"{name} is {text!r}: give a whole number from {lowest} to {highest}.")
    return int(text)


def check_url(name: str, text: str | None) -> str | None:
    """Return an http(s) URL or nothing. Raises SettingsError for anything else."""
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"{name} is {text!r}: give an address such as http://127.0.0.1:8000.")
    return text
