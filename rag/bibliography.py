"""Which passages are lists of sources: the references at the end of a paper, which say nothing.

Their titles are near to many questions, and answer none; and a claim is not so because a paper of
that name exists.
"""

import re

LEAST_MARKS = 3
LEAST_DENSE = 0.01
"""Marks of sources, and such a character, from which a passage is a list of sources."""
FUSED_LOSS = 0.3
"""What being one costs a passage, in fused score: one with just the words asked for is found."""
SIMILARITY_LOSS = 0.1
"""What it costs a sentence of one, in similarity."""
_CITED = re.compile(r"\[[^\[\]]*\]|\([^()]*\b(?:19|20)\d\d[a-z]?\)")
_AUTHOR = re.compile(r"\b[A-Z]\. ?(?:[A-Z]\. ?)?[A-Z][a-z]+|[a-z]+, [A-Z]\.")
_PLACE = re.compile(
    r"\bet al\b|\barXiv\b|\bpp?\. ?\d|\bvol\. ?\d|\bProc(?:eedings\b|\.)|\bConference on\b|\bdoi\b"
    r"|https?://|\bISBN\b|\[\d+\] [A-Z]|\((?:19|20)\d\d[a-z]?\)(?=[.:,\s]|$)"
    r"|(?<=[A-Za-z)][,.] )(?:19|20)\d\d[a-z]?[.:;]"
)
"""Where something was published; a sentence of prose may end with a year, too: in 1931."""


def lists_sources(text: str) -> bool:
    """Tell whether a text is mostly a list of sources, not prose that cites some."""
    cited = " ".join(_CITED.findall(text))
    authors, places = (
        len(mark.findall(text)) - len(mark.findall(cited)) for mark in (_AUTHOR, _PLACE)
    )
    return places > 0 and authors + places >= max(LEAST_MARKS, LEAST_DENSE * len(text))
