"""Scoring rules as published with the data they belong to; figures per answer, 0 to 1.

A rule reads the case's `reference`, which the importers of evals/importers/ write. Averages over
the cases for which a figure is given are the published figures.

- wattbot: the contest's score, 0.75 value + 0.15 references (Jaccard) + 0.10 abstention.
- rgb: Chen et al., Benchmarking Large Language Models in RAG (AAAI 2024).
- nomiracl: Thakur et al., NoMIRACL (2024): hallucination and error rate.
- tatqa: Zhu et al., TAT-QA (ACL 2021): exact match and numeracy-focused F1.
- squad: Rajpurkar et al., SQuAD (2016): exact match and F1.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from evals.quantity import find_quantities, has_value
from evals.schema import Case
from evals.text import has_phrase, normalise, plain_text
from rag.schema import Answer

Rule = Callable[[Case, Answer | None], dict[str, float]]

_WATTBOT_TOLERANCE = Decimal("0.001")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = string.punctuation + "。，、；：？！“”（）"
_TRUTH = {"1": ("true", "yes"), "0": ("false", "no")}


def score_wattbot(case: Case, answer: Answer | None) -> dict[str, float]:
    """Score the value, the cited documents and the abstention, as the contest weighs them.

    Our answers are sentences, the contest's a bare value: a value counts as right if the text
    states it, in the unit asked for or one that converts into it, a true-or-false one if the
    text's first such word is right.
    """
    expected = str(case.reference["value"])
    should_abstain = expected == "is_blank"
    abstained = answer is None or answer.abstained
    text = plain_text(answer.text) if answer is not None and not answer.abstained else ""
    unit = str(case.reference["unit"])
    value = abstained if should_abstain else _has_wattbot_value(text, expected, unit)
    wanted = set(case.reference["documents"])
    cited = {c.document.removesuffix(".txt") for c in answer.citations} if answer else set()
    union = wanted | cited
    references = len(wanted & cited) / len(union) if union else 1.0
    figures = {
        "wattbot value": float(value),
        "wattbot references": references,
        "wattbot abstention": float(abstained == should_abstain),
    }
    if answer is None:
        figures = dict.fromkeys(figures, 0.0)
    parts = list(figures.values())
    return {"wattbot score": 0.75 * parts[0] + 0.15 * parts[1] + 0.10 * parts[2], **figures}


def _has_wattbot_value(text: str, expected: str, unit: str) -> bool:
    if expected in _TRUTH:
        words = re.findall(r"\b(true|yes|false|no)\b", text.lower())
        return bool(words) and words[0] in _TRUTH[expected]
    ends = re.fullmatch(r"\[(.+),(.+)\]", expected)
    numbers = [part.strip() for part in ends.groups()] if ends else [expected]
    if all(re.fullmatch(r"-?\d+(\.\d+)?", number) for number in numbers):
        return all(
            any(has_value(text, Decimal(n), of, _WATTBOT_TOLERANCE) for of in (None, unit))
            for n in numbers
        )
    return has_phrase(normalise(text), expected)


def score_rgb(case: Case, answer: Answer | None) -> dict[str, float]:
    """Score one of RGB's tests: all groups answered, refusal, or contradictions noticed."""
    task = str(case.reference["task"])
    abstained = answer is not None and answer.abstained
    if task == "refusal":
        return {"rgb rejection rate": float(abstained)}
    text = normalise(plain_text(answer.text)) if answer is not None else ""
    groups: Sequence[Sequence[str]] = case.reference["answers"]
    right = all(any(normalise(option) in text for option in group) for group in groups)
    if task == "counterfactual":
        noticed = answer is not None and bool(answer.conflicts or answer.corrections)
        return {"rgb error detection": float(noticed), "rgb error correction": float(right)}
    return {f"rgb {task} accuracy": float(right)}


def score_nomiracl(case: Case, answer: Answer | None) -> dict[str, float]:
    """Return 1 for a hallucination (answered, nothing relevant) or an error (refused, relevant)."""
    abstained = answer is None or answer.abstained
    if case.reference["relevant"]:
        return {"nomiracl error rate": float(abstained)}
    return {"nomiracl hallucination rate": float(not abstained)}


def score_tatqa(case: Case, answer: Answer | None) -> dict[str, float]:
    """Score exact match and F1 of the number or the words, and whether the text states them.

    The published rule takes a bare answer. For numbers, we take the result of a calculation, or
    of a sentence the only number that it states which the question does not; for words, the
    sentence without its marks. A wrong number is shown where numbers are, and none is right.
    """
    text = plain_text(answer.text) if answer is not None and not answer.abstained else ""
    gold: list[str] = list(case.reference["answers"])
    scale = str(case.reference["scale"])
    number = _tatqa_number(gold, scale)
    if number is not None:
        accepted = {number, _tatqa_number(gold, "") or number}
        asked = {quantity.value for quantity in find_quantities(case.question)}
        given = [q.value for q in find_quantities(text) if q.value not in asked]
        if answer is not None and answer.calculation:
            given = [quantity.value for quantity in find_quantities(answer.calculation.result)]
        states = any(_is_near(value, want) for value in given for want in accepted)
        exact = states and len(set(given)) == 1
        wrong = bool(given) and not states
        figures = {"EM": exact, "F1": exact, "states it": states, "wrong number": wrong}
        return {f"tatqa {name}": float(figure) for name, figure in figures.items()}
    exact = _squad_words(text) == _squad_words(" ".join(gold))
    f1 = _word_f1(_squad_words(text), _squad_words(" ".join(gold)))
    states = bool(text) and all(has_phrase(normalise(text), span) for span in gold)
    return {"tatqa EM": float(exact), "tatqa F1": f1, "tatqa states it": float(states)}


_TATQA_SCALE = {"": 0, "thousand": 3, "million": 6, "billion": 9, "percent": 0}


def _tatqa_number(gold: Sequence[str], scale: str) -> Decimal | None:
    found = re.fullmatch(r"[$£€]?\s*(-?[\d,]*\.?\d+)\s*%?", gold[0]) if len(gold) == 1 else None
    if found is None:
        return None
    return abs(Decimal(found[1].replace(",", ""))).scaleb(_TATQA_SCALE[scale])


def _is_near(value: Decimal, wanted: Decimal) -> bool:
    """Compare to two decimals, as the published rule rounds."""
    return round(value, 2) == round(wanted, 2)


def score_squad(case: Case, answer: Answer | None) -> dict[str, float]:
    """Score exact match and F1 against the nearest accepted answer, and whether one stands there.

    A sentence never matches a bare answer exactly, and its F1 is low: "states it" is the figure
    that compares answers of sentences.
    """
    if not case.reference["answers"]:
        return {"answered though hidden": float(answer is None or not answer.abstained)}
    text = plain_text(answer.text) if answer is not None and not answer.abstained else ""
    accepted: list[str] = list(case.reference["answers"])
    words = _squad_words(text)
    return {
        "squad EM": float(any(words == _squad_words(gold) for gold in accepted)),
        "squad F1": max(_word_f1(words, _squad_words(gold)) for gold in accepted),
        "squad states it": float(any(normalise(gold) in normalise(text) for gold in accepted)),
    }


def _squad_words(text: str) -> list[str]:
    """Split as SQuAD does: no case, punctuation or articles; Chinese by character, as XQuAD."""
    bare = "".join(c for c in normalise(text) if c not in _PUNCTUATION)
    return re.findall(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+", _ARTICLES.sub(" ", bare))


def _word_f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    shared = sum((Counter(given) & Counter(wanted)).values())
    return 2 * shared / (len(given) + len(wanted)) if shared else 0.0


RULES: Mapping[str, Rule] = {
    "wattbot": score_wattbot,
    "rgb": score_rgb,
    "nomiracl": score_nomiracl,
    "tatqa": score_tatqa,
    "squad": score_squad,
}
