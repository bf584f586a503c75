"""Who waits for an answer and goes away: the answer is cut off, so that the model is free."""

import secrets
from collections.abc import Callable

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASKED = ("/api/ask", "/mcp")
LISTENED = "/gradio_api/queue/data"
STOPPED = "/gradio_api/cancel"


class HangUp:
    """ASGI middleware that calls `on_hang_up` with the name of a listener that has gone.

    That is a session of the page, which the guard before it finds, or the `listener` that it gives
    a request's state.
    """

    def __init__(self, app: ASGIApp, on_hang_up: Callable[[str], None]) -> None:
        self.app = app
        self._on_hang_up = on_hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and notice if its sender goes before the end."""
        path = scope.get("path", "")
        if path not in (*ASKED, LISTENED, STOPPED):
            await self.app(scope, receive, send)
            return
        listeners = list(scope["state"].get("sessions", []))
        if path == STOPPED:
            self._tell(listeners)
            await self.app(scope, receive, send)
            return
        if path in ASKED:
            scope["state"]["listener"] = secrets.token_urlsafe()
            listeners = [scope["state"]["listener"]]
        passed_on, passed = anyio.create_memory_object_stream[Message](1)

        ended = False

        async def listen() -> None:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    self._tell([] if ended else listeners)
                    passed_on.close()
                    return
                await passed_on.send(message)

        async def receive_passed() -> Message:
            try:
                return await passed.receive()
            except anyio.EndOfStream:
                return {"type": "http.disconnect"}

        async def send_to_the_end(message: Message) -> None:
            nonlocal ended
            is_last = message["type"] == "http.response.body" and not message.get("more_body")
            ended = ended or is_last
            await send(message)

        with passed_on, passed:
            async with anyio.create_task_group() as group:
                group.start_soon(listen)
                await self.app(scope, receive_passed, send_to_the_end)
                group.cancel_scope.cancel()

    def _tell(self, listeners: list[str]) -> None:
        for listener in listeners:
            self._on_hang_up(listener)
