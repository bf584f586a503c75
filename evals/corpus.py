"""The corpus of a suite: where it is, and its documents as its files are now."""

import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path

from evals.schema import Suite
from ingest.errors import LoadError
from ingest.folder import list_documents
from ingest.load import Loader
from ingest.schema import Document


def corpus_folder(suite: Suite, file: Path, default: Path) -> Path:
    """Return the folder of a suite's corpus: its own, beside its file, or the default one."""
    return (file.parent / suite.corpus).resolve() if suite.corpus else default.resolve()


class CorpusDocuments(Mapping[str, Document]):
    """The documents of a corpus by name, each read from its file when it is first asked for.

    Not from the store: what the store serves is measured against the files. Raises SettingsError
    if there is no such corpus, and KeyError for a document that is not there or cannot be read.
    """

    def __init__(self, corpus: Path) -> None:
        self._folder = corpus / "documents"
        self._names = frozenset(list_documents(self._folder))
        self._read: dict[str, Document] = {}
        self._loader = Loader()
        weakref.finalize(self, self._loader.close)

    def __getitem__(self, name: str) -> Document:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._read:
            try:
                self._read[name] = self._loader.load(self._folder / name, name)
            except LoadError as error:
                raise KeyError(name) from error
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)
