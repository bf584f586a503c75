"""The title that a document's own text gives."""

import re

_TITLE_LINE = re.compile(r"(?:#{1,6}[ \t]+)?(?P<title>\S.{0,198}?)(?:[ \t]+#*)?")
_SENTENCE_ENDS = (".", "。", "!", "！", "?", "？", ":", "：", ";", "；", ",", "，")


def first_line_title(body: str) -> str | None:
    """Return a short first line that stands by itself."""
    first, _, rest = body.lstrip().partition("\n")
    match = _TITLE_LINE.fullmatch(first.strip())
    stands_alone = not rest.strip() or rest.startswith("\n") or first.startswith("#")
    if match and stands_alone and not match["title"].endswith(_SENTENCE_ENDS):
        return match["title"]
    return None
