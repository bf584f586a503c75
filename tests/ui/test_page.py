"""The page in a real browser, with the embedded models over the shipped corpus."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).parent.parent.parent
ANSWER_MS = 90_000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The running application: its address and process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("app")
    shutil.copytree(ROOT / "corpus", folder / "corpus", ignore=shutil.ignore_patterns(".sic"))
    (folder / "corpus" / "documents" / "broken.md").write_text("---\ntitle: [\n---\nx")
    line = [sys.executable, str(ROOT / "app.py"), "--corpus", str(folder / "corpus")]
    environment = os.environ | {"SIC_PORT": str(port)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*line, "--store", str(folder / "store")], env=environment, stderr=log, cwd=folder
        )
        url = f"http://127.0.0.1:{port}"
        for _ in range(120):
            try:
                httpx.get(url, timeout=1)
                break
            except httpx.HTTPError:
                time.sleep(0.5)
        yield url, process.pid
        process.terminate()
        process.wait(timeout=30)
    told = (folder / "log").read_text()
    assert told.count("Traceback") == told.count("\ngradio.exceptions.InvalidPathError"), (
        "Gradio's own refusals"
    )


@pytest.fixture(scope="module")
def page(app: tuple[str, int], browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.outside = []  # type: ignore[attr-defined]
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((app[0], "data:", "blob:"))
            else page.outside.append(request.url)  # type: ignore[attr-defined]
        ),
    )
    page.goto(app[0])
    yield page
    page.close()


def send(page: Page, text: str) -> None:
    page.locator("#sic-question textarea").fill(text)
    page.locator("#sic-question textarea").press("Enter")


def test_the_page_says_that_models_load_and_what_is_in_the_corpus(page: Page) -> None:
    expect(page.locator(".sic-busy")).to_be_visible(timeout=30_000)
    expect(page.locator(".sic-busy")).to_have_count(0, timeout=ANSWER_MS)
    expect(page.locator(".sic-corpus li")).to_have_count(3)
    expect(page.locator(".sic-failed")).to_contain_text("front matter is broken at line 3")


def test_an_answer_streams_and_its_mark_opens_the_words(page: Page) -> None:
    send(page, "How much energy did training GPT-3 take?")
    expect(page.get_by_text("Reading 5 passages")).to_be_visible(timeout=30_000)
    assert not page.locator("#sic-chat a", has_text="[1]").count(), "sources come before the text"
    mark = page.locator("#sic-chat a", has_text="[1]")
    expect(mark).to_be_visible(timeout=ANSWER_MS)
    mark.click()
    expect(page.locator("#sic-pane mark")).to_contain_text("1,287 MWh")
    expect(page.locator("#sic-pane mark")).to_be_in_viewport()
    page.locator("#sic-pane .sic-text").evaluate("text => { text.scrollTop = text.scrollHeight; }")
    expect(page.locator("#sic-pane mark")).not_to_be_in_viewport()
    mark.click()
    expect(page.locator("#sic-pane mark")).to_be_in_viewport()
    page.locator("#sic-pane .sic-back").click()
    expect(page.locator(".sic-corpus")).to_be_visible()


def test_an_answer_is_copied_with_its_references(page: Page, app: tuple[str, int]) -> None:
    expect(page.locator("#sic-question textarea")).to_be_enabled(timeout=ANSWER_MS)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app[0])
    page.locator("#sic-chat .message-buttons-left button").first.click()
    page.wait_for_timeout(300)
    copied = page.evaluate("navigator.clipboard.readText()")
    answer, reference = copied.split("\n\n", 1)
    assert "1,287" in answer
    assert "[1]" in answer
    assert re.match(r"\[1\] \w+\.txt: “.*1,287 MWh", reference)
    assert "open?" not in copied


def test_an_answer_is_stopped(page: Page) -> None:
    send(page, "What are the limitations of the study of images?")
    stop = page.locator("#sic-question .stop-button")
    expect(page.locator("#sic-chat .bot-row")).to_have_count(2)
    stop.click(timeout=30_000)
    expect(stop).to_have_count(0)
    expect(page.locator("#sic-chat").get_by_text("Stopped")).to_be_visible()
    expect(page.locator("#sic-chat .bot-row")).to_have_count(2)
    expect(page.locator("#sic-chat .bot-row").last).not_to_contain_text("Reading")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#sic-chat .bot-row")).to_have_count(1)
    page.locator("#sic-question textarea").fill("")


def test_a_follow_up_is_searched_in_its_context(page: Page) -> None:
    expect(page.locator("#sic-question textarea")).to_be_enabled(timeout=ANSWER_MS)
    send(page, "And what are its emissions?")
    search = page.locator("#sic-chat", has_text="Searched for “").get_by_text("GPT-3 ")
    expect(search.last).to_be_visible(timeout=ANSWER_MS)
    expect(page.get_by_text("552 tons").last).to_be_visible(timeout=ANSWER_MS)


def test_the_mark_of_a_number_unfolds_how_it_was_worked_out(page: Page) -> None:
    send(page, "How much energy do 5,000 images take?")
    working = page.locator("#sic-chat .thought-group", has_text="How it was worked out")
    expect(working).to_be_visible(timeout=ANSWER_MS)
    expect(working).not_to_contain_text("2.907 kWh")
    mark = page.locator("#sic-chat a", has_text="[C1]")
    mark.click()
    expect(working).to_contain_text("2.907 kWh")
    expect(working).to_be_in_viewport()
    mark.click()
    expect(working).to_contain_text("2.907 kWh")


def test_what_is_not_in_the_documents_is_said_so(page: Page) -> None:
    send(page, "How much water does GPT-4 use?")
    expect(page.get_by_text("The documents do not answer this.")).to_be_visible(timeout=ANSWER_MS)


def test_a_pasted_image_calls_no_other_machine(page: Page) -> None:
    calls: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/seen.png"
        send(page, f"What does GPT-9 use? ![a]({url}) <img src='{url}'>")
        expect(page.locator("#sic-chat img[src*='seen.png']").first).to_be_attached()
        expect(page.get_by_text("The documents do not answer this.")).to_have_count(2)
        server.shutdown()
    assert calls == []
    page.outside.clear()  # type: ignore[attr-defined]


def test_a_question_that_cannot_be_asked_is_explained(page: Page) -> None:
    send(page, "🎉🎉🎉")
    expect(page.get_by_text("There are no words in the question")).to_be_visible(timeout=ANSWER_MS)


def test_a_killed_model_is_named(page: Page, app: tuple[str, int]) -> None:
    send(page, "What are the limitations of the research?")
    expect(page.get_by_text("Reading 5 passages")).to_be_visible(timeout=30_000)
    time.sleep(1)
    for child in psutil.Process(app[1]).children(recursive=True):
        if any("local_server" in word for word in child.cmdline()):
            child.kill()
    expect(page.get_by_text("process stopped while it worked")).to_be_visible(timeout=ANSWER_MS)


def test_then_a_known_error_is_corrected_and_struck_where_it_stands(page: Page) -> None:
    expect(page.locator("#sic-question textarea")).to_be_enabled(timeout=ANSWER_MS)
    send(page, "Is Huang Renxun Andrew Ng?")
    mark = page.locator("#sic-chat a", has_text="[E1]").first
    expect(mark).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator("#sic-chat strong", has_text="is Jensen Huang").first).to_be_visible()
    mark.click()
    expect(page.locator("#sic-pane mark .sic-wrong")).to_contain_text("often referred to as")
    expect(page.locator("#sic-pane .sic-right", has_text="NVIDIA")).to_have_count(1)


def test_a_correction_is_proposed_from_a_citation_and_rejected(page: Page) -> None:
    page.get_by_role("tab", name="Corrections").click()
    expect(page.locator("#sic-errata h2")).to_contain_text("5")
    page.locator("#sic-propose").get_by_text("Propose a correction").click()
    form = page.locator("#sic-propose")
    wrong = form.get_by_label("Faulty words")
    expect(wrong).to_have_value(re.compile("often referred to as Andrew Ng"))
    form.get_by_label("What is right").fill("<img src=x onerror=alert(1)> It is not so.")
    form.get_by_role("button", name="Propose", exact=True).click()
    expect(page.locator("#sic-proposed")).to_contain_text("to be filled in: “Who says so”")
    form.get_by_label("Who says so").fill("Me, 2026")
    form.get_by_role("button", name="Propose", exact=True).click()
    expect(page.locator("#sic-errata .sic-outcome")).to_contain_text("is proposed")
    expect(form.get_by_label("What is right")).not_to_be_visible()
    proposed = page.locator("#sic-errata li", has_text="Proposed.")
    expect(proposed).to_contain_text("onerror=alert(1)")
    expect(proposed.locator("del")).to_have_count(0)
    expect(page.locator("#sic-errata img")).to_have_count(0)
    proposed.get_by_text("Reject").click()
    expect(page.locator("#sic-errata .sic-outcome")).to_contain_text("is rejected")
    expect(proposed).to_have_count(0)


def test_a_proposed_correction_is_accepted(page: Page) -> None:
    form = page.locator("#sic-propose")
    form.get_by_text("Propose a correction").click()
    expect(form.get_by_label("What is right")).to_have_value("")
    form.get_by_label("Faulty words").fill("This finding was shared by Yann LeCun")
    form.get_by_label("What is right").fill("This finding was shared by many.")
    form.get_by_label("Who says so").fill("Me, 2026")
    form.get_by_role("button", name="Propose", exact=True).click()
    page.locator("#sic-errata").get_by_text("Accept", exact=True).click()
    expect(page.locator("#sic-errata .sic-outcome")).to_contain_text("is in force")
    expect(page.locator("#sic-errata h2")).to_contain_text("6")
    page.locator("#sic-errata a[href^='#open']").last.click()
    expect(page.locator("#sic-pane mark")).to_be_in_viewport()


def test_a_correction_in_force_is_withdrawn(page: Page) -> None:
    page.get_by_role("tab", name="Corrections").click()
    page.locator("#sic-errata li", has_text="shared by many").get_by_text("Withdraw").click()
    expect(page.locator("#sic-errata .sic-outcome")).to_contain_text("is withdrawn")
    proposed = page.locator("#sic-errata li", has_text="shared by many")
    expect(proposed).to_contain_text("Proposed.")
    proposed.get_by_text("Accept", exact=True).click()
    expect(proposed).to_contain_text("In force")


def test_documents_are_added_refused_removed_and_brought_back(page: Page, tmp_path: Path) -> None:
    good, other = tmp_path / "heron notes.md", tmp_path / "heron.exe"
    good.write_text("# Heron\n\nThe heron mill took 812 kWh in May 2021.\n")
    other.write_text("x")
    page.get_by_role("tab", name="Documents").click()
    page.get_by_text("Add documents").click()
    page.locator("#sic-add input[type=file]").set_input_files([good, other])
    told = page.locator("#sic-added")
    expect(told).to_contain_text("heron notes.md can be asked now: 1 passage.", timeout=ANSWER_MS)
    expect(told).to_contain_text("heron.exe: the format .exe is not read")
    send(page, "How much did the heron mill take?")
    expect(page.locator("#sic-chat").get_by_text("812 kWh").last).to_be_visible(timeout=ANSWER_MS)
    page.get_by_label("Remove heron notes.md").click()
    notice = page.locator("#sic-pane .sic-outcome")
    expect(notice).to_contain_text("heron notes.md is removed.", timeout=ANSWER_MS)
    expect(told).not_to_contain_text("can be asked now")
    expect(page.locator("#sic-pane li a", has_text="Heron")).to_have_count(0)
    expect(page.get_by_label("Bring back heron notes.md")).to_have_count(1)
    notice.get_by_text("Undo").click()
    expect(notice).to_contain_text("heron notes.md is back.", timeout=ANSWER_MS)
    expect(page.locator("#sic-pane li a", has_text="Heron")).to_have_count(1)


def test_a_text_is_pasted_and_one_without_a_title_is_kept(page: Page) -> None:
    page.get_by_text("Or paste text").click()
    form = page.locator("#sic-add")
    form.locator("#sic-text textarea").fill("The egret mill took 90 kWh.")
    form.get_by_role("button", name="Add the text").click()
    expect(page.locator("#sic-added")).to_contain_text("a title with letters is needed")
    expect(form.locator("#sic-text textarea")).to_have_value("The egret mill took 90 kWh.")
    form.locator("#sic-title textarea, #sic-title input").fill("../Egret <b>")
    form.get_by_role("button", name="Add the text").click()
    expect(page.locator("#sic-added")).to_contain_text(
        "Egret b.txt can be asked", timeout=ANSWER_MS
    )
    expect(form.locator("#sic-text textarea")).to_have_value("")


def test_a_file_of_the_server_cannot_be_named_as_an_upload(app: tuple[str, int]) -> None:
    secret = ROOT / "README.md"
    config = httpx.get(f"{app[0]}/config").json()
    for number, one in enumerate(config["dependencies"]):
        if one["targets"] and one["targets"][0][1] == "upload":
            data = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
            sent = {"data": [[data], False], "fn_index": number, "session_hash": "x1"}
            httpx.post(f"{app[0]}/gradio_api/queue/join", json=sent)
            with httpx.stream("GET", f"{app[0]}/gradio_api/queue/data?session_hash=x1") as lines:
                told = "".join(line for line in lines.iter_lines() if "process_completed" in line)
            assert '"success": false' in told or '"success":false' in told
            return
    raise AssertionError("nothing takes uploads")


def test_the_page_speaks_the_language_of_the_browser(page: Page, app: tuple[str, int]) -> None:
    assert page.context.browser
    with page.context.browser.new_context(locale="zh-CN") as context:
        chinese = context.new_page()
        chinese.goto(app[0])
        expect(chinese.locator("#sic-pane h2")).to_contain_text("文档", timeout=30_000)
        expect(chinese.get_by_role("tab", name="更正")).to_be_visible()
        expect(chinese.locator("#sic-question textarea")).to_have_attribute(
            "placeholder", "向文档提问"
        )
        expect(chinese.get_by_text("向您的文档提问")).to_be_visible()


def test_nothing_is_asked_of_any_other_machine(page: Page) -> None:
    assert page.outside == []  # type: ignore[attr-defined]


def test_a_link_fills_in_the_question_and_does_not_send_it(
    page: Page, app: tuple[str, int]
) -> None:
    page.goto(app[0] + "/?question=How%20much%20%3Cb%3Eenergy%3C/b%3E%3F")
    box = page.locator("#sic-question textarea")
    expect(box).to_have_value("How much <b>energy</b>?", timeout=20_000)
    page.wait_for_timeout(500)
    expect(page.locator("#sic-chat .message")).to_have_count(0)
