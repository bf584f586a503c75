"""How well the passages were found: recall@k, MRR, nDCG, by ir-measures.

What is to be found are the expected citations of a case, each group of alternatives once. A
passage finds a group if it lies in an expected document and, where a quote is given, holds it.
Source of the measures: ir-measures over trec_eval.
"""

from collections.abc import Mapping, Sequence

from evals.schema import Case
from evals.score import is_at
from ingest.schema import Document
from rag.schema import Passage

Relevances = tuple[tuple[str, ...], int]
"""What each passage finds first, best passage first, "" if nothing new; and how much there is."""


def judge_ranking(
    case: Case, passages: Sequence[Passage], documents: Mapping[str, Document]
) -> Relevances | None:
    """Return what the ranked passages find, or nothing if the case expects no citation."""
    groups = case.expect.cites
    if not groups:
        return None
    waiting = dict(enumerate(groups))
    found: list[str] = []
    for passage in passages:
        hit = next(
            (
                number
                for number, group in waiting.items()
                if any(
                    is_at(expected, passage.document, passage.start, passage.end, documents)
                    for expected in group
                )
            ),
            None,
        )
        found.append("" if hit is None else f"group {hit}")
        if hit is not None:
            del waiting[hit]
    return tuple(found), len(groups)


def measure_rankings(rankings: Mapping[str, Relevances], depth: int) -> dict[str, dict[str, float]]:
    """Return the measures of each ranking, by its id: R@1, R@depth, RR, nDCG@depth, 0 to 1."""
    import ir_measures
    from ir_measures import RR, R, nDCG

    qrels: list[ir_measures.Qrel] = []
    run: list[ir_measures.ScoredDoc] = []
    for id_, (found, count) in rankings.items():
        qrels += [ir_measures.Qrel(id_, f"group {number}", 1) for number in range(count)]
        run += [
            ir_measures.ScoredDoc(id_, name or f"other {rank}", float(-rank))
            for rank, name in enumerate(found)
        ]
    measures = {"recall@1": R @ 1, f"recall@{depth}": R @ depth, "MRR": RR}
    measures[f"nDCG@{depth}"] = nDCG @ depth
    names = {measure: name for name, measure in measures.items()}
    results: dict[str, dict[str, float]] = {id_: dict.fromkeys(measures, 0.0) for id_ in rankings}
    if run:
        for metric in ir_measures.iter_calc(list(names), qrels, run):
            results[metric.query_id][names[metric.measure]] = metric.value
    return results
