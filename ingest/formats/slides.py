"""Slides -> text; a slide is a page."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from ingest.errors import LoadError
from ingest.formats.archive import open_archive
from ingest.formats.extract import Extract, as_table, join_pages
from ingest.formats.word import office_metadata


def read_pptx(data: bytes, encoding: str | None) -> Extract:  # noqa: ARG001
    """Read a presentation: titles as headings, text, tables and speaker notes."""
    from pptx import Presentation
    from pptx.exc import PackageNotFoundError

    with open_archive(data) as archive:
        metadata = office_metadata(archive)
    try:
        slides = Presentation(BytesIO(data)).slides
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise LoadError(f"It is damaged, or no presentation: {error}.") from error
    text, starts = join_pages("\n\n".join(_blocks(slide)) for slide in slides)
    return Extract(text, starts, metadata)


def _blocks(slide: Any) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and title.has_text_frame and (text := title.text_frame.text.strip()):
        yield "# " + " ".join(text.split())
    yield from _shape_blocks(shape for shape in slide.shapes if shape != title)
    if slide.has_notes_slide:
        notes = slide.notes_slide.notes_text_frame
        if notes is not None and notes.text.strip():
            yield notes.text.strip()


def _shape_blocks(shapes: Iterable[Any]) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shape_blocks(shape.shapes)
        elif getattr(shape, "has_table", False):
            yield as_table([cell.text for cell in row.cells] for row in shape.table.rows)
        elif shape.has_text_frame:
            lines = [paragraph.text.strip() for paragraph in shape.text_frame.paragraphs]
            if text := "\n\n".join(line for line in lines if line):
                yield text
