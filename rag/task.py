"""What a question wants done: most want an answer, some a summary, a list or a comparison.

Only plain requests are told apart; whatever is not recognised is answered like any other question.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.manifest import Entry
from ingest.terms import FUNCTION_WORDS, find_terms
from rag.schema import Language

_SUMMARY = re.compile(
    r"\b(?:summari[sz]e|summary of|overview of|outline of)\b|\b(?:main|key) (?:points?|findings?"
    r"|messages?|takeaways?|ideas?)\b|\bwhat (?:is|are) .*\b(?:documents?|papers?|reports?|texts?"
    r"|articles?|files?)\b.* about\b|总结|概括|概述|摘要|主要(?:内容|观点|讲)|讲了?些?什么|要点",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\bdiffer(?:s|ent|ences?)?\b|\bcompare|\bcontrast\b|比较|对比|区别|差异|不同", re.IGNORECASE
)
_DISAGREEMENT = re.compile(
    r"\b(?:documents?|papers?|sources?|files?|texts?|reports?|corpus) (?:\w+ ){0,2}"
    r"(?:disagree|contradict|conflict\b|inconsistent)"
    r"|\b(?:disagreements?|contradictions?|conflicts|inconsistenc\w+)"
    r" (?:between|among|across|in|within) (?:\w+ )?"
    r"(?:documents?|papers?|sources?|files?|texts?|reports?|corpus)\b"
    r"|(?:文档|文件|资料|文章|论文|报告)[^，。？]*(?:矛盾|不一致|冲突|分歧|相左)",
    re.IGNORECASE,
)
_WORDS_ABOUT_DOCUMENTS = """
    both two all each every please give tell short brief few sentence sentences word words point
    points main key finding findings message messages takeaway takeaways idea ideas between
    difference differences differ differs different compare contrast summarise summarize summary
    overview outline document documents paper papers report reports text texts article articles
    file files corpus collection"""
_ABOUT_DOCUMENTS = FUNCTION_WORDS | frozenset(_WORDS_ABOUT_DOCUMENTS.split())
_ABOUT_DOCUMENTS_ZH = re.compile(
    r"(?:请|帮我|一下|给|我|这|那|两|几|个|份|篇|些|的|了|有|什么|讲|文档|文件|文章|论文|报告|资料|总结|概括|概述"
    r"|摘要|主要|内容|观点|要点|比较|对比|区别|差异|不同|之间|和|与|全部|所有|是|都|\W)+"
)
_LIST = re.compile(
    r"^(?:please |can you |could you )?"
    r"(?:list|enumerate|name (?:all|every)|give me (?:a list|all))\b"
    r"|^(?:请|帮我)?(?:列出|列举|罗列)",
    re.IGNORECASE,
)
_PAIRS = (
    re.compile(r"\bcompare (?P<one>.+?) (?:and|with|to|against) (?P<two>.+)", re.IGNORECASE),
    re.compile(r"\bdifferences? between (?P<one>.+?) and (?P<two>.+)", re.IGNORECASE),
    re.compile(r"\bhow (?:do|does|is|are) (?P<one>.+?) (?:and|differ\w* from) (?P<two>.+)", re.I),
    re.compile(r"(?P<one>\w[^,;]*?) (?:vs\.?|versus) (?P<two>\w.+)", re.IGNORECASE),
    re.compile(r"(?:比较|对比)(?:一下)?(?P<one>.+?)[和与跟](?P<two>.+)"),
    re.compile(r"(?P<one>.+?)[和与跟](?P<two>.+?)(?:有什么|有何|的)?(?:区别|不同|差异)"),
)
_DOCUMENTS = (
    r"(?:the |these |this |those |your |my |our )?"
    r"(?:documents?|papers?|texts?|files?|reports?|articles?|corpus|passages?|sources?|they|it)"
)
_TOPICS = (
    re.compile(
        rf"^(?:and |so )?what (?:do|does|did) {_DOCUMENTS} (?:say|tell|state|mention|write|report)"
        rf"(?: us| me)? (?:about|of|on|regarding) (?P<topic>.+?)\W*$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:and |so )?what is (?:said|written|stated|reported) (?:about|of|on) (?P<topic>.+?)"
        rf"(?: in {_DOCUMENTS})?\W*$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:please )?tell me (?:something |more )?about (?P<topic>.+?)\W*$", re.IGNORECASE
    ),
    re.compile(
        r"^(?:这些|这份|这篇|您的|我的)?(?:文档|文件|文章|论文|报告|资料)(?:中|里面|里)?(?:关于|对于?|就)"
        r"(?P<topic>.+?)(?:是)?(?:怎么|如何|有什么|有哪些|都|说|讲|提)"
        r"(?:怎么|如何|什么|哪些|说|讲|提到|的|了|说法|内容|些|么)*\W*$"
    ),
    re.compile(
        r"^关于(?P<topic>[^，。？]+)，?(?:文档|文件|文章|论文|报告|资料)(?:中|里面|里)?"
        r"(?:是)?(?:怎么|如何|有什么|有哪些|都|说|讲|提)"
        r"(?:怎么|如何|什么|哪些|说|讲|提到|的|了|说法|内容|些|么)*\W*$"
    ),
)
_JUDGING_WORDS = """
    good bad better worse best worst high low big small large huge great harmful harmless helpful
    safe unsafe dangerous risky expensive cheap costly affordable clean dirty green sustainable
    unsustainable eco-friendly environmentally-friendly climate-friendly efficient inefficient
    wasteful beneficial detrimental damaging positive negative fair unfair reliable unreliable
    useful useless effective ineffective significant negligible serious acceptable excessive"""
_JUDGING_EN = "|".join(_JUDGING_WORDS.split())
_JUDGING_WORDS_ZH = """
    有害 有益 有利 有效 有用 环保 清洁 高效 低效 可持续 可靠 公平 便宜 昂贵 安全 危险 严重 重要 显著
    好 坏 高 低 大 小 贵"""
_JUDGING_ZH = "|".join(_JUDGING_WORDS_ZH.split())
_VERDICT = re.compile(
    r"^(?:so |and |but )?(?:is|are|was|were|do|does|did|has|have|will|would|can|could)\b"
    rf"(?:.*\b(?:{_JUDGING_EN}),? or (?:\w+ )?(?:{_JUDGING_EN})\b"
    rf"|\D*\b(?:{_JUDGING_EN})(?: (?:for|to) [\w\s-]+)?\W*$)"
    rf"|(?:{_JUDGING_ZH})(?:的)?(?:还是|或)(?:是)?(?:更)?(?:{_JUDGING_ZH})"
    rf"|({_JUDGING_ZH})不\1|^\D*(?:{_JUDGING_ZH})吗[？?]?$",
    re.IGNORECASE,
)
"""Whether something is good or bad, high or low: what documents may judge differently."""
MOST_TOPIC_TERMS = 6
_QUESTION_WORD = re.compile(r"(?:how|why|when|where|whether|what|who|which)\b", re.IGNORECASE)
"""What has more terms, or begins so, is a question and no topic."""
_SUBJECT_END = re.compile(
    r"\s(?:in|on|by|for|with|regarding|differ\w*)\b|\s*[,;.?？，。；]|的|有", re.IGNORECASE
)
_NAMED_YEAR = re.compile(
    r"\b(?:in|from|by|according to|of) the (?P<year>(?:19|20)\d\d) (?:\w+ ){0,2}?(?:report|paper"
    r"|study|document|article|edition|version|filing|survey)\b"
    r"|(?P<zh>(?:19|20)\d\d)年?的?(?:那[份篇])?(?:报告|论文|文件|文档|研究|文章)",
    re.IGNORECASE,
)
_KEY = re.compile(r"[^\W\d]+[-_ ]?(?:19|20)\d\d[a-z]?")
"""A file's name by author and year, as in citations: hansen-2021, chen2025b."""
_QUOTED = re.compile(r"[“\"‘'《「]([^“”\"‘’'《》「」]+)[”\"’'》」]")


@dataclass(frozen=True, slots=True)
class Task:
    """What is wanted. A comparison has the two things to compare, as the question names them.

    A topic has what everything is wanted about that the documents say; a verdict is wanted on what
    they may judge differently.
    """

    kind: Literal["answer", "summary", "list", "comparison", "disagreement", "topic", "verdict"]
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is understood: the words to search for, what is wanted, and where."""

    query: str
    language: Language
    documents: tuple[str, ...] | None
    task: Task
    named: tuple[str, ...] = ()
    """The documents that the question itself names."""
    translation: str = ""

    @property
    def whole(self) -> str:
        """The query with what it was translated to, and the documents that it names."""
        more = [part for part in (self.translation, ", ".join(self.named)) if part]
        return f"{self.query} ({'; '.join(more)})" if more else self.query


def find_task(question: str, named: Sequence[str] = ()) -> Task:
    """Tell what a question wants; `named` are words of it that name documents.

    A summary of what documents say of something is a list of that.
    """
    bare = question
    for name in named:
        bare = re.sub(re.escape(name), " ", bare, flags=re.IGNORECASE)
    if _DISAGREEMENT.search(question):
        return Task("disagreement")
    differs = bool(_DIFFERENCE.search(question))
    if _SUMMARY.search(question) or differs:
        if set(find_terms(bare)) <= _ABOUT_DOCUMENTS or _ABOUT_DOCUMENTS_ZH.fullmatch(bare):
            return Task("summary")
        if not differs:
            return Task("list" if _SUMMARY.match(question) else "answer")
    if _LIST.search(question):
        return Task("list")
    pair = next((found for one in _PAIRS if differs and (found := one.search(question))), None)
    if pair is None:
        if topic := _find_topic(question):
            return Task("topic", (topic,))
        return Task("verdict" if _VERDICT.search(question) else "answer")
    return Task("comparison", (pair["one"], _SUBJECT_END.split(pair["two"])[0]))


def _find_topic(question: str) -> str:
    """Return what everything is asked about that the documents say, or nothing."""
    topic = next((found["topic"] for one in _TOPICS if (found := one.search(question))), "")
    terms = set(find_terms(topic)) - _ABOUT_DOCUMENTS
    is_topic = 0 < len(terms) <= MOST_TOPIC_TERMS and not _QUESTION_WORD.match(topic)
    return topic if is_topic else ""


def find_named(question: str, entries: Mapping[str, Entry]) -> dict[str, str]:
    """Return the documents that a question names, each with the words that name it.

    They are named by file, by a title in quotation marks, or by year as in "according to the 2024
    report". Other words name none: a document must not draw questions to itself by its title.
    """
    plain = " ".join(question.casefold().split())
    quoted = {match[1] for match in _QUOTED.finditer(plain)}
    year = _NAMED_YEAR.search(question)
    found: dict[str, str] = {}
    for entry in entries.values():
        if entry.error:
            continue
        stem = entry.name.rsplit("/", 1)[-1].rsplit(".", 1)[0].casefold()
        if entry.name.casefold() in plain:
            found[entry.name] = entry.name
        elif stem in plain and _KEY.fullmatch(stem) and _stands_in(stem, plain):
            found[entry.name] = stem
        elif entry.title.casefold() in quoted:
            found[entry.name] = entry.title
        elif year and (year["year"] or year["zh"]) in (entry.date or stem):
            found[entry.name] = year[0]
    return found


def _stands_in(words: str, text: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text))
