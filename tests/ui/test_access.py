"""The page for everyone: no serious finding of axe, and usable on a phone and enlarged twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.ui.test_team import ask, open_tab

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
ENLARGED = {"width": 640, "height": 400}
"""What is left of 1280 by 800 when everything is twice as large."""
TABS = ("Documents", "Corrections", "History", "Evals", "About")


@contextmanager
def open_page(
    browser: Browser, url: str, viewport: dict[str, int] = WIDE, theme: str = "light"
) -> Iterator[Page]:
    options: dict[str, Any] = {"viewport": viewport, "reduced_motion": "reduce"}
    with browser.new_context(**options) as context:
        page = context.new_page()
        page.goto(f"{url}/?__theme={theme}")
        expect(page.locator(".sic-corpus")).to_be_visible(timeout=30_000)
        yield page


def open_any_tab(page: Page, name: str) -> None:
    """Open a tab, or what a narrow page has in a menu in its place."""
    tab = page.get_by_role("tab", name=name)
    if not tab.is_visible():
        page.locator("#sic-side .overflow-menu > button").click()
        tab = page.locator("#sic-side .overflow-dropdown button", has_text=name)
    tab.click()


def find_serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:150] for node in one['nodes'][:4]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_server: str, browser: Browser, theme: str) -> None:
    with open_page(browser, open_server, theme=theme) as page:
        assert find_serious(page) == []
        ask(page, "How high is the dam?")
        page.locator("#sic-chat a", has_text="[1]").first.click()
        expect(page.locator("#sic-pane mark")).to_be_visible()
        assert find_serious(page) == []
        for tab in TABS[1:]:
            open_tab(page, tab)
            assert find_serious(page) == [], tab


@pytest.mark.parametrize("viewport", [PHONE, ENLARGED])
def test_a_question_is_asked_and_its_source_read_in_little_room(
    open_server: str, browser: Browser, viewport: dict[str, int]
) -> None:
    with open_page(browser, open_server, viewport) as page:
        ask(page, "How high is the dam?")
        mark = page.locator("#sic-chat a", has_text="[1]").first
        mark.scroll_into_view_if_needed()
        mark.click()
        expect(page.locator("#sic-pane mark")).to_be_in_viewport()
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0
        for tab in TABS[1:]:
            open_any_tab(page, tab)
            assert page.evaluate(wider) <= 0, tab


def test_a_question_is_asked_and_a_source_opened_by_the_keyboard_alone(
    open_server: str, browser: Browser
) -> None:
    with open_page(browser, open_server) as page:
        ask(page, "How high is the dam?")
        for _ in range(60):
            page.keyboard.press("Shift+Tab")
            if page.evaluate("document.activeElement.getAttribute('href') || ''").startswith(
                "#open"
            ):
                break
        page.keyboard.press("Enter")
        expect(page.locator("#sic-pane mark")).to_be_visible()


def test_answers_are_announced(open_server: str, browser: Browser) -> None:
    with open_page(browser, open_server) as page:
        assert page.locator("#sic-chat [aria-live=polite]").count() >= 1


def test_a_source_is_marked_in_a_pdf_as_it_looks(browser: Browser, open_server: str) -> None:
    sample = Path(__file__).parent.parent / "ingest" / "files" / "en-columns.pdf"
    httpx.post(
        f"{open_server}/api/documents",
        files={"file": ("lights.pdf", sample.read_bytes())},
        timeout=60,
    ).raise_for_status()
    with open_page(browser, open_server) as page:
        ask(page, "How much oil did the light of Eskerwick burn?")
        page.locator("#sic-chat a", has_text="[1]").first.click()
        sheet = page.locator("#sic-pane .sic-sheet img")
        expect(sheet).to_be_visible()
        assert sheet.evaluate("image => image.naturalWidth") > 1000
        expect(page.locator("#sic-pane .sic-sheet mark").first).to_be_in_viewport()
        page.get_by_role("link", name="As text").click()
        expect(page.locator("#sic-pane .sic-text > mark").first).to_be_visible()
        page.get_by_role("link", name="As the page").click()
        expect(sheet).to_be_visible()
    httpx.delete(f"{open_server}/api/documents/lights.pdf", timeout=60).raise_for_status()
