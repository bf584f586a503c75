"""JSONL of questions -> JSONL of answers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.errors import SettingsError
from rag.chain import Chain
from rag.errors import RagError
from rag.schema import Message, Question


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BatchMessage(_Strict):
    """One turn of the dialogue before a question."""

    role: Literal["user", "assistant"]
    content: str


class BatchItem(_Strict):
    """One line of the input."""

    id: str | int
    question: str
    history: tuple[BatchMessage, ...] = ()

    def to_question(self) -> Question:
        """Return the question with its history."""
        return Question(
            self.question, tuple(Message(turn.role, turn.content) for turn in self.history)
        )


def read_batch(path: Path) -> list[BatchItem]:
    """Read every line before anything is asked. Raises SettingsError with file and line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text: {error.reason}.") from error
    items = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            items.append(BatchItem.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = "".join(f"{part}: " for part in first["loc"])
            raise SettingsError(f"{path}, line {number}: {where}{first['msg']}.") from error
    return items


def answer_batch(chain: Chain, items: Sequence[BatchItem], output: Path) -> int:
    """Write {"id", "answer"} a line, or {"id", "error"}; return how many failed."""
    failed = 0
    try:
        with output.open("w", encoding="utf-8") as file:
            for item in items:
                try:
                    result: dict[str, object] = {
                        "answer": chain.invoke(item.to_question()).to_json()
                    }
                except RagError as error:
                    result = {"error": str(error)}
                    failed += 1
                file.write(json.dumps({"id": item.id, **result}, ensure_ascii=False) + "\n")
                file.flush()
    except OSError as error:
        raise SettingsError(f"{output} cannot be written: {error.strerror}.") from error
    return failed
