"""Pictures of the page in its states, with the real models: for docs/screenshots, to be looked at.

    python -m tests.ui.screenshots FOLDER

Each state is shown wide in light English and dark Chinese, and on a phone the other way round.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.ui.conftest import CHROMIUM, FLAGS
from tests.ui.served import PASSWORD, ROOT
from tests.ui.test_access import open_any_tab
from ui.accounts import put_user
from ui.words import tell

WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
LOOKS: tuple[tuple[str, dict[str, int], str, Literal["en", "zh"]], ...] = (
    ("wide-light-en", WIDE, "light", "en"),
    ("wide-dark-zh", WIDE, "dark", "zh"),
    ("phone-dark-en", PHONE, "dark", "en"),
    ("phone-light-zh", PHONE, "light", "zh"),
)
QUESTIONS = {
    "en": {
        "answer": "How much energy did training GPT-3 take?",
        "calculation": "How much energy do 5,000 images take?",
        "correction": "How much CO2 did training BLOOM emit?",
        "abstention": "How much water does GPT-4 use?",
        "page": "How much oil did the light of Eskerwick burn in 1905?",
        "table": "How many passengers can the Marsh Harrier carry?",
    },
    "zh": {
        "answer": "训练GPT-3用了多少电？",
        "calculation": "生成5000张图片需要多少电？",
        "correction": "BLOOM的训练排放了多少二氧化碳？",
        "abstention": "GPT-4用了多少水？",
        "page": "Eskerwick灯塔1905年烧了多少升油？",
        "table": "How many passengers can the Marsh Harrier carry?",
    },
}
FERRIES = """
<h1>Ferries of the Sound</h1><p>This report was written for the harbour board. It describes the
ferries that cross the Sound, and what they carry.</p><p>Table 1: Ferries in service.</p>
<table><tr><th>Ferry<th>Length (m)<th>Passengers<th>Cars<th>Fuel (l/h)</tr>
<tr><td>Kestrel<td>62.4<td>300<td>48<td>210</tr>
<tr><td>Marsh Harrier<td>81.0<td>450<td>72<td>335</tr>
<tr><td>Little Tern<td>24.5<td>80<td>0<td>64</tr></table><p>The board thanks the crews.</p>
"""
"""Printed as a PDF, in which a table is lines of text."""
TABS = ("documents", "corrections", "conversations", "evals", "settings")


@contextmanager
def run_sic(folder: Path, port: int, **settings: str) -> Iterator[str]:
    """Run the application over a copy of the shipped corpus and a PDF; yield its address."""
    corpus = folder / "corpus"
    if not corpus.exists():
        shutil.copytree(ROOT / "corpus", corpus, ignore=shutil.ignore_patterns(".sic"))
        shutil.copy(ROOT / "tests/ingest/files/en-columns.pdf", corpus / "documents/lights.pdf")
    given = {"SIC_CORPUS": str(corpus), "SIC_PORT": str(port), **settings}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=os.environ | given, stderr=log
        )
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(240):
                try:
                    if httpx.get(f"{url}/ready", timeout=2).status_code == 200:
                        break
                except httpx.HTTPError:
                    pass
                time.sleep(0.5)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)


def ask(page: Page, question: str) -> None:
    box = page.locator("#sic-question textarea")
    expect(box).to_be_enabled(timeout=90_000)
    box.fill(question)
    box.press("Enter")
    expect(box).to_be_disabled(timeout=10_000)
    expect(box).to_be_enabled(timeout=90_000)
    page.wait_for_timeout(700)


def show(page: Page, target: Path, look: str) -> None:
    """Take a picture of each state."""

    def picture(state: str) -> None:
        page.wait_for_timeout(600)
        path = target / f"{state}-{look}.jpg"
        page.screenshot(path=path, type="jpeg", quality=60, animations="disabled")

    language: Literal["en", "zh"] = "zh" if look.endswith("zh") else "en"
    picture("start")
    for state, question in QUESTIONS[language].items():
        ask(page, question)
        turn = page.locator("#sic-chat .bot").last
        if state in ("calculation", "correction"):
            for title in turn.locator(".title[role=button]").all()[1:3]:
                title.click()
        marks = page.locator("#sic-chat .message-row").last.locator("a[href^='#open']")
        if state in ("answer", "correction", "page", "table") and marks.count():
            page.wait_for_timeout(300)
            picture(f"{state}-said")
            marks.first.click()
            page.wait_for_timeout(1500)
        picture(state)
    for tab in TABS:
        open_any_tab(page, tell(tab, language))
        if tab == "documents":
            page.locator("#sic-pane .sic-back").click()
            page.locator("#sic-add button").first.click()
        page.wait_for_timeout(500)
        page.locator("#sic-side").scroll_into_view_if_needed()
        picture(tab)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    target: Path = parser.parse_args().folder
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with run_sic(folder, 7991) as url:
            printer = browser.new_page()
            printer.set_content(FERRIES)
            sent = {"file": ("ferries.pdf", printer.pdf())}
            httpx.post(f"{url}/api/documents", files=sent, timeout=60).raise_for_status()
            printer.close()
            for look, viewport, theme, language in LOOKS:
                with open_page(browser, url, viewport, theme, language) as page:
                    expect(page.locator(".sic-corpus")).to_be_visible(timeout=60_000)
                    show(page, target, look)
        put_user(folder / "users.txt", "ann", "admin", PASSWORD)
        with run_sic(folder, 7992, SIC_AUTH_FILE=str(folder / "users.txt")) as url:
            for look, viewport, theme, language in LOOKS:
                with open_page(browser, url, viewport, theme, language) as page:
                    page.screenshot(path=target / f"login-{look}.jpg", type="jpeg", quality=60)
        browser.close()


@contextmanager
def open_page(
    browser: Browser, url: str, viewport: dict[str, int], theme: str, language: str
) -> Iterator[Page]:
    locale = {"en": "en-GB", "zh": "zh-CN"}[language]
    options: dict[str, Any] = {"viewport": viewport, "locale": locale, "color_scheme": theme}
    with browser.new_context(**options) as context:
        page = context.new_page()
        page.goto(url)
        yield page


if __name__ == "__main__":
    main()
