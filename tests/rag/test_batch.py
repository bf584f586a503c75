"""A batch is read whole before it is asked, and each line says what came of it."""

from pathlib import Path

import pytest

from ingest.errors import SettingsError
from rag.batch import read_batch


def test_a_batch_is_read(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(
        '{"id": 1, "question": "Why?"}\n\n'
        '{"id": "b", "question": "And?", "history": [{"role": "user", "content": "Why?"}]}\n'
    )
    items = read_batch(path)
    assert [item.id for item in items] == [1, "b"]
    assert items[1].to_question().history[0].content == "Why?"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": 1}', "question"),
        ('{"id": 1, "question": "x", "answer": 2}', "answer"),
        ("not json", "line 2"),
        ('{"id": 1, "question": "x", "history": [{"role": "system", "content": ""}]}', "role"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": 0, "question": "ok"}\n' + line)
    with pytest.raises(SettingsError, match=r"line 2") as caught:
        read_batch(path)
    assert reason in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_batch(tmp_path / "none")
