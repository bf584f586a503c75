"""The HTTP API: what the page can do, for programs. Described at /api/openapi.json.

Everything is JSON; what cannot be done is {"error": a sentence}. With accounts, requests carry
HTTP Basic credentials; `ui/security.py` looks at them before any of this is reached.
"""

import json
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, FastAPI, HTTPException, Request, UploadFile
from fastapi.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from pydantic import BaseModel, ConfigDict, Field

from evals.kept import REPORTS, KeptReport, list_reports
from ingest.add import add_documents, remove_document
from ingest.edit_errata import add_erratum, free_id, move_erratum, remove_erratum, to_plain
from ingest.errata import read_errata
from ingest.errors import LoadError, SicError
from rag.calculator import calculate
from rag.schema import Done, Event, Message, Question, Sources, Stage, Text
from ui.accounts import Role, User
from ui.conversations import as_json, as_markdown
from ui.documents import MOST_UPLOADED
from ui.evals import SMOKE, EvalRuns, find_suites
from ui.security import user_of
from ui.service import BusyError, Service

MOST_PASSAGES = 20
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d")
_REPORT_FILES = ("report.html", "report.json", "comparison.html")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_max_length=100_000)


class AskBody(_Body):
    """A question, the dialogue before it, and the names of the documents to search."""

    question: str
    history: tuple[Message, ...] = ()
    documents: tuple[str, ...] | None = None


class SearchBody(_Body):
    """What to search for, and how many passages to return."""

    query: str
    count: Annotated[int, Field(ge=1, le=MOST_PASSAGES)] = 5


class CalculateBody(_Body):
    """An expression with units, and the unit of the result."""

    expression: str
    unit: str = ""


class ErratumBody(_Body):
    """A correction to propose: words of a document, what is right, and who says so."""

    document: str
    wrong: str
    right: str
    authority: str
    url: str | None = None


class RunBody(_Body):
    """Suites to run by name; `filters` keep cases by id or tag."""

    suites: tuple[str, ...]
    filters: tuple[str, ...] = (SMOKE,)


def require(request: Request, role: Role) -> User:
    """Return who asks. Raises HTTPException if that is nobody with a role."""
    user = user_of(request)
    if not user.may(role):
        raise HTTPException(403, f"This needs the role {role}; yours is {user.role}.")
    return user


def add_errors(app: FastAPI) -> None:
    """Let an application tell what goes wrong as {"error": a sentence}."""

    @app.exception_handler(SicError)
    async def explain(_: Request, error: SicError) -> Response:
        status = 429 if isinstance(error, BusyError) else 400
        return JSONResponse({"error": str(error)}, status)

    @app.exception_handler(HTTPException)
    async def refuse(_: Request, error: HTTPException) -> Response:
        return JSONResponse({"error": str(error.detail)}, error.status_code)


def build_api(service: Service, runs: EvalRuns) -> APIRouter:
    """Return the routes over a service."""
    router = APIRouter()
    add_state(router, service)
    add_questions(router, service)
    add_corpus(router, service)
    add_errata(router, service)
    add_evals(router, service, runs)
    add_conversations(router, service)
    return router


def add_state(router: APIRouter, service: Service) -> None:
    """Add what tells of the application itself."""

    @router.get("/health")
    def health() -> dict[str, str]:
        """Tell that the application runs."""
        return {"status": "ok"}

    @router.get("/ready")
    def ready(request: Request) -> Response:
        """Tell whether questions can be answered: 200, or 503 with what it waits for.

        The detail can name documents, so it is not for strangers.
        """
        status = 200 if service.state == "ready" else 503
        is_known = hasattr(request.state, "user")
        detail = service.detail if is_known else ""
        return JSONResponse({"state": service.state, "detail": detail}, status)

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        """Return figures for Prometheus."""
        require(request, "admin")
        return PlainTextResponse(service.metrics.show(service.store.manifest))


def add_questions(router: APIRouter, service: Service) -> None:
    """Add what answers, searches and calculates."""

    @router.post("/api/ask", response_model=None)
    async def ask(body: AskBody, request: Request) -> Response:
        """Answer a question: an Answer, or with `Accept: text/event-stream` what leads to it."""
        question, user = Question(body.question, body.history, body.documents), user_of(request)
        listener = request.state.listener
        if "text/event-stream" in request.headers.get("accept", ""):
            told = _stream(service.events(question, user, listener))
            return StreamingResponse(told, media_type="text/event-stream")
        answer = await to_thread.run_sync(service.ask, question, user, listener)
        return JSONResponse(answer.to_json())

    @router.post("/api/search")
    def search(body: SearchBody) -> dict[str, Any]:
        """Find the passages nearest to a query."""
        passages = service.retriever().retrieve(body.query, body.count)
        return {"passages": [asdict(passage) for passage in passages]}

    @router.post("/api/calculate")
    def work_out(body: CalculateBody) -> dict[str, str]:
        """Work out an expression with units."""
        return {"result": str(calculate(body.expression, unit=body.unit))}


def add_corpus(router: APIRouter, service: Service) -> None:
    """Add what lists, reads, adds and removes documents."""
    settings = service.store.settings

    @router.get("/api/documents")
    def list_documents() -> dict[str, Any]:
        """List the documents, with the reason for each that could not be read."""
        registry = service.read_errata()
        return {
            "documents": [
                {
                    "name": entry.name,
                    "title": entry.title,
                    "chunks": entry.chunks,
                    "error": entry.error,
                    "errata": len(registry.of_document(entry.name)),
                }
                for entry in service.store.manifest.entries().values()
            ]
        }

    @router.get("/api/documents/{name:path}")
    def read_document(name: str) -> dict[str, Any]:
        """Return a document's text and metadata; offsets of citations count its characters."""
        found = service.store.manifest.document(name)
        if found is None:
            raise HTTPException(404, f"There is no document {name!r}.")
        return {
            "name": found.name,
            "title": found.title,
            "metadata": dict(found.metadata),
            "text": found.text,
        }

    @router.post("/api/documents")
    def add(request: Request, file: UploadFile, replace: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        """Add a document, or a zip file of some, and read it in."""
        require(request, "editor")
        with tempfile.TemporaryDirectory(prefix="sic-") as folder:
            path = Path(folder, PurePosixPath((file.filename or "").replace("\\", "/")).name)
            if path == Path(folder):
                raise HTTPException(400, "Give the file a name.")
            _save(file, path)
            with service.changing:
                try:
                    done = add_documents(settings.documents, [path], replace=replace)
                except SicError as error:
                    raise type(error)(str(error).replace(str(path), path.name)) from error
                summary = service.sync(lambda *_: None)
        return {**asdict(done), "sync": asdict(summary)}

    @router.delete("/api/documents/{name:path}")
    def remove(request: Request, name: str) -> dict[str, Any]:
        """Remove a document; the page can bring it back until the application ends."""
        require(request, "editor")
        with service.changing:
            remove_document(settings.documents, name, service.removed)
            summary = service.sync(lambda *_: None)
        return {"sync": asdict(summary)}


def add_errata(router: APIRouter, service: Service) -> None:
    """Add what lists, proposes, accepts and rejects corrections."""
    settings, manifest = service.store.settings, service.store.manifest

    @router.get("/api/errata")
    def list_errata() -> dict[str, Any]:
        """List the errata in force, those proposed, and what is amiss with the registry."""
        registry = service.read_errata()
        proposed = read_errata(settings.proposed_errata).entries
        return {
            "errata": [to_plain(one.entry) for one in registry.errata],
            "proposed": [to_plain(entry) for entry in proposed],
            "problems": list(registry.problems),
        }

    @router.post("/api/errata")
    def propose(body: ErratumBody) -> dict[str, Any]:
        """Propose a correction, which corrects nothing until it is accepted."""
        entry = body.model_dump(exclude_none=True)
        entry["id"] = free_id(settings, body.wrong)
        return to_plain(add_erratum(settings.proposed_errata, entry, manifest))

    @router.post("/api/errata/{id_}/accept")
    def accept(request: Request, id_: str) -> dict[str, Any]:
        """Put a proposed correction in force."""
        require(request, "admin")
        entry = move_erratum(settings.proposed_errata, settings.errata, id_, manifest)
        return to_plain(entry)

    @router.delete("/api/errata/{id_}")
    def reject(request: Request, id_: str) -> dict[str, Any]:
        """Drop a proposed correction."""
        require(request, "admin")
        return to_plain(remove_erratum(settings.proposed_errata, id_))


def add_evals(router: APIRouter, service: Service, runs: EvalRuns) -> None:
    """Add what runs suites, and the reports."""
    settings = service.store.settings

    @router.get("/api/evals")
    def list_evals() -> dict[str, Any]:
        """List the suites and the latest reports."""
        reports = [_summarise(one) for one in list_reports(settings)]
        return {"suites": sorted(find_suites(service)), "reports": reports}

    @router.post("/api/evals")
    def run(request: Request, body: RunBody) -> dict[str, Any]:
        """Run suites, and return what came of it when they are done."""
        require(request, "admin")
        known = find_suites(service)
        if missing := [name for name in body.suites if name not in known]:
            raise HTTPException(404, f"There is no suite {missing[0]!r}.")
        files = [known[name] for name in body.suites]
        return _summarise(runs.run(files, body.filters, lambda *_: None))

    @router.delete("/api/evals")
    def stop(request: Request) -> dict[str, str]:
        """Stop the run that goes on; its answers are kept."""
        require(request, "admin")
        runs.stop()
        return {"status": "stopping"}

    @router.get("/reports/{stamp}/{file}")
    def read_report(stamp: str, file: str) -> Response:
        """Return a report's page or data."""
        path = settings.store / REPORTS / stamp / file
        is_known = _STAMP.fullmatch(stamp) and file in _REPORT_FILES
        if not is_known or not path.is_file():
            raise HTTPException(404, "There is no such report.")
        return FileResponse(path)


def add_conversations(router: APIRouter, service: Service) -> None:
    """Add what lists, exports and deletes the conversations of who asks."""
    kept = service.conversations

    @router.get("/api/conversations")
    def list_conversations(request: Request, words: str = "") -> dict[str, Any]:
        """List one's conversations, those with some words in them."""
        return {"conversations": [asdict(one) for one in kept.find(user_of(request).name, words)]}

    @router.get("/api/conversations/{id_}.{ending}")
    def export(request: Request, id_: str, ending: str) -> Response:
        """Return one of one's conversations, as `md` or `json`."""
        user = user_of(request).name
        answers = kept.answers(user, id_)
        if not answers or ending not in ("md", "json"):
            raise HTTPException(404, "There is no such conversation.")
        title = next((one.title for one in kept.find(user) if one.id == id_), answers[0].question)
        told = as_markdown(title, answers) if ending == "md" else as_json(title, answers)
        kind = "text/markdown" if ending == "md" else "application/json"
        headers = {"Content-Disposition": f'attachment; filename="conversation.{ending}"'}
        return Response(told, media_type=f"{kind}; charset=utf-8", headers=headers)

    @router.delete("/api/conversations/{id_}")
    def delete(request: Request, id_: str) -> dict[str, str]:
        """Delete one of one's conversations."""
        if not kept.delete(user_of(request).name, id_):
            raise HTTPException(404, "There is no such conversation.")
        return {"status": "deleted"}


def _summarise(kept: KeptReport) -> dict[str, Any]:
    report = kept.report
    return {
        "name": report.name,
        "made": report.made,
        "passed": kept.passed,
        "cases": len(report.results),
        "changes": dict(kept.changes),
        "report": f"/reports/{kept.stamp}/report.html",
    }


def _save(file: UploadFile, path: Path) -> None:
    """Write an upload to a file. Raises LoadError if it is too large."""
    if file.size is None or file.size > MOST_UPLOADED:
        raise LoadError(f"{path.name} is too large: {MOST_UPLOADED // 2**20} MiB is the most.")
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target)


async def _stream(events: Iterator[Event]) -> AsyncIterator[str]:
    """Yield events as those of a stream, and close them when nobody listens any more."""
    try:
        while (event := await to_thread.run_sync(_next(events))) is not None:
            yield _as_server_sent(event)
    except SicError as error:
        yield f"event: error\ndata: {json.dumps({'error': str(error)}, ensure_ascii=False)}\n\n"
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _next(events: Iterator[Event]) -> Callable[[], Event | None]:
    return lambda: next(events, None)


def _as_server_sent(event: Event) -> str:
    """Return an event by the rules of server-sent events (WHATWG HTML, 9.2)."""
    match event:
        case Done(answer):
            data: Any = answer.to_json()
        case Stage() | Sources() | Text():
            data = asdict(event)
    name = type(event).__name__.lower()
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
