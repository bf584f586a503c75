"""What stands before every route: who asks, from where, and for what; and the browser's policy."""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.errors import SicError
from ui.accounts import OWNER, Accounts, LoginError, User

COOKIE = "sic-session"
PUBLIC = ("/login", "/health", "/ready")
PAGE = ("/", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/logout", "/page.js")
PAGE_PARTS = (
    *("/assets/", "/static/", "/_app/", "/api/", "/mcp", "/metrics", "/reports/"),
    *(
        "/gradio_api/queue/",
        "/gradio_api/run/",
        "/gradio_api/upload",
        "/gradio_api/heartbeat/",
        "/gradio_api/cancel",
    ),
    *("/gradio_api/startup-events", "/gradio_api/info"),
)
"""Beginnings of routes. Gradio has more, such as one that hands out files; no one gets there."""
UPLOADS = ("/gradio_api/upload", "/api/documents")
LONGEST_SESSION = 64
"""Characters of a session's name."""
_ADDRESS = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
LARGEST_BODY = 8 * 2**20
"""Bytes of a request that brings no file: a question, and the conversation before it."""
MOST_SESSIONS = 100
"""Sessions of one user; the page keeps the state of ten times as many, so that one user cannot
push out that of the others."""
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "form-action 'self'",
        "base-uri 'self'",
    ]
)
"""An image in a pasted question, say, is not fetched: that would tell its server who asked.

Gradio's own page has scripts in it, so those are allowed; what others write is never markup.
"""


class SecurityHeaders:
    """ASGI middleware that adds the policy to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with the policy."""

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY
                headers["Referrer-Policy"] = "same-origin"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self.app(scope, receive, send_with_policy)


class Guard:
    """ASGI middleware that lets a request through with its user, or answers it itself.

    Gradio's sessions are anyone's who knows their name: here each belongs to who used it first.
    """

    def __init__(self, app: ASGIApp, accounts: Accounts | None) -> None:
        self.app = app
        self._accounts = accounts
        self._owners: dict[str, str] = {}
        self._sessions: dict[str, OrderedDict[str, None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its user may send it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        refusal = self._refuse_stranger(request)
        user: User | None = None
        if refusal is None:
            try:
                user = await self._find_user(request)
            except LoginError as error:
                refusal = refuse(429 if error.seconds else 401, str(error))
            except SicError as error:
                refusal = refuse(503, str(error))
        if refusal is None and user is None and request.url.path not in PUBLIC:
            refusal = self._ask_to_log_in(request)
        if refusal is None and user is not None:
            scope.setdefault("state", {})["user"] = user
            try:
                receive, refusal = await self._look_into(request, user)
            except ClientDisconnect:
                return
        await (refusal or self.app)(scope, receive, send)

    def _refuse_stranger(self, request: Request) -> Response | None:
        """Refuse what another site's page sends, and routes that nothing here needs."""
        path = request.url.path
        if path not in (*PUBLIC, *PAGE) and not path.startswith(PAGE_PARTS):
            return refuse(404, "There is nothing here.")
        host = request.headers.get("host", "")
        if self._accounts is None and not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return refuse(403, "Without accounts the page is for this machine alone.")
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != host:
            return refuse(403, "This was sent by the page of another site.")
        return None

    async def _find_user(self, request: Request) -> User | None:
        if self._accounts is None:
            return OWNER
        if token := request.cookies.get(COOKIE):
            return self._accounts.find(token)
        header = request.headers.get("authorization", "")
        return await to_thread.run_sync(self._accounts.find_basic, header, address_of(request))

    def _ask_to_log_in(self, request: Request) -> Response:
        if request.url.path == "/" and request.method in ("GET", "HEAD"):
            return RedirectResponse("/login", 303)
        return refuse(401, "Log in first.")

    async def _look_into(self, request: Request, user: User) -> tuple[Receive, Response | None]:
        """Refuse what a user may not send; a body that was read for that is passed on."""
        path, receive = request.url.path.rstrip("/"), request.receive
        if request.method == "POST" and path in UPLOADS:
            may = user.may("editor")
            return receive, None if may else refuse(403, "This needs the role editor.")
        body = b""
        if request.method == "POST":
            whole = await _read_body(request)
            if whole is None:
                return receive, refuse(413, "This is too long. Begin a conversation anew.")
            body, receive = whole, _replay(whole, receive)
        if not path.startswith("/gradio_api/"):
            return receive, None
        sent = _parse(body)
        if brings_in(sent):
            return receive, refuse(403, "Only text and files that were uploaded are taken.")
        request.state.sessions = [*_find_sessions(path, request.url.query, sent)]
        if any(len(name) > LONGEST_SESSION for name in request.state.sessions):
            return receive, refuse(400, "This is no session.")
        if not all(self._is_own(name, user) for name in request.state.sessions):
            return receive, refuse(403, "This is another user's session.")
        return receive, None

    def _is_own(self, name: str, user: User) -> bool:
        if self._owners.setdefault(name, user.name) != user.name:
            return False
        own = self._sessions.setdefault(user.name, OrderedDict())
        own[name] = None
        own.move_to_end(name)
        if len(own) > MOST_SESSIONS:
            del self._owners[own.popitem(last=False)[0]]
        return True


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def user_of(connection: HTTPConnection) -> User:
    """Return who sends a request, as the guard found."""
    user = connection.state.user
    assert isinstance(user, User)
    return user


def address_of(request: HTTPConnection) -> str:
    """Return where a request comes from."""
    return request.client.host if request.client else ""


def refuse(status: int, reason: str) -> Response:
    """Return why something is not done, as JSON."""
    return JSONResponse({"error": reason}, status)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def brings_in(sent: Any) -> bool:
    """Tell whether something sent to Gradio has it fetch an address, or build a component.

    It would do both before any function of the page sees who asks, and reach files besides.
    """
    waiting = [sent]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            path = one.get("path")
            if isinstance(path, str) and _ADDRESS.match(path):
                return True
            if "constructor_args" in one or one.get("type") == "component":
                return True
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return False


def _find_sessions(path: str, query: str, sent: Any) -> Iterator[str]:
    """Yield the sessions that a request names in its path, query and body."""
    if path.startswith("/gradio_api/heartbeat/"):
        yield path.rsplit("/", 1)[-1]
    yield from parse_qs(query).get("session_hash", [])
    if isinstance(sent, dict) and (name := sent.get("session_hash")):
        yield str(name)


async def _read_body(request: Request) -> bytes | None:
    """Return a request's body, or nothing if it is too large."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > LARGEST_BODY:
            return None
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, and then what comes after it."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
