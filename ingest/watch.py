"""Follow the folder of documents: sync at every change."""

from collections.abc import Callable
from pathlib import Path

SETTLED_MS = 1000
"""How long the folder has to be quiet before a change counts as made."""


def watch_folder(folder: Path, on_change: Callable[[], object]) -> None:
    """Call `on_change` after every change below `folder`, until Ctrl-C."""
    from watchfiles import watch

    for _ in watch(folder, debounce=60_000, step=SETTLED_MS, raise_interrupt=True):
        on_change()
