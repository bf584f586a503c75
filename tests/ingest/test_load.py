"""Files become documents with exact text, or say why not."""

import os
from pathlib import Path

import pytest

from ingest.errors import LoadError
from ingest.load import Loader
from ingest.schema import Document


def load_document(path: Path, name: str) -> Document:
    with Loader() as loader:
        return loader.load(path, name)


def load(folder: Path, content: str | bytes, name: str = "a.txt") -> Document:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_document(path, name)


def test_front_matter_becomes_metadata_and_is_not_text(tmp_path: Path) -> None:
    document = load(
        tmp_path, "---\ntitle: On Ice\ndate: 2023-09-15 09:26:26\ntags:\n  - a\n  - b\n---\nBody.\n"
    )
    assert document.text == "Body.\n"
    assert document.title == "On Ice"
    assert document.metadata == {"title": "On Ice", "date": "2023-09-15 09:26:26", "tags": "a, b"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("---\ntitle: [open\n---\nBody.", "broken at line 3"),
        ("---\ntitle: a: b\n---\nBody.", "broken at line 2"),
        ("---\ndate: 2023-13-45\n---\nBody.", "broken"),
        ("---\ntitle: never closed\nBody.", "never closed"),
        ("---\nx: !!python/object/apply:os.getpid []\n---\nBody.", "broken at line 2"),
        ("---\na: " + "[" * 5000 + "\n---\nBody.", "broken"),
        ("", "empty"),
        (" \n\t\n", "empty"),
        ("---\ntitle: only this\n---\n", "empty"),
        (b"caf\xe9", r"byte 0xe9 at 3\), and which encoding it is cannot be told"),
        (b"a\0b", "NUL character at 1"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    with pytest.raises(LoadError, match=reason):
        load(tmp_path, content)


def test_a_rule_at_the_top_is_no_front_matter(tmp_path: Path) -> None:
    text = "---\nJust a line between rules.\n---\nMore."
    assert load(tmp_path, text).text == text


def test_yaml_aliases_are_not_multiplied_out(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert load(tmp_path, f"---\n{bomb}---\nBody.").metadata == {"a": "x, x"}


def test_line_ends_and_byte_order_mark_are_normalised(tmp_path: Path) -> None:
    assert load(tmp_path, b"\xef\xbb\xbfone\r\ntwo\rthree").text == "one\ntwo\nthree"


def test_the_first_line_that_stands_alone_is_the_title(tmp_path: Path) -> None:
    assert load(tmp_path, "\n# A Title\n\nText.").title == "A Title"
    assert load(tmp_path, "A Plain Title\n\nText.").title == "A Plain Title"
    assert load(tmp_path, "This is the first sentence.\n\nText.").title == "a.txt"
    assert load(tmp_path, "No title here, just a paragraph\nof two lines.").title == "a.txt"


def test_form_feeds_divide_pages(tmp_path: Path) -> None:
    document = load(tmp_path, "one\ftwo\fthree")
    assert document.pages == (0, 4, 8)
    assert [document.page_at(offset) for offset in (0, 3, 4, 9)] == [1, 1, 2, 3]


def test_only_known_formats_and_regular_files_are_read(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"\.xyz is not read"):
        load(tmp_path, "text", "a.xyz")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(LoadError, match="not a regular file"):
        load_document(tmp_path / "pipe.txt", "pipe.txt")
    (tmp_path / "link.txt").symlink_to("/etc/hostname")
    with pytest.raises(LoadError, match="not a regular file"):
        load_document(tmp_path / "link.txt", "link.txt")
    with pytest.raises(LoadError, match="cannot be read"):
        load_document(tmp_path / "gone.txt", "gone.txt")
