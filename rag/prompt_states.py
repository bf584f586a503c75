"""What the embedded model makes of the examples in its prompts, kept on disk between runs.

It reads them in a minute on two cores, and takes them from files in a second. The files are the
states of a slot that llama.cpp's server saves and restores (its README, "POST /slots/{id_slot}").
Only Sic's own prompts are kept, no question and nothing of a document.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from ingest.weights import cache_folder
from rag.cancel import require_wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import httpx
    from langchain_core.messages import BaseMessage

SLOT = 0
"""The server's slot that is saved and restored."""
_ADDRESS = f"/slots/{SLOT}"
_PARTIAL = "partial-"
PARTIAL_SECONDS = 3600
KEPT_SECONDS = 30 * 24 * 3600
"""How long a file stays that was not finished, and one that nobody takes."""


class PromptStates:
    """The states of prompts in a folder beside the weights, named by prompt and own hash.

    They are a convenience: where one cannot be kept, or is damaged, the model reads the prompt.
    """

    def __init__(self, model: str, batch_tokens: int) -> None:
        """Take the hash of the model's weights, whose states no other model understands.

        And how many tokens it reads at once: states read in other batches round otherwise.
        """
        self.folder = cache_folder() / "prompts"
        self._read_by = (model, batch_tokens)

    def make_folder(self) -> None:
        """Make the folder, for this user alone, and remove from it what has no use any more."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            now = time.time()
            for path in self.folder.iterdir():
                longest = PARTIAL_SECONDS if path.name.startswith(_PARTIAL) else KEPT_SECONDS
                if path.stat().st_mtime < now - longest:
                    path.unlink(missing_ok=True)

    def has(self, prompt: "Sequence[BaseMessage]") -> bool:
        """Tell whether the state of a prompt is kept."""
        return self._find(prompt) is not None

    def save(self, server: "httpx.Client", prompt: "Sequence[BaseMessage]", tokens: int) -> None:
        """Keep what the slot holds as a prompt's state, if it holds just that many tokens.

        A question may have taken the slot since: then this is not wanted any more. Raises
        httpx.HTTPError and CancelledError.
        """
        partial = self.folder / f"{_PARTIAL}{token_hex(8)}"
        try:
            saved = server.post(
                _ADDRESS, params={"action": "save"}, json={"filename": partial.name}
            )
            require_wanted()
            with suppress(OSError):
                told = saved.json() if saved.is_success else {}
                size = partial.stat().st_size
                if told.get("n_saved") == tokens and told.get("n_written") == size > 0:
                    partial.rename(self.folder / f"{self._key(prompt)}.{_hash(partial)}")
        finally:
            _remove(partial)

    def restore(self, server: "httpx.Client", prompts: "Iterable[Sequence[BaseMessage]]") -> None:
        """Give a server the states of prompts that are kept and whole.

        One that it does not take, or that ends it, is removed.
        """
        from httpx import HTTPError

        for path in filter(_is_whole, filter(None, map(self._find, prompts))):
            given = {"filename": path.name}
            try:
                restored = server.post(_ADDRESS, params={"action": "restore"}, json=given)
                if not restored.is_success:
                    _remove(path)
                    continue
                # What takes the slot next makes the server put the state by.
                server.post("/completion", json={"prompt": "a", "n_predict": 1, "id_slot": SLOT})
            except HTTPError:
                _remove(path)
                return

    def _find(self, prompt: "Sequence[BaseMessage]") -> Path | None:
        return next(self.folder.glob(f"{self._key(prompt)}.*"), None)

    def _key(self, prompt: "Sequence[BaseMessage]") -> str:
        said = [(message.type, message.content) for message in prompt]
        made_by = [*self._read_by, version("xllamacpp"), said]
        return hashlib.sha256(json.dumps(made_by).encode()).hexdigest()[:32]


def _is_whole(path: Path) -> bool:
    """Tell whether a state is what was saved; mark it as used, or else remove it."""
    try:
        is_whole = path.suffix == f".{_hash(path)}"
    except OSError:
        return False
    if not is_whole:
        _remove(path)
    with suppress(OSError):
        os.utime(path)
    return is_whole


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
