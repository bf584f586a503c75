"""Many people at once, intruders and hostile text, against a real server: for measuring.

    python -m tests.ui.load [people] [strangers] [markup] [leaving] [paint]

The answers are scripted, the rest is real: Gradio's own protocol, the store, and in most of them
Chromium; for `leaving` the answers are real, too. `people`: 20 users take 50 turns each, and each
must hear of its own question alone; then more than may wait come at once. `strangers`: one user
tries another's history, session and files by the right ids. `markup`: scripts and images in names,
documents, questions and answers. `leaving`: tabs are closed while the model works. `paint`: what a
page costs the browser.
"""

import json
import os
import random
import re
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import httpx
import psutil

from tests.evals.scripted import cite, make_answer
from tests.ui.conftest import CHROMIUM, FLAGS
from tests.ui.screenshots import run_sic
from tests.ui.served import PASSWORD, make_corpus, serve
from tests.ui.test_server import log_in
from ui.accounts import put_user
from ui.conversations import Conversations

if TYPE_CHECKING:
    from playwright.sync_api import Page

PEOPLE, TURNS, EXCESS = 20, 50, 80
LEFT, LOADS = 100, 10
IDLE_SECONDS = 0.4
SHORT = "How high is the dam, and who built it? "
LONG = 10 * SHORT
"""What is asked, and what the scripted answer says back."""
QUESTIONS = (
    "How much energy did training GPT-3 take?",
    "How do text classification and image generation compare in emissions?",
    "What are the limitations of the research?",
    "BLOOM的训练排放了多少二氧化碳？",
    "Why does generating images take so much energy?",
)


def find_functions(client: httpx.Client) -> tuple[int, int]:
    """Return the numbers of Gradio's functions that take a question in, and answer it."""
    dependencies = client.get("/config").json()["dependencies"]
    names = [one["api_name"] for one in dependencies]
    return names.index("_clear_and_save_textbox"), names.index("_submit_fn")


def take_turn(client: httpx.Client, functions: tuple[int, int], session: str, text: str) -> str:
    """Ask as the page does; return all that came back, or why nothing did."""
    take_in, submit = functions
    sent = {"data": [text], "fn_index": take_in, "session_hash": session}
    client.post("/gradio_api/run/predict", json=sent).raise_for_status()
    sent = {"data": [None, None, None], "fn_index": submit, "session_hash": session}
    joined = client.post("/gradio_api/queue/join", json=sent)
    if joined.status_code != 200:
        return f"refused {joined.status_code}: {joined.text[:100]}"
    told = []
    path = f"/gradio_api/queue/data?session_hash={session}"
    with client.stream("GET", path) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                event = json.loads(line[6:])
                told.append(line)
                if event["msg"] == "process_completed":
                    break
    return "".join(told)


def server_process(url: str) -> psutil.Process:
    port = httpx.URL(url).port
    own = psutil.Process().children(recursive=True)
    return next(one for one in own if str(port) in one.cmdline())


def measure_people() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = make_corpus(Path(name))
        with serve(folder, pause=0.01) as url, httpx.Client(base_url=url, timeout=300) as client:
            functions = find_functions(client)
            process = server_process(url)
            memory = [process.memory_info().rss]

            def talk(person: int) -> tuple[int, list[float]]:
                crossed, seconds, session = 0, [], secrets.token_hex(8)
                for turn in range(TURNS):
                    word = f"person{person}turn{turn}end"
                    started = time.monotonic()
                    told = take_turn(client, functions, session, word)
                    seconds.append(time.monotonic() - started)
                    heard = {part.split("end")[0] for part in told.split("person")[1:]}
                    crossed += heard != {f"{person}turn{turn}"}
                return crossed, seconds

            started = time.monotonic()
            with ThreadPoolExecutor(PEOPLE) as pool:
                done = list(pool.map(talk, range(PEOPLE)))
                memory.append(process.memory_info().rss)
            taken = time.monotonic() - started
            seconds = [one for _, some in done for one in some]
            print(
                f"{len(seconds)} turns of {PEOPLE} people in {taken:.1f} s, median "
                f"{median(seconds):.2f} s; {sum(crossed for crossed, _ in done)} heard of others"
            )
            for _ in range(2):
                with ThreadPoolExecutor(PEOPLE) as pool:
                    list(pool.map(talk, range(PEOPLE)))
                memory.append(process.memory_info().rss)
            print("MiB at first and after each 1,000 turns:", [one >> 20 for one in memory])
        limits = httpx.Limits(max_connections=2 * EXCESS)
        with (
            serve(make_corpus(Path(name, "slow")), pause=5) as url,
            httpx.Client(base_url=url, timeout=300, limits=limits) as client,
        ):
            waits = find_refusals(client, find_functions(client))
            print(f"{len(waits)} of {EXCESS} told to wait, at most {max(waits, default=0):.2f} s")


def find_refusals(client: httpx.Client, functions: tuple[int, int]) -> list[float]:
    """Come at once, more than may wait; return how long each that is refused was kept waiting."""
    found: list[float] = []

    def come(number: int) -> None:
        session = {"session_hash": f"excess-{number}"}
        sent = {"data": ["x"], "fn_index": functions[0], **session}
        client.post("/gradio_api/run/predict", json=sent).raise_for_status()
        sent = {"data": [None, None, None], "fn_index": functions[1], **session}
        started = time.monotonic()
        answer = client.post("/gradio_api/queue/join", json=sent)
        if answer.status_code != 200:
            found.append(time.monotonic() - started)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(EXCESS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def measure_strangers() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = make_corpus(Path(name))
        for user in ("ann", "bob"):
            put_user(folder / "users.txt", user, "reader", PASSWORD)
        with serve(folder, folder / "users.txt") as url:
            kept = Conversations(folder / "store")
            answer = make_answer(("SECRET", cite(1, "It was built in 1931")), question="SECRET?")
            with log_in(url, "ann") as ann, log_in(url, "bob") as bob:
                functions = find_functions(ann)
                tries, reached = 0, 0
                for number in range(50):
                    session, id_ = f"session-{number}", kept.keep("ann", "", 0, answer)
                    take_turn(ann, functions, session, "SECRET?")
                    file = {"files": ("secret.txt", b"SECRET")}
                    sent = ann.post("/gradio_api/upload", files=file)
                    path = sent.json()[0] if sent.status_code == 200 else "none"
                    for method, route, body in find_tries(session, id_, path, functions):
                        told = bob.request(method, route, json=body)
                        tries += 1
                        reached += "SECRET" in told.text or told.status_code < 300
                    if kept.answers("ann", id_) != [answer]:
                        reached += 1
                print(f"{tries} tries with stolen ids: {reached} reads or writes")


def find_tries(
    session: str, id_: str, path: str, functions: tuple[int, int]
) -> Iterator[tuple[str, str, Any]]:
    """Yield requests that use what is another user's."""
    join = {"data": [None, None, None], "fn_index": functions[1], "session_hash": session}
    yield "POST", "/gradio_api/queue/join", join
    yield "POST", "/gradio_api/run/predict", {**join, "data": ["x"], "fn_index": functions[0]}
    yield "GET", f"/gradio_api/queue/data?session_hash={session}", None
    yield "GET", f"/gradio_api/heartbeat/{session}", None
    yield "POST", "/gradio_api/cancel", {"session_hash": session, "fn_index": 3, "event_id": "x"}
    yield "POST", "/gradio_api/reset", {"session_hash": session, "event_id": "x"}
    yield "GET", f"/api/conversations/{id_}.json", None
    yield "GET", f"/api/conversations/{id_}.md", None
    yield "DELETE", f"/api/conversations/{id_}", None
    yield "GET", f"/gradio_api/file={path}", None


PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "![x](javascript:alert(1))",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<details open ontoggle=alert(1)>x</details>",
    "'\"><img src=x onerror=alert(1)>",
    "</del></mark></article><script>alert(1)</script>",
    "<body onload=alert(1)>",
    "<math><mtext></table><mglyph><style><img src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "${alert(1)} {{constructor.constructor('alert(1)')()}} {% x %}",
    "`<img src=x onerror=alert(1)>`",
    "<video><source onerror=alert(1)></video>",
    "<style>@import 'http://127.0.0.1:9/x';</style>",
    "<object data='javascript:alert(1)'>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "$$\\href{javascript:alert(1)}{x}$$",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<template><script>alert(1)</script></template><script src='data:,alert(1)'></script>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "[x](#open?name=%22onclick=alert(1)//&start=0&end=9)",
    "</textarea></title></style><script>alert(1)</script>",
)
IMAGES = (
    "![a]({url})",
    "<img src='{url}'>",
    "[![a]({url})]({url})",
    "<picture><source srcset='{url}'><img></picture>",
    "<div style=\"background:url('{url}')\">x</div>",
    "<link rel=prefetch href='{url}'>",
    "<video poster='{url}'></video>",
    "<iframe src='{url}'></iframe>",
    "![a][b]\n\n[b]: {url}",
    "<svg><image href='{url}'/></svg>",
)


def listen(called: list[str]) -> str:
    """Start a server that notes what is asked of it; return its address."""

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def measure_markup() -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name:
        folder = make_corpus(Path(name))
        documents = folder / "corpus" / "documents"
        called: list[str] = []
        outside = listen(called)
        images = [form.format(url=f"{outside}/{at}.png") for at in range(10) for form in IMAGES]
        for at, text in enumerate([*PAYLOADS, *images]):
            path = documents / f"note-{at} {text.replace('/', '_')[:60]}.md"
            path.write_text(f"---\ntitle: {json.dumps(text)}\n---\nword{at} {text} word{at}\n")
        with serve(folder) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page()
            fired: list[str] = []
            page.on("dialog", lambda dialog: (fired.append(dialog.message), dialog.dismiss()))
            page.goto(url)
            page.locator(".sic-corpus li").nth(100).wait_for(timeout=60_000)
            count = 0
            for at, text in enumerate([*PAYLOADS, *images]):
                box = page.locator("#sic-question textarea")
                box.wait_for()
                page.wait_for_function(
                    "() => !document.querySelector('#sic-question textarea').disabled"
                )
                box.fill(f"word{at} {text}")
                box.press("Enter")
                page.locator("#sic-chat .bot").nth(at).locator("a").last.wait_for(timeout=60_000)
                mark = page.locator("#sic-chat .bot").nth(at).locator("a", has_text="[1]").first
                mark.click()
                page.locator("#sic-pane mark").wait_for()
                count += 1
            print(
                f"{len(PAYLOADS)} scripts, each in a name, title, document, question, answer, "
                f"list, passage and viewer, and {len(images)} images so: {count} asked and opened; "
                f"{len(fired)} fired; {len(called)} requests came to the other machine"
            )
            browser.close()


def measure_leaving() -> None:
    """Close the tab while the real model works, again and again; tell when it is idle."""
    from playwright.sync_api import sync_playwright

    chance = random.Random(LEFT)
    seconds: list[float] = []
    found: list[float] = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with run_sic(Path(name), 7993) as url:
            model = find_model()
            for at in range(LEFT):
                page = browser.new_page()
                page.goto(url)
                page.locator(".sic-corpus").wait_for(timeout=60_000)
                page.locator("#sic-question textarea").fill(QUESTIONS[at % len(QUESTIONS)])
                page.locator("#sic-question textarea").press("Enter")
                found.append(wait_for_sources(page))
                page.wait_for_timeout(chance.uniform(300, 4000))
                page.close()
                seconds.append(wait_until_idle(model))
        browser.close()
    seconds.sort()
    print(
        f"{LEFT} tabs closed: the model is idle after {median(seconds):.2f} s in the median, "
        f"{seconds[-1]:.2f} s at the most; {sum(one >= 2 for one in seconds)} took 2 s or more. "
        f"The sources were there after {median(found):.2f} s, {max(found):.2f} s at the most"
    )


def wait_for_sources(page: "Page") -> float:
    """Return the seconds from now, when a question was sent, to its sources."""
    asked = time.monotonic()
    sources = page.locator("#sic-chat .bot a[href^='#open']").first
    sources.wait_for(state="attached", timeout=60_000)
    return time.monotonic() - asked


def find_model() -> psutil.Process:
    """Return the process of the embedded model."""
    for process in psutil.Process().children(recursive=True):
        if "local_server.py" in " ".join(process.cmdline()):
            return process
    raise LookupError("The embedded model does not run.")


def wait_until_idle(process: psutil.Process) -> float:
    """Return the seconds until a process begins to do nothing for a while."""
    started, last = time.monotonic(), process.cpu_times().user
    idle_since = started
    while time.monotonic() - idle_since < IDLE_SECONDS:
        time.sleep(0.05)
        now = process.cpu_times().user
        if now > last:
            idle_since, last = time.monotonic(), now
    return idle_since - started


def measure_paint() -> None:
    """Load the page, and stream answers, and tell what it costs the browser."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with serve(make_corpus(Path(name)), pause=0.05) as url:
            painted, useful, found = [], [], []
            worked: dict[str, list[float]] = {SHORT: [], LONG: []}
            for text in (SHORT, LONG) * (LOADS // 2):
                page = browser.new_page()
                started = time.monotonic()
                page.goto(url, wait_until="commit")
                page.locator("#sic-question textarea").wait_for()
                useful.append(time.monotonic() - started)
                paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
                painted.append(page.evaluate(paint) / 1000)
                page.locator(".sic-corpus").wait_for()
                page.wait_for_timeout(1500)
                client = page.context.new_cdp_session(page)
                client.send("Performance.enable")
                before = task_seconds(client)
                page.locator("#sic-question textarea").fill(text)
                page.locator("#sic-question textarea").press("Enter")
                found.append(wait_for_sources(page))
                page.locator("#sic-chat .bot", has_text="That is all.").wait_for()
                page.wait_for_timeout(1500)
                worked[text].append(task_seconds(client) - before)
                page.close()
        browser.close()
    short, long = (1000 * median(worked[text]) for text in (SHORT, LONG))
    tokens = count_tokens(LONG)
    more = tokens - count_tokens(SHORT)
    print(
        f"{LOADS} loads: first paint after {median(painted):.2f} s (at most {max(painted):.2f}), "
        f"the question can be written after {median(useful):.2f} s (at most {max(useful):.2f}), "
        f"the sources are there {median(found):.2f} s (at most {max(found):.2f}) behind the key; "
        f"a question and an answer that repeats it keep the page busy for {long:.0f} ms with "
        f"{tokens} tokens, {long / tokens:.1f} ms each, and {short:.0f} ms with {more} fewer: "
        f"{(long - short) / more:.1f} ms for each token more"
    )


def count_tokens(text: str) -> int:
    """Return how many words and marks a text has: a model takes no fewer tokens."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def task_seconds(client: Any) -> float:
    """Return how long the page's thread has worked."""
    metrics = client.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def main() -> None:
    parts = {
        "people": measure_people,
        "strangers": measure_strangers,
        "markup": measure_markup,
        "leaving": measure_leaving,
        "paint": measure_paint,
    }
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    main()
