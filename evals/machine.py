"""What an answer depends on besides its question, and what a process takes of the machine."""

import hashlib
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PRODUCT = ("ingest", "rag")
_LIBRARIES = ("chromadb", "langchain", "langchain-openai", "sentence-transformers", "xllamacpp")


@cache
def code_version() -> str:
    """Return a hash of the product's code, prompts included, and of the libraries' versions."""
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    for package in _PRODUCT:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    for library in _LIBRARIES:
        digest.update(f"{library} {_version(library)}".encode())
    return digest.hexdigest()[:12]


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def peak_mib(pid: int | None = None) -> int:
    """Return the highest memory of a process so far, in MiB; 0 where it cannot be told."""
    status = Path(f"/proc/{pid or 'self'}/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) // 1024
    if pid is None and sys.platform != "win32":
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)
    return 0
