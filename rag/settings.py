"""Settings of rag: values with their defaults. Only entry points read the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ingest.settings import check_url, read_whole_number


@dataclass(frozen=True, slots=True)
class RagSettings:
    """Which chat model answers, and how much it is given and may write."""

    chat_model: str = "local"
    chat_base_url: str | None = None
    reranker: str | None = None
    passages: int = 5
    question_characters: int = 2000
    answer_tokens: int = 320
    timeout_seconds: int = 120

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `SIC_*`. Raises SettingsError for a value that cannot work."""
        default = cls()
        return cls(
            chat_model=environment.get("SIC_CHAT_MODEL") or default.chat_model,
            chat_base_url=check_url("SIC_CHAT_BASE_URL", environment.get("SIC_CHAT_BASE_URL")),
            reranker=environment.get("SIC_RERANKER") or None,
            passages=read_whole_number(environment, "SIC_PASSAGES", default.passages, 1, 20),
            question_characters=read_whole_number(
                environment, "SIC_QUESTION_CHARACTERS", default.question_characters, 100, 20_000
            ),
            answer_tokens=read_whole_number(
                environment, "SIC_ANSWER_TOKENS", default.answer_tokens, 32, 4096
            ),
            timeout_seconds=read_whole_number(
                environment, "SIC_TIMEOUT_SECONDS", default.timeout_seconds, 1, 3600
            ),
        )
