"""A question -> the questions in it, each of which is asked by itself.

A small model answers half of "how many can it carry, and who is its master?", or makes up the
other half. Only what plainly begins a question of its own is split off.
"""

import re
from collections.abc import Sequence

from ingest.split import split_sentences
from ingest.terms import FUNCTION_WORDS, find_terms
from rag.names import find_names
from rag.question import QUESTION_MARKS, detect_language, has_reference

MOST_PARTS = 3
"""A text of more questions is asked as it stands."""
LEAST_TERMS = 2
"""What a question names at least, to be understood by itself."""
_WORD_EN = r"(?:what|who|whom|whose|which|where|when|why|how)"
_VERB_EN = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)"
_SUBJECT_EN = r"(?:it|he|she|they|there|this|that|these|those|the|an?|its|his|her|their|any)\b"
_JOINT_EN = re.compile(
    rf"(?:\s*[,;]\s*|\s+)(?:and|but)\s+(?:also\s+)?(?={_WORD_EN}\b)"
    rf"|\s*[,;]\s*(?:and|but)\s+(?={_VERB_EN} (?:{_SUBJECT_EN}|(?-i:[A-Z])))",
    re.IGNORECASE,
)
_ASKS_EN = re.compile(rf"\b{_WORD_EN}\b", re.IGNORECASE)
_BEGINS_EN = re.compile(
    rf"(?:and |so )?(?:(?:in|at|on|by|to|for|from|of) )?(?:{_WORD_EN}|{_VERB_EN})\b", re.IGNORECASE
)
_JOINT_ZH = re.compile(r"[，,；;、]\s*(?:以及|并且|而且|还有|和|而)?|(?:以及|并且)")
_ASKS_ZH = re.compile(r"什么|谁|哪|多少|几|怎|为何|多[大高长深久远]|吗")
_TITLE_ZH = re.compile(r"《.+?》")
_HAS_SUBJECT_ZH = re.compile(r"[^，,；;]{2,}?(?:是|有|在|叫|为)(?:谁|什么|多少|哪|几|多)")
"""A subject of its own: 港务长是谁, and not 排放多少."""


def split_question(text: str) -> tuple[str, ...]:
    """Return the questions in a text, in their order; the text itself if it is one."""
    sentences = [text[start:end] for start, end in split_sentences(text)]
    if len(sentences) > 1 and all(one.endswith(QUESTION_MARKS) for one in sentences):
        parts = [part for one in sentences for part in _split(one)]
    else:
        parts = _split(text)
    first = set(find_terms(parts[0])) - FUNCTION_WORDS
    can_be_asked = first and all(map(_says_enough, parts[1:]))
    return tuple(parts) if can_be_asked and len(parts) <= MOST_PARTS else (text,)


def needs_before(part: str, before: Sequence[str]) -> bool:
    """Tell whether a question may leave out what those before it in the same breath name."""
    return any(map(_names, before)) and not _names(part)


def _names(text: str) -> bool:
    return bool(find_names(text) or _TITLE_ZH.search(text))


def _split(sentence: str) -> list[str]:
    """Split one sentence where a question of its own begins on either side."""
    is_chinese = detect_language(sentence) == "zh"
    joints = (_JOINT_ZH if is_chinese else _JOINT_EN).finditer(sentence)
    parts, start = [], 0
    for joint in joints:
        one, rest = sentence[start : joint.start()], sentence[joint.end() :]
        if is_chinese:
            begins_another = bool(_ASKS_ZH.search(one) and _HAS_SUBJECT_ZH.match(rest))
        else:
            begins_another = bool(_BEGINS_EN.match(one)) and len(_ASKS_EN.findall(one)) <= 1
        if begins_another:
            parts.append(one)
            start = joint.end()
    parts.append(sentence[start:])
    mark = "？" if is_chinese else "?"
    whole = [f"{part}{mark}" for part in parts[:-1]] + parts[-1:]
    return [part[0].upper() + part[1:] for part in whole] if len(whole) > 1 else [sentence]


def _says_enough(part: str) -> bool:
    """Tell whether a question names something, or has a word for what is before it."""
    named = set(find_terms(part)) - FUNCTION_WORDS
    return len(named) >= LEAST_TERMS or bool(find_names(part)) or has_reference(part)
