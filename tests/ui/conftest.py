"""A real browser, and two servers with scripted answers, which all tests of the page share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.ui.served import PASSWORD, make_corpus, serve
from ui.accounts import put_user

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None and not os.environ.get("SIC_REQUIRE_BROWSER"):
        pytest.skip("the page is tested in Chromium, which is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server without accounts."""
    with serve(make_corpus(tmp_path_factory.mktemp("open"))) as url:
        yield url


@pytest.fixture(scope="session")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address and folder of a server: ann is admin, ed is editor, ray and rob are readers."""
    folder = make_corpus(tmp_path_factory.mktemp("team"))
    users = folder / "users.txt"
    for name, role in (("ann", "admin"), ("ed", "editor"), ("ray", "reader"), ("rob", "reader")):
        put_user(users, name, role, PASSWORD)  # type: ignore[arg-type]
    with serve(folder, users) as url:
        yield url, folder
