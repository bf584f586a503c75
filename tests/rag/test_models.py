"""The embedded chat model's process, and other models through LangChain by a setting."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psutil
import pytest
from langchain_core.messages import HumanMessage

from rag.chain import Chain
from rag.chat_model import ChatModel
from rag.errors import ChatModelError, ModelStoppedError
from rag.local_model import LocalModel, chat_weights
from rag.prompts import examine_messages, find_messages
from rag.retrieve import Retriever
from rag.schema import Question
from rag.settings import RagSettings

HELLO = [HumanMessage("Count from one to two hundred in words.")]


def test_the_weights_are_the_publishers_file() -> None:
    assert chat_weights().stat().st_size == 1_117_320_768


def test_the_server_wants_its_key(chat_model: ChatModel) -> None:
    chat_model.connect()
    assert chat_model._local is not None
    address = chat_model._local.address()
    assert httpx.post(f"{address}/v1/chat/completions", json={"messages": []}).status_code == 401
    assert address.startswith("http://127.0.0.1:")


def test_examples_that_were_rehearsed_are_not_read_again_even_by_the_next_process(
    chat_model: ChatModel,
) -> None:
    assert list(chat_model.rehearse()) == [1, 2, 3, 4, 5]
    text = "The press at Alder was built by Ana Ruiz."
    for _ in range(2):
        for messages in (examine_messages("Who?", "Ana Ruiz.", text), find_messages("Who?", text)):
            read = chat_model.connect().invoke(messages, max_tokens=1).usage_metadata
            assert read["input_token_details"]["cache_read"] > 0.9 * read["input_tokens"]
        chat_model.close()


def test_a_killed_model_is_named_and_the_next_question_answered(chat_model: ChatModel) -> None:
    pieces = chat_model.write(HELLO, 400)
    next(pieces)
    first = chat_model.pid
    assert first
    os.kill(first, signal.SIGKILL)
    with pytest.raises(ModelStoppedError, match="SIGKILL"):
        list(pieces)
    assert "".join(chat_model.write([HumanMessage("Say yes.")], 5))
    assert chat_model.pid not in (None, first)


def test_closing_the_stream_stops_the_model(chat_model: ChatModel) -> None:
    pieces = chat_model.write(HELLO, 1000)
    next(pieces)
    pieces.close()
    started = time.monotonic()
    "".join(chat_model.write([HumanMessage("Say yes.")], 1))
    child = psutil.Process(chat_model.pid)
    time.sleep(0.5)
    before = child.cpu_times().user
    time.sleep(1.0)
    assert child.cpu_times().user - before < 0.5, "it does not go on writing to nobody"
    assert time.monotonic() - started < 30


def test_two_answers_at_once_that_repeat_their_passages_are_both_written(
    chat_model: ChatModel,
) -> None:
    passage = (
        "The keeper rose before dawn, climbed the iron steps, trimmed the wick, polished the "
        "brass, and wrote the weather of the night into a ledger bound in green cloth."
    )
    asked = [[HumanMessage(f"{side}. Write this text five times: {passage}")] for side in "AB"]
    for messages in asked:
        list(chat_model.write(messages, 1))  # read by now, so that both are written at once
    first = chat_model.pid
    with ThreadPoolExecutor() as pool:
        written = list(pool.map(lambda one: "".join(chat_model.write(one, 150)), asked))
    assert [passage in text for text in written] == [True, True]
    assert chat_model.pid == first, "what is guessed ahead for both fits into one batch"


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_the_model_dies_with_its_parent(way: signal.Signals) -> None:
    script = (
        "import time; from rag.local_model import LocalModel; model = LocalModel();"
        "model.address(); print(model.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(way)
        parent.wait()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_model_that_cannot_start_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    monkeypatch.setattr("rag.local_model.chat_weights", lambda: broken)
    with pytest.raises(ModelStoppedError, match="did not start"):
        LocalModel().address()


class ScriptedServer(BaseHTTPRequestHandler):
    """An OpenAI-compatible server that always says the same: the test is about reaching it."""

    lines = "[1] GPT-3 took 1,287 MWh."

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body["model"] == "refused":
            self.send_error(400, "no such model")
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in [self.lines[:9], self.lines[9:]]:
            delta = {"index": 0, "delta": {"role": "assistant", "content": piece}}
            event = {"id": "1", "object": "chat.completion.chunk", "choices": [delta]}
            self.wfile.write(f"data: {json.dumps(event | {'model': body['model']})}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def openai_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    server = ThreadingHTTPServer(("127.0.0.1", 0), ScriptedServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_any_openai_compatible_server_answers_by_a_setting(chain: Chain, openai_url: str) -> None:
    settings = RagSettings.from_environment(
        {"SIC_CHAT_MODEL": "openai:any-model", "SIC_CHAT_BASE_URL": openai_url}
    )
    hosted = Chain(chain.retriever, ChatModel(settings), settings)
    answer = hosted.invoke(Question("How much energy did training GPT-3 take?"))
    assert answer.model == "openai:any-model"
    assert answer.text == "GPT-3 took 1,287 MWh. [1]"
    assert "1,287 MWh" in answer.citations[0].quote


def test_a_hosted_model_is_checked_like_any_other(
    chain: Chain, openai_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = RagSettings(chat_model="openai:any-model", chat_base_url=openai_url)
    hosted = Chain(chain.retriever, ChatModel(settings), settings)
    question = Question("How much energy did training GPT-3 take?")
    monkeypatch.setattr(ScriptedServer, "lines", "NONE")
    assert hosted.invoke(question).abstained
    monkeypatch.setattr(ScriptedServer, "lines", "[1] It took 9,999 MWh. ")
    assert "9,999" not in hosted.invoke(question).text


def test_a_hosted_models_number_from_a_row_of_a_table_is_its_own_to_read(
    chain_over: Callable[..., Chain], openai_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lights = "Name Height (m) Range (nmi)\nAlder Point 42 18\nBirch Head 31 12\nCape Elm 27 9\n"
    over = chain_over(lights=f"This is what is lit at night.\n\n{lights}")
    settings = RagSettings(chat_model="openai:any-model", chat_base_url=openai_url)
    hosted = Chain(over.retriever, ChatModel(settings), settings)
    monkeypatch.setattr(ScriptedServer, "lines", "[1] The range at Birch Head is 12 nmi.")
    answer = hosted.invoke(Question("What is the range of the light at Birch Head?"))
    assert answer.text == "The range at Birch Head is 12 nmi. [1]"


def send_delta(server: ScriptedServer, model: str, delta: dict[str, object]) -> None:
    """Answer with one piece of a stream."""
    event = {"id": "1", "object": "chat.completion.chunk", "model": model}
    event |= {"choices": [{"index": 0, "delta": delta}]}
    server.send_response(200)
    server.send_header("Content-Type", "text/event-stream")
    server.end_headers()
    server.wfile.write(f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n".encode())


class SearchingServer(ScriptedServer):
    """Asks for a search first, then says what the search brought: the test is about the tool."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        results = [turn["content"] for turn in body["messages"] if turn["role"] == "tool"]
        delta: dict[str, object] = {"role": "assistant"}
        if not results:
            names = [tool["function"]["name"] for tool in body["tools"]]
            assert names == ["search_documents", "calculate"]
            function = {"name": "search_documents", "arguments": '{"query": "BLOOM training tons"}'}
            delta["tool_calls"] = [
                {"index": 0, "id": "a", "type": "function", "function": function}
            ]
        else:
            number = re.search(r"\[(\d+)\] [^\[]*about 30 tons", results[0])
            delta["content"] = f"[{number[1] if number else 1}] BLOOM emitted about 30 tons."
        send_delta(self, body["model"], delta)


def test_a_hosted_model_may_search_again_and_cites_what_it_found(
    chain: Chain, openai_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedServer, "do_POST", SearchingServer.do_POST)
    settings = RagSettings(chat_model="openai:any-model", chat_base_url=openai_url)
    retriever = Retriever(chain.retriever.store, chain.retriever.embedder)
    monkeypatch.setattr("rag.chain.HOSTED_PASSAGES", 1)
    hosted = Chain(retriever, ChatModel(settings), replace(settings, passages=1))
    answer = hosted.invoke(Question("What emissions do traditional art materials cause?"))
    assert "about 30 tons" in answer.citations[0].quote
    assert answer.text.startswith("Training BLOOM emitted 24.7 t"), "a known error of the corpus"
    assert [one.id for one in answer.corrections] == ["bloom-emissions"]
    assert len(answer.passages) > 1, "what the model found is among the sources"


class CalculatingServer(ScriptedServer):
    """Asks for two calculations, of which one is made up: the test is about the tool."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        results = [turn["content"] for turn in body["messages"] if turn["role"] == "tool"]
        delta: dict[str, object] = {"role": "assistant"}
        expressions = ["1,287 MWh / 60 kWh", "1,287 MWh / 50 kWh"]
        if len(results) < len(expressions):
            arguments = json.dumps({"expression": expressions[len(results)]})
            function = {"name": "calculate", "arguments": arguments}
            delta["tool_calls"] = [
                {"index": 0, "id": "a", "type": "function", "function": function}
            ]
        else:
            assert "60 stands in no passage" in results[0]
            assert "= 25,740" in results[1]
            delta["content"] = "[1] It is 21,450 charges."
        send_delta(self, body["model"], delta)


def test_a_hosted_model_has_its_numbers_worked_out_from_what_stands_there(
    chain: Chain, openai_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedServer, "do_POST", CalculatingServer.do_POST)
    settings = RagSettings(chat_model="openai:any-model", chat_base_url=openai_url)
    hosted = Chain(chain.retriever, ChatModel(settings), settings)
    asked = "How many full charges of a Tesla Model 3 equal the energy of training GPT-3?"
    answer = hosted.invoke(Question(asked))
    assert answer.calculation
    assert answer.calculation.text == "1,287 MWh / 50 kWh = 25,740"
    assert "21,450" not in answer.text, "what the model works out by itself is not shown"


def test_a_server_without_tools_is_asked_without_them(
    chain: Chain, openai_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ScriptedServer.do_POST

    def refuse_tools(self: ScriptedServer) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "tools" in json.loads(body):
            self.send_error(400, "tools are not supported")
            return
        self.rfile = io.BytesIO(body)
        plain(self)

    monkeypatch.setattr(ScriptedServer, "do_POST", refuse_tools)
    settings = RagSettings(chat_model="openai:any-model", chat_base_url=openai_url)
    hosted = Chain(chain.retriever, ChatModel(settings), settings)
    for _ in range(2):
        answer = hosted.invoke(Question("How much energy did training GPT-3 take?"))
        assert answer.text == "GPT-3 took 1,287 MWh. [1]"


def test_a_providers_failure_is_a_sentence(chain: Chain, openai_url: str) -> None:
    for name, url in [("refused", openai_url), ("any", "http://127.0.0.1:9/v1")]:
        settings = RagSettings(chat_model=f"openai:{name}", chat_base_url=url)
        hosted = Chain(
            Retriever(chain.retriever.store, chain.retriever.embedder),
            ChatModel(settings),
            settings,
        )
        with pytest.raises(ChatModelError, match=f"openai:{name} failed"):
            hosted.invoke(Question("How much energy did training GPT-3 take?"))
