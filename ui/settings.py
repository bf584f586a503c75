"""Settings of the page: where it listens, who may use it, what it logs."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ingest.errors import SettingsError
from ingest.settings import read_whole_number
from ui.security import is_loopback


@dataclass(frozen=True, slots=True)
class PageSettings:
    """An address that is free, the file of accounts, if any, and if questions are logged."""

    host: str = "127.0.0.1"
    port: int = 7860
    auth_file: Path | None = None
    log_questions: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `SIC_*`. Raises SettingsError for what cannot work."""
        default = cls()
        host = environment.get("SIC_HOST") or default.host
        file = environment.get("SIC_AUTH_FILE")
        logs = environment.get("SIC_LOG_QUESTIONS") or "0"
        if logs not in ("0", "1"):
            raise SettingsError(f"SIC_LOG_QUESTIONS is {logs!r}: give 1 or 0.")
        if not file and not is_loopback(host):
            raise SettingsError(
                f"SIC_HOST is {host!r}, but there are no accounts: whoever reaches the page could "
                "ask, change the documents and accept corrections. Make some with `python -m ui "
                "add-user NAME --role admin` and name their file in SIC_AUTH_FILE; or leave "
                "SIC_HOST out, so that only this machine reaches it."
            )
        port = read_whole_number(environment, "SIC_PORT", default.port, 1, 65535)
        _require_free(host, port)
        return cls(host, port, Path(file) if file else None, logs == "1")


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} on {host} cannot be used ({error.strerror}). Another program may "
                "have it: stop that, or choose another with SIC_PORT."
            ) from error
