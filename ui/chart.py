"""A chart of an answer: the values of the same kind that its sentences state, as bars.

It is text, so it can be copied and read out. Each value stands beside the very words that state
it: what it is of would have to be guessed otherwise.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rag.calculator import Quantity
from rag.markdown import escape_markdown
from rag.operands import find_numbers_in
from rag.schema import Answer, Citation, Sentence
from rag.units import find_factor, plain_unit
from ui.markdown import mark

LONGEST_BAR = 12
"""Signs."""
LONGEST_LABEL = 90
"""Characters of the words that stand beside a value."""
_FULL, _PARTS = "█", " ▏▎▍▌▋▊▉"
_CLAUSE_END = re.compile(r"[;；，。]|,(?!\d)|(?<=[.!?])\s")


@dataclass(frozen=True, slots=True)
class _Bar:
    """A value of an answer, the words around it, and the sentence that states it."""

    label: str
    words: str
    quantity: Quantity
    sentence: Sentence


def chart_markdown(answer: Answer) -> str:
    """Return a table of bars with their citations; nothing where no two values compare."""
    bars = _comparable([bar for one in answer.sentences for bar in _bars(one)])
    if not bars:
        return ""
    unit = bars[0].quantity.unit
    values = [bar.quantity.high * (find_factor(bar.quantity.unit, unit) or 0) for bar in bars]
    cited = {one.number: one for one in answer.citations}
    rows = [
        f"| {_draw(value / max(values))} "
        f"| **{escape_markdown(bar.words)}** {escape_markdown(bar.label)} "
        f"{_marks(bar.sentence, cited)} |"
        for bar, value in zip(bars, values, strict=True)
    ]
    return "\n".join(["| | |", "|:--|:--|", *rows])


def _bars(sentence: Sentence) -> list[_Bar]:
    """Return the values of a sentence that have a unit, each with its clause."""
    text = sentence.text
    found = []
    for one in find_numbers_in(text):
        if one.quantity.unit == plain_unit():
            continue
        start = max((end.end() for end in _CLAUSE_END.finditer(text, 0, one.start)), default=0)
        end = _CLAUSE_END.search(text, one.end)
        label = text[start : end.start() if end else len(text)].strip()
        label = label[:LONGEST_LABEL] + ("…" if len(label) > LONGEST_LABEL else "")
        found.append(_Bar(label, one.words, one.quantity, sentence))
    return found


def _comparable(bars: Sequence[_Bar]) -> list[_Bar]:
    """Return the most values of one kind that are above nothing, if they differ."""
    best: list[_Bar] = []
    for first in bars:
        unit = first.quantity.unit
        same = [
            bar
            for bar in bars
            if find_factor(bar.quantity.unit, unit) is not None and bar.quantity.low > 0
        ]
        values = {bar.quantity.to(unit).high for bar in same}
        if len(values) > 1 and len(same) > len(best):
            best = same
    return best


def _draw(share: Fraction) -> str:
    """Return a bar that is a share of the longest."""
    whole, part = divmod(round(share * LONGEST_BAR * len(_PARTS)), len(_PARTS))
    return (_FULL * whole + (_PARTS[part] if part else "")) or _PARTS[1]


def _marks(sentence: Sentence, cited: dict[int, Citation]) -> str:
    own = [f"\\[{sentence.mark}\\]"] if sentence.mark else []
    return "".join([*own, *(mark(cited[number]) for number in sentence.citations)])
