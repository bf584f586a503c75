"""The importers and rules on small files made up in the published formats."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.commands import IMPORTERS
from evals.errors import SuiteError
from evals.importers.common import Imported, sample_cases, write_imported
from evals.importers.nomiracl import import_nomiracl
from evals.importers.rgb import import_rgb
from evals.importers.squad import import_squad
from evals.importers.tatqa import import_tatqa
from evals.importers.wattbot import import_wattbot
from evals.load import load_suite
from evals.rules import RULES
from evals.schema import Suite
from rag.schema import Answer, Calculation, Conflict
from tests.evals.scripted import HEIGHT, cite, make_answer, write

ABSTENTION = make_answer()
MILL = make_answer(
    ("It grinds 3 tons.", cite(1, "The mill grinds 3 tons of flour a day.", "mill.txt"))
)

WORKED = Calculation((), "A - B", "120", "", "300 − 180 = 120")


def load(imported: Imported, folder: Path) -> Suite:
    return load_suite(write_imported(imported, folder), folder)


def figures(suite: Suite, id_: str, answer: Answer | None) -> dict[str, float]:
    assert suite.rule is not None
    case = next(case for case in suite.cases if case.id == id_)
    return RULES[suite.rule](case, answer)


def test_wattbot(tmp_path: Path) -> None:
    rows = [
        ["id", "question", "answer_value", "answer_unit", "ref_id"],
        ["q1", "How high?", "120", "m", "['dam']"],
        ["q2", "How wide?", "is_blank", "m", "is_blank"],
        ["q3", "True or False: it is high.", "1", "is_blank", "['dam','mill']"],
        ["q4", "What range?", "[110,120]", "m", "dam"],
        ["q5", "Whose?", "Bo Tran", "is_blank", "['mill']"],
    ]
    (tmp_path / "corpus").mkdir()
    with (tmp_path / "train_QA.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    (tmp_path / "metadata.csv").write_bytes(b'id,title\ndam,"The ""Dam"" of M\xe9l"\n')
    write(tmp_path / "corpus" / "dam.txt", "It is 120 m high.\n\x0cPage 2.")
    write(tmp_path / "corpus" / "mill.txt", "A mill.")
    suite = load(next(import_wattbot(tmp_path)), tmp_path / "out")
    assert [case.tags for case in suite.cases] == [
        ("number",),
        ("unanswerable",),
        ("true-false",),
        ("number",),
        ("name",),
    ]
    assert figures(suite, "q1", HEIGHT)["wattbot score"] == 1
    assert figures(suite, "q1", MILL)["wattbot score"] == pytest.approx(0.10)
    assert figures(suite, "q1", ABSTENTION)["wattbot score"] == 0
    assert figures(suite, "q2", ABSTENTION)["wattbot score"] == pytest.approx(1)
    assert figures(suite, "q2", HEIGHT)["wattbot score"] == 0
    assert figures(suite, "q2", None)["wattbot score"] == 0, "no answer at all is no abstention"
    yes = make_answer(("Yes, that is so.", cite(1, "The dam is 120 metres high.")))
    assert figures(suite, "q3", yes)["wattbot score"] == pytest.approx(0.75 + 0.075 + 0.10)
    assert figures(suite, "q4", HEIGHT)["wattbot value"] == 0


def test_rgb(tmp_path: Path) -> None:
    english = {
        "id": 3,
        "query": "How high?",
        "answer": ["120 metres", "120 m"],
        "positive": ["It is 120 m.", "120 m.", "So high: 120 m.", "More."],
        "negative": ["No.", " ", "Nor this."],
        "positive_wrong": ["It is 99 m."],
    }
    chinese = {
        "id": 1,
        "query": "多高多宽？",
        "answer": [["120米", "120 metres"], "30米"],
        "positive": [["高120米。"], ["宽30米。"]],
        "negative": ["无。"],
    }
    write(tmp_path / "en_fact.json", json.dumps(english))
    write(tmp_path / "zh_int.json", json.dumps(chinese, ensure_ascii=False))
    fact, integration = (load(one, tmp_path / "out") for one in import_rgb(tmp_path))
    assert [case.id for case in fact.cases] == ["003-noise", "003-refusal", "003-counterfactual"]
    assert [len(case.documents or ()) for case in fact.cases] == [4, 2, 1]
    assert figures(fact, "003-noise", HEIGHT) == {"rgb noise accuracy": 1}
    assert figures(fact, "003-refusal", ABSTENTION) == {"rgb rejection rate": 1}
    noticed = replace(HEIGHT, conflicts=(Conflict("s", (1,)),))
    assert figures(fact, "003-counterfactual", noticed) == {
        "rgb error detection": 1,
        "rgb error correction": 1,
    }
    assert figures(integration, "001-integration", HEIGHT) == {"rgb integration accuracy": 0}


def test_nomiracl(tmp_path: Path) -> None:
    contexts = "[1] Dam: It is high.\n\n[2] Mill: No."
    prompt = f"Do so.\n\nQUESTION:\nHow high?\n\nCONTEXTS:\n{contexts}\n\nOUTPUT:\n"
    line = json.dumps({"query_id": "7#0", "docids": ["1#2", "3#4"], "prompt": prompt})
    write(tmp_path / "en.relevant.jsonl", line)
    write(tmp_path / "en.non_relevant.jsonl", line)
    suite = load(next(import_nomiracl(tmp_path)), tmp_path / "out")
    first, second = suite.cases
    assert (first.question, first.documents) == ("How high?", ("1-2.txt", "3-4.txt"))
    document = tmp_path / "out" / "nomiracl-en-corpus" / "documents" / "3-4.txt"
    assert document.read_text() == "Mill: No."
    assert figures(suite, first.id, ABSTENTION) == {"nomiracl error rate": 1}
    assert figures(suite, second.id, HEIGHT) == {"nomiracl hallucination rate": 1}


def test_tatqa(tmp_path: Path) -> None:
    def question(uid: str, answer: object, kind: str, scale: str = "") -> dict[str, object]:
        base = {"uid": uid, "question": "What of 2019?", "answer_from": "table", "scale": scale}
        return {**base, "answer": answer, "answer_type": kind}

    item = {
        "table": {"uid": "t", "table": [["", "2019"], ["Sales", "$ 120"]]},
        "paragraphs": [{"order": 2, "text": "Second."}, {"order": 1, "text": "First."}],
        "questions": [
            question("a", 120, "arithmetic", "million"),
            question("b", ["The dam is 120 metres high"], "span"),
            question("c", ["$120.00"], "span", "thousand"),
            question("d", ["First", ""], "multi-span"),
        ],
    }
    write(tmp_path / "dev.json", json.dumps([item]))
    suite = load(next(import_tatqa(tmp_path)), tmp_path / "out")
    text = (tmp_path / "out" / "tatqa-corpus" / "documents" / "t.md").read_text()
    assert text == "First.\n\nSecond.\n\n|  | 2019 |\n| Sales | $ 120 |"
    assert figures(suite, "a", HEIGHT)["tatqa EM"] == 1
    assert figures(suite, "c", HEIGHT)["tatqa EM"] == 1
    none = {"tatqa EM": 0, "tatqa F1": 0, "tatqa states it": 0, "tatqa wrong number": 0}
    assert figures(suite, "a", ABSTENTION) == none
    assert figures(suite, "a", MILL) == {**none, "tatqa wrong number": 1}
    worked = replace(MILL, text="120, as 300 − 180 = 120 [1]", calculation=WORKED)
    assert figures(suite, "a", worked)["tatqa EM"] == 1, "operands are no answer"
    wrong = replace(worked, calculation=replace(WORKED, result="300"))
    assert figures(suite, "a", wrong) == {**none, "tatqa wrong number": 1}
    assert figures(suite, "b", HEIGHT)["tatqa F1"] == 1


def test_squad(tmp_path: Path) -> None:
    asked = {"id": "q", "question": "How high?", "answers": [{"text": "120 metres"}]}
    paragraph = {"context": "The dam is 120 metres high.", "qas": [asked]}
    other = {"context": "A mill.", "qas": []}
    data = {"data": [{"paragraphs": [paragraph, other]}]}
    write(tmp_path / "xquad.en.json", json.dumps(data))
    suite = load(next(import_squad(tmp_path)), tmp_path / "out")
    assert suite.name == "xquad-en"
    assert [case.without for case in suite.cases] == [(), ("00-00.txt",)]
    scored = figures(suite, "q", HEIGHT)
    assert scored["squad states it"] == 1
    assert scored["squad EM"] == 0
    assert scored["squad F1"] == pytest.approx(2 * 2 / (5 + 2))
    assert figures(suite, "q-hidden", ABSTENTION) == {"answered though hidden": 0}


def test_a_sample_is_fixed_and_brings_its_own_documents_alone() -> None:
    documents = {f"{n}.txt": "x" for n in range(50)}
    cases = [{"id": str(n), "documents": [f"{n}.txt"]} for n in range(50)]
    whole = Imported("x", "rgb", "x", documents, cases)
    sample = sample_cases(whole, 5, 1)
    assert sample == sample_cases(whole, 5, 1)
    assert set(sample.documents) == {f"{case['id']}.txt" for case in sample.cases}
    assert sample_cases(whole, 99, 1) is whole


@pytest.mark.parametrize("kind", IMPORTERS)
def test_files_that_are_not_what_was_published_are_named(tmp_path: Path, kind: str) -> None:
    from importlib import import_module

    module, name = IMPORTERS[kind]
    importer = getattr(import_module(module), name)
    with pytest.raises(SuiteError, match=str(tmp_path)):
        list(importer(tmp_path))
    for file in ("train_QA.csv", "en_fact.json", "dev.json", "en.relevant.jsonl"):
        write(tmp_path / file, '{"id": 1}')
    with pytest.raises(SuiteError, match=str(tmp_path)):
        list(importer(tmp_path))
