"""What the command lines share: the options of all commands, and how a failure ends one."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ingest.errors import SettingsError, SicError

INTERRUPTED = 130
"""What shells give for a command that Ctrl-C ended."""


def folder_options() -> argparse.ArgumentParser:
    """Return a parent parser with the options that every command takes."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--corpus", type=Path, help="folder of documents/ (default: corpus)")
    parser.add_argument(
        "--store", type=Path, help="folder of the store (default: .sic in that of the corpus)"
    )
    return parser


@contextmanager
def sync_progress() -> Iterator[Callable[[int, int, str], None]]:
    """Yield what a sync tells of its progress; it is shown on stderr if that is a terminal."""
    from tqdm import tqdm

    with ExitStack() as stack:
        bars: list[Any] = []

        def show(done: int, total: int, name: str) -> None:
            if not bars:
                bars.append(
                    stack.enter_context(tqdm(total=total, unit="file", leave=False, disable=None))
                )
            bars[0].set_description_str(printable(name[-40:]), refresh=False)
            bars[0].update(done - bars[0].n)

        yield show


def printable(text: str) -> str:
    """Return text safe to show on a terminal: control characters are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def run_command(work: Callable[[], int]) -> int:
    """Run a command and return its exit code; what it cannot do is one sentence on stderr."""
    try:
        return work()
    except SicError as error:
        print(printable(str(error)), file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
