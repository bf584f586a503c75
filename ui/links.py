"""Links of the page: what they do to a document or an erratum; the page's script acts on them."""

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qs, quote, urlsplit

Action = Literal[
    "open", "read", "remove", "restore", "accept", "reject", "withdraw", "load", "forget", "stop"
]


@dataclass(frozen=True, slots=True)
class Link:
    """What a link of the page does to a document, an erratum or a conversation; words it marks."""

    action: Action
    name: str
    start: int
    end: int


def link(action: Action, name: str, start: int = 0, end: int = 0) -> str:
    """Return the fragment that does something to what has that name.

    The page's script acts on it.
    """
    return f"#{action}?name={quote(name, safe='')}&start={start}&end={end}"


def parse_link(fragment: str) -> Link | None:
    """Read what `link` wrote; return nothing for anything else."""
    parts = urlsplit(fragment.lstrip("#"))
    values = {key: found[0] for key, found in parse_qs(parts.query).items()}
    start, end = values.get("start", ""), values.get("end", "")
    action = next((one for one in get_args(Action) if one == parts.path), None)
    if action is None or not (start.isdecimal() and end.isdecimal()):
        return None
    return Link(action, values.get("name", ""), int(start), int(end))
