"""A question as it was typed -> one that can be asked: checked, its language, its references."""

import re
import unicodedata

from ingest.split import split_sentences
from ingest.terms import FUNCTION_WORDS, find_stems, find_terms
from rag.errors import QuestionError
from rag.names import find_names, find_subjects, has_digit, normalise
from rag.orders import gives_orders
from rag.quantity import is_unit
from rag.schema import Language, Message

_COURTEOUS = "thanks thank please sorry ok okay yes hello hi great good you 谢谢 好的 你好"
QUESTION_MARKS = ("?", "？")
COURTESY = frozenset(_COURTEOUS.split())
"""Words that make no question clearer."""
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_OPENING_EN = re.compile(
    r"^(?:and|but|so|or|also|then|how so|really|what about|how about|what else|no|sorry"
    r"|i meant?|not that)\b",
    re.IGNORECASE,
)
_REFERENCE_EN = re.compile(
    r"\b(?:it(?! true| possible| right| correct| known| the case| (?:takes?|took|costs?) to\b)"
    r"|its|they|them|their|theirs|he|him|his|she|her|hers|this|these"
    r"|(?:is|are|was|were|do|does|did|of|in|to|for|from|with|about|on|than|charging|doing) that"
    r"(?! of\b)|that (?:one|year|model|number|figure|value|case)|^that|that(?=(?: \w+)?\W*$)"
    r"|those(?! of\b)"
    r"|both(?! \w+ and\b)(?! (?:of )?(?:the )?(?:documents|files|texts|sources|papers|reports)\b)"
    r"|former|latter|same(?! (?:\w+ )?as\b)"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )there(?! (?:is|are|was|were)\b)"
    r"|(?:the|that|this|which|another|other|\w+er|\w+est) ones?"
    r"|which of|the two|the other|the first|the second|instead|else"
    r"|above(?! \d)|previous|you said|you mean)\b",
    re.IGNORECASE,
)
_CLAUSE_EN = re.compile(
    r"\b(?:and|or|but|when|because|if|although|while|since|before|after|that|who|which)\b", re.I
)
_OWN_EN = re.compile(
    r"its|their|his|her|else|instead|the first|the second|the other", re.IGNORECASE
)
"""What may refer to a name in the question itself."""
_ORDINAL_EN = re.compile(r"the (?:first|second)", re.IGNORECASE)
_WHOLE_EN = re.compile(
    r"(?:who|what|where|when) (?:is|are|was|were)\b|.*\b(?:documents|files|texts)\b"
    r"|.*\w\.[a-z]{2,5}\b",  # Summarise report.pdf
    re.IGNORECASE,
)
_ANTECEDENT_ZH = 6
"""Chinese characters before a pronoun that hold what it stands for."""
_CLAUSE_TERMS = 2
"""What a clause names at least, so that a pronoun in the next one may stand for it."""
_REFERENCE_ZH = re.compile(
    r"^(那|那么|还有|(?:为什么|为何|怎么).{0,6}$|而|但|所以|(?:哪个|哪一个).{0,6}$|另|不是|不对|我是说|我指|我的意思)"
    r"|[它他她其]|这(?!些?(?:文档|文件|资料))|那个|那些|两者|二者|前者|后者|哪一?个更|上面|刚才|呢[?？]?$"
)
_PRONOUN_ZH = re.compile(
    r"(?<!其)[它他她](?!们)|其(?!他|它|中|实|余|次)|(?:这|那)(?:个|座|种|份|篇)(?=有|是|的|在)"
)
_ELLIPSIS_EN = re.compile(r"(?:(?:and|or|but|so|then),? )*(?:(?:what|how) about )?", re.IGNORECASE)
_ELLIPSIS_ZH = re.compile(r"(?:那么?|还有)?(?P<thing>[A-Za-z][\w.-]*)呢[？?]?")
_BARE_NAME = re.compile(r"(?=.*(?:[a-z]|\d))[A-Z][\w.-]*")
"""A name in one word; an abbreviation alone may be of anything."""
_ABBREVIATION = re.compile(r"[A-Z]{2,}")
_TIMES = """
    january february march april may june july august september october november december monday
    tuesday wednesday thursday friday saturday sunday why now not"""
_NO_LIKE = FUNCTION_WORDS.union(_TIMES.split(), ("no", "only", "also", "just", "even"))
_MARKED = re.compile(r"[A-Z0-9]")
_ARTICLE = re.compile(r"^(?:the|an?) ", re.IGNORECASE)
_ASKING_ZH = re.compile(r"什么|谁|哪|怎|为何|多少|几|请")
_TOPIC_ZH = re.compile(r"[^\W的是有在被用了]{2,12}(?=的|是|有|在|被|用)")
_MARKUP = re.compile(r"<(script|style)\b.*?</\1>|</?[A-Za-z][^<>]*>", re.IGNORECASE)
_REPEATED = re.compile(r"\b(\w+)(?: \1\b){2,}", re.IGNORECASE)
"""A word that stands three times or more in a row."""
_FIRST = re.compile(
    r"\b(?:first|original(?:ly)?|in the beginning|at the start)\b|第一个|最初|一开始", re.I
)
_DOUBT = re.compile(
    r"(?:(?:but|and|hm+|wait|no)\b,? )?(?:(?:are|r) (?:you|u) (?:\w+ly |quite )?(?:sure|certain)"
    r"|really(?=\W*$)"
    r"|(?:is|was) (?:that|this|it) (?:\w+ly )?(?:right|true|correct|accurate)(?=\W*$)"
    r"|(?:that|this|it) (?:can't|can’t|cannot) be (?:right|true|correct)"
    r"|(?:please )?(?:double-?check|check (?:that|this|it) again))\b"
    r"|你?(?:真的|能|可以)?(?:确定|肯定)|(?:是)?真的吗|(?:这|那)?(?:对|正确|准确)吗",
    re.IGNORECASE,
)
"""How a follow-up begins that doubts what was answered."""
_ASKS_ANOTHER = re.compile(
    r"\b(?:who|whom|what|when|where|why|how|which)\b|[.?!。？！]\s*\w|呢", re.IGNORECASE
)
_DOUBTED_EN = "figure figures number numbers value amount answer date name correct"
_DOUBTED = FUNCTION_WORDS.union(_DOUBTED_EN.split())
_DOUBTED_ZH = re.compile("[这那]个?|数字|数值|答案|说法|[的是吗呢吧]")
_SHORT_WORDS = 3
_SENTENCE_WORDS = 3


def check_question(text: str, limit: int) -> str:
    """Return the question in plain characters. Raises QuestionError if it cannot be asked."""
    if len(text) > limit:
        raise QuestionError(
            f"The question is {len(text):,} characters long; {limit:,} are the most. Shorten it, "
            "or add long material to the documents."
        )
    plain = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in text)
    plain = " ".join(plain.split())
    if not plain:
        raise QuestionError("The question is empty: type what you want to know.")
    if not any(character.isalnum() for character in plain):
        raise QuestionError("There are no words in the question: type what you want to know.")
    return plain


def drop_orders(text: str) -> str:
    """Return a question without sentences that order the model about, if any are left."""
    sentences = [text[start:end] for start, end in split_sentences(text)]
    asked = [one for one in sentences if one.endswith(QUESTION_MARKS) or not gives_orders(one)]
    return " ".join(asked) or text


def only_orders(text: str) -> bool:
    """Tell whether each sentence orders the model about, so that no model is to read any."""
    return all(gives_orders(text[start:end]) for start, end in split_sentences(text))


def detect_language(text: str) -> Language:
    """Tell the language to answer in: Chinese if the question or most of it is, else English.

    A question with Chinese words and no English one but names is Chinese, as in GPT-3呢？
    """
    han, words = _HAN.findall(text), _LATIN_WORD.findall(text)
    if han and not FUNCTION_WORDS.intersection(word.lower() for word in words):
        return "zh"
    return "zh" if len(han) > 2 * len(words) else "en"


def is_written_in(text: str, language: Language) -> bool:
    """Tell whether the text is a sentence in the language of its question, not a bare figure."""
    if language == "zh":
        return bool(_HAN.search(text))
    return detect_language(text) == "en" and len(text.split()) >= _SENTENCE_WORDS


def refers_back(text: str, history: tuple[Message, ...]) -> bool:
    """Tell whether a question needs the dialogue before it to be understood."""
    if not history:
        return False
    if detect_language(text) == "zh":
        reference = _REFERENCE_ZH.search(text)
        if reference and reference[0] in "它他她其":
            return len(_HAN.findall(text[: reference.start()])) < _ANTECEDENT_ZH
        return bool(reference) or len(_HAN.findall(text)) <= _SHORT_WORDS
    if _OPENING_EN.search(text):
        return True
    if reference := _REFERENCE_EN.search(text):
        if _ORDINAL_EN.fullmatch(reference[0]) and find_names(text[reference.end() :]):
            return False  # the first ferry from Marlow Bay
        return not _has_antecedent(text[: reference.start()], reference[0])
    return len(text.split()) <= _SHORT_WORDS and not _WHOLE_EN.match(text)


def has_reference(text: str) -> bool:
    """Tell whether a question has a word for something that was named before: it, they, 它."""
    pattern = _REFERENCE_ZH if detect_language(text) == "zh" else _REFERENCE_EN
    return bool(pattern.search(text))


def find_own_stems(text: str) -> set[str]:
    """Return what an English question says apart from its references, cut to stems."""
    return find_stems(_HAN.sub(" ", _REFERENCE_EN.sub(" ", text))) - {"one", "ones"}


def _has_antecedent(before: str, reference: str) -> bool:
    """Tell whether what stands before a pronoun names something that it may stand for.

    What is the rent of a plot, and when is it due? needs no dialogue.
    """
    if _OWN_EN.fullmatch(reference) and find_names(before):
        return True
    clauses = list(_CLAUSE_EN.finditer(before))
    named = find_terms(before[: clauses[-1].start()]) if clauses else []
    return len(set(named) - FUNCTION_WORDS) >= _CLAUSE_TERMS


def ask_again(text: str, history: tuple[Message, ...]) -> tuple[str, tuple[Message, ...]]:
    """Return the question that a doubt about its answer asks again, and the dialogue before it.

    A text that doubts nothing, asks something else, or names what was not spoken of since that
    question, comes back as it is.
    """
    rest = _find_doubted(text)
    if rest is None:
        return text, history
    for place in reversed(range(len(history))):
        turn = history[place]
        if turn.role == "user" and _is_question(turn.content) and _find_doubted(turn.content) != []:
            spoken = {term for one in history[place:] for term in find_terms(one.content)}
            is_spoken_of = spoken.issuperset(rest)
            return (turn.content, history[:place]) if is_spoken_of else (text, history)
    return text, history


def _find_doubted(text: str) -> list[str] | None:
    """Return the terms of what a doubt is about, or nothing if a text is no mere doubt."""
    doubt = _DOUBT.match(text)
    rest = text[doubt.end() :] if doubt else ""
    if not doubt or _ASKING_ZH.search(rest) or _ASKS_ANOTHER.search(rest):
        return None
    return [term for term in find_terms(_DOUBTED_ZH.sub(" ", rest)) if term not in _DOUBTED]


def find_before(text: str, history: tuple[Message, ...]) -> str:
    """Return the question that one refers back to: the last one, or the first if it says so."""
    asked = [turn.content for turn in history if turn.role == "user" and _is_question(turn.content)]
    if not asked:
        return ""
    return asked[0] if _FIRST.search(text) else asked[-1]


def _is_question(text: str) -> bool:
    """Tell whether a message asks for something: it is more than a courtesy, and no order."""
    return not COURTESY.issuperset(find_terms(text)) and not gives_orders(text)


def name_topic(text: str, before: str) -> str:
    """Return a Chinese question with what the one before begins with in place of its pronoun.

    它有多深？ after 白湖的面积是多少？ is 白湖有多深？
    """
    topic = _TOPIC_ZH.match(before)
    if not topic or _ASKING_ZH.search(topic[0]):
        return text
    return _PRONOUN_ZH.sub(topic[0], text, count=1)


def fill_ellipsis(text: str, before: str) -> str:
    """Return the question before with what a text only names in the place of its like, or "".

    "And Birch?" takes the place of the only name, "And the Birch bridge?" of the other bridge. What
    may be of another kind, or needs more of the dialogue, is not filled in.
    """
    thing = _find_ellipsis(text)
    if (
        not thing
        or not before.endswith(QUESTION_MARKS)
        or _find_ellipsis(before)
        or has_reference(before)
        or detect_language(text) != detect_language(before)
    ):
        return ""
    is_name = _BARE_NAME.fullmatch(thing) or _ABBREVIATION.fullmatch(thing)
    like = _like_of_name(thing, before) if is_name else _like_of(thing)
    found = re.findall(rf"(?<![A-Za-z0-9-]){like}(?![A-Za-z0-9-])", before) if like else []
    if len(found) != 1 or _NO_LIKE.intersection(find_terms(_ARTICLE.sub("", found[0]))):
        return ""
    if bool(_MARKED.search(found[0])) != bool(_MARKED.search(thing)):
        return ""
    return before.replace(found[0], thing, 1)


def _find_ellipsis(text: str) -> str:
    """Return what a text names and nothing else, as in "And Birch?", or ""."""
    if match := _ELLIPSIS_ZH.fullmatch(text):
        return match["thing"]
    opening = _ELLIPSIS_EN.match(text)
    return text[opening.end() :].rstrip("?？!. \n") if opening and opening[0] else ""


def _like_of_name(name: str, before: str) -> str:
    """Return a pattern of the only name of a question, if it may be of the kind of another.

    An abbreviation may be of the kind of what has digits: BLOOM, of GPT-3.
    """
    names = [one for one in find_subjects(normalise(before)) if not is_unit(one)]
    is_like = (
        len(names) == 1
        and _BARE_NAME.fullmatch(names[0])
        and (has_digit(names[0]) or not _ABBREVIATION.fullmatch(name))
        and bool(normalise(name).strip())
        and not is_unit(name)
        and name.casefold() not in _NO_LIKE
    )
    return re.escape(names[0]) if is_like else ""


def _like_of(thing: str) -> str:
    """Return a pattern of what has the last word of a thing, and as many others before it."""
    article = _ARTICLE.match(thing)
    *qualities, head = thing[article.end() if article else 0 :].split() or [""]
    if not qualities or _NO_LIKE.intersection(map(str.casefold, qualities)):
        return ""
    return rf"{'(?:the|an?) ' if article else ''}(?:[\w'’-]+ ){{{len(qualities)}}}{re.escape(head)}"


def find_asked(text: str) -> str:
    """Return the last question of several sentences, if it needs nothing of what is before it.

    Markup around it is left out, and what only repeats a word.
    """
    text = " ".join(_MARKUP.sub(" ", text).split()) or text
    text = _REPEATED.sub(r"\1", text)
    sentences = [text[start:end] for start, end in split_sentences(text)]
    before = (Message("user", " ".join(sentences[:-1])),)
    last = sentences[-1] if sentences else text
    return text if not last.endswith(QUESTION_MARKS) or refers_back(last, before) else last
