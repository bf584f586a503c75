"""The command line of evals, with the embedded models over small corpora."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from evals.ledger import Ledger
from evals.load import load_suite
from evals.model_judge import judge_results
from evals.new import write_starter_suite
from evals.run import RunOptions, run_suites
from rag.chat_model import ChatModel
from tests.evals.scripted import (
    DOCUMENTS,
    ScriptedSubject,
    make_answer,
    make_case,
    make_suite,
    write,
)

ROOT = Path(__file__).parent.parent.parent
SUITE = """\
name: dams
cases:
  - id: height
    question: How high is the dam?
    expect: {value: {number: 120, unit: m}, cites: {document: dam.txt, quote: 120 metres}}
  - id: cost
    question: How many dollars did the MX-77 turbine cost?
    expect: {abstains: true}
  - id: wrong
    question: Which MX-78 turbine is it?
    tags: smoke
    expect: {abstains: false}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evals")
    for name, document in DOCUMENTS.items():
        write(folder / "corpus" / "documents" / name, document.text)
    write(folder / "dams.yaml", SUITE)
    return folder


def evals(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    where = ["--corpus", "corpus", "--store", "store"]
    where = [] if arguments[0] in ("compare", "schema") else where
    line = [sys.executable, "-m", "evals", *arguments, *where]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.usefixtures("chat_model")
def test_run_reports_gates_and_remembers(folder: Path) -> None:
    first = evals(
        folder, "run", "dams.yaml", "--write-baseline", "base.json", "--report", "one",
        "--junit", "one/junit.xml",
    )  # fmt: skip
    assert first.returncode == 0, "what is written as the baseline is accepted"
    assert "2 of 3 passed" in first.stdout
    assert "✗ dams/wrong: it says that the documents do not answer this" in first.stdout
    assert {path.name for path in (folder / "one").iterdir()} == {
        "junit.xml", "report.html", "report.json",
    }  # fmt: skip
    again = evals(folder, "run", "dams.yaml", "--baseline", "base.json", "--report", "two")
    assert again.returncode == 0, "known failures do not shut the gate"
    assert "Not behind the baseline (1 known failures)." in again.stdout
    same = evals(folder, "compare", "one/report.json", "two/report.json", "--html", "c.html")
    assert (same.returncode, "3 same" in same.stdout) == (0, True)
    stricter = SUITE.replace("number: 120", "number: 130")
    write(folder / "dams.yaml", stricter)
    behind = evals(folder, "run", "dams.yaml", "--baseline", "base.json", "--report", "three")
    assert (behind.returncode, "newly failing dams/height" in behind.stdout) == (1, True)
    worse = evals(folder, "compare", "two/report.json", "three/report.json")
    assert (worse.returncode, "newly failing" in worse.stdout) == (1, True)
    write(folder / "dams.yaml", SUITE)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "dam.yaml"), "Did you mean dams.yaml?"),
        (("run", "dams.yaml", "--filter", "smok"), "Did you mean --filter smoke?"),
        (("run", "dams.yaml", "--judge", "nonsense"), "--judge is 'nonsense'"),
        (("run", "dams.yaml", "--junit", "corpus"), "it is a folder"),
        (("run", "dams.yaml", "--timeout", "0"), "is not a number of seconds"),
        (("run", "dams.yaml", "--baseline", "none.json"), "--write-baseline"),
        (("run", "dams.yaml", "--repeats", "0"), "'0' is not a whole number from 1"),
        (("compare", "none.json", "none.json"), "none.json cannot be read"),
        (("new", "dams.yaml"), "is there already"),
        (("import", "squad", "corpus"), "a folder with files in SQuAD's format"),
        (("bench", "--against", "dams.yaml"), "not a report of"),
    ],
)
def test_a_wrong_command_is_told_in_words(
    folder: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = evals(folder, *arguments)
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr


def test_retrieval_is_measured_without_the_chat_model(folder: Path) -> None:
    done = evals(folder, "retrieval", "dams.yaml")
    assert done.returncode == 0
    assert "recall@10" in done.stdout


def test_suites_live_among_tests(folder: Path) -> None:
    write(folder / "tests" / "conftest.py", 'pytest_plugins = ["evals.pytest_plugin"]\n')
    write(folder / "tests" / "dams.suite.yaml", SUITE)
    write(folder / "tests" / "bad.suite.yaml", "cases: 1\n")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SIC_STORE": "store",
        "SIC_CORPUS": "corpus",
    }
    line = [sys.executable, "-m", "pytest", "tests/dams.suite.yaml", "-p", "no:cacheprovider"]
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True)
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "- abstains: it says that the documents do not answer this" in done.stdout
    line[3] = "tests/bad.suite.yaml"
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True)
    assert "`cases`" in done.stdout
    assert done.returncode != 0


def test_a_starter_suite_is_drafted_from_the_corpus(tmp_path: Path, chat_model: ChatModel) -> None:
    path = tmp_path / "mine.yaml"
    for name, document in DOCUMENTS.items():
        write(tmp_path / "corpus" / "documents" / name, document.text)
    count = write_starter_suite(path, tmp_path / "corpus", DOCUMENTS, chat_model, 4)
    suite = load_suite(path, tmp_path / "elsewhere")
    assert len(suite.cases) == count >= 3
    assert all(case.draft for case in suite.cases)
    kinds = {tag for case in suite.cases for tag in case.tags}
    assert kinds >= {"numeric", "unanswerable"}
    for case in suite.cases:
        for group in case.expect.cites or ():
            assert group[0].quote
            assert group[0].quote in DOCUMENTS[group[0].document].text
    assert "Drafts to review" in path.read_text()
    assert yaml.safe_load(path.read_text())["name"] == "mine"


def test_a_model_judge_stands_beside_the_scores(tmp_path: Path, chat_model: ChatModel) -> None:
    ledger = Ledger(tmp_path / "runs.db")
    product = ScriptedSubject({"What is the dam's colour?": make_answer()})
    suite = make_suite(
        make_case("height", "How high is the dam?"),
        make_case("colour", "What is the dam's colour?", contains=["green"]),
    )
    results = run_suites([suite], product.subject(), ledger, RunOptions())
    judged = list(judge_results(results, chat_model, ledger))
    assert [result.judged for result in judged] == [True, False]
    assert [result.passed for result in judged] == [result.passed for result in results]
