"""An answer -> Markdown, with its marks; what a model wrote, or a document has, is no markup."""

import re
from collections.abc import Iterable

from rag.phrases import UNANSWERED
from rag.schema import Language, Sentence

NEAREST_SHOWN = 3
"""How many of the nearest passages are shown where there is no answer."""
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~!$@&]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def show_text(sentences: Iterable[Sentence], unanswered: Iterable[str], language: Language) -> str:
    """Return an answer as Markdown, with its [1] marks, and the parts that have no answer."""
    marked = [f"{lead(one)}{escape_markdown(one.text)} {show_marks(one)}" for one in sentences]
    return "".join([*marked, show_unanswered(unanswered, language)]).strip()


def show_unanswered(parts: Iterable[str], language: Language) -> str:
    """Return as Markdown, for behind an answer, which parts of the question have none."""
    told = UNANSWERED[language]
    return "".join(f"\n\n{told.format(question=escape_markdown(part))}" for part in parts)


def show_marks(sentence: Sentence) -> str:
    """Return the marks behind a sentence: [C1][1][2]."""
    marks = [sentence.mark] if sentence.mark else []
    return "".join(f"[{mark}]" for mark in [*marks, *sentence.citations])


def lead(sentence: Sentence) -> str:
    """Return the Markdown before a sentence: a space, or a bullet, under its heading if any."""
    heading = f"\n\n**{escape_markdown(sentence.heading)}**\n" if sentence.heading else ""
    return f"{heading}\n- " if sentence.item else f"{heading} "


def escape_markdown(text: str) -> str:
    """Return text that shows as itself in Markdown: what a model wrote is never markup."""
    return _MARKUP.sub(r"\\\g<0>", text)
