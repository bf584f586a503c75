import json
import time
from pathlib import Path

import pytest

from evals.errors import SuiteError
from evals.load import load_suite, suite_files
from tests.evals.scripted import write

CASE = """\
cases:
  - id: one
    question: How high is it?
    expect:
      abstains: true
"""


def error_of(path: Path, corpus: Path | None = None) -> str:
    with pytest.raises(SuiteError) as caught:
        load_suite(path, corpus)
    return str(caught.value)


def test_yaml_and_jsonl_say_the_same(tmp_path: Path) -> None:
    yaml = write(
        tmp_path / "dams.yaml",
        "description: D\ncases:\n  - id: one\n    question: Q?\n    tags: en\n"
        "    expect: {contains: [a, [b, c]], value: 12, cites: x.txt, language: zh}\n",
    )
    case = {"id": "one", "question": "Q?", "tags": ["en"]}
    expect = {
        "contains": ["a", ["b", "c"]],
        "value": {"number": [12]},
        "cites": [[{"document": "x.txt"}]],
        "language": "zh",
    }
    lines = [{"description": "D"}, {**case, "expect": expect}]
    jsonl = write(tmp_path / "dams.jsonl", "\n".join(map(json.dumps, lines)))
    assert load_suite(yaml) == load_suite(jsonl)


def test_a_bare_list_of_cases_is_a_suite(tmp_path: Path) -> None:
    path = write(tmp_path / "s.yaml", "- {id: 1, question: yes, expect: {contains: 1287}}\n")
    case = load_suite(path).cases[0]
    assert (case.id, case.question, case.expect.contains) == ("1", "yes", (("1287",),))


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("abstains", "abstain"), 5, "unknown key `abstain`; did you mean `abstains`?"),
        (("question:", "qestion:"), 3, "did you mean `question`?"),
        (("abstains: true", "abstains: perhaps"), 5, "`abstains`"),
        (("abstains: true", "language: zhh"), 5, "Did you mean 'zh'?"),
        (("abstains: true", "value: {number: many}"), 5, "`number`"),
        (("abstains: true", "contains: []"), 5, "`contains`"),
        (("      abstains: true", "      {}"), 4, "expects nothing"),
        (
            ("abstains: true", "abstains: true\n      contains: x"),
            6,
            "contradicts `abstains: true`",
        ),
        (("abstains: true", "contains: x\n      excludes: X"), 6, "in both"),
        (("    question", "    id: two\n    question"), 3, "stands twice"),
        (("cases:", "cases: ["), 1, "not YAML"),
        (("How high is it?", "&a How"), 0, ""),
        (("abstains: true", "abstains: &x [*x]"), 5, "aliases"),
    ],
)
def test_an_error_names_file_line_and_the_nearest_word(
    tmp_path: Path, change: tuple[str, str], line: int, words: str
) -> None:
    path = write(tmp_path / "s.yaml", CASE.replace(*change))
    if not words:
        assert load_suite(path).cases[0].question == "How"
        return
    message = error_of(path)
    assert str(path) in message
    assert words in message
    if "not YAML" not in words:
        assert f"line {line}:" in message


def test_all_errors_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.yaml", CASE + CASE.removeprefix("cases:\n").replace("true", "no way")
    )
    first, *rest = error_of(path).split("\n")
    assert "`abstains`" in first
    assert not rest
    path = write(tmp_path / "s.yaml", CASE + CASE.removeprefix("cases:\n"))
    assert "line 6: the id `one` stands twice" in error_of(path)


def test_jsonl_errors_name_the_line(tmp_path: Path) -> None:
    good = {"id": "a", "question": "Q", "expect": {"abstains": True}}
    bad = {"id": "b", "question": "Q", "expect": {"abstains": True, "vaule": 1}}
    path = write(tmp_path / "s.jsonl", json.dumps(good) + "\n\n" + json.dumps(bad))
    assert "line 3: unknown key `vaule`; did you mean `value`?" in error_of(path)
    path = write(tmp_path / "s.jsonl", json.dumps(good) + "\n{")
    assert "line 2: this is not JSON" in error_of(path)
    path = write(tmp_path / "s.jsonl", '{"id": "a", "id": "b"}')
    assert "stands twice" in error_of(path)


def test_what_the_corpus_lacks_is_an_error_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "corpus" / "documents" / "dam.txt", "The dam is 120 metres high. Yes.")
    text = CASE.replace("abstains: true", "cites: {document: damn.txt}")
    path = write(tmp_path / "s.yaml", text)
    assert f"no document damn.txt in {tmp_path}/corpus. Did you mean dam.txt?" in error_of(
        path, tmp_path / "corpus"
    )
    text = CASE.replace(
        "abstains: true", "cites: {document: dam.txt, quote: The dam is 130 metres}"
    )
    path = write(tmp_path / "s.yaml", "corpus: corpus\n" + text)
    message = error_of(path, tmp_path / "elsewhere")
    assert "dam.txt does not have “The dam is 130 metres”" in message
    assert "The nearest is “The dam is 120 metres high.”" in message


def test_what_a_case_cannot_find_it_cannot_cite(tmp_path: Path) -> None:
    for scope in ("documents: other.txt", "without: dam.txt"):
        text = CASE.replace("abstains: true", "cites: dam.txt").replace(
            "    expect", f"    {scope}\n    expect"
        )
        assert "the case does not search there" in error_of(write(tmp_path / "s.yaml", text))
    path = write(tmp_path / "s.yaml", "corpus: nowhere\n" + CASE)
    assert "line 1: there is no folder" in error_of(path, tmp_path)


def test_files_are_found_or_the_nearest_named(tmp_path: Path) -> None:
    path = write(tmp_path / "facts.yaml", CASE)
    assert suite_files([tmp_path]) == [path]
    with pytest.raises(SuiteError, match=r"Did you mean .*facts\.yaml"):
        suite_files([tmp_path / "fact.yaml"])


@pytest.mark.parametrize("suffix", ["jsonl", "yaml"])
def test_a_large_suite_is_read(tmp_path: Path, suffix: str) -> None:
    count = 10_000
    if suffix == "jsonl":
        expect = {"value": {"number": 1, "unit": "m"}, "contains": [["a", "b"], ["c"]]}
        lines = [
            json.dumps({"id": f"c{n}", "question": f"How much is {n}?", "expect": expect})
            for n in range(count)
        ]
        path = write(tmp_path / "s.jsonl", "\n".join(lines))
    else:
        case = (
            "  - id: c{n}\n    question: How much is {n}?\n    expect:\n"
            "      value: {{number: 1, unit: m}}\n      contains: [[a, b], c]\n"
        )
        path = write(
            tmp_path / "s.yaml", "cases:\n" + "".join(case.format(n=n) for n in range(count))
        )
    started = time.monotonic()
    assert len(load_suite(path).cases) == count
    print(f"{suffix}: {time.monotonic() - started:.2f} s")
