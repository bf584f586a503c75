"""A question -> the questions in it, each of which is asked by itself.

A small model answers half of "how many can it carry, and who is its master?", or makes up the
other half. Only what plainly is a question of its own is split off: a question that is cut wrongly
is answered worse than one that is left whole.
"""

import re
from collections.abc import Sequence

from ingest.split import split_sentences
from ingest.terms import FUNCTION_WORDS, find_pieces, find_terms
from rag.names import find_names, has_digit
from rag.quantity import is_unit
from rag.question import QUESTION_MARKS, detect_language, has_reference
from rag.task import find_task

MOST_PARTS = 3
"""A text of more questions is asked as it stands."""
MOST_DIVIDED = 4
LEAST_TERMS = 2
"""What a question names at least, to be understood by itself."""
_WORD_EN = r"(?:what|who|whom|which|where|when|why|how)"
_VERB_EN = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)"
_SUBJECT_EN = r"(?:it|he|she|they|there|this|that|these|those|the|an?|its|his|her|their|any)\b"
_ASKS_EN = re.compile(rf"\b(?:{_WORD_EN}|whose)\b", re.IGNORECASE)
_BEGINS_EN = re.compile(
    rf"(?:(?:in|at|on|by|to|for|from|of) )?(?P<word>{_WORD_EN}\b)|{_VERB_EN}\b", re.IGNORECASE
)
_JOINT_EN = re.compile(
    rf"(?P<comma>\s*[,;])?\s+(?:and|but)\s+(?:also\s+)?"
    rf"(?=(?:{_WORD_EN}(?:\s+(?!{_SUBJECT_EN})[\w'’-]+){{0,4}}?\s+{_VERB_EN}"
    rf"|who(?!\s+{_SUBJECT_EN})\s+\w+"
    rf"|{_VERB_EN}\s+(?:{_SUBJECT_EN}|(?-i:[A-Z])))\b)",
    re.IGNORECASE,
)
"""Before a question in the order of one: how much does it cost, and not how much it costs."""
_ASKS_YOU = re.compile(rf"{_VERB_EN} you\b", re.IGNORECASE)
_JOINT_ZH = re.compile(r"[，,；;]\s*(?:以及|并且|而且|还有|和|而)?")
_ASKS_ZH = re.compile(r"什么|谁|哪|多少|几(?![百千十万])|怎|为何|多[大高长深久远]|吗")
_CONDITION_ZH = re.compile(r"如果|若|假如|要是|哪怕")
_ASKS_WHO_ZH = re.compile(r"[^，,；;谁]{2,8}是谁[？?]?$")
"""A question with a subject of its own: 港务长是谁, and not 排放多少 or 深度是多少."""
_AND_ZH = r"(?:(?<!共)和(?!平)|(?<!参)与(?!会)|(?<!普)及(?!格)|、)"
_EACH = re.compile(
    r"\band\b.*\b(?:each(?! (?:hour|day|night|week|month|year|time)\b)|respectively)\b"
    rf"|{_AND_ZH}.*(?:分别|各自|各[是为有在占获])|{_AND_ZH}[^，。]{{1,8}}(?:是|有)谁",
    re.IGNORECASE,
)
"""What says that it asks the same of several things, or several things of one."""
_OF_ALL = re.compile(
    r"\b(?:between|total|sum|average|mean|together|combined)\b|总|一共|共[计有同]|合计|平均|之间",
    re.IGNORECASE,
)
_JOINED = re.compile(rf"\band\b|{_AND_ZH}", re.IGNORECASE)
_MARK = re.compile(
    r"\b(?:and|each|respectively|both)\b|分别|各自?|[和与及、以?？，,]", re.IGNORECASE
)
_TITLE_ZH = re.compile(r"《.+?》")
_QUOTES = (("《", "》"), ("“", "”"), ("「", "」"))


def split_question(text: str) -> tuple[str, ...]:
    """Return the questions in a text, in their order; the text itself if it is one."""
    sentences = [text[start:end] for start, end in split_sentences(text)]
    if len(sentences) > 1 and all(one.endswith(QUESTION_MARKS) for one in sentences):
        parts = [part for one in sentences for part in _split(one)]
    else:
        parts = _split(text)
    first, *others = parts
    can_be_asked = (
        len(parts) <= MOST_PARTS
        and _names_enough(first)
        and all(_names_enough(one) or has_reference(one) for one in others)
        and not any(map(_ASKS_YOU.match, parts))
        and not (any(map(_specifies, others)) and not _specifies(first))
    )
    return tuple(parts) if can_be_asked else (text,)


def asks_of_each(text: str) -> bool:
    """Tell whether a question may ask the same of several things, or several things of one."""
    bare = _TITLE_ZH.sub("", text)
    is_of_each = bool(_EACH.search(bare)) and not _OF_ALL.search(bare)
    return is_of_each and find_task(text).kind == "answer"


def take_divided(reply: str, text: str) -> tuple[str, ...]:
    """Return the questions that a model made of one; the question itself if they are not of it.

    Their words and titles are those of the question, all of which stand in one or another; they
    differ, and each joins fewer things.
    """
    parts = tuple(line for line in map(str.strip, reply.splitlines()) if line)
    whole = _find_pieces(text)
    titles = set(_TITLE_ZH.findall(text))
    is_whole = set().union(*map(_find_pieces, parts)) == whole and all(
        titles.issuperset(_TITLE_ZH.findall(part)) for part in parts
    )
    joined = len(_JOINED.findall(text))
    differ = len(set(parts)) == len(parts) and all(
        len(_JOINED.findall(part)) < joined for part in parts
    )
    return parts if 1 < len(parts) <= MOST_DIVIDED and is_whole and differ else (text,)


def _find_pieces(text: str) -> set[str]:
    """Return the words and characters of a question, but for those that join and ask."""
    return find_pieces(_MARK.sub(" ", text)) - {"是", "的"}


def needs_before(part: str, before: Sequence[str]) -> bool:
    """Tell whether a question may leave out what those before it in the same breath name.

    In Chinese it does so unless it asks who, with a subject of its own.
    """
    if not before or _find_own_names(part):
        return False
    if detect_language(part) == "zh" and not _ASKS_WHO_ZH.fullmatch(part):
        return True
    return any(one for text in before for one in find_names(text) if not is_unit(one)) or any(
        map(_TITLE_ZH.search, before)
    )


def _split(sentence: str) -> list[str]:
    """Split one sentence where a question of its own begins on either side."""
    is_chinese = detect_language(sentence) == "zh"
    begins_another = _begins_another_zh if is_chinese else _begins_another_en
    parts, start = [], 0
    for joint in (_JOINT_ZH if is_chinese else _JOINT_EN).finditer(sentence):
        one = sentence[start : joint.start()]
        if not _is_quoting(one) and begins_another(one, joint, sentence[joint.end() :]):
            parts.append(one)
            start = joint.end()
    parts.append(sentence[start:])
    mark = "？" if is_chinese else "?"
    whole = [f"{part}{mark}" for part in parts[:-1]] + parts[-1:]
    return [part[0].upper() + part[1:] for part in whole] if len(whole) > 1 else [sentence]


def _begins_another_en(one: str, joint: re.Match[str], rest: str) -> bool:
    """Without a comma, what follows must refer to what is before."""
    begins = _BEGINS_EN.match(one)
    asks = len(_ASKS_EN.findall(one))
    is_question = begins is not None and asks == (1 if begins["word"] else 0)
    return is_question and (bool(joint["comma"]) or has_reference(rest))


def _begins_another_zh(one: str, _: re.Match[str], rest: str) -> bool:
    asks = _ASKS_ZH.search(one) and not _CONDITION_ZH.match(one)
    return bool(asks and _ASKS_WHO_ZH.fullmatch(rest))


def _is_quoting(text: str) -> bool:
    """Tell whether a text ends within a quotation or title."""
    opens = any(text.count(start) > text.count(end) for start, end in _QUOTES)
    return opens or text.count('"') % 2 == 1


def _names_enough(part: str) -> bool:
    named = set(find_terms(part)) - FUNCTION_WORDS
    return len(named) >= LEAST_TERMS or (len(part.split()) > 1 and bool(find_names(part)))


def _specifies(part: str) -> bool:
    """Tell whether a question names somebody, something or a year, of which another may be."""
    return bool(_find_own_names(part)) or has_digit(part)


def _find_own_names(text: str) -> set[str]:
    """Return the names of a text, without units and abbreviations such as PUE."""
    names = {one for one in find_names(text) if not is_unit(one)}
    capitals = {one.casefold() for one in re.findall(r"\b[A-Z]{2,}s?\b", text)}
    return names - capitals | set(_TITLE_ZH.findall(text))
