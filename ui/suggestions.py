"""Questions to begin and to go on with: the corpus's own, and about what its passages name."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from ingest.terms import FUNCTION_WORDS
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
_MORE = re.compile(r"(?: [^\W\d_a-z][\w-]*)+")
_BEFORE = re.compile(r"([^\W\d_]+) \Z")
_BEHIND = re.compile(r" ([a-z]+)")
_ADJECTIVE = re.compile(r"\w+(?:ish|ese|ian|ean)")
_PLAIN = re.compile(r"[^\W\d_][a-z]*(?:-[^\W\d_][a-z]*)*")
"""A word that only a capital tells from others: one that comes once may be no name."""


def suggest(answer: Answer, asked: Collection[str]) -> list[str]:
    """Return questions in the answer's language that were not asked yet.

    They are about names that stand in sentences of the passages, which tell of them.
    """
    told = f"{answer.question} {answer.query} {answer.text}".casefold()
    sentences = [item.text for item in find_sentences(answer.passages)]
    words = set(re.findall(r"[^\W\d_]+", " ".join(sentences)))
    articles = {name: article for text in sentences for name, article in _names(text)}
    counts = Counter(
        name
        for text in sentences
        for name in {name for name, _ in _names(text)}
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
    if answer.language == "en":
        names = [articles[name] + name for name in names]
    questions = [tell("ask about", answer.language, name=name) for name in names]
    return [one for one in questions if one not in asked][:MOST]


def _is_part(name: str, other: str) -> bool:
    """Tell whether a name is some of the words of another: Renxun of Huang Renxun."""
    return name != other and f" {name} " in f" {other} "


def _names(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a text names, all words of it, and the article that it has: the United States.

    A word behind the first of a sentence may be half a name; nationalities are none.
    """
    end = 0
    for start, part in find_subject_spans(text):
        if start < end or is_unit(part):
            continue
        more = _MORE.match(text, start + len(part))
        end = more.end() if more else start + len(part)
        name = text[start:end]
        found = _BEFORE.search(text[:start])
        before = found[1] if found else ""
        is_half = before[:1].isupper() and before.lower() not in FUNCTION_WORDS
        if _PLAIN.fullmatch(name) and (is_half or _ADJECTIVE.fullmatch(name)):
            continue
        if SHORTEST_NAME <= len(name) <= LONGEST_NAME and _NAME.fullmatch(name):
            behind = _BEHIND.match(text, end)
            is_noun = behind is None or behind[1] in FUNCTION_WORDS
            yield name, "the " if before.lower() == "the" and is_noun else ""


def read_examples(corpus: Path) -> list[str]:
    """Return the corpus's own example questions, one a line of its examples.txt."""
    path = corpus / EXAMPLES_FILE
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip()][:MOST_EXAMPLES]
