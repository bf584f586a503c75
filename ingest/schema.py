"""What flows through ingest: documents, their chunks, and hits of a search."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the corpus as text.

    `name` is the path below `corpus/documents`, with forward slashes. `text` is the body:
    front matter is in `metadata`, line ends are line feeds. Every offset in Sic is an index of
    characters into `text`. `pages` holds the offset at which each page starts; it is empty
    for formats without pages. `sha256` is the hash of the file's bytes.
    """

    name: str
    text: str
    sha256: str
    pages: tuple[int, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The title that the document states, else its name."""
        return self.metadata.get("title") or self.name

    def page_at(self, offset: int) -> int | None:
        """Return the page (from 1) that holds the character at `offset`."""
        return bisect_right(self.pages, offset) if self.pages else None

    def end_of_page(self, page: int) -> int:
        """Return the offset behind a page (from 1)."""
        return (*self.pages, len(self.text))[page]

    @property
    def can_be_drawn(self) -> bool:
        """Whether its pages can be shown as they look."""
        return bool(self.pages) and self.name.lower().endswith(".pdf")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences or table rows of a document: `document.text[start:end] == text`.

    `table_header` is the header row of the table that the chunk begins in the middle of.
    """

    id: str
    document: str
    text: str
    start: int
    end: int
    page: int | None = None
    headings: tuple[str, ...] = ()
    table_header: str = ""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A chunk and its cosine similarity to the query, -1 to 1."""

    chunk: Chunk
    similarity: float
