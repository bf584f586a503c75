"""Where documents may be wrong: what contradicts itself, found by code, for a person to judge.

Sentences that share most of their rare words are laid side by side: they say the same thing, so
they should say it with the same number, the same year and the same name, and no more strongly.
With them come results that do not add up, and names that cannot be of one person. Nothing that is
found corrects anything.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from ingest.schema import Chunk, Document
from ingest.split import split_sentences
from ingest.terms import FUNCTION_WORDS, STEM, find_stems
from rag.arithmetic import check_arithmetic
from rag.bibliography import lists_sources
from rag.conflict import YEAR, find_values
from rag.evidence import begins_with_reference
from rag.names import find_subjects, plain_name, squeeze
from rag.pinyin import find_romanised
from rag.quantity import is_unit
from rag.verify import find_numbers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

FindingKind = Literal["value", "date", "name", "stronger", "arithmetic", "identity"]
LEAST_ALIKE = 0.6
"""The cosine of two sentences' rare words from which they may say the same thing."""
LEAST_ALIKE_NAMED = 0.75
"""The same where only a name tells them apart."""
LEAST_TERMS = 4
LEAST_WORDS = 7
MOST_FIGURES = 0.3
LONGEST = 600
"""Terms that a sentence must have, and words if it is English; the share of words with digits and
the characters that it may have, to be compared."""
FULL_SHARE = 8
"""From how many shared terms on two sentences surely say the same thing."""
MOST_PARTNERS = 3
"""How many sentences may be as good as one: more are of a form that is filled in."""
BLOCK = 500
MOST_NAMES = 2
"""How many words of a name may stand in another's place."""
LEAST_ALIKE_NUMBERED = 0.2
LEAST_SAME_NUMBERED = 0.9
MOST_WITH_NUMBER = 6
"""Of sentences that share a number which so few have, as one may repeat the other in its own words:
the least cosine of their rare words, which is cheap, and that of their vectors, which tells."""
UNRELATED = 0.8
"""The cosine that vectors of two sentences about different things may have."""
LEAST_DISTINCT = 100
"""From which whole number on two sentences seldom share one by chance."""
MOST_OF_ONE = 2
"""How many findings a sentence may be part of: more are of a form that is filled in."""
WEIGHTS: dict[FindingKind, float] = {
    "identity": 1.0,
    "value": 1.0,
    "date": 1.0,
    "arithmetic": 0.9,
    "stronger": 0.8,
    "name": 0.7,
}
_HEDGE = re.compile(
    r"\b(?:up to|at most|at least|about|around|approximately|roughly|nearly|almost|some|may|might"
    r"|can|could|estimated|suggests?|likely|possibly|in some cases|on average|under certain)\b"
    r"|约|大概|可能|至多|最多|至少|估计|左右|某些|平均",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?。！？][”\"'’)\]*]*\Z")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_REFERENCE = re.compile(
    r"https?:|www\.|\bdoi\b|arXiv|\bpp?\. ?\d|\b[Vv]ol\. ?\d|\bProceedings\b|\b[Aa]ccessed\b|ISBN|©"
)
_CAPTION = re.compile(r"(?:Fig(?:ure|\.)|Table|Listing|Algorithm) ?\d|[图表]\s?\d")
_ASIDE = re.compile(r"\([^()]*(?:\d{4}|et al)[^()]*\)|\[[\d,;\s–-]+(?:p\.? ?\d+)?\]")
"""Where a sentence cites others, by their year or number."""
_PAIRED = re.compile(r"\b([\w-]{4,}) (?:and|or) ([\w-]{4,})\b")
_ALIAS = re.compile(
    r"(?P<one>[A-Z][\w.'-]+(?: [A-Z][\w.'-]+)*),? (?:is |was |who is )?(?:often |also |sometimes |"
    r"commonly |better )*(?:referred to as|known as|called|named)"
    r" (?P<other>[A-Z][\w.'-]+(?: [A-Z][\w.'-]+)*)"
)
_BOTH_SCRIPTS = re.compile(
    r"(?P<latin>[A-Z][\w.'-]+(?: [A-Z][\w.'-]+){0,3}) ?[(（](?P<han>[\u4e00-\u9fff]{2,4})[)）]"
    r"|(?P<han2>[\u4e00-\u9fff]{2,4}) ?[(（](?P<latin2>[A-Z][\w.'-]+(?: [A-Z][\w.'-]+){0,3})[)）]"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a document: `document.text[start:end] == text`."""

    document: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What may be wrong, why, and the sentences to compare. A weight is 0 to 1."""

    kind: FindingKind
    why: str
    sides: tuple[Statement, ...]
    weight: float


def audit(
    documents: Iterable[Document],
    chunks_of: Callable[[str], Sequence[Chunk]],
    embed: "Callable[[Sequence[str]], NDArray[np.float32]]",
) -> list[Finding]:
    """Return what may be wrong in documents, the likeliest first.

    `embed` gives a vector of length 1 for each text, shape (texts, dimension).
    """
    statements: list[Statement] = []
    found: list[Finding] = []
    for document in documents:
        statements += _statements(document, chunks_of(document.name))
        found += _wrong_results(document)
    found += _identities(statements)
    found += _pairs(statements, embed)
    found.sort(key=lambda one: (-one.weight, one.sides[0].document, one.sides[0].start))
    return list(_spread(found))


def _statements(document: Document, chunks: Sequence[Chunk]) -> Iterator[Statement]:
    """Yield the sentences of prose; lists of sources state nothing."""
    sources = [(one.start, one.end) for one in chunks if lists_sources(one.text)]
    for start, end in split_sentences(document.text):
        text = document.text[start:end]
        if len(text) > LONGEST or not _is_prose(text):
            continue
        if not any(first <= start < last for first, last in sources):
            yield Statement(document.name, start, end, text)


def _is_prose(text: str) -> bool:
    """Tell whether a text is a sentence, and no row, heading, page header or reference."""
    text = _ASIDE.sub(" ", text).strip()
    words = text.split()
    figures = sum(any(map(str.isdigit, word)) for word in words)
    return (
        bool(words)
        and not text.startswith("|")
        and not _CAPTION.match(text)
        and bool(_END.search(text))
        and (bool(_HAN.search(text)) or (text[0].isupper() and len(words) >= LEAST_WORDS))
        and figures <= MOST_FIGURES * len(words)
        and not _REFERENCE.search(text)
    )


def _wrong_results(document: Document) -> Iterator[Finding]:
    for one in check_arithmetic(document):
        if not one.is_right:
            side = Statement(document.name, one.start, one.end, document.text[one.start : one.end])
            why = f"{one.working} = {one.value}, not {one.words}: “{one.sentence}”"
            yield Finding("arithmetic", why, (side,), WEIGHTS["arithmetic"])


def _identities(statements: Sequence[Statement]) -> Iterator[Finding]:
    """Yield where one person seems to be two: by names in two scripts, and by "known as"."""
    bound: dict[str, tuple[str, Statement]] = {}
    for one in statements:
        for match in _BOTH_SCRIPTS.finditer(one.text):
            han, latin = match["han"] or match["han2"], match["latin"] or match["latin2"]
            if not _sounds_like(han, latin):
                why = f"{han} does not sound like {latin}"
                yield Finding("identity", why, (one,), WEIGHTS["identity"] * 0.8)
            known = bound.setdefault(han, (latin, one))
            if not _share_name(known[0], latin):
                why = f"{han} is {known[0]} here and {latin} there"
                yield Finding("identity", why, (known[1], one), WEIGHTS["identity"])
    for one in statements:
        for match in _ALIAS.finditer(one.text):
            if _share_name(match["one"], match["other"]):
                continue
            for han, (latin, where) in bound.items():
                if _share_name(latin, match["one"]) and not _sounds_like(han, match["other"]):
                    why = f"{han} is {latin}, which does not sound like {match['other']}"
                    yield Finding("identity", why, (where, one), WEIGHTS["identity"])


def _sounds_like(han: str, latin: str) -> bool:
    """Tell whether a part of a Chinese name stands in a romanised one."""
    from pypinyin import lazy_pinyin

    words = {plain_name(word) for word in latin.replace("-", " ").split()}
    sounds = {plain_name(sound) for sound in find_romanised(han)} | set(lazy_pinyin(han))
    return bool(words & sounds) or "".join(lazy_pinyin(han)) in "".join(sorted(words))


def _share_name(one: str, other: str) -> bool:
    return bool({plain_name(w) for w in one.split()} & {plain_name(w) for w in other.split()})


def _pairs(
    statements: Sequence[Statement], embed: "Callable[[Sequence[str]], NDArray[np.float32]]"
) -> Iterator[Finding]:
    """Yield what sentences that say the same thing say differently."""
    terms = [_content(one.text) for one in statements]
    kept = [at for at, own in enumerate(terms) if len(own) >= LEAST_TERMS]
    if len(kept) < 2:
        return
    statements = [statements[at] for at in kept]
    vectors = _weigh([terms[at] for at in kept])
    yield from _repeated(statements, vectors, embed)
    for first in range(0, len(statements), BLOCK):
        near = (vectors[first : first + BLOCK] @ vectors.T).tocsr()
        for row in range(near.shape[0]):
            at = first + row
            own = slice(near.indptr[row], near.indptr[row + 1])
            pairs = zip(near.indices[own], near.data[own], strict=True)
            partners = {int(to): float(worth) for to, worth in pairs if worth >= LEAST_ALIKE}
            if len(partners) > MOST_PARTNERS + 1:
                continue
            for other, worth in partners.items():
                if at < other:
                    yield from _compare(statements[at], statements[other], worth)


def _repeated(
    statements: Sequence[Statement],
    vectors: "csr_matrix",
    embed: "Callable[[Sequence[str]], NDArray[np.float32]]",
) -> Iterator[Finding]:
    """Yield what seems to be repeated more strongly, in other words but with its number."""
    pairs = [
        (at, other, why)
        for at, other in _same_number(statements)
        if LEAST_ALIKE_NUMBERED <= (vectors[at] @ vectors[other].T).sum() < LEAST_ALIKE
        for why in _stronger(statements[at].text, statements[other].text)
    ]
    places = sorted({at for *both, _ in pairs for at in both})
    if not places:
        return
    meanings = dict(zip(places, embed([statements[at].text for at in places]), strict=True))
    for at, other, why in pairs:
        same = float(meanings[at] @ meanings[other])
        if same >= LEAST_SAME_NUMBERED:
            sides = (statements[at], statements[other])
            alike = (same - UNRELATED) / (1 - UNRELATED)
            yield Finding("stronger", why, sides, round(WEIGHTS["stronger"] * alike, 4))


def _same_number(statements: Sequence[Statement]) -> Iterator[tuple[int, int]]:
    """Yield the places of sentences that share a number which few others have."""
    having: dict[Decimal, list[int]] = {}
    for at, one in enumerate(statements):
        for number in find_numbers(one.text):
            if number >= LEAST_DISTINCT or number % 1:
                having.setdefault(number, []).append(at)
    pairs = {
        pair
        for places in having.values()
        if len(places) <= MOST_WITH_NUMBER
        for pair in combinations(places, 2)
    }
    yield from sorted(pairs)


def _content(text: str) -> set[str]:
    return {term for term in find_stems(text) if not term[0].isdigit()}


def _weigh(terms: Sequence[Set[str]]) -> "csr_matrix":
    """Return a row of length 1 for each set of terms, in which the rare ones weigh most."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=lambda own: own, sublinear_tf=True)
    vectors: csr_matrix = vectorizer.fit_transform([sorted(own) for own in terms])
    return vectors


def _compare(one: Statement, other: Statement, alike: float) -> Iterator[Finding]:
    """Yield what two sentences say differently, if they are about the same."""
    first, second = (_ASIDE.sub(" ", side.text) for side in (one, other))
    if squeeze(first) == squeeze(second):
        return
    own, its = _stated(first), _stated(second)
    mine, theirs = _names(first), _names(second)
    same_names = mine <= theirs or theirs <= mine
    years, other_years = _of(own, YEAR), _of(its, YEAR)
    same_years = not years or not other_years or bool(years & other_years)
    kinds = {kind for kind, _ in own} & {kind for kind, _ in its} - {YEAR}
    apart = [kind for kind in sorted(kinds) if not _of(own, kind) & _of(its, kind)]
    sure = min(1.0, len(_content(first) & _content(second)) / FULL_SHARE)
    refer = begins_with_reference(one.text) or begins_with_reference(other.text)
    if refer and sure < 1 and one.document != other.document:
        return  # to what stands before them, which may be two things

    def finding(kind: FindingKind, why: str, doubt: float = 1.0) -> Finding:
        return Finding(kind, why, (one, other), round(WEIGHTS[kind] * alike * sure * doubt, 4))

    if same_names and apart and same_years:
        told = ", ".join(f"{_list(own, kind)} and {_list(its, kind)} {kind}" for kind in apart)
        plain = len(apart) == 1 and len(_of(own, apart[0])) == len(_of(its, apart[0])) == 1
        yield finding("value", f"different values of the same: {told}", 1.0 if plain else 0.6)
    elif same_names and not same_years and not apart and len(years) == len(other_years) == 1:
        yield finding("date", f"different years: {_list(own, YEAR)} and {_list(its, YEAR)}")
    elif own and own & its and same_names:
        yield from (finding("stronger", why) for why in _stronger(first, second))
    elif (
        alike >= LEAST_ALIKE_NAMED
        and same_years
        and not apart
        and 0 < len(mine - theirs) <= MOST_NAMES
        and 0 < len(theirs - mine) <= MOST_NAMES
    ):
        told = f"{', '.join(sorted(mine - theirs))} and {', '.join(sorted(theirs - mine))}"
        yield finding("name", f"the same is said of {told}")


def _stated(text: str) -> set[tuple[str, Decimal]]:
    """Return the years and the quantities of a text whose units, or things counted, are plain."""
    return {
        (kind, value)
        for kind, value in find_values(text)
        if kind == YEAR or is_unit(kind) or (len(kind) > STEM and kind.isalpha())
    }


def _stronger(one: str, other: str) -> Iterator[str]:
    """Yield how one of two sentences claims more with the same number."""
    hedges = {match[0].lower() for match in _HEDGE.finditer(one)}
    others = {match[0].lower() for match in _HEDGE.finditer(other)}
    if hedges < others or others < hedges:
        yield f"said without “{min(hedges ^ others)}” in one of them"
        return
    for text, short in ((one, other), (other, one)):
        known = _content(short)
        for match in _PAIRED.finditer(text):
            stems = [find_stems(word) for word in match.groups()]
            if all(stems) and sum(own <= known for own in stems) == 1:
                yield f"said of “{match[0]}” in one of them, and of less in the other"
                return


def _of(values: Set[tuple[str, object]], kind: str) -> set[object]:
    return {value for of, value in values if of == kind}


def _list(values: Set[tuple[str, object]], kind: str) -> str:
    return ", ".join(sorted(f"{value:f}" for value in _of(values, kind)))


def _names(text: str) -> set[str]:
    names = {plain_name(name) for name in find_subjects(text) if not is_unit(name)}
    return names - FUNCTION_WORDS


def _spread(found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings in order, but leave out what a sentence fills a form with, and repetitions."""
    seen: dict[tuple[str, int], int] = {}
    pairs: set[frozenset[str]] = set()
    for one in found:
        places = [(side.document, side.start) for side in one.sides]
        words = frozenset(" ".join(side.text.split()) for side in one.sides)
        if words in pairs or any(seen.get(place, 0) >= MOST_OF_ONE for place in places):
            continue
        pairs.add(words)
        for place in places:
            seen[place] = seen.get(place, 0) + 1
        yield one
