"""`errata.yaml`: the known errors of the corpus, each with what is right and who says so.

Read strictly, and anchored by the faulty words themselves, so that they are found again however a
document is cut or its parts are moved. Only this file corrects: a document that says so itself
is text like any other. An erratum whose words are not in its document any more is stale: it is
reported, and does nothing; the others stay in force.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingest.errors import ErrataError
from ingest.manifest import Manifest
from ingest.schema import Document
from ingest.settings import IngestSettings
from ingest.split import split_sentences
from ingest.strict_yaml import (
    Location,
    Problem,
    Source,
    explain,
    parse_yaml,
    raise_problems,
    read_text,
)
from ingest.terms import find_stems

MOST_BYTES = 4 * 1024 * 1024
ErratumKind = Literal["error", "qualifies"]
"""An error is wrong; what is qualified is right within limits, which the correction states."""


class ErratumEntry(BaseModel):
    """An erratum as it stands in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=60)
    document: str = Field(min_length=1)
    kind: ErratumKind = "error"
    wrong: str = Field(min_length=1, max_length=2000)
    also: tuple[str, ...] = ()
    right: dict[Literal["en", "zh"], Annotated[str, Field(max_length=2000)]]
    never_say: tuple[str, ...] = ()
    authority: str = Field(min_length=1, max_length=500)
    url: str = Field(default="", max_length=2000)
    checked: date | None = None
    questions: tuple[str, ...] = ()

    @field_validator("right", mode="before")
    @classmethod
    def _name_language(cls, value: object) -> object:
        if isinstance(value, str):
            return {"zh" if re.search(r"[\u4e00-\u9fff]{8}", value) else "en": value}
        return value

    @field_validator("right")
    @classmethod
    def _check_right(cls, value: dict[str, str]) -> dict[str, str]:
        if not value or not all(text.strip() for text in value.values()):
            raise ValueError("say what is right, as a text or as `en:` and `zh:`")
        return value

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or " " in value):
            raise ValueError("give an address that begins with https:// or http://")
        return value

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        if not all(text.strip() for text in (*self.words, *self.never_say, *self.questions)):
            raise ValueError("a text in it is empty")
        return self

    @property
    def words(self) -> tuple[str, ...]:
        """The faulty words of all its places."""
        return (self.wrong, *self.also)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    errata: tuple[ErratumEntry, ...]


@dataclass(frozen=True, slots=True)
class FaultyWords:
    """Where faulty words stand: `document.text[start:end] == text`."""

    document: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Erratum:
    """An erratum in force, with the places of its faulty words, the first of them `wrong`."""

    entry: ErratumEntry
    places: tuple[FaultyWords, ...]

    @property
    def id(self) -> str:
        """Its name in the file."""
        return self.entry.id

    def right_in(self, language: str) -> str:
        """Return what is right in a language, or in the one that there is."""
        texts = {str(of): text for of, text in self.entry.right.items()}
        return texts.get(language) or next(iter(texts.values()))


@dataclass(frozen=True, slots=True)
class Registry:
    """The errata in force, and what is wrong with the rest, a sentence each."""

    errata: tuple[Erratum, ...] = ()
    problems: tuple[str, ...] = ()

    def of_document(self, name: str) -> list[Erratum]:
        """Return the errata of a document."""
        return [one for one in self.errata if one.entry.document == name]

    def has_error(self, name: str, start: int, end: int) -> bool:
        """Tell whether words that are known to be wrong stand in a part of a document."""
        return any(
            place.document == name and place.start < end and start < place.end
            for one in self.errata
            if one.entry.kind == "error"
            for place in one.places
        )


@dataclass(frozen=True, slots=True)
class ErrataFile:
    """The entries of a file that was read, and its text."""

    source: Source
    entries: tuple[ErratumEntry, ...]
    text: str

    def line(self, entry: ErratumEntry, *where: str | int) -> int:
        """Return the line (from 1) of an entry or a part of it."""
        return self.source.line(("errata", self.entries.index(entry), *where))


def read_errata(path: Path) -> ErrataFile:
    """Read a file of errata; one that is not there has none. Raises ErrataError."""
    if not path.is_file():
        return parse_errata(path, "")
    if path.stat().st_size > MOST_BYTES:
        raise ErrataError(f"{path} is more than {MOST_BYTES:,} bytes long.")
    return parse_errata(path, read_text(path, ErrataError))


def parse_errata(path: Path, text: str) -> ErrataFile:
    """Read the text of a file of errata. Raises ErrataError with every line that is wrong."""
    source = parse_yaml(path, text, "errata", ErrataError) or Source(path, {"errata": []})
    if () in source.lines:
        raise_problems(source, [((), "give a list of errata, each with `- id:`.")], ErrataError)
    try:
        entries = _File.model_validate(source.data).errata
    except ValidationError as error:
        details = error.errors(include_url=False)
        parts = {"errata": ErratumEntry}
        problems = [(_place(detail["loc"]), explain(detail, _File, parts)) for detail in details]
        raise_problems(source, problems, ErrataError)
        raise
    raise_problems(source, [*_find_doubles(entries), *_find_self_denials(entries)], ErrataError)
    return ErrataFile(source, entries, text)


def anchor(
    file: ErrataFile, document: Callable[[str], Document | None], names: Sequence[str]
) -> Registry:
    """Find the faulty words in the documents; `names` are those that there are.

    Raises ErrataError if two errata correct the same words.
    """
    errata: list[Erratum] = []
    problems: list[str] = []
    for entry in file.entries:
        held = document(entry.document)
        stale = _find_stale(entry, held, names)
        problems += [
            f"{file.source.path}, line {file.line(entry, *where)}: `{entry.id}` is stale: {what}"
            for where, what in stale
        ]
        if held is not None and not stale:
            places = (place for words in entry.words for place in find_words(held, words))
            errata.append(Erratum(entry, tuple(dict.fromkeys(places))))
    _require_agreement(file, errata)
    return Registry(tuple(errata), tuple(problems))


def find_words(document: Document, words: str) -> Iterator[FaultyWords]:
    """Yield where words stand in a document; runs of spaces and line ends are equal."""
    pattern = re.compile(r"\s+".join(map(re.escape, words.split())))
    for match in pattern.finditer(document.text):
        yield FaultyWords(document.name, match.start(), match.end(), match[0])


def nearest_words(document: Document, words: str) -> str:
    """Return the sentence of a document with the most of some words, or nothing with none."""
    wanted = find_stems(words)
    sentences = (document.text[start:end] for start, end in split_sentences(document.text))
    best = max(sentences, key=lambda one: len(wanted & find_stems(one)), default="")
    return " ".join(best.split()) if wanted & find_stems(best) else ""


class ErrataReader:
    """The registry of a corpus as it is now. Threads may share it.

    It is read again when the file or a document of it changes. A file that cannot be read leaves
    the last good one in force, which is kept in the store for the next start, too.
    """

    def __init__(self, settings: IngestSettings, manifest: Manifest) -> None:
        self.path = settings.errata
        self._last_good = settings.store / "errata-last-good.yaml"
        self._manifest = manifest
        self._read: tuple[object, Registry] = (None, Registry())

    def read(self) -> Registry:
        """Return the registry. Raises StoreError."""
        state = _stamp(self.path), self._manifest.hashes()
        read, registry = self._read
        if state != read:
            registry = self._load(list(state[1]))
            self._read = state, registry
        return registry

    def _load(self, names: Sequence[str]) -> Registry:
        try:
            file = read_errata(self.path)
            registry = anchor(file, self._manifest.document, names)
        except ErrataError as error:
            return self._fall_back(str(error), names)
        try:
            self._keep(file.text)
        except ErrataError as error:  # which is no reason not to correct
            return Registry(registry.errata, (*registry.problems, str(error)))
        return registry

    def _keep(self, text: str) -> None:
        """Keep what was read as the last good one, in a store that there is."""
        if self._last_good.parent.is_dir() and _read_bytes(self._last_good) != text.encode():
            write_whole(self._last_good, text)

    def _fall_back(self, problem: str, names: Sequence[str]) -> Registry:
        try:
            kept = anchor(read_errata(self._last_good), self._manifest.document, names)
        except ErrataError:
            kept = Registry()
        told = f"{problem}\nThe errata as they were before are in force ({len(kept.errata)})."
        return Registry(kept.errata, (told, *kept.problems))


_WRITTEN = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def write_whole(path: Path, text: str, mode: int = 0o666) -> None:
    """Write a file with some permissions, whole or not at all. Raises ErrataError."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(
            os.open(partial, _WRITTEN, mode), "w", encoding="utf-8", newline="\n"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise ErrataError(f"{path} cannot be written: {error.strerror}.") from error


def _place(where: Any) -> Location:
    """Return a place without what pydantic adds for the members of unions."""
    return tuple(part for part in where if part not in ("[key]",))


def _find_doubles(entries: Sequence[ErratumEntry]) -> Iterator[Problem]:
    counts = Counter(entry.id for entry in entries)
    for number, entry in enumerate(entries):
        if counts[entry.id] > 1:
            yield ("errata", number, "id"), f"the id `{entry.id}` stands {counts[entry.id]} times."


def _find_self_denials(entries: Sequence[ErratumEntry]) -> Iterator[Problem]:
    """Yield what one entry gives as right and one says never to say."""
    for number, entry in enumerate(entries):
        for other in entries:
            for claim in other.never_say:
                if any(_folded(claim) in _folded(right) for right in entry.right.values()):
                    of = "" if other is entry else f" of `{other.id}`"
                    yield (
                        ("errata", number, "right"),
                        f"`right` says what `never_say`{of} forbids: “{claim}”.",
                    )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".。")


def _find_stale(
    entry: ErratumEntry, document: Document | None, names: Sequence[str]
) -> list[tuple[tuple[str | int, ...], str]]:
    if document is None:
        near = get_close_matches(entry.document, names, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        return [(("document",), f"there is no document {entry.document}.{hint}")]
    stale: list[tuple[tuple[str | int, ...], str]] = []
    for number, words in enumerate(entry.words):
        if next(find_words(document, words), None) is None:
            near_words = nearest_words(document, words)
            hint = f" Nearest to it is: “{near_words[:300]}”" if near_words else ""
            where = ("also", number - 1) if number else ("wrong",)
            stale.append(
                (where, f"{entry.document} does not have the words “{words[:200]}”.{hint}")
            )
    return stale


def _require_agreement(file: ErrataFile, errata: Sequence[Erratum]) -> None:
    """Raise ErrataError if words of one erratum lie within those of another."""
    placed = sorted(
        (place.document, place.start, place.end, one.id) for one in errata for place in one.places
    )
    entries = {one.id: one.entry for one in errata}
    problems: list[Problem] = []
    for at, (document, _, end, id_) in enumerate(placed):
        for other_document, other_start, _, other in placed[at + 1 :]:
            if other_document != document or other_start >= end:
                break
            if other != id_:
                where = ("errata", file.entries.index(entries[other]))
                problems.append((where, f"`{other}` and `{id_}` correct the same words."))
    raise_problems(file.source, problems, ErrataError)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _read_bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
