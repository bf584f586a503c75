"""The child process of the embedded chat model: llama.cpp behind a key on a loopback port.

Started by `rag.local_model` only. Its standard input carries one JSON line of orders and then
stays open: when it closes, the parent is gone, however it went, and this process goes too.
"""

import json
import os
import signal
import sys
import threading
from typing import TypedDict


class Orders(TypedDict):
    """What the parent gives: a model file, a key, bounds in tokens, MiB and seconds, a folder."""

    model: str
    key: str
    context: int
    slots: int
    batch: int
    cache_mib: int
    timeout: int
    states: str


def main() -> None:
    """Serve until standard input closes; the first line on standard output holds the address."""
    orders: Orders = json.loads(sys.stdin.readline())
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _share_openmp()
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = orders["model"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [orders["key"]]
    params.cors_origins = ""
    params.n_parallel = orders["slots"]
    params.n_ctx = orders["context"] * orders["slots"]
    params.n_batch = orders["batch"]
    params.cache_ram_mib = orders["cache_mib"]
    params.timeout_read = params.timeout_write = orders["timeout"]
    params.endpoint_slots = False
    params.slot_save_path = orders["states"]
    params.ui = False
    params.verbosity = 1
    params.warmup = False
    # Answers repeat words of passages: after four tokens that stand there, guess those behind, as
    # many as fit into one batch if all slots do: llama.cpp ends the process if they do not.
    guess = xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE
    params.speculative.types = [guess]
    params.speculative.ngram_simple.size_n = 4
    params.speculative.ngram_simple.size_m = orders["batch"] // orders["slots"] - 1
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        sys.exit(f"llama.cpp did not start: {error}")
    answers.write(json.dumps({"address": server.listening_address}) + "\n")
    answers.flush()
    threading.Event().wait()


def _leave_with_parent() -> None:
    while sys.stdin.read(4096):
        pass
    os._exit(0)


def _share_openmp() -> None:
    """Load torch's copy of libgomp where the system has none: llama.cpp needs one."""
    import ctypes
    import ctypes.util
    from importlib.util import find_spec
    from pathlib import Path

    if sys.platform != "linux" or ctypes.util.find_library("gomp"):
        return
    torch = find_spec("torch")
    for folder in (torch.submodule_search_locations or []) if torch else []:
        for library in Path(folder, "lib").glob("libgomp*.so*"):
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


if __name__ == "__main__":
    main()
