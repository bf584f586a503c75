"""Follow the folder of documents: sync at every change."""

from collections.abc import Callable
from pathlib import Path

SETTLED_MS = 1000
"""How long the folder has to be quiet before a change counts as made."""


def watch_folder(folder: Path, on_change: Callable[[], object]) -> None:
    """Call `on_change` at once, and after every change below `folder`, until Ctrl-C.

    What changes while `on_change` runs is not missed.
    """
    from watchfiles import watch

    first = True
    for changes in watch(
        folder,
        watch_filter=None,
        debounce=60_000,
        step=SETTLED_MS,
        rust_timeout=SETTLED_MS,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        if first or changes:
            on_change()
        first = False
