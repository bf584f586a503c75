import html
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evals.compare import compare_reports, hold_against, read_baseline, write_baseline
from evals.describe import describe_expectation
from evals.errors import ReportError
from evals.html import comparison_html, report_html
from evals.junit import junit_xml
from evals.ledger import Ledger, PastRun
from evals.report import Report, make_report, read_report, write_report
from evals.run import RunOptions, run_suites
from evals.schema import Attempt, Expect, Result
from evals.score import score_attempt
from evals.statistics import estimate, measure_agreement
from evals.terminal import describe_report
from tests.evals.scripted import DOCUMENTS, HEIGHT, cite, make_answer, make_case

HOSTILE = "<script>alert(1)</script><img src=http://evil.example/x>"


def result(id_: str, answer: object = HEIGHT, **expect: object) -> Result:
    case = make_case(id_, f"Q {id_}?", **expect)
    attempt = Attempt(answer, None if answer else "it broke", 1.0, 100, 10, 50)
    return Result("dams", case, (attempt,), (score_attempt(case, attempt, DOCUMENTS),))


def report(*results: Result) -> Report:
    return make_report(
        "dams", results or (result("good"), result("bad", value=7)), {"model": "scripted"}
    )


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = replace(report(), history=(PastRun("2026-01-01", 1, 2),))
    write_report(written, tmp_path / "deep" / "report.json")
    assert read_report(tmp_path / "deep" / "report.json") == written
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ReportError, match="is not a report that this version reads"):
        read_report(tmp_path / "other.json")


def test_an_answer_is_shown_as_it_is_read() -> None:
    answer = replace(HEIGHT, text=r"It stands in old\_dam.txt. [1]")
    shown = report_html(report(result("a", answer, value=7)), None, "")
    assert "It stands in old_dam.txt. [1]" in html.unescape(shown)
    assert "old_dam.txt" in describe_report(report(result("a", answer, value=7)))


def test_figures_have_intervals_and_failures_count() -> None:
    made = report(result("a"), result("b"), result("c", value=7), result("d", answer=None))
    assert (made.passed.value, made.passed.count) == (0.5, 4)
    assert made.passed.low < 0.5 < made.passed.high
    by_name = {figure.name: figure for figure in made.figures}
    assert by_name["right value or words"].count == 3
    assert by_name["faithful"].value == 1
    share = estimate("x", [1.0] * 9 + [0.0])
    assert share is not None
    assert (round(share.low, 3), round(share.high, 3)) == (0.596, 0.982), "Wilson's interval"
    assert estimate("x", []) is None
    mean = estimate("x", [0.2, 0.4, 0.6])
    assert mean is not None
    assert mean.low < 0.4 < mean.high


def test_what_is_faithful_and_false_is_named() -> None:
    wrong = result("wrong", never_says=[["dam", "120"]])
    made = report(wrong, result("good"))
    assert made.false_but_faithful == ("dams/wrong",)
    assert "Faithful to the documents, and false" in report_html(made, None, "http://x")
    assert "dams/wrong" in describe_report(made)


def test_agreement_is_measured_beyond_chance() -> None:
    agreement = measure_agreement([True, True, False, False], [True, False, False, False])
    assert agreement is not None
    assert (agreement.share, agreement.kappa) == (0.75, 0.5)
    unanimous = measure_agreement([True], [True])
    assert unanimous is not None
    assert unanimous.kappa is None
    assert measure_agreement([], []) is None


def test_the_baseline_is_held_case_by_case(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [result("a"), result("b", value=7)], "scripted")
    same = hold_against([result("a"), result("b", value=7)], read_baseline(path), path)
    assert same.is_open
    assert same.known_failures == ("dams/b",)
    traded = hold_against([result("a", value=7), result("b")], read_baseline(path), path)
    assert not traded.is_open, "whatever the mean does"
    assert (traded.newly_failing, traded.newly_passing) == (("dams/a",), ("dams/b",))
    grown = hold_against([result("a"), result("c", value=7)], read_baseline(path), path)
    assert (grown.is_open, grown.unknown, grown.gone) == (True, ("dams/c",), ("dams/b",))
    assert "dams/b" in grown.headline
    nothing = hold_against([result("c")], read_baseline(path), path)
    assert not nothing.is_open, "a gate that compares nothing is shut"
    write_baseline(path, [result("c")], "scripted")
    assert read_baseline(path).cases == {"dams/a": True, "dams/b": False, "dams/c": True}
    with pytest.raises(ReportError, match="--write-baseline"):
        read_baseline(tmp_path / "none.json")


def test_two_runs_are_compared_case_by_case() -> None:
    other = make_answer(("The dam is 120 metres tall.", cite(1, "The dam is 120 metres high.")))
    before = report(result("a"), result("b", value=7), result("c"), result("gone"), result("e"))
    after = report(
        result("a", value=7), result("b"), result("c", other), result("e"), result("new")
    )
    changes = {
        pair.id.removeprefix("dams/"): pair.change for pair in compare_reports(before, after)
    }
    assert changes == {
        "a": "newly failing",
        "b": "newly passing",
        "c": "other words",
        "gone": "gone",
        "new": "new",
        "e": "same",
    }
    page = comparison_html(before, after)
    assert "<del>high</del>" in page
    assert "<ins>tall</ins>" in page
    assert page.index("newly failing") < page.index("newly passing")


def test_nothing_of_an_answer_or_a_name_becomes_markup() -> None:
    answer = make_answer((HOSTILE, cite(1, "The dam is 120 metres high.")))
    bad = result("bad", answer, value=7, contains=[HOSTILE])
    bad = replace(bad, case=bad.case.model_copy(update={"question": HOSTILE, "tags": (HOSTILE,)}))
    made = report(bad)
    for page in (report_html(made, None, "http://x"), comparison_html(made, report(result("bad")))):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert page.count("<script>") == 1
        assert "default-src 'none'" in html.unescape(page)
    assert "question=%3Cscript" in report_html(made, None, "http://x")


def test_every_failure_is_explained_on_the_page() -> None:
    page = report_html(report(result("bad", value=7, cites=["mill.txt"])), None, "http://x")
    for words in (
        "Q bad?",
        "120 metres",
        "it does not state 7",
        "cites mill.txt",
        "Open in the chat",
    ):
        assert words in page


def test_ci_servers_get_junit_xml() -> None:
    broken = result("bad\x00", answer=None)
    root = ElementTree.fromstring(junit_xml([result("good"), broken]))
    suite = root[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert suite[1][0].get("message") == "it broke"
    known = ElementTree.fromstring(junit_xml([broken], {broken.id}))[0]
    assert (known.get("failures"), known.get("skipped")) == ("0", "1")


def test_expectations_read_as_words() -> None:
    expect = Expect.model_validate(
        {"value": {"number": 12, "unit": "kg"}, "contains": [["a", "b"], "c"], "language": "zh"}
    )
    assert list(describe_expectation(expect)) == [
        "states 12 kg (± 0.1%)",
        "contains “a” or “b” and “c”",
        "is written in zh",
    ]


def test_ten_thousand_cases_are_reported(tmp_path: Path) -> None:
    results = [result(f"c{n}", value=7 if n % 3 else 120) for n in range(10_000)]
    started = time.monotonic()
    made = make_report("dams", results, {})
    write_report(made, tmp_path / "report.json")
    (tmp_path / "report.html").write_text(report_html(made, None, "http://x"))
    junit_xml(results)
    describe_report(made)
    print(f"reported in {time.monotonic() - started:.2f} s")
    assert len(read_report(tmp_path / "report.json").results) == 10_000


def test_history_is_kept_by_name(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "runs.db")
    assert [run.passed for run in ledger.record("a", 1, 2, 5)] == [1]
    ledger.record("b", 2, 2, 5)
    for passed in range(7):
        runs = ledger.record("a", passed, 9, 5)
    assert [run.passed for run in runs] == [2, 3, 4, 5, 6]


def test_a_run_shows_its_costs(tmp_path: Path) -> None:
    from tests.evals.scripted import ScriptedSubject, make_suite

    ledger = Ledger(tmp_path / "runs.db")
    results = run_suites([make_suite()], ScriptedSubject({}).subject(), ledger, RunOptions())
    made = make_report("dams", results, {})
    assert made.cost is not None
    assert made.cost.peak_mib > 10
