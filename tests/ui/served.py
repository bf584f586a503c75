"""The server as it is, over a service whose store is real and whose answers are scripted.

    python -m tests.ui.served FOLDER --port N [--auth FILE] [--pause S]

It serves FOLDER/corpus, writes the routes there are to FOLDER/routes.json, and runs until stopped.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from ingest.settings import IngestSettings
from ingest.split import split_sentences
from rag.retrieve import Retriever
from rag.schema import Answer, Citation, Done, Event, Question, Sentence, Sources, Stage, Text
from rag.settings import RagSettings
from ui.accounts import Accounts
from ui.service import Service

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "correct horse battery"


class ScriptedService(Service):
    """Finds passages as ever; the answer says the question back, by sentences, with pauses."""

    def __init__(self, ingest: IngestSettings, pause: float) -> None:
        super().__init__(ingest, RagSettings())
        self.pause = pause

    def _prepare(self) -> None:
        self.sync(lambda *_: None)
        self._load_embedder()
        self.state = "ready"
        self._settled.set()

    def _answer(self, question: Question) -> Iterator[Event]:
        yield Stage("searching")
        assert self.embedder is not None
        found = Retriever(self.store, self.embedder).retrieve(question.text, 2)
        yield Sources(question.text, found)
        told = [question.text]
        if self.pause:
            sentences = split_sentences(question.text)
            told = [*(question.text[start:end] for start, end in sentences), "That is all."]
        first = found[0]
        cited = Citation(1, first.document, first.title, None, first.start, first.end, first.text)
        said = tuple(Sentence(text, (1,), verified=True) for text in told)
        for sentence in said:
            time.sleep(self.pause)
            yield Text(sentence, (cited,))
        yield Done(
            Answer(
                question=question.text,
                query=question.text,
                language="en",
                text=" ".join(f"{text} [1]" for text in told),
                sentences=said,
                citations=(cited,),
                abstained=False,
                passages=found,
                timings={"total_ms": 1},
                model="scripted",
            )
        )


def make_corpus(folder: Path) -> Path:
    """Make a corpus of one document in FOLDER/corpus; return FOLDER."""
    documents = folder / "corpus" / "documents"
    documents.mkdir(parents=True)
    (documents / "dam.md").write_text("# Dam\n\nThe dam is 120 metres high.\n")
    return folder


@contextmanager
def serve(folder: Path, auth: Path | None = None, pause: float = 0) -> Iterator[str]:
    """Run this as a process of its own; yield its address once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [sys.executable, "-m", "tests.ui.served", str(folder), "--port", str(port)]
    line += ["--pause", str(pause), *(["--auth", str(auth)] if auth else [])]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(line, stderr=log, cwd=ROOT)
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(240):
                assert process.poll() is None, (folder / "log").read_text()
                try:
                    if httpx.get(f"{url}/ready", timeout=2).status_code == 200:
                        break
                except httpx.HTTPError:
                    pass
                time.sleep(0.5)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)
    assert "Traceback" not in (folder / "log").read_text()


def find_paths(routes: Iterable[Any]) -> set[str]:
    """Return the paths of routes, and of those that they hold."""
    found: set[str] = set()
    for route in routes:
        inner = getattr(route, "original_router", route)
        found |= {route.path} if getattr(route, "path", "") else set()
        found |= find_paths(getattr(inner, "routes", None) or ())
    return found


def main() -> None:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    from ui.server import build_app

    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--auth", type=Path)
    parser.add_argument("--pause", type=float, default=0)
    options = parser.parse_args()
    settings = IngestSettings(options.folder / "corpus", options.folder / "store")
    service = ScriptedService(settings, options.pause)
    service.start()
    app = build_app(service, Accounts(options.auth) if options.auth else None)
    (options.folder / "routes.json").write_text(json.dumps(sorted(find_paths(app.routes))))
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="error")
    service.close()


if __name__ == "__main__":
    main()
