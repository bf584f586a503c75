"""Files become documents with exact text, or say why not."""

import io
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from pypdfium2 import PdfDocument

from ingest.errors import LoadError
from ingest.formats.pdf_page import Box, PageImage, render_page
from ingest.load import Loader
from ingest.schema import Document
from ingest.split import split_sentences


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


SAMPLES = Path(__file__).parent / "files"


def ink_under(drawn: PageImage, boxes: Sequence[Box]) -> float:
    """Return the share of dark pixels in boxes of a page's picture."""
    image = Image.open(io.BytesIO(drawn.image)).convert("L")
    dark = total = 0
    for box in boxes:
        left, top = box.left * drawn.width, box.top * drawn.height
        edges = (left, top, left + box.width * drawn.width, top + box.height * drawn.height)
        counts = image.crop(tuple(map(round, edges))).histogram()
        dark, total = dark + sum(counts[:128]), total + sum(counts)
    return dark / total


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.pdf")))
def test_each_sentence_of_a_pdf_is_found_on_its_page_as_it_looks(name: str) -> None:
    with Loader() as loader:
        document = loader.load(SAMPLES / name, name)
        for page, first in enumerate(document.pages, 1):
            end = document.end_of_page(page)
            spans = [
                (first + start, first + stop)
                for start, stop in split_sentences(document.text[first:end])
            ]
            drawn = loader.draw(SAMPLES / name, document, page, spans)
            assert len(drawn.boxes) == len(spans)
            for boxes in drawn.boxes:
                assert ink_under(drawn, boxes) > 0.02


def test_words_on_a_page_that_is_turned_are_found(tmp_path: Path) -> None:
    source = PdfDocument(SAMPLES / "en-columns.pdf")
    source[0].set_rotation(90)
    path = tmp_path / "turned.pdf"
    source.save(path)
    with Loader() as loader:
        document = loader.load(path, "turned.pdf")
        start = document.text.index("10,959 litres")
        drawn = loader.draw(path, document, 1, [(start, start + 13)])
    assert drawn.width > drawn.height
    boxes = drawn.boxes[0]
    tall = sum(box.height * drawn.height for box in boxes)
    assert tall > 3 * max(box.width * drawn.width for box in boxes), "the line goes up the page"
    assert ink_under(drawn, boxes) > 0.02


def test_a_page_that_cannot_be_drawn_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes((SAMPLES / "en-office.pdf").read_bytes())
    with Loader() as loader:
        document = loader.load(path, "a.pdf")
        with pytest.raises(LoadError, match="no page 9"):
            loader.draw(path, document, 9, [])
        path.write_bytes((SAMPLES / "en-columns.pdf").read_bytes())
        with pytest.raises(LoadError, match="changed"):
            loader.draw(path, document, 1, [])
        path.write_bytes(b"%PDF-1.4 nothing")
        with pytest.raises(LoadError, match="cannot be drawn"):
            loader.draw(path, document, 1, [])
        assert loader.load(SAMPLES / "en-office.pdf", "b.pdf").text == document.text


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


@pytest.mark.parametrize("size", [(100, 14_400), (14_400, 100)])
def test_a_page_of_any_shape_is_drawn(size: tuple[int, int]) -> None:
    made = PdfDocument.new()
    made.new_page(*size)
    data = io.BytesIO()
    made.save(data)
    drawn = render_page(data.getvalue(), 1, "", [])
    assert (drawn.width > drawn.height) == (size[0] > size[1])
