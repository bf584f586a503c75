"""Who goes away before the end of an answer is told of, and nobody else."""

from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send

from ui.hang_up import ASKED, LISTENED, STOPPED, HangUp


class Sender:
    """One end of a connection: it sends a request, and then stays, or leaves."""

    def __init__(self, *, leaves: bool, waits_for_answer: bool) -> None:
        self._messages: list[Message] = [
            {"type": "http.request", "body": b"", "more_body": False},
            {"type": "http.disconnect"},
        ]
        self._leaves = leaves
        self._answered = anyio.Event()
        if not waits_for_answer:
            self._answered.set()

    async def give(self) -> Message:
        if len(self._messages) == 1:
            await self._answered.wait()
            if not self._leaves:
                await anyio.sleep_forever()
        return self._messages.pop(0)

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self._answered.set()


def run(path: str, *, leaves: bool, sends: bool) -> tuple[list[str], list[str]]:
    """Let a request through whose sender leaves, or stays; return who is told of, and who asked."""
    told: list[str] = []
    asked: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["state"].get("listener", "page"))
        await receive()
        if sends:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x"})
        with anyio.move_on_after(0.2):
            await receive()

    async def talk() -> None:
        sender = Sender(leaves=leaves, waits_for_answer=sends)
        scope = {"type": "http", "path": path, "state": {"sessions": ["page"]}}
        await HangUp(app, told.append)(scope, sender.give, sender.take)

    with ThreadPoolExecutor(1) as pool:  # the browser's tests keep a loop in this thread
        pool.submit(anyio.run, talk).result()
    return told, asked


@pytest.mark.parametrize("path", [*ASKED, LISTENED])
def test_one_who_leaves_is_told_of(path: str) -> None:
    told, asked = run(path, leaves=True, sends=False)
    assert told == asked


@pytest.mark.parametrize("path", [*ASKED, LISTENED])
def test_one_who_stays_to_the_end_is_not(path: str) -> None:
    assert run(path, leaves=False, sends=False)[0] == []
    assert run(path, leaves=True, sends=True)[0] == []


def test_a_stop_is_told_at_once_and_other_routes_never() -> None:
    assert run(STOPPED, leaves=False, sends=False)[0] == ["page"]
    assert run("/api/search", leaves=True, sends=False)[0] == []
