"""Passages -> the numbered sentences that the model reads, those with most to do with the question.

A small model reads slowly and is led astray by what it need not read. Half of the sentences of
five passages hold the answer nearly as often as all of them: docs/measurements.md has the curve.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.embed import Embedder
from ingest.schema import Document
from ingest.split import split_sentences
from rag.bibliography import SIMILARITY_LOSS, lists_sources
from rag.orders import gives_orders
from rag.question import QUESTION_MARKS
from rag.schema import Evidence, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

READ_TOKENS = 250
"""How much of the passages is read, in the embedder's tokens."""
NUMBER_GAIN = 0.05
"""How much nearer a sentence is, in similarity, that has a number of a unit that is needed."""
RANK_LOSS = 0.016
"""What each place behind the best passage costs, in similarity."""
LONGEST_LIST = 800
"""Characters of a sentence with the items of its list; a longer one is read without."""
_END = re.compile(r"[.!?。！？…][”\"'’)\]]*\Z")
_REFERENCE = re.compile(
    r"(?:it|its|they|their|this|these|that|those|he|his|she|her|such|both)\b|[它他她其这该此]",
    re.IGNORECASE,
)
COLONS = (":", "：")
_ITEM = re.compile(
    r"[-*+•‣●○◦▪■]\s*\S|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{2,4})[.)]\s+\S|（\w{1,3}）|[\d一二三四五六七八九十]{1,3}、"
)
_TABLE_RULE = re.compile(r"[|:\s-]+")


def select_evidence(
    passages: Sequence[Passage], query: "NDArray[np.float32]", embedder: Embedder
) -> list[Evidence]:
    """Return the sentences nearest to a query's vector, by passage, numbered from 1.

    The passage most similar to the question comes first: with others the embedded model picked
    wrong sentences more often. At least one sentence is read, however long.
    """
    sentences = _with_items(find_sentences(passages))
    texts = [item.text for item in sentences]
    if not texts:
        return []
    similarities = _similarities(sentences, texts, query, embedder)
    worth = {
        item.number: float(similarity) + item.passage.score - RANK_LOSS * item.passage.number
        for item, similarity in zip(sentences, similarities, strict=True)
    }
    chosen = _fill(worth, dict(zip(worth, embedder.count_tokens(texts), strict=True)))
    chosen |= {number - 1 for number in chosen if _needs_one_before(sentences, number)}
    kept = _without_contained([item for item in sentences if item.number in chosen])
    return [replace(item, number=number) for number, item in enumerate(kept, 1)]


def select_numbers(
    passages: Sequence[Passage],
    query: "NDArray[np.float32]",
    embedder: Embedder,
    is_wanted: Callable[[str], bool],
) -> list[Evidence]:
    """Return the sentences with numbers nearest to a query's vector, in the order of passages.

    A row of a table comes with the table's first, which says what its columns are.
    Those that `is_wanted` says state what may be needed are nearer by NUMBER_GAIN.
    """
    sentences = find_sentences(passages)
    numeric = [at for at, item in enumerate(sentences) if any(map(str.isdigit, item.text))]
    if not numeric:
        return []
    texts = [with_antecedent(sentences[at]) for at in numeric]
    similarities = _similarities([sentences[at] for at in numeric], texts, query, embedder)
    worth = {
        at: float(similarity) + NUMBER_GAIN * is_wanted(sentences[at].text)
        for at, similarity in zip(numeric, similarities, strict=True)
    }
    chosen = _fill(worth, dict(zip(numeric, embedder.count_tokens(texts), strict=True)))
    chosen |= {_top_row(sentences, at) for at in chosen}
    return [sentences[at] for at in sorted(chosen)]


def _similarities(
    sentences: Sequence[Evidence],
    texts: Sequence[str],
    query: "NDArray[np.float32]",
    embedder: Embedder,
) -> "NDArray[np.float32]":
    """Return how similar sentences are to a query, by texts of them; those of lists are less so."""
    sources = {one for one in {item.passage.text for item in sentences} if lists_sources(one)}
    loss = [SIMILARITY_LOSS * (item.passage.text in sources) for item in sentences]
    similarities: NDArray[np.float32] = embedder.embed_documents(texts) @ query - loss
    return similarities


def _fill(worth: Mapping[int, float], sizes: Mapping[int, int]) -> set[int]:
    """Return those of most worth up to READ_TOKENS in all, and at least one."""
    chosen: set[int] = set()
    for one in sorted(worth, key=lambda one: -worth[one]):
        if chosen and sum(sizes[other] for other in chosen) + sizes[one] > READ_TOKENS:
            break
        chosen.add(one)
    return chosen


def _top_row(sentences: Sequence[Evidence], at: int) -> int:
    """Return which sentence is the first row of a row's table in its passage, or itself."""
    while (
        at
        and sentences[at].text.startswith("|")
        and sentences[at - 1].text.startswith("|")
        and sentences[at - 1].passage == sentences[at].passage
    ):
        at -= 1
    return at


def evidence_at(document: Document, start: int, end: int) -> Evidence:
    """Return some words of a document as evidence, without a search that found them."""
    text = document.text[start:end]
    passage = Passage(
        number=0,
        document=document.name,
        title=document.title,
        page=document.page_at(start),
        start=start,
        end=end,
        text=text,
        headings=(),
        score=0.0,
        date=document.metadata.get("date", ""),
    )
    return Evidence(0, passage, start, end, text)


def in_context(item: Evidence) -> str:
    """Return a sentence behind its document's title, and the one before it if it refers to that."""
    return " ".join(f"{item.passage.title}: {with_antecedent(item)}".split())


def with_antecedent(item: Evidence) -> str:
    """Return a sentence, behind the one before it in its passage if it needs that."""
    before = item.passage.text[: item.start - item.passage.start]
    *_, (start, end) = [(0, 0), *split_sentences(before)]
    last = before[start:end]
    if not (begins_with_reference(item.text) or last.endswith(QUESTION_MARKS)):
        return item.text
    return f"{last} {item.text}"


def begins_with_reference(text: str) -> bool:
    """Tell whether a sentence begins with a word for what stands before it: it, they, 这."""
    return bool(_REFERENCE.match(text))


def _needs_one_before(sentences: Sequence[Evidence], number: int) -> bool:
    """Tell whether a sentence, by its number, refers to the one before it in its passage."""
    item = sentences[number - 1]
    return (
        number > 1
        and sentences[number - 2].passage == item.passage
        and begins_with_reference(item.text)
    )


def nearest_sentences(
    query: "NDArray[np.float32]",
    passages: Sequence[Passage],
    embedder: Embedder,
    count: int,
    *,
    with_items: bool = False,
) -> list[Evidence]:
    """Return the sentences of passages most similar to a query's vector, the nearest first.

    One that announces a list comes `with_items` or without.
    """
    sentences = find_sentences(passages)
    sentences = _with_items(sentences) if with_items else sentences
    if not sentences:
        return []
    texts = [with_antecedent(item) for item in sentences]
    similarities = _similarities(sentences, texts, query, embedder)
    nearest = [sentences[at] for at in (-similarities).argsort()[:count]]
    return _without_contained(nearest)


def key_sentences(passages: Sequence[Passage], embedder: Embedder) -> list[Evidence]:
    """Return the sentence of each passage that is most similar to the whole of it."""
    keys: list[Evidence] = []
    for passage in passages:
        sentences = [item for item in find_sentences([passage]) if _END.search(item.text)]
        if not sentences:
            continue
        whole, *vectors = embedder.embed_documents([passage.text, *(one.text for one in sentences)])
        nearness = [float(own @ whole) for own in vectors]
        keys.append(sentences[nearness.index(max(nearness))])
    return [replace(item, number=number) for number, item in enumerate(keys, 1)]


def _with_items(sentences: Sequence[Evidence]) -> list[Evidence]:
    """Return sentences, those that end with a colon with the items of the list that follows.

    What has to be done on arrival stands in the items, which also remain by themselves.
    """
    whole: list[Evidence] = []
    for at, item in enumerate(sentences):
        end = _find_list_end(item, sentences[at + 1 :]) if item.text.endswith(COLONS) else item.end
        text = item.passage.text[item.start - item.passage.start : end - item.passage.start]
        whole.append(replace(item, end=end, text=text))
    return whole


def _find_list_end(item: Evidence, following: Sequence[Evidence]) -> int:
    """Return where the list ends that a sentence announces, or the sentence, if it is not whole.

    Between items may stand what goes on with one, but nothing that is no evidence.
    """
    end = last = item.end
    for other in following:
        gap = item.passage.text[last - item.passage.start : other.start - item.passage.start]
        is_item = bool(_ITEM.match(other.text))
        if other.passage != item.passage or not (is_item or gap.count("\n") < 2):
            break
        if gap.strip() or (is_item and other.end - item.start > LONGEST_LIST):
            return item.end
        last = other.end
        end = last if is_item or "\n" not in gap else end
    return end


def holds_list(item: Evidence) -> bool:
    """Tell whether a sentence announces a list, and has its items."""
    first, *items = [item.text[start:end] for start, end in split_sentences(item.text)]
    return first.endswith(COLONS) and len(items) > 1


def _without_contained(sentences: Sequence[Evidence]) -> list[Evidence]:
    """Return sentences without those that are part of another."""
    return [
        one
        for one in sentences
        if not any(
            one.passage == other.passage
            and other.start <= one.start
            and one.end <= other.end
            and one.place != other.place
            for other in sentences
        )
    ]


def find_sentences(passages: Sequence[Passage]) -> list[Evidence]:
    """Give each sentence of the passages its number, from 1.

    Headings, orders, and questions, which state nothing, have none.
    """
    evidence: list[Evidence] = []
    for passage in sorted(passages, key=lambda passage: -passage.score):
        for start, end in split_sentences(passage.text):
            text = passage.text[start:end]
            if text.lstrip("# ") in passage.headings or _TABLE_RULE.fullmatch(text):
                continue
            if gives_orders(text) or text.endswith(QUESTION_MARKS):
                continue
            number = len(evidence) + 1
            evidence.append(
                Evidence(number, passage, passage.start + start, passage.start + end, text)
            )
    return evidence
