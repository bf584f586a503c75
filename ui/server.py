"""The server: the page, the HTTP API and the MCP server behind one guard."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse

from ingest.settings import IngestSettings
from rag.mcp_server import build_mcp_server
from rag.schema import Answer, Question
from rag.settings import RagSettings
from ui.accounts import Accounts
from ui.api import add_errors, build_api
from ui.documents import ASSETS
from ui.early_script import ROUTE, EarlyScript
from ui.evals import EvalRuns
from ui.hang_up import HangUp
from ui.login import build_login
from ui.metrics import LOG
from ui.page import build_page, page_options
from ui.security import Guard, SecurityHeaders, user_of
from ui.service import MOST_WAITING, Service
from ui.settings import PageSettings

MOST_PAGES = 1000
"""Pages whose state Gradio keeps, some 120 KiB each; it forgets the one unused longest."""
GRACE_SECONDS = 3
"""How long an answer that is being streamed may go on when the page is stopped."""


def serve(ingest: IngestSettings, rag: RagSettings, page: PageSettings) -> None:
    """Serve until it is stopped, and make the models ready meanwhile. Raises SicError."""
    accounts = Accounts(page.auth_file) if page.auth_file else None
    service = Service(ingest, rag, log_questions=page.log_questions)
    try:
        service.start()
        logging.basicConfig(format="%(message)s", stream=sys.stderr)
        LOG.setLevel(logging.INFO)
        app = build_app(service, accounts)
        config = uvicorn.Config(
            app,
            page.host,
            page.port,
            log_level="warning",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        logging.getLogger("uvicorn.error").addFilter(_is_no_farewell)
        print(f"Sic is at http://{page.host}:{page.port} (stop it with Ctrl-C)", file=sys.stderr)
        uvicorn.Server(config).run()
    finally:
        service.close()


def _is_no_farewell(record: logging.LogRecord) -> bool:
    """Tell whether a log record is anything but a stream that was cut as the server stopped."""
    kind = record.exc_info[0] if record.exc_info else None
    is_cut = kind is not None and issubclass(kind, asyncio.CancelledError)
    return not is_cut and "graceful shutdown exceeded" not in record.getMessage()


def build_app(service: Service, accounts: Accounts | None) -> FastAPI:
    """Return the application over a service that is ready or getting ready."""

    def ask(question: Question, request: Any) -> Answer:
        return service.ask(question, user_of(request), request.state.listener)

    mcp_server = build_mcp_server(ask, service.retriever)
    mcp_app = mcp_server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        host="0.0.0.0",  # noqa: S104 (the guard looks)
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with mcp_server.session_manager.run():
            yield

    app = FastAPI(
        title="Sic",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
    )
    runs = EvalRuns(service)
    app.include_router(build_api(service, runs))
    app.include_router(build_login(accounts))
    add_errors(app)

    @app.get(ROUTE, include_in_schema=False)
    def early_script() -> FileResponse:
        return FileResponse(ASSETS / "early.js", headers={"Cache-Control": "no-cache"})

    app.router.routes.extend(mcp_app.routes)
    page = build_page(service, runs)
    page.queue(max_size=MOST_WAITING)
    page.state_session_capacity = MOST_PAGES
    gr.mount_gradio_app(app, page, path="", **page_options())
    page.has_launched = True  # else Gradio takes any file of this machine for an upload
    app.add_middleware(EarlyScript)
    app.add_middleware(HangUp, on_hang_up=service.hang_up)
    app.add_middleware(Guard, accounts=accounts)
    app.add_middleware(SecurityHeaders)
    return app
