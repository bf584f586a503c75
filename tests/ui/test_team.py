"""The page of a team, in a real browser: logins, history, feedback, choices. Scripted answers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from evals.feedback import feedback_file
from evals.load import load_suite
from tests.ui.served import PASSWORD


@contextmanager
def log_in(browser: Browser, url: str, name: str, **options: str) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 800}, **options) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(url)
        page.locator("[name=name]").fill(name)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("button").click()
        expect(page.locator(".sic-corpus")).to_be_visible(timeout=30_000)
        yield page


@pytest.fixture(scope="module")
def page(team: tuple[str, Path], browser: Browser) -> Iterator[Page]:
    """The page as ann, who is an admin, has it."""
    with log_in(browser, team[0], "ann") as page:
        yield page


def ask(page: Page, question: str) -> None:
    box = page.locator("#sic-question textarea")
    expect(box).to_be_enabled(timeout=30_000)
    box.fill(question)
    box.press("Enter")
    mark = page.locator("#sic-chat .bot", has_text=question).locator("a", has_text="[1]")
    expect(mark.first).to_be_visible(timeout=30_000)
    expect(box).to_be_enabled(timeout=30_000)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def test_a_wrong_password_is_told(team: tuple[str, Path], browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(team[0])
        expect(page).to_have_url(re.compile("/login$"))
        page.locator("[name=name]").fill("ann")
        page.locator("[name=password]").fill("guess")
        page.locator("button").click()
        expect(page.get_by_role("alert")).to_have_text("There is no such name with this password.")


def test_the_words_of_a_citation_are_shown_when_it_is_pointed_at(page: Page) -> None:
    ask(page, "How high is the dam?")
    title = page.locator("#sic-chat a", has_text="[1]").first.get_attribute("title")
    assert title == "# Dam The dam is 120 metres high."


def test_a_conversation_is_kept_found_renamed_and_gone_on_with(page: Page) -> None:
    ask(page, "And how wide?")
    open_tab(page, "History")
    listed = page.locator("#sic-history li")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("How high is the dam?")
    page.get_by_text("Rename this conversation").click()
    page.get_by_placeholder("Its new title").fill("About <b>dams</b>")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(listed).to_contain_text("About <b>dams</b>")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#sic-chat .message")).to_have_count(0)
    ask(page, "Something else?")
    open_tab(page, "Documents")
    open_tab(page, "History")
    expect(listed).to_have_count(2)
    page.locator("#sic-find input, #sic-find textarea").fill("how WIDE")
    expect(listed).to_have_count(1)
    listed.locator("a").first.click()
    expect(page.locator("#sic-chat")).to_contain_text("And how wide?")
    expect(page.locator("#sic-chat")).not_to_contain_text("Something else?")
    ask(page, "And how old?")
    page.locator("#sic-find input, #sic-find textarea").fill("how old")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("About")


def test_a_conversation_is_exported(page: Page) -> None:
    with page.expect_download() as download:
        page.locator("#sic-history a", has_text="Markdown").first.click()
    told = download.value.path().read_text()
    assert "## How high is the dam?" in told
    assert "## And how old?" in told


def test_another_user_sees_none_of_it(team: tuple[str, Path], browser: Browser, page: Page) -> None:
    with log_in(browser, team[0], "ray") as other:
        open_tab(other, "History")
        expect(other.locator("#sic-history")).to_contain_text("No conversation is kept yet.")
        open_tab(other, "Documents")
        expect(other.locator("#sic-pane")).not_to_contain_text("Remove")
        expect(other.get_by_text("Add documents")).to_be_hidden()
        open_tab(other, "Evals")
        expect(other.get_by_role("button", name="Run")).to_be_hidden()
        open_tab(page, "About")
        open_id = page.locator(".sic-about").get_attribute("data-conversation")
        assert open_id
        other.goto(f"{team[0]}/?conversation={open_id}")
        expect(other.locator(".sic-corpus")).to_be_visible(timeout=30_000)
        other.wait_for_timeout(3000)
        expect(other.locator("#sic-chat .user-row")).to_have_count(0)


def test_a_thumb_makes_a_case_of_an_answer(page: Page, team: tuple[str, Path]) -> None:
    page.get_by_label("dislike").last.click()
    form = page.locator("#sic-feedback")
    expect(form).to_contain_text("And how old?")
    expect(form.get_by_label("This answer is wrong")).to_be_checked()
    form.get_by_role("button", name="Keep as a case").click()
    expect(page.locator("#sic-kept")).to_contain_text("Say what a right answer has in it")
    form.get_by_label("Because").fill("It was built in 1931.")
    form.get_by_label("A right answer has these words").fill("1931")
    form.get_by_role("button", name="Keep as a case").click()
    expect(page.locator("#sic-kept")).to_contain_text("feedback-1 is a case now")
    [case] = load_suite(feedback_file(team[1] / "corpus"), team[1] / "corpus").cases
    assert case.question == "And how old?"
    assert [turn.content for turn in case.history][::2] == ["How high is the dam?", "And how wide?"]


def test_a_suite_is_run_and_its_report_opened(page: Page) -> None:
    open_tab(page, "Documents")
    open_tab(page, "Evals")
    page.get_by_label(re.compile("feedback · 1 case")).check()
    page.get_by_label(re.compile(r"facts · \d+ cases · What one sentence")).uncheck()
    page.get_by_label("Only the cases tagged").uncheck()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#sic-ran")).to_contain_text("0 of 1 cases pass.", timeout=120_000)
    expect(page.locator("#sic-reports li")).to_have_count(1)
    with page.context.expect_page() as opened:
        page.get_by_text("Open the report").click()
    expect(opened.value.locator("body")).to_contain_text("And how old?")


def test_a_suite_without_a_smoke_case_is_named(page: Page, team: tuple[str, Path]) -> None:
    case = "{id: dam, question: How high is the dam?, tags: [smoke], expect: {contains: [1931]}}"
    own = feedback_file(team[1] / "corpus").with_name("quick.yaml")
    own.write_text(f"cases:\n  - {case}\n", encoding="utf-8")
    open_tab(page, "Documents")
    open_tab(page, "Evals")
    page.get_by_label("quick · 1 case", exact=True).check()
    page.get_by_label(re.compile("feedback · 1 case")).check()
    page.get_by_label("Only the cases tagged").check()
    page.get_by_role("button", name="Run", exact=True).click()
    ran = page.locator("#sic-ran")
    expect(ran.locator("li").first).to_contain_text("quick (smoke)", timeout=120_000)
    expect(ran.locator("li").last).to_have_text(re.compile("^feedback .*so none was run"))


def test_language_and_theme_are_chosen_and_stay(page: Page) -> None:
    open_tab(page, "About")
    expect(page.locator("#sic-about")).to_contain_text("ann (admin)")
    expect(page.locator("#sic-about")).to_contain_text("nothing leaves it")
    questions = page.locator("#sic-chat .user-row")
    asked = questions.all_inner_texts()
    assert asked
    page.locator("#sic-about").get_by_text("中文").click()
    expect(page.get_by_role("tab", name="历史")).to_be_visible(timeout=30_000)
    expect(questions).to_have_text(asked, timeout=30_000)
    expect(page.locator("#sic-pane h2")).to_contain_text("文档", timeout=30_000)
    page.get_by_role("tab", name="关于").click()
    page.evaluate("window.isThisPage = true")
    page.locator("#sic-about").get_by_text("深色").click()
    expect(page.locator("body")).to_have_class(re.compile("dark"), timeout=30_000)
    assert page.evaluate("window.isThisPage"), "a theme needs no new page"
    page.reload()
    expect(page.locator("body")).to_have_class(re.compile("dark"), timeout=30_000)
    page.get_by_role("tab", name="关于").click()
    page.locator("#sic-about").get_by_text("English").click()
    expect(page.get_by_role("tab", name="History")).to_be_visible(timeout=30_000)


def test_a_conversation_is_deleted_and_the_user_leaves(page: Page) -> None:
    open_tab(page, "History")
    listed = page.locator("#sic-history li", has_text="Delete")
    expect(listed).to_have_count(2)
    page.once("dialog", lambda dialog: dialog.dismiss())
    listed.first.get_by_text("Delete").click()
    page.once("dialog", lambda dialog: dialog.accept())
    expect(listed).to_have_count(2)
    listed.first.get_by_text("Delete").click()
    expect(listed).to_have_count(1)
    open_tab(page, "About")
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("/login$"))
