"""The login: a page of its own, without a script, and the way out."""

from html import escape
from string import Template

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ingest.errors import SicError
from ui.accounts import Accounts, LoginError
from ui.documents import ASSETS
from ui.security import COOKIE, address_of
from ui.words import language_of, tell

LONGEST = 1000
_PAGE = (ASSETS / "login.html").read_text(encoding="utf-8")


def build_login(accounts: Accounts | None) -> APIRouter:
    """Return the routes of the login; without accounts they lead to the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def show(request: Request) -> Response:
        return RedirectResponse("/", 303) if accounts is None else _show(request)

    @router.post("/login")
    async def log_in(request: Request) -> Response:
        if accounts is None:
            return RedirectResponse("/", 303)
        given = await request.form(max_files=0, max_fields=4, max_part_size=LONGEST)
        name, password = str(given.get("name", "")), str(given.get("password", ""))
        try:
            token = await to_thread.run_sync(accounts.log_in, name, password, address_of(request))
        except LoginError as error:
            key = "login must wait" if error.seconds else "no such login"
            told = tell(key, language_of(request), seconds=round(error.seconds))
            return _show(request, told, 429 if error.seconds else 401)
        except SicError as error:
            return _show(request, str(error), 503)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            COOKIE,
            token,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    @router.post("/logout")
    async def log_out(request: Request) -> Response:
        if accounts is not None:
            accounts.log_out(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        return answer

    return router


def _show(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
    language = language_of(request)
    told = f"<p role='alert'>{escape(problem)}</p>" if problem else ""
    words = {key: escape(tell(key, language)) for key in ("tagline", "name", "password", "login")}
    page = Template(_PAGE).substitute(language=language, problem=told, **words)
    return HTMLResponse(page, status)
