"""The server's routes, and who reaches them: a real server, store and clients; scripted answers."""

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from mcp import Client

from tests.evals.scripted import cite, make_answer
from tests.ui.served import PASSWORD
from ui.accounts import FAILURES
from ui.conversations import Conversations
from ui.security import LARGEST_BODY
from ui.server import _is_no_farewell

PUBLIC = ("/login", "/health", "/ready")


@pytest.fixture(scope="module")
def client(open_server: str) -> Iterator[httpx.Client]:
    """A client of a server without accounts."""
    with httpx.Client(base_url=open_server, timeout=60) as client:
        yield client


def test_a_stream_that_is_cut_as_the_server_stops_is_no_error() -> None:
    def record(error: BaseException) -> logging.LogRecord:
        told = (type(error), error, None)
        return logging.LogRecord("x", logging.ERROR, "x", 1, "Exception", (), told)

    assert not _is_no_farewell(record(asyncio.CancelledError()))
    assert _is_no_farewell(record(ValueError()))


def as_user(url: str, name: str) -> httpx.Client:
    return httpx.Client(base_url=url, auth=(name, PASSWORD))


@contextmanager
def log_in(url: str, name: str, password: str = PASSWORD) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url) as client:
        client.post("/login", data={"name": name, "password": password})
        yield client


def count_answers(client: httpx.Client) -> float:
    told = client.get("/metrics").text
    [count] = re.findall(r'sic_answers_total\{outcome="answered"\} ([\d.]+)', told) or ["0"]
    return float(count)


def test_it_tells_that_it_runs_and_is_ready(client: httpx.Client) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").status_code == 200
    assert "/api/ask" in client.get("/api/openapi.json").json()["paths"]


def test_a_question_is_answered_whole_or_as_it_comes(client: httpx.Client) -> None:
    before = count_answers(client)
    whole = client.post("/api/ask", json={"question": "How high is the dam?"}).json()
    assert whole["citations"][0]["quote"].endswith("The dam is 120 metres high.")
    stream = client.post(
        "/api/ask", json={"question": "How high?"}, headers={"Accept": "text/event-stream"}
    )
    names = [line[7:] for line in stream.text.splitlines() if line.startswith("event: ")]
    assert names == ["stage", "sources", "text", "done"]
    told = client.get("/metrics").text
    assert "sic_asking 0.0" in told
    assert count_answers(client) == before + 2
    assert 'sic_documents{state="ready"} 1.0' in told


def test_what_cannot_be_done_is_told_in_a_sentence(client: httpx.Client) -> None:
    wrong = client.post("/api/calculate", json={"expression": "1 kWh + 1 kg"})
    assert wrong.status_code == 400
    assert "kg" in wrong.json()["error"]
    assert client.post("/api/ask", json={"question": 7}).status_code == 422
    assert client.post("/api/ask", json={"question": "x", "key": 1}).status_code == 422
    assert client.get("/api/documents/..%2f..%2fetc%2fpasswd").status_code == 404
    for path in ("/reports/../../x/report.json", "/reports/2026-01-01T00-00-00/../report.html"):
        assert client.get(path).status_code == 404


def test_documents_come_and_go(client: httpx.Client) -> None:
    good = {"file": ("../../mill notes.md", b"# Mill\n\nThe mill took 812 kWh.\n")}
    added = client.post("/api/documents", files=good)
    assert added.json()["copied"] == ["mill notes.md"]
    refused = client.post("/api/documents", files={"file": ("mill.exe", b"x")})
    assert refused.status_code == 400
    assert refused.json()["error"].startswith("mill.exe: the format .exe is not read")
    found = client.post("/api/search", json={"query": "mill", "count": 1}).json()["passages"]
    assert found[0]["document"] == "mill notes.md"
    document = client.get("/api/documents/mill notes.md").json()
    assert "812 kWh" in document["text"]
    assert client.delete("/api/documents/mill notes.md").json()["sync"]["removed"]
    assert client.get("/api/documents/mill notes.md").status_code == 404


def test_corrections_are_proposed_accepted_and_in_force(client: httpx.Client) -> None:
    given = {"document": "dam.md", "wrong": "120 metres", "right": "It is 130 metres high."}
    assert client.post("/api/errata", json=given).status_code == 422
    proposed = client.post("/api/errata", json={**given, "authority": "Survey, 2020"}).json()
    assert client.get("/api/errata").json()["errata"] == []
    assert client.post(f"/api/errata/{proposed['id']}/accept").status_code == 200
    listed = client.get("/api/errata").json()
    assert [one["id"] for one in listed["errata"]] == [proposed["id"]]
    assert listed["proposed"] == []
    assert client.delete(f"/api/errata/{proposed['id']}").status_code == 400


def test_pages_of_other_sites_are_refused(client: httpx.Client) -> None:
    foreign = {"Origin": "http://evil.example"}
    assert client.post("/api/ask", json={"question": "x"}, headers=foreign).status_code == 403
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert client.get("/", headers={"Host": "127.0.0.1.evil.example:80"}).status_code == 403


def test_a_file_of_the_server_is_not_handed_out(client: httpx.Client) -> None:
    secret = Path(__file__)
    for route in ("/gradio_api/file=", "/file=", "/gradio_api/proxy=", "/gradio_api/stream/"):
        assert client.get(f"{route}{secret}").status_code == 404


def test_without_a_login_nothing_is_reached(team: tuple[str, Path]) -> None:
    url, folder = team
    routes = json.loads((folder / "routes.json").read_text())
    assert len(routes) > 50
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    with httpx.Client(base_url=url) as client:
        for route in {*routes, "/nothing", "/gradio_api/file=/etc/passwd"}:
            path = re.sub(r"\{[^}]*\}", "x", route) or "/"
            for method in methods:
                answer = client.request(method, path)
                is_login = answer.headers.get("location") == "/login"
                is_told = path in PUBLIC and answer.status_code in (200, 401, 405, 422)
                assert is_login or is_told or answer.status_code in (401, 404), (method, path)
        assert client.get("/").headers["location"] == "/login"
        assert "Log in" in client.get("/login").text
        assert "登录" in client.get("/login", headers={"Accept-Language": "zh-CN"}).text


def test_each_role_does_what_it_may(team: tuple[str, Path]) -> None:
    url, _ = team
    file = {"file": ("note.txt", b"The weir is 3 m wide.")}
    with as_user(url, "ray") as ray, as_user(url, "ed") as ed, as_user(url, "ann") as ann:
        assert ray.post("/api/ask", json={"question": "How high?"}).status_code == 200
        assert ray.post("/api/documents", files=file).status_code == 403
        assert ray.delete("/api/documents/dam.md").status_code == 403
        assert ed.post("/api/documents", files=file).status_code == 200
        assert ed.delete("/api/documents/note.txt").status_code == 200
        assert ed.get("/metrics").status_code == 403
        assert ed.post("/api/evals", json={"suites": ["x"]}).status_code == 403
        assert ed.post("/api/errata/x/accept").status_code == 403
        assert ann.post("/api/errata/x/accept").status_code == 400
        assert ann.get("/metrics").status_code == 200


def test_a_conversation_is_its_users_alone(team: tuple[str, Path]) -> None:
    url, folder = team
    answer = make_answer(("It is.", cite(1, "It was built in 1931")), question="What is secret?")
    kept = Conversations(folder / "store")
    id_ = kept.keep("ray", "", 0, answer)
    with as_user(url, "ray") as ray, as_user(url, "rob") as rob:
        assert ray.get("/api/conversations").json()["conversations"][0]["id"] == id_
        assert "What is secret?" in ray.get(f"/api/conversations/{id_}.md").text
        assert json.loads(ray.get(f"/api/conversations/{id_}.json").text)["answers"]
        assert rob.get("/api/conversations").json() == {"conversations": []}
        for ending in ("md", "json"):
            assert rob.get(f"/api/conversations/{id_}.{ending}").status_code == 404
        assert rob.delete(f"/api/conversations/{id_}").status_code == 404
        assert ray.delete(f"/api/conversations/{id_}").status_code == 200


def test_a_session_is_of_who_used_it_first(team: tuple[str, Path]) -> None:
    url, _ = team
    with log_in(url, "ray") as ray, log_in(url, "rob") as rob:
        body = {"data": ["x"], "fn_index": 0, "session_hash": "stolen"}
        assert ray.post("/gradio_api/queue/join", json=body).status_code != 403
        for route in ("/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/cancel"):
            assert rob.post(route, json=body).status_code == 403
        assert rob.get("/gradio_api/queue/data?session_hash=stolen").status_code == 403
        assert rob.get("/gradio_api/heartbeat/stolen").status_code == 403
        assert rob.get("/config").status_code == 200


def test_what_is_sent_brings_no_address_and_no_component_of_its_own(
    team: tuple[str, Path],
) -> None:
    address = {"path": "http://example.org/x", "meta": {"_type": "gradio.FileData"}}
    secret = {"type": "component", "component": "image", "value": {"path": "/etc/shadow"}}
    built = {"component": "image", "value": {}, "constructor_args": {}}
    with log_in(team[0], "ann") as ann:
        for number, hostile in enumerate((address, secret, built)):
            for nested in (hostile, [hostile], [{"role": "user", "content": [hostile]}]):
                body = {"data": [nested], "fn_index": number, "session_hash": "mine"}
                for route in ("/gradio_api/queue/join", "/gradio_api/run/predict"):
                    told = ann.post(route, json=body)
                    assert told.status_code == 403, nested
                    assert "uploaded" in told.text


def test_only_who_may_add_documents_uploads(team: tuple[str, Path]) -> None:
    files = {"files": ("a.txt", b"x")}
    with log_in(team[0], "ray") as ray, log_in(team[0], "ed") as ed:
        assert ray.post("/gradio_api/upload", files=files).status_code == 403
        assert ed.post("/gradio_api/upload", files=files).status_code == 200
        assert ed.post("/api/ask", content=b"x" * (LARGEST_BODY + 1)).status_code == 413


def test_logins_that_fail_have_to_wait(team: tuple[str, Path]) -> None:
    url, _ = team
    with httpx.Client(base_url=url) as client:
        for _ in range(FAILURES):
            told = client.post("/login", data={"name": "nemo", "password": "x"})
            assert told.status_code == 401
        told = client.post("/login", data={"name": "nemo", "password": "x"})
        assert told.status_code == 429
        assert "Wait" in told.text
        chinese = {"Accept-Language": "zh-CN"}
        told = client.post("/login", data={"name": "nemo", "password": "x"}, headers=chinese)
        assert "请等待" in told.text
        assert client.get("/api/documents", auth=("nemo", "x")).status_code == 429
    with log_in(url, "rob") as rob:
        assert rob.get("/api/documents").status_code == 200
        cookie = rob.cookies["sic-session"]
        rob.post("/logout")
        old = httpx.get(f"{url}/api/documents", cookies={"sic-session": cookie})
        assert old.status_code == 401


def test_a_client_of_the_protocol_asks_searches_reads_and_calculates(client: httpx.Client) -> None:

    async def talk() -> None:
        async with Client(f"{client.base_url}/mcp") as session:
            tools = {tool.name for tool in (await session.list_tools()).tools}
            assert tools == {"ask", "search", "read_passage", "calculate"}
            asked = await session.call_tool("ask", {"question": "How high is the dam?"})
            assert asked.structured_content["citations"][0]["document"] == "dam.md"
            found = await session.call_tool("search", {"query": "dam", "count": 1})
            passage = found.structured_content["passages"][0]
            place = {key: passage[key] for key in ("document", "start", "end")}
            read = await session.call_tool("read_passage", place)
            assert read.structured_content["text"] == passage["text"]
            result = await session.call_tool("calculate", {"expression": "3 kWh * 2"})
            assert result.structured_content == {"result": "6 kWh"}
            wrong = await session.call_tool("calculate", {"expression": "1 kWh + 1 kg"})
            assert wrong.is_error

    with ThreadPoolExecutor(1) as pool:  # the browser's tests keep a loop in this thread
        pool.submit(anyio.run, talk).result()
