"""States of prompts are kept whole or not at all; the server here only writes and notes files."""

import json
import os
import time
from pathlib import Path

import httpx
import pytest
from langchain_core.messages import HumanMessage

from rag.prompt_states import PromptStates

PROMPT, OTHER = [HumanMessage("Is it so?")], [HumanMessage("How many?")]


class ScriptedServer:
    """A server whose slot always holds seven tokens."""

    written = 13
    takes = True
    fault: Exception | None = None

    def __init__(self, states: PromptStates) -> None:
        self.folder = states.folder
        self.restored: list[str] = []
        self.client = httpx.Client(
            base_url="http://server", transport=httpx.MockTransport(self.handle)
        )

    def handle(self, request: httpx.Request) -> httpx.Response:
        given = json.loads(request.content)
        if request.url.params.get("action") == "save":
            (self.folder / given["filename"]).write_bytes(b"what was read"[: self.written])
        if request.url.params.get("action") == "restore":
            self.restored.append(given["filename"])
            if self.fault:
                raise self.fault
            return httpx.Response(200 if self.takes else 400)
        return httpx.Response(200, json={"n_saved": 7, "n_written": 13})


@pytest.fixture
def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PromptStates:
    monkeypatch.setenv("SIC_CACHE", str(tmp_path))
    states = PromptStates("weights", batch_tokens=16)
    states.make_folder()
    return states


@pytest.fixture
def server(states: PromptStates) -> ScriptedServer:
    return ScriptedServer(states)


def test_what_is_kept_is_restored(states: PromptStates, server: ScriptedServer) -> None:
    states.save(server.client, PROMPT, 7)
    assert (states.has(PROMPT), states.has(OTHER)) == (True, False)
    states.restore(server.client, [OTHER, PROMPT])
    assert server.restored == [path.name for path in states.folder.iterdir()]
    assert not PromptStates("other weights", batch_tokens=16).has(PROMPT)
    assert not PromptStates("weights", batch_tokens=32).has(PROMPT)


def test_what_a_question_left_in_the_slot_is_not_kept(
    states: PromptStates, server: ScriptedServer
) -> None:
    states.save(server.client, PROMPT, 8)
    assert not list(states.folder.iterdir())


def test_what_was_not_written_whole_is_not_kept(
    states: PromptStates, server: ScriptedServer
) -> None:
    server.written = 5
    states.save(server.client, PROMPT, 7)
    assert not list(states.folder.iterdir())


@pytest.mark.parametrize("fault", [None, httpx.ReadError("gone")])
def test_a_state_that_the_server_does_not_take_is_removed(
    fault: Exception | None, states: PromptStates, server: ScriptedServer
) -> None:
    states.save(server.client, PROMPT, 7)
    server.takes, server.fault = False, fault
    states.restore(server.client, [PROMPT])
    assert not states.has(PROMPT)


def test_a_damaged_state_is_not_restored_but_removed(
    states: PromptStates, server: ScriptedServer
) -> None:
    states.save(server.client, PROMPT, 7)
    (path,) = states.folder.iterdir()
    path.write_bytes(b"what was reaX")
    states.restore(server.client, [PROMPT])
    assert not server.restored
    assert not states.has(PROMPT)


def test_what_has_no_use_any_more_is_removed(states: PromptStates, server: ScriptedServer) -> None:
    states.save(server.client, PROMPT, 7)
    (kept,) = states.folder.iterdir()
    partial = states.folder / "partial-1"
    partial.write_bytes(b"what")
    two_hours_ago = time.time() - 2 * 3600
    for path in (kept, partial):
        os.utime(path, (two_hours_ago, two_hours_ago))
    states.make_folder()
    assert list(states.folder.iterdir()) == [kept]
    os.utime(kept, (0, 0))
    states.make_folder()
    assert not list(states.folder.iterdir())


def test_a_folder_that_cannot_be_made_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SIC_CACHE", str(tmp_path / "file"))
    states = PromptStates("weights", batch_tokens=16)
    states.make_folder()
    assert not states.has(PROMPT)
