"""The bytes of a file -> its text, one module a family of formats.

These run in the reader's process (ingest/reader.py), which bounds their time and memory: what a
parser raises that is not named here ends that process, and the file is named as damaged.
"""

from collections.abc import Mapping

from ingest.formats.book import read_epub
from ingest.formats.extract import Extract, Read
from ingest.formats.pdf import read_pdf
from ingest.formats.plain import read_text
from ingest.formats.records import read_json, read_json_lines
from ingest.formats.sheet import read_csv, read_workbook
from ingest.formats.slides import read_pptx
from ingest.formats.web import read_html
from ingest.formats.word import read_docx, read_rtf

READERS: Mapping[str, Read] = {
    ".txt": read_text,
    ".md": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".rtf": read_rtf,
    ".pptx": read_pptx,
    ".xlsx": read_workbook,
    ".xls": read_workbook,
    ".ods": read_workbook,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".epub": read_epub,
}

__all__ = ["READERS", "Extract", "Read"]
