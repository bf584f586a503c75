"""Questions to begin and to go on with: the corpus's own, and about what its passages name."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from rag.evidence import find_sentences
from rag.names import find_subject_spans
from rag.quantity import is_unit
from rag.schema import Answer
from ui.words import tell

EXAMPLES_FILE = "examples.txt"
MOST_EXAMPLES = 8
MOST = 3
SHORTEST_NAME = 3
LONGEST_NAME = 40
MOST_OF_SENTENCES = 0.3
"""The share of sentences that may have a name; one that more have is what all is about."""
_NAME = re.compile(r"[^\W\d_a-z][\w.]*(?:[ -](?:[^\W_a-z]|\d)[\w.]*)*")
_PLAIN = re.compile(r"[^\W\d_][a-z]*(?:-[^\W\d_][a-z]*)*")
"""A word that only a capital tells from others: one that comes once may be no name."""


def suggest(answer: Answer, asked: Collection[str]) -> list[str]:
    """Return questions in the answer's language that were not asked yet.

    They are about names that stand in sentences of the passages, which tell of them.
    """
    told = f"{answer.question} {answer.query} {answer.text}".casefold()
    sentences = [item.text for item in find_sentences(answer.passages)]
    words = set(re.findall(r"[^\W\d_]+", " ".join(sentences)))
    counts = Counter(
        name
        for text in sentences
        for name in set(_names(text))
        if name.casefold() not in told and words.isdisjoint(name.lower().split())
    )
    most = max(1, round(MOST_OF_SENTENCES * len(sentences)))
    names = [
        name
        for name, count in counts.most_common()
        if count <= most and (count > 1 or not _PLAIN.fullmatch(name))
    ]
    names = [one for one in names if not any(_is_part(one, other) for other in counts)]
    names.sort(key=lambda name: bool(_PLAIN.fullmatch(name)))
    questions = [tell("ask about", answer.language, name=name) for name in names]
    return [one for one in questions if one not in asked][:MOST]


def _is_part(name: str, other: str) -> bool:
    """Tell whether a name is some of the words of another: Renxun of Huang Renxun."""
    return name != other and f" {name} " in f" {other} "


def _names(text: str) -> Iterator[str]:
    """Yield what a text names, with names that stand side by side as one: Hugging Face."""
    name, end = "", -1
    named = [(start, name) for start, name in find_subject_spans(text) if not is_unit(name)]
    for start, part in [*named, (len(text) + 2, "")]:
        if name and text[end:start] == " ":
            name, end = f"{name} {part}", start + len(part)
            continue
        if SHORTEST_NAME <= len(name) <= LONGEST_NAME and _NAME.fullmatch(name):
            yield name
        name, end = part, start + len(part)


def read_examples(corpus: Path) -> list[str]:
    """Return the corpus's own example questions, one a line of its examples.txt."""
    path = corpus / EXAMPLES_FILE
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip()][:MOST_EXAMPLES]
