"""What may be wrong is found by code, and what is only alike is not."""

from collections.abc import Callable, Sequence

import pytest

from ingest.embed import Embedder
from ingest.schema import Chunk, Document
from rag.audit import Finding, audit
from tests.conftest import ROOT

FILLER = (
    "The archive of the valley was opened to visitors in spring. Its rooms hold letters about "
    "mills and bridges. Farmers stored grain beside the northern gate. "
)


Find = Callable[..., Sequence[Finding]]


@pytest.fixture
def find(embedder: Embedder) -> Find:
    """An audit of documents with some texts."""

    def find_in(*texts: str) -> Sequence[Finding]:
        documents = [Document(f"{n}.txt", FILLER + text, "0" * 64) for n, text in enumerate(texts)]
        return audit(documents, lambda name: list[Chunk](), embedder.embed_documents)

    return find_in


def test_different_values_of_the_same_are_found_across_documents(find: Find) -> None:
    (found,) = find(
        "Training the Alder model consumed 1,287 MWh of electricity overall.",
        "Overall, training the Alder model consumed 2,187 MWh of electricity.",
    )
    assert found.kind == "value"
    assert "1287 and 2187 MWh" in found.why
    assert {side.document for side in found.sides} == {"0.txt", "1.txt"}


def test_the_same_value_in_other_words_is_none(find: Find) -> None:
    assert not find(
        "Training the Alder model consumed 1,287 MWh of electricity overall.",
        "Overall, training the Alder model consumed 1287 MWh of electricity.",
    )


def test_others_and_other_years_may_have_other_values(find: Find) -> None:
    assert not [
        one
        for one in find(
            "Training the Alder model consumed 1,287 MWh of electricity in 2019.",
            "Training the Alder model consumed 2,187 MWh of electricity in 2021.",
            "Training the Birch network consumed 3,187 MWh of electricity in 2019.",
        )
        if one.kind == "value"
    ]


def test_different_years_of_the_same_are_found(find: Find) -> None:
    (found,) = find(
        "The Alder foundation published its report on reservoirs in 2019.",
        "In 2021 the Alder foundation published its report on reservoirs.",
    )
    assert found.kind == "date"
    assert "2019 and 2021" in found.why


def test_sentences_of_two_documents_that_refer_back_are_not_compared(find: Find) -> None:
    assert not find(
        "The Alder bridge is new. It was opened to heavy traffic in 1962 by the mayor.",
        "The Birch bridge is new. It was opened to heavy traffic in 1987 by the mayor.",
    )


def test_a_name_that_sounds_otherwise_is_suspect(find: Find) -> None:
    (found,) = find("The survey was led by Maria Rossi (陈晓明) for many years.")
    assert found.kind == "identity"
    assert "陈晓明 does not sound like Maria Rossi" in found.why
    assert not find("The survey was led by Jensen Huang (黄仁勋) for many years.")
    assert not find("The survey was led by Huang Ren-Xun (黄仁勋) for many years.")


def test_one_name_of_two_people_is_suspect(find: Find) -> None:
    found = find(
        "The survey was led by Chen Xiaoming (陈晓明). Later 陈晓明 (Liu Gang) retired from it."
    )
    whys = [one.why for one in found]
    assert "陈晓明 is Chen Xiaoming here and Liu Gang there" in whys
    assert "陈晓明 does not sound like Liu Gang" in whys


def test_a_claim_without_its_limit_is_found(find: Find) -> None:
    (found,) = find(
        "The pump can save up to 345 litres of water in a dry year.",
        "The pump saves 345 litres of water in a dry year.",
    )
    assert found.kind == "stronger"
    assert "up to" in found.why or "can" in found.why


def test_a_result_that_does_not_add_up_is_found(find: Find) -> None:
    (found,) = find("The mill used 40 kWh and the gate used 30 kWh, in total 80 kWh.")
    assert found.kind == "arithmetic"
    assert "70 kWh, not 80 kWh" in found.why


def test_the_shipped_errors_are_found_without_any_registry(embedder: Embedder) -> None:
    documents = [
        Document(path.name, path.read_text(encoding="utf-8"), "0" * 64)
        for path in sorted((ROOT / "corpus" / "documents").iterdir())
    ]
    found = audit(documents, lambda name: list[Chunk](), embedder.embed_documents)
    assert found[0].kind == "identity"
    assert "黄仁勋 is Huang Renxun, which does not sound like Andrew Ng" in found[0].why
    stronger = [one.why for one in found if one.kind == "stronger"]
    assert "said of “writers and artists” in one of them, and of less in the other" in stronger


def test_a_claim_in_other_words_is_stronger_by_whom_it_is_of(find: Find) -> None:
    (found,) = find(
        "According to the survey, the leaks cost the farmers and millers of Alder 4,370 litres.",
        "The survey of 2019 says that 4,370 litres of Alder's farmers are lost by the leaks.",
    )
    assert found.kind == "stronger"
    assert "farmers and millers" in found.why
