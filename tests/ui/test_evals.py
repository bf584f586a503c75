"""What the page says of suites."""

from pathlib import Path

from ui.evals import describe_suite


def test_a_suite_is_told_with_its_cases_and_what_they_are_about(tmp_path: Path) -> None:
    case = "{id: dam, question: How high is the dam?, expect: {contains: [1931]}}"
    path = tmp_path / "quick.yaml"
    path.write_text(f"description: The dam.\ncases:\n  - {case}\n", encoding="utf-8")
    assert describe_suite("quick", path, "en") == "quick · 1 case · The dam."
    assert describe_suite("quick", path, "zh") == "quick · 1个用例 · The dam."


def test_a_suite_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    path = tmp_path / "quick.yaml"
    path.write_text("cases: none\n", encoding="utf-8")
    reason = f"{path}, line 1: `cases` must be a list (found 'none')."
    assert describe_suite("quick", path, "en") == f"quick · {reason}"
