"""One owner of an embedded store at a time: two processes would ruin Chroma's index files."""

import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import StoreError, StoreLockedError

if TYPE_CHECKING:
    from filelock import BaseFileLock

NAMED_WITHIN = 1.0
"""Seconds after which an owner that has not written its name down stays without one."""


def acquire_lock(folder: Path) -> "BaseFileLock":
    """Take the store's lock. The system frees it however this process ends.

    Raises StoreLockedError, which names the owner, or StoreError if no file can be written.
    """
    from filelock import FileLock, Timeout

    owner = folder / "owner.json"
    lock = FileLock(folder / "lock", blocking=False)
    try:
        lock.acquire()
        now = datetime.now().astimezone().isoformat(" ", "seconds")
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
        owner.write_text(json.dumps({"pid": os.getpid(), "command": command, "since": now}))
    except Timeout as error:
        raise StoreLockedError(
            f"The store {folder} is in use by {_describe(owner)}. Stop that first, use another "
            "store (--store), or let both use a Chroma server (SIC_CHROMA_URL)."
        ) from error
    except OSError as error:
        raise StoreError(
            f"The store {folder} cannot be written ({error.strerror}). Make it writable, or choose "
            "another with --store or SIC_STORE."
        ) from error
    return lock


def _describe(owner: Path) -> str:
    """Say who has the store; one that has just taken it may need a moment to write it down."""
    until = time.monotonic() + NAMED_WITHIN
    while time.monotonic() < until:
        try:
            holder = json.loads(owner.read_text())
            if _is_running(holder["pid"]):
                return f"process {holder['pid']} ({holder['command']}, since {holder['since']})"
        except (OSError, ValueError, KeyError):
            pass  # half written
        time.sleep(0.02)
    return "another process"


def _is_running(pid: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True
