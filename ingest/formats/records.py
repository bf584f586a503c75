"""JSON -> text: a list of like objects is a table, anything else lines of `path: value`."""

import json
from collections.abc import Iterator

from ingest.errors import LoadError
from ingest.formats.extract import Extract, as_table
from ingest.formats.plain import decode

_LONG_CELL = 200
_MAX_COLUMNS = 20


def read_json(data: bytes, encoding: str | None) -> Extract:
    """Read a JSON file."""
    text, guessed = decode(data, encoding)
    return Extract(_show(_parse(text, 1)) + "\n", metadata=guessed)


def read_json_lines(data: bytes, encoding: str | None) -> Extract:
    """Read a file with a JSON value on each line."""
    text, guessed = decode(data, encoding)
    lines = enumerate(text.split("\n"), 1)
    values = [_parse(line, number) for number, line in lines if line.strip()]
    return Extract(_show(values) + "\n", metadata=guessed)


def _parse(text: str, line: int) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {line + error.lineno - 1}, column {error.colno}"
        raise LoadError(f"It is not JSON at {place}: {error.msg}.") from error
    except RecursionError as error:
        raise LoadError("Its values are nested too deeply to be read.") from error


def _show(value: object) -> str:
    if isinstance(value, list) and (columns := _columns(value)):
        rows = [[_scalar(record.get(column)) for column in columns] for record in value]
        return as_table([columns, *rows])
    if isinstance(value, list):
        return "\n\n".join("\n".join(_lines(item, "")) for item in value)
    return "\n".join(_lines(value, ""))


def _columns(records: list[object]) -> list[str]:
    """Return the columns that all records fit into, if they are flat, short and alike."""
    columns: dict[str, None] = {}
    for record in records:
        if not isinstance(record, dict):
            return []
        if any(isinstance(cell, dict | list) for cell in record.values()):
            return []
        if any(len(_scalar(cell)) > _LONG_CELL for cell in record.values()):
            return []
        columns |= dict.fromkeys(record)
        if len(columns) > _MAX_COLUMNS:
            return []
    return list(columns)


def _lines(value: object, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _lines(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _lines(item, f"{path} {number}" if path else str(number))
    else:
        yield f"{path}: {_scalar(value)}" if path else _scalar(value)


def _scalar(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(value)
