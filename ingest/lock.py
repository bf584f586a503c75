"""One owner of an embedded store at a time: two processes would ruin Chroma's index files."""

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import StoreError, StoreLockedError

if TYPE_CHECKING:
    from filelock import BaseFileLock


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
    try:
        holder = json.loads(owner.read_text())
        return f"process {holder['pid']} ({holder['command']}, since {holder['since']})"
    except (OSError, ValueError, KeyError):
        return "another process"
