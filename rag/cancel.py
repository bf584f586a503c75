"""Cutting off an answer that nobody waits for any more, also while the model reads or writes.

A generator can only be closed between two of its values, and the next may be seconds away. So the
connections to the embedded model are cut from outside, which makes its server stop.
"""

import socket
import threading
from collections.abc import Generator, Iterator
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from rag.errors import CancelledError

if TYPE_CHECKING:
    import httpx

_T = TypeVar("_T")
_current: ContextVar["Cancellation | None"] = ContextVar("cancellation", default=None)


class Cancellation:
    """Whether an answer is still waited for. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._is_cancelled = False

    def cancel(self) -> None:
        """End what goes on for the answer; nothing begins after that."""
        with self._lock:
            self._is_cancelled = True
            for connection in self._connections:
                _cut(connection)

    def require(self) -> None:
        """Raise CancelledError if the answer is not waited for any more."""
        if self._is_cancelled:
            raise CancelledError("Stopped.")

    def add(self, connection: socket.socket) -> None:
        """Note a connection that is to be cut; at once, if that is due."""
        with self._lock:
            self._connections = {one for one in self._connections if one.fileno() >= 0}
            self._connections.add(connection)
            if self._is_cancelled:
                _cut(connection)

    def guard(self, events: Iterator[_T]) -> Iterator[_T]:
        """Yield some events, none of them None; what makes them can be cut off.

        Raises CancelledError.
        """
        context = copy_context()
        context.run(_current.set, self)
        try:
            while (event := context.run(next, events, None)) is not None:
                self.require()
                yield event
        finally:
            if isinstance(events, Generator):
                events.close()


def require_wanted() -> None:
    """Raise CancelledError if the answer that is worked on is not waited for any more."""
    if current := _current.get():
        current.require()


def cuttable_client() -> "httpx.Client":
    """Return an HTTP client whose connections the answer that is worked on can cut."""
    import httpx

    class Transport(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if current := _current.get():

                def trace(event: str, told: dict[str, Any]) -> None:
                    if event == "connection.connect_tcp.complete":
                        current.add(told["return_value"].get_extra_info("socket"))

                request.extensions["trace"] = trace
            return super().handle_request(request)

    # Each request has a connection of its own, so that its answer can cut it.
    return httpx.Client(transport=Transport(limits=httpx.Limits(max_keepalive_connections=0)))


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
