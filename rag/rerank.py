"""An optional second look at what was found: a model that reads the question with each passage."""

from collections.abc import Sequence
from typing import Self

from ingest.errors import SettingsError

RERANKED = 20
"""How many of the best passages of a search are read again."""


class Reranker:
    """A CrossEncoder of sentence-transformers. Loading takes seconds; share one."""

    def __init__(self, name: str) -> None:
        """Load the model `name`, or from that folder. Raises SettingsError."""
        from sentence_transformers import CrossEncoder

        try:
            self._model: CrossEncoder = CrossEncoder(name)
        except (OSError, ValueError) as error:
            reason = str(error).strip().split("\n")[0][:300]
            raise SettingsError(
                f"SIC_RERANKER is {name!r}, but no CrossEncoder of sentence-transformers could be "
                f"loaded from there ({reason}). Give a folder or a model's name, or leave it out."
            ) from error

    @classmethod
    def named(cls, name: str | None) -> Self | None:
        """Load the model of a setting, if it names one. Raises SettingsError."""
        return cls(name) if name else None

    def rank(self, query: str, texts: Sequence[str]) -> list[int]:
        """Return the places of texts in the order in which they answer a query, best first."""
        scores = self._model.predict([(query, text) for text in texts], show_progress_bar=False)
        return sorted(range(len(texts)), key=lambda at: -float(scores[at]))
