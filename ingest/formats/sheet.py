"""Workbooks and CSV -> tables; a sheet is a page."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO

from ingest.errors import LoadError
from ingest.formats.archive import open_archive
from ingest.formats.extract import Extract, as_table, join_pages
from ingest.formats.plain import decode
from ingest.formats.word import office_metadata

_ZIP = b"PK"
_SNIFFED = 64 * 1024
_MAX_FIELD = 1_000_000


def read_workbook(data: bytes, encoding: str | None) -> Extract:  # noqa: ARG001
    """Read the cells' values of each sheet, as computed when the workbook was saved."""
    from python_calamine import CalamineError, CalamineWorkbook

    metadata = {}
    if data.startswith(_ZIP):
        with open_archive(data) as archive:
            metadata = office_metadata(archive)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        sheets = [
            (name, as_table(_rows(workbook.get_sheet_by_name(name).to_python())))
            for name in workbook.sheet_names
        ]
    except CalamineError as error:
        raise LoadError(f"It is damaged, or no workbook: {error}.") from error
    if not any(table for _, table in sheets):
        raise LoadError("It is empty: there is no value in its cells.")
    text, starts = join_pages(f"# {name}\n\n{table}" if table else "" for name, table in sheets)
    return Extract(text, starts, metadata)


def read_csv(data: bytes, encoding: str | None) -> Extract:
    """Read comma, semicolon or tab separated values; the first row is the header."""
    text, guessed = decode(data, encoding)
    csv.field_size_limit(_MAX_FIELD)
    try:
        separator = csv.Sniffer().sniff(text[:_SNIFFED], ",;\t|").delimiter
    except csv.Error:
        separator = ","  # one column, say
    try:
        rows = csv.reader(StringIO(text), delimiter=separator)
        return Extract(as_table(rows) + "\n", metadata=guessed)
    except csv.Error as error:
        raise LoadError(f"Its rows cannot be told apart: {error}.") from error


def _rows(values: Sequence[Sequence[object]]) -> Iterator[list[str]]:
    for row in values:
        yield [_show(value) for value in row]


def _show(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat(*[" "] * isinstance(value, datetime))
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
