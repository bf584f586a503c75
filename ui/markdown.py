"""Answers and passages as Markdown. All text of others is escaped here."""

import re
from collections.abc import Sequence
from fractions import Fraction
from urllib.parse import quote

from ingest.errata import Registry
from rag.markdown import NEAREST_SHOWN, escape_markdown
from rag.schema import (
    Answer,
    Calculation,
    Citation,
    Correction,
    Language,
    Operand,
    Passage,
    Sentence,
)
from rag.units import find_factor, find_unit
from ui.links import link
from ui.words import tell

SNIPPET = 180
_SIGNS = re.compile(r"^#{1,6} |\*\*", re.MULTILINE)
"""What Markdown has around headings and what is bold."""
LONGEST_HINT = 400
"""Characters of a quote that are shown when its mark is pointed at."""
_MARK = re.compile(r'\s*\[\\\[[CE\d]\d*\\\]\]\(#(?:open|working)[^\s)]*(?: "[^"]*")?\)')
_BOLD = re.compile(r"(?<!\\)\*\*")
_URL_SAFE = ":/?&=%+,;@~-._"
SOURCE: dict[Language, str] = {"en": "According to", "zh": "依据："}


def mark(citation: Citation) -> str:
    """Return a citation's mark as a Markdown link, which shows the words when pointed at."""
    target = link("open", citation.document, citation.start, citation.end)
    return f"[\\[{citation.number}\\]]({target}{_hint(citation.quote)})"


def _hint(words: str) -> str:
    """Return words as a Markdown link's title."""
    shown = " ".join(words.split())
    cut = shown[:LONGEST_HINT] + ("…" if len(shown) > LONGEST_HINT else "")
    return ' "' + escape_markdown(cut).replace('"', "&quot;") + '"'


def sentence_markdown(
    sentence: Sentence, citations: Sequence[Citation], correction: Correction | None = None
) -> str:
    """Return a sentence with its marks; that of a correction opens the faulty words.

    That of a calculation unfolds how it was worked out.
    """
    marks = [mark(one) for one in citations]
    if correction:
        hint = _hint(correction.wrong)
        marks = [f"[\\[{correction.mark}\\]]({_faulty_link(correction)}{hint})", *marks]
    elif sentence.mark:
        marks = [f"[\\[{sentence.mark}\\]](#working)", *marks]
    text = escape_markdown(sentence.text)
    return f"{f'**{text}**' if correction else text} {''.join(marks)}"


def corrections_markdown(corrections: Sequence[Correction], language: Language) -> str:
    """Return who says what is right, and the faulty words with a link to where they stand."""
    lines = []
    for one in corrections:
        words = escape_markdown(" ".join(one.wrong.split()))
        source = escape_markdown(one.authority)
        if one.url:
            source = f"[{source}]({quote(one.url, safe=_URL_SAFE)})"
        struck = words if one.kind == "qualifies" else f"~~{words}~~"
        where = f"[{escape_markdown(one.document)}]({_faulty_link(one)})"
        lines.append(f"- \\[{one.mark}\\] {SOURCE[language]} {source}<br>{where}: {struck}")
    return "\n".join(lines)


def _faulty_link(correction: Correction) -> str:
    return link("open", correction.document, correction.start, correction.end)


def references_markdown(citations: Sequence[Citation], language: Language) -> str:
    """Return a list of references: each mark with its title, place, date and words."""
    lines = []
    for one in citations:
        page = tell("page", language, page=one.page) if one.page else ""
        where = ", ".join(filter(None, [one.document, page, one.date]))
        quote = escape_markdown(" ".join(one.quote.split()))
        title = escape_markdown(one.title)
        lines.append(f"- {mark(one)} {title}. {escape_markdown(where)}: “{quote}”")
    return "\n".join(lines)


def passages_markdown(passages: Sequence[Passage], language: Language, registry: Registry) -> str:
    """Return the passages found, a line each, with links to open them.

    Those with words that are known to be wrong say so.
    """
    lines = []
    for passage in passages:
        section = passage.headings[-1] if passage.headings else passage.title
        page = tell("page", language, page=passage.page) if passage.page else ""
        where = escape_markdown(", ".join(filter(None, [section, page, passage.date])))
        text = " ".join(_SIGNS.sub("", passage.text).split())
        snippet = escape_markdown(text[:SNIPPET] + ("…" if len(text) > SNIPPET else ""))
        target = link("open", passage.document, passage.start, passage.end)
        is_wrong = registry.has_error(passage.document, passage.start, passage.end)
        told = tell("holds error", language) if is_wrong else ""
        lines.append(f"{passage.number}. [{where}]({target}) {told}<br>{snippet}")
    return "\n".join(lines)


def abstention_markdown(answer: Answer, registry: Registry) -> str:
    """Return "not in the documents", if no sentence says it, and the nearest passages."""
    nearest = {"en": "The nearest passages:", "zh": "最接近的段落："}[answer.language]
    told = "\n\n" if answer.sentences else f"**{answer.text}** "
    if not answer.passages:
        return told
    shown = passages_markdown(answer.passages[:NEAREST_SHOWN], answer.language, registry)
    return f"{told}{nearest}\n\n{shown}"


def calculation_markdown(calculation: Calculation, answer: Answer) -> str:
    """Return the working of a number: each operand with a link to where it stands."""
    own = {"en": "of the question", "zh": "问题中的数字"}[answer.language]
    cited = {citation.number: citation for citation in answer.citations}
    lines = []
    for operand in calculation.operands:
        words = escape_markdown(operand.words)
        if operand.citation is None:
            lines.append(f"- {words} ({own})")
            continue
        citation = cited[operand.citation]
        start = citation.start + max(citation.quote.find(operand.words), 0)
        target = link("open", citation.document, start, start + len(operand.words))
        same = _in_smaller_unit(operand, calculation.operands)
        lines.append(f"- [{words}]({target}) {mark(citation)}{same}")
    return "\n".join([*lines, "", f"**{escape_markdown(calculation.text)}**"])


def _in_smaller_unit(operand: Operand, operands: Sequence[Operand]) -> str:
    """Return an operand in the unit of another one of its kind, if that is a smaller one."""
    unit = find_unit(operand.unit)
    for other in operands:
        wanted = find_unit(other.unit)
        factor = find_factor(unit, wanted) if unit and wanted else None
        if factor and factor > 1 and operand.value.replace(".", "", 1).isdigit():
            value = factor * Fraction(operand.value)
            if value.denominator == 1:
                return f" = {value.numerator:,} {escape_markdown(other.unit)}"
    return ""


def plain_text(markdown: str) -> str:
    """Return what a reply of this page says, without its marks and escapes."""
    bare = _BOLD.sub("", _MARK.sub("", markdown))
    return re.sub(r"\\(\W)", r"\1", bare)
