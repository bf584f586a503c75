"""The entry of the page: `python app.py`."""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Mapping
from ipaddress import ip_address

from ingest.command import folder_options, run_command
from ingest.errors import SettingsError
from ingest.settings import IngestSettings, load_environment, read_whole_number
from rag.settings import RagSettings


def main(arguments: list[str] | None = None) -> int:
    """Serve the page until it is stopped; return the exit code."""
    environment = load_environment()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(
        prog="python app.py", description="Chat with your documents.", parents=[folder_options()]
    )
    options = parser.parse_args(arguments)

    def work() -> int:
        ingest = IngestSettings.from_environment(environment, options.corpus, options.store)
        rag = RagSettings.from_environment(environment)
        serve(ingest, rag, *read_address(environment))
        return 0

    return run_command(work)


def read_address(environment: Mapping[str, str]) -> tuple[str, int]:
    """Return host and port of the page. Raises SettingsError if they cannot be had."""
    host = environment.get("SIC_HOST") or "127.0.0.1"
    _require_loopback(host)
    port = read_whole_number(environment, "SIC_PORT", 7860, 1, 65535)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} on {host} cannot be used ({error.strerror}). Another program may "
                "have it: stop that, or choose another with SIC_PORT."
            ) from error
    return host, port


def _require_loopback(host: str) -> None:
    """Raise SettingsError if others could reach the page: it has no logins."""
    try:
        own = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        own = False
    if not own:
        raise SettingsError(
            f"SIC_HOST is {host!r}, but the page has no logins: whoever reaches it can ask, change "
            "the documents and accept corrections. Leave SIC_HOST out, so that only this machine "
            "reaches it; from elsewhere use an SSH tunnel, or a proxy on this machine with logins."
        )


def serve(ingest: IngestSettings, rag: RagSettings, host: str, port: int) -> None:
    """Open the page and make the models ready behind it; return when it is stopped."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    from ui.service import Service

    service = Service(ingest, rag)
    try:
        service.start()
        from ui.page import build_page, launch_options

        page = build_page(service)
        page.queue(max_size=32)
        print(f"Sic is at http://{host}:{port} (stop it with Ctrl-C)", file=sys.stderr)
        page.launch(server_name=host, server_port=port, **launch_options())
    finally:
        service.close()


if __name__ == "__main__":
    sys.exit(main())
