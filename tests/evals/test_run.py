import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evals.ledger import Ledger
from evals.report import make_report, write_report
from evals.run import RunOptions, run_suites, select_cases
from rag.errors import ChatModelError
from tests.evals.scripted import HEIGHT, ScriptedSubject, make_answer, make_case, make_suite

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "runs.db")


def test_results_stand_in_the_order_of_the_suite(ledger: Ledger) -> None:
    cases = [make_case(f"c{n}", f"Q{n}?") for n in range(20)]
    product = ScriptedSubject({"Q7?": make_answer()})
    results = run_suites([make_suite(*cases)], product.subject(), ledger, RunOptions(jobs=4))
    assert [result.case.id for result in results] == [case.id for case in cases]
    assert [result.case.id for result in results if not result.passed] == ["c7"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ChatModelError("The model is away."), "The model is away."),
        (KeyError("oops"), "a fault: KeyError('oops')"),
        ("rubbish", "what came is no answer: 'rubbish'"),
        (None, "what came is no answer: None"),
        (lambda: time.sleep(3), "there was no answer within 0.2 s"),
    ],
)
def test_a_case_that_breaks_has_failed_with_its_reason(
    ledger: Ledger, answer: object, reason: str
) -> None:
    product = ScriptedSubject({"Broken?": answer})
    suite = make_suite(make_case("broken", "Broken?"), make_case())
    options = RunOptions(timeout_seconds=0.2)
    broken, fine = run_suites([suite], product.subject(), ledger, options)
    assert (broken.passed, fine.passed) == (False, True)
    assert [check.reason for check in broken.failures] == [reason]
    assert broken.attempts[0].answer is None
    report = make_report("dams", [broken, fine], {})
    assert report.passed.value == 0.5, "a failure is a failure, never a missing number"


def test_nothing_is_asked_twice_unless_something_changed(ledger: Ledger) -> None:
    product = ScriptedSubject({})
    suites = [make_suite()]

    def asked(options: RunOptions = RunOptions(), **circumstances: object) -> int:  # noqa: B008
        product.asked.clear()
        run_suites(suites, product.subject(**circumstances), ledger, options)
        return len(product.asked)

    assert asked() == 1
    assert asked() == 0
    assert asked(RunOptions(fresh=True)) == 1
    assert asked(RunOptions(fresh=True)) == 1
    assert asked(RunOptions(repeats=3)) == 2
    assert asked(model="another") == 1
    suites = [make_suite(make_case(value={"number": 130}))]
    assert asked() == 0, "what is expected is no part of what is asked"
    suites = [make_suite(make_case(question="How tall?"))]
    assert asked() == 1


def test_failures_to_answer_are_asked_again(ledger: Ledger) -> None:
    product = ScriptedSubject({"How high is the dam?": ChatModelError("Away.")})
    assert not run_suites([make_suite()], product.subject(), ledger, RunOptions())[0].passed
    product.answers = {}
    assert run_suites([make_suite()], product.subject(), ledger, RunOptions())[0].passed


def test_repeats_tell_the_flaky_cases(ledger: Ledger) -> None:
    answers = iter([HEIGHT, make_answer(), HEIGHT])
    product = ScriptedSubject({"Flaky?": lambda: next(answers)})
    suite = make_suite(make_case("flaky", "Flaky?"), make_case())
    flaky, steady = run_suites([suite], product.subject(), ledger, RunOptions(repeats=3))
    assert (flaky.passed, flaky.flaky) == (False, True)
    assert (steady.passed, steady.flaky) == (True, False)


def test_a_scope_is_searched_alone(ledger: Ledger) -> None:
    scopes = []
    product = ScriptedSubject({})
    subject = product.subject()

    def ask(question: object) -> object:
        scopes.append(question.documents)
        return HEIGHT

    only = make_case("only").model_copy(update={"documents": ("dam.txt",)})
    without = make_case("without").model_copy(update={"without": ("dam.txt",)})
    object.__setattr__(subject, "ask", ask)
    run_suites([make_suite(make_case(), only, without)], subject, ledger, RunOptions())
    assert scopes == [None, ("dam.txt",), ("mill.txt",)]


def test_cases_are_selected_by_id_tag_or_words() -> None:
    suite = make_suite(
        make_case("one", "How high?").model_copy(update={"tags": ("en", "smoke")}),
        make_case("two", "How old?"),
        make_case("three", "多高？"),
    )

    def ids(*patterns: str, sample: int | None = None, seed: int = 1) -> list[str]:
        kept = select_cases([suite], patterns, sample, seed)
        return [case.id for suite in kept for case in suite.cases]

    assert ids() == ["one", "two", "three"]
    assert ids("smoke") == ["one"]
    assert ids("t*") == ["two", "three"]
    assert ids("dams/two", "多高") == ["two", "three"]
    assert ids("nothing") == []
    assert ids(sample=2) == ids(sample=2)
    assert len({tuple(ids(sample=1, seed=seed)) for seed in range(20)}) == 3


RUN = """
import sys, time
from pathlib import Path
from evals.ledger import Ledger
from evals.report import make_report, write_report
from evals.run import RunOptions, run_suites
from tests.evals.scripted import HEIGHT, ScriptedSubject, make_case, make_suite

folder = Path(sys.argv[1])

class Slow(ScriptedSubject):
    def ask(self, question):
        with (folder / "asked.txt").open("a") as file:
            file.write(question.text + "\\n")
        time.sleep(0.02)
        return super().ask(question)

cases = [make_case(f"c{n}", f"Q{n}?") for n in range(150)]
options = RunOptions(fresh=True)
ledger = Ledger(folder / "runs.db")
results = run_suites([make_suite(*cases)], Slow({}).subject(), ledger, options)
write_report(make_report("dams", results, {}), folder / "report.json")
"""


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """Kill -9 until 20 have hit; `--fresh` leaves only the run's own answers to go on from."""
    chooser = random.Random(7)
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    kills = 0
    while kills < 20:
        process = subprocess.Popen(command, env=environment)
        deadline = time.monotonic() + 60
        before = _count(tmp_path)
        while _count(tmp_path) == before and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(chooser.uniform(0, 0.12))
        assert process.poll() is None, "it should be in the middle"
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    subprocess.run(command, env=environment, check=True)
    asked = (tmp_path / "asked.txt").read_text().split()
    assert len(set(asked)) == 150
    assert len(asked) <= 150 + kills, "only what was under way is asked again"
    whole = ScriptedSubject({})
    cases = [make_case(f"c{n}", f"Q{n}?") for n in range(150)]
    results = run_suites(
        [make_suite(*cases)], whole.subject(), Ledger(tmp_path / "w.db"), RunOptions()
    )
    write_report(make_report("dams", results, {}), tmp_path / "whole.json")
    assert _verdicts(tmp_path / "report.json") == _verdicts(tmp_path / "whole.json")


def _count(folder: Path) -> int:
    path = folder / "asked.txt"
    return path.read_text().count("\n") if path.exists() else 0


def _verdicts(path: Path) -> list[object]:
    from evals.report import read_report

    return [(r.id, r.scores, r.attempts[0].answer) for r in read_report(path).results]
