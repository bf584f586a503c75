"""The evals of the page: suites are run over the corpus, and answers become cases of one."""

import threading
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any, cast

import gradio as gr

from evals.errors import SuiteError
from evals.feedback import SUITES, Feedback, add_feedback, feedback_file
from evals.kept import KeptReport, list_reports, run_and_keep
from evals.load import load_suite, suite_files
from evals.run import OnDone
from evals.schema import Result
from evals.subject import Laboratory
from ingest.errors import SicError
from rag.schema import Language
from ui.accounts import User
from ui.history import find_turn
from ui.html import Outcome, outcome_html, section
from ui.service import Service
from ui.words import QUIET, count, labels, tell, tell_error, visitor_of

SHIPPED = Path("evals", "suites")
"""Below the working folder: the suites of Sic itself, if it is run from its own project."""
SMOKE = "smoke"
PRESET = "facts"
"""The suite that is chosen at first, if there is one."""
OnCase = Callable[[int, int, str], object]
"""Called with each case that is done: how many are, of how many, and its id."""


class StoppedError(SicError):
    """A run was stopped by who started it; its answers so far are kept."""


class EvalRuns:
    """Runs suites with the models of a service, one run at a time."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._running = threading.Lock()
        self._stop = threading.Event()

    def stop(self) -> None:
        """End the run that goes on, if there is one; it goes on from there when started again."""
        self._stop.set()

    def run(self, suites: Sequence[Path], filters: Sequence[str], on_case: OnCase) -> KeptReport:
        """Ask suites and keep the report. Raises SicError, also if another run goes on."""
        if not self._running.acquire(blocking=False):
            raise SuiteError("Another run goes on. Wait until it ends, or stop it.")
        try:
            self._stop.clear()
            settings = self._service.store.settings
            lent = (self._service.retriever(), self._service.chat_model)

            def watch(total: int) -> OnDone:
                done = 0
                on_case(0, total, "")

                def on_done(result: Result, _: bool) -> None:  # noqa: FBT001
                    nonlocal done
                    done += 1
                    on_case(done, total, result.id)
                    if self._stop.is_set():
                        raise StoppedError

                return on_done

            with Laboratory(settings, self._service.settings, lent) as laboratory:
                return run_and_keep(suites, filters, laboratory, settings, watch)
        finally:
            self._running.release()


def find_suites(service: Service) -> dict[str, Path]:
    """Return the suites that the page offers by name: the corpus's own, then those of Sic."""
    folders = (service.store.settings.corpus / SUITES, SHIPPED)
    files = [
        path
        for folder in folders
        if folder.is_dir() and any(_is_suite(path) for path in folder.iterdir())
        for path in suite_files([folder])
        if _is_suite(path)
    ]
    found: dict[str, Path] = {}
    for path in files:
        found.setdefault(path.stem, path)
    return found


def _is_suite(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml", ".jsonl") and not path.name.startswith(".")


def describe_suite(name: str, path: Path, language: Language) -> str:
    """Return the name of a suite, how many cases it has and what they are about."""
    try:
        suite = load_suite(path)
    except SuiteError as error:
        return f"{name} · {tell_error(error, language)}"
    cases = count("case", len(suite.cases), language)
    return " · ".join(part for part in (name, cases, suite.description) if part)


def build_evals(service: Service, runs: EvalRuns, tab: gr.Tab) -> gr.Column:
    """Build the choice of suites and the run, which are returned, and the list of reports."""

    def run(
        chosen: list[str],
        smoke: bool,  # noqa: FBT001
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[str, str]:
        user, language = visitor_of(request)

        def on_case(done: int, total: int, name: str) -> None:
            progress((done, total), desc=name)

        told = run_chosen(service, runs, chosen, user, language, on_case, smoke=smoke)
        return told, show_reports(service, language)

    def list_all(before: list[str], request: gr.Request) -> tuple[str, Any]:
        _, language = visitor_of(request)
        suites = find_suites(service)
        kept = [name for name in before if name in suites]
        preset = kept or [name for name in suites if name == PRESET] or list(suites)[:1]
        choices = [(describe_suite(*one, language), one[0]) for one in suites.items()]
        return show_reports(service, language), gr.CheckboxGroup(choices=choices, value=preset)

    def end(request: gr.Request) -> None:
        stop_run(runs, visitor_of(request)[0])

    with gr.Column() as running:
        chosen = gr.CheckboxGroup(label=labels("suites"), elem_id="sic-suites")
        smoke = gr.Checkbox(label=labels("smoke"), value=True)
        with gr.Row():
            start = gr.Button(labels("run suites"), variant="primary")
            stop = gr.Button(labels("stop run"))
        told = gr.HTML(elem_id="sic-ran", min_height=24)
    listed = gr.HTML(elem_id="sic-reports")
    tab.select(list_all, chosen, [listed, chosen], **QUIET)
    start.click(
        run,
        [chosen, smoke],
        [told, listed],
        api_visibility="private",
        show_progress="minimal",
        show_progress_on=told,
    )
    stop.click(end, None, None, **QUIET)
    return cast("gr.Column", running)


def stop_run(runs: EvalRuns, user: User) -> None:
    """Stop the run that goes on, if a user may."""
    if user.may("admin"):
        runs.stop()


def run_chosen(
    service: Service,
    runs: EvalRuns,
    chosen: Sequence[str],
    user: User,
    language: Language,
    on_case: OnCase,
    *,
    smoke: bool,
) -> str:
    """Run suites by their names; return what came of it."""
    known = find_suites(service)
    files = [known[name] for name in chosen if name in known]
    if not user.may("admin"):
        told = Outcome("", tell("not allowed", language), is_good=False)
    elif not files:
        told = Outcome("", tell("choose suites", language), is_good=False)
    else:
        try:
            kept = runs.run(files, [SMOKE] if smoke else [], on_case)
        except StoppedError:
            told = Outcome("", tell("run stopped", language))
        except SicError as error:
            told = Outcome("", tell_error(error, language), is_good=False)
        else:
            outcomes = [_describe(kept, language), *_describe_left(files, kept, language)]
            return outcome_html(outcomes, language) + _links(kept, language)
    return outcome_html([told], language)


def _describe(kept: KeptReport, language: Language) -> Outcome:
    total = len(kept.report.results)
    told = tell("cases passed", language, passed=kept.passed, total=total)
    worse = kept.changes.get("newly failing", 0)
    if kept.changes:
        better = kept.changes.get("newly passing", 0)
        told += " " + tell("against last", language, worse=worse, better=better)
    return Outcome(kept.report.name, told, is_good=worse == 0)


def _describe_left(files: Sequence[Path], kept: KeptReport, language: Language) -> list[Outcome]:
    """Return which suites had no case of those that were to be run, if one had none."""
    ran = {result.suite for result in kept.report.results}
    left = [name for name in (load_suite(file).name for file in files) if name not in ran]
    told = tell("no smoke case", language)
    return [Outcome(", ".join(left), told)] if left else []


def _links(kept: KeptReport, language: Language) -> str:
    target = f"/reports/{escape(kept.stamp)}"
    links = [f"<a href='{target}/report.html' target='_blank'>{tell('open report', language)}</a>"]
    if kept.changes:
        links.append(
            f"<a href='{target}/comparison.html' target='_blank'>{tell('compare', language)}</a>"
        )
    return f"<p>{' · '.join(links)}</p>"


def show_reports(service: Service, language: Language) -> str:
    """Return the list of past runs, each with a link to its report."""
    found = list_reports(service.store.settings)
    items = [
        f"<li><a href='/reports/{escape(one.stamp)}/report.html' target='_blank'>"
        f"{escape(one.report.name)}</a>"
        f"<span>{escape(one.report.made[:16].replace('T', ' '))} UTC · "
        f"{tell('cases passed', language, passed=one.passed, total=len(one.report.results))}"
        "</span></li>"
        for one in found
    ]
    none = f"<li><span>{tell('no reports', language)}</span></li>"
    return section("reports", len(found), "", "".join(items) or none, language)


def build_feedback(
    service: Service, conversation: gr.State, place: gr.State
) -> tuple[gr.Accordion, gr.Markdown, gr.Radio]:
    """Build the form that makes a case of an answer; return it, its question and its verdict."""

    def send(
        id_: str,
        at: int,
        verdict: str,
        why: str,
        says: str,
        abstains: bool,  # noqa: FBT001
        request: gr.Request,
    ) -> str:
        user, language = visitor_of(request)
        lines = tuple(line.strip() for line in says.splitlines() if line.strip())
        given = Feedback(verdict == "right", why, lines, abstains)
        return outcome_html([give(service, user, id_, at, given, language)], language)

    with gr.Accordion(labels("feedback"), open=False, elem_id="sic-feedback") as form:
        question = gr.Markdown(labels("feedback how"))
        verdict = gr.Radio(
            [(labels("is right"), "right"), (labels("is wrong"), "wrong")],
            value="right",
            show_label=False,
        )
        why = gr.Textbox(label=labels("because"), max_lines=3)
        says = gr.Textbox(label=labels("should say"), lines=2, max_lines=4)
        abstains = gr.Checkbox(label=labels("should abstain"))
        button = gr.Button(labels("keep case"))
        told = gr.HTML(elem_id="sic-kept")
    button.click(
        send,
        [conversation, place, verdict, why, says, abstains],
        told,
        **QUIET,
    )
    return form, question, verdict


def give(
    service: Service, user: User, id_: str, place: int, given: Feedback, language: Language
) -> Outcome:
    """Make a case of a turn of a user's conversation; return what came of it."""
    turn = find_turn(service, user, id_, place)
    if turn is None:
        return Outcome("", tell("ask first", language), is_good=False)
    corpus = service.store.settings.corpus
    try:
        case = add_feedback(corpus, *turn, given)
    except SicError as error:
        return Outcome("", tell_error(error, language), is_good=False)
    return Outcome(case, tell("is a case", language, file=feedback_file(corpus)))
