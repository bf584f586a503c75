"""The entry of the page: `python app.py`."""

import argparse
import os
import signal
import sys

from ingest.command import folder_options, run_command
from ingest.settings import IngestSettings, load_environment
from rag.settings import RagSettings


def main(arguments: list[str] | None = None) -> int:
    """Serve the page until it is stopped; return the exit code."""
    environment = load_environment()
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(
        prog="python app.py", description="Chat with your documents.", parents=[folder_options()]
    )
    options = parser.parse_args(arguments)

    def work() -> int:
        from ui.settings import PageSettings

        ingest = IngestSettings.from_environment(environment, options.corpus, options.store)
        rag = RagSettings.from_environment(environment)
        page = PageSettings.from_environment(environment)
        from ui.server import serve

        serve(ingest, rag, page)
        return 0

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
