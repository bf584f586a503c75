"""An erratum fires where its error would be said, and leaves what is true beside it alone."""

import json
import shutil
from pathlib import Path

import pytest

from ingest.errata import Registry, anchor, parse_errata
from ingest.schema import Document
from ingest.store import Store
from rag.__main__ import describe, main
from rag.compose import Composer
from rag.errata import Corrector
from rag.evidence import find_sentences
from rag.markdown import show_text
from rag.question import detect_language
from rag.schema import Answer, Evidence, Passage, Sentence
from rag.task import Asked, Task

TEXT = (
    "Wang Xiaobo (王小波), often called Paul King, opened the Alder dam in 1931. He studied in "
    "Lund. Paul King built the Birch bridge. Filling Alder took 40 days, and filling Birch took 12 "
    "days. "
    "The pumps use up to 300 kWh an hour. Visitors come by boat. "
    "It was painted by Eva Strand. Opened on 4 May 1932."
)
DOCUMENT = Document("dam.txt", TEXT, "0" * 64)
YAML = """\
- id: wang
  document: dam.txt
  wrong: Wang Xiaobo (王小波), often called Paul King
  also: [He studied in Lund]
  right: 王小波 is a writer, and no other than himself.
  never_say: [Wang Xiaobo is Paul King, 王小波就是Paul King, Wang Xiaobo built the Birch bridge]
  authority: Library, 2020
- id: birch
  document: dam.txt
  wrong: filling Birch took 12 days
  right: Filling Birch took 21 days.
  authority: Log of 1932
- id: pumps
  document: dam.txt
  kind: qualifies
  wrong: use up to 300 kWh an hour
  right: That is true of summer only.
  authority: Log of 1932
- id: painter
  document: dam.txt
  wrong: It was painted by Eva Strand.
  right: It was painted by Ida Holm.
  authority: Log of 1932
- id: opening
  document: dam.txt
  wrong: Opened on 4 May 1932.
  right: Opened on 9 June 1932.
  authority: Log of 1932
"""
PASSAGE = Passage(1, "dam.txt", "Dams", None, 0, len(TEXT), TEXT, (), 0.9)
SENTENCES = find_sentences([PASSAGE])


def text_of(composer: Composer) -> str:
    return show_text(composer.sentences, (), "en") or composer.tell_nothing()


def registry() -> Registry:
    file = parse_errata(Path("errata.yaml"), YAML)
    return anchor(file, lambda name: DOCUMENT if name == "dam.txt" else None, ["dam.txt"])


def corrector(question: str) -> Corrector:
    asked = Asked(question, detect_language(question), None, Task("answer"), ())
    return Corrector(registry(), lambda _: DOCUMENT, asked)


def saying(words: str) -> list[Evidence]:
    return [item for item in SENTENCES if words in item.text]


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("Is Wang Xiaobo Paul King?", ["wang"]),
        ("Since Paul King is 王小波, where was he born?", ["wang"]),
        ("王小波就是Paul King吗？", ["wang"]),
        ("Why did Wang Xiaobo build the Birch bridge?", ["wang"]),
        ("Who built the Birch bridge?", []),
        ("Who is Wang Xiaobo?", []),
        ("Where is Paul King?", []),
    ],
)
def test_a_question_that_states_an_error_is_found(question: str, ids: list[str]) -> None:
    assert [one.id for one in corrector(question).find_stated()] == ids


@pytest.mark.parametrize(
    ("question", "said", "words", "ids"),
    [
        ("Who is Wang Xiaobo?", "Wang Xiaobo is often called Paul King.", "Wang", ["wang"]),
        ("王小波是谁？", "王小波也被称为Paul King。", "Wang", ["wang"]),
        ("Where did Wang Xiaobo study?", "He studied in Lund.", "Lund", ["wang"]),
        ("What of Wang Xiaobo?", "He studied in Lund with Eva Moe at BWZ.", "Lund", ["wang"]),
        ("Who studied in Lund?", "Wang Xiaobo studied in Lund.", "Lund", ["wang"]),
        ("What did Paul King build?", "Paul King built the Birch bridge.", "bridge", []),
        ("Who is Wang Xiaobo?", "He is not Paul King.", "Visitors", []),
        ("When was the Alder dam opened?", "The Alder dam was opened in 1931.", "1931", []),
        ("How long did filling Birch take?", "It took 12 days.", "Birch took", ["birch"]),
        ("How long did filling Alder take?", "It took 40 days.", "Alder took", []),
        ("灌满Birch用了多少天？", "用了12天。", "Birch took", ["birch"]),
        ("How much do the pumps use?", "The pumps use up to 300 kWh.", "pumps", ["pumps"]),
        ("How long did it take?", "12 visitors came, and it took 40 days.", "Birch took", []),
        ("How do visitors come?", "Visitors come by boat.", "Visitors", []),
        ("Who painted the Alder tower?", "Eva Strand painted it.", "Strand", ["painter"]),
        ("When was the Cedar gate opened?", "On 4 May 1932.", "Opened", ["opening"]),
    ],
)
def test_a_sentence_that_takes_what_it_says_from_faulty_words_is_found(
    question: str, said: str, words: str, ids: list[str]
) -> None:
    found = corrector(question).find_touched(said, saying(words))
    assert [one.id for one in found] == ids


def test_a_name_of_what_is_right_alone_is_known() -> None:
    assert corrector("Who is Ida Holm?").knows("Ida")
    assert not corrector("Who is Ada Berg?").knows("Ada")


def test_a_claim_is_found_whatever_it_cites() -> None:
    found = corrector("Who is Wang Xiaobo?").find_touched("He is Paul King.", saying("Visitors"))
    assert [one.id for one in found] == ["wang"]


def test_a_quotation_is_about_what_was_asked() -> None:
    quoted = f"A passage says: “{saying('Alder took')[0].text}”"
    for question, ids in (
        ("How long did filling Alder take?", []),
        ("How long did filling Birch take?", ["birch"]),
    ):
        found = corrector(question).find_touched(quoted, saying("Alder took"), is_quoted=True)
        assert [one.id for one in found] == ids


def test_a_quotation_that_is_faulty_as_a_whole_is_so_whatever_was_asked() -> None:
    (item,) = saying("Strand")
    one = corrector("Who made the Alder tower red?")
    assert [found.id for found in one.find_touched(item.text, [item], is_quoted=True)] == [
        "painter"
    ]


def test_what_nearly_answers_is_corrected_and_the_answer_abstains() -> None:
    one = corrector("By whom was it painted blue?")
    composer = Composer("en", one)
    list(composer.correct_nearest("Visitors come by boat.", saying("Visitors")))
    assert text_of(composer) == "The documents do not answer this."
    list(composer.correct_nearest("It was painted by Eva Strand.", saying("Strand")))
    assert composer.abstained
    assert text_of(composer) == (
        "The documents do not answer this, and what comes nearest in dam.txt is wrong. [1] "
        "It was painted by Ida Holm. [E1]"
    )
    assert composer.citations[0].quote == "It was painted by Eva Strand."
    other = Composer("en", corrector("Who repaired the Alder tower?"))
    list(other.correct_nearest("It was painted by Eva Strand.", saying("Strand")))
    assert not other.sentences, "it has nothing of what was asked"


def test_a_later_part_of_a_question_goes_on_with_the_same_marks() -> None:
    one = corrector("Who painted it?")
    first = Composer("en", one)
    list(first.add("It was painted by Eva Strand.", saying("Strand")))
    second = Composer("en", one, first)
    list(second.add("It was painted by Eva Strand.", saying("Strand")))
    list(second.add("Visitors come by boat.", saying("Visitors")))
    assert [one.mark for one in second.corrections] == ["E1"], "it is the same error"
    assert second.sentences[0] == first.sentences[0], "and its correction answers here, too"
    assert second.sentences[-1].citations == (2,)
    shown = show_text(first.sentences, ["How high [x] is it?"], "en")
    assert shown.endswith("[1]\n\nThe documents do not answer this part: “How high \\[x\\] is it?”")


def test_a_correction_in_the_place_of_a_point_keeps_its_title() -> None:
    composer = Composer("en", corrector("Who painted it?"))
    (painter,), (visitors,) = saying("Strand"), saying("Visitors")
    list(composer.point(painter.text, painter, "Dams"))
    list(composer.point(visitors.text, visitors, "Boats"))
    headings = [one.heading for one in composer.sentences]
    assert headings == ["Dams", "", "Boats"], "a correction is two sentences"
    assert composer.sentences[0].mark == "E1"


def test_a_part_behind_a_list_stands_under_its_question() -> None:
    first = Composer("en", corrector("What is said of Alder?"))
    (visitors,) = saying("Visitors")
    list(first.point("Visitors come by boat.", visitors))
    second = Composer("en", corrector("How?"), first, "How do they come?")
    list(second.add("They come by boat.", [visitors]))
    list(second.add("Visitors come by boat.", [visitors]))
    shown = show_text([*first.sentences, *second.sentences], (), "en")
    assert shown.count("How do they come?") == 1
    assert "[1]\n\n**How do they come?**\n They come by boat." in shown


def test_what_stands_before_faulty_words_is_quoted_if_it_was_asked_for() -> None:
    sentence = saying("Alder took")
    errata = registry().errata[1:2]
    beside = corrector("How long did filling Alder take?").find_beside(errata, sentence)
    assert beside
    assert beside.text == "Filling Alder took 40 days" == TEXT[beside.start : beside.end]
    assert not corrector("How long did filling Birch take?").find_beside(errata, sentence)
    assert not corrector("How long did it take?").find_beside(errata, sentence)
    both = corrector("How long did Alder and Birch take?")
    assert both.is_asked_of(errata[0], beside, sentence)
    assert not corrector("How long did Alder take?").is_asked_of(errata[0], beside, sentence)


def test_what_stands_behind_faulty_words_is_quoted_if_it_alone_is_what_was_asked_for() -> None:
    one = corrector("When was the Alder dam opened?")
    (item,) = saying("Alder dam")
    composer = Composer("en", one)
    list(composer.add(item.text, [item]))
    assert text_of(composer) == "A passage says: “… opened the Alder dam in 1931.” [1]"
    assert composer.citations[0].quote == "opened the Alder dam in 1931."


def test_faulty_words_are_never_shown_without_their_correction() -> None:
    (item,) = saying("Alder took")
    other = corrector("What is like Cedar?")
    assert not other.find_touched(item.text, [item], is_quoted=True), "it is about something else"
    composer = Composer("en", other)
    list(composer.quote(item))
    assert text_of(composer) == (
        f"A passage says: “{item.text}” [1] Filling Birch took 21 days. [E1] The document dam.txt "
        "says otherwise, which is wrong. [2]"
    )
    beside = Composer("en", corrector("How long did filling Alder take?"))
    list(beside.quote(item))
    assert text_of(beside) == "A passage says: “Filling Alder took 40 days” [1]"


def test_what_stands_before_faulty_words_is_not_quoted_when_it_was_said_already() -> None:
    sentence = saying("Alder took")
    both = "Filling Alder took 40 days, and filling Birch took 12 days."
    composer = Composer("en", corrector("How long did Alder and Birch take?"))
    list(composer.add(both, sentence))
    assert text_of(composer).startswith("A passage says: “Filling Alder took 40 days”")
    again = Composer("en", corrector("How long did Alder and Birch take?"))
    list(again.add("Filling Alder took 40 days.", sentence))
    list(again.add(both, sentence))
    assert text_of(again).startswith("Filling Alder took 40 days. [1] Filling Birch took 21 days.")


def test_what_stands_before_faulty_words_is_not_quoted_of_another_abbreviation() -> None:
    text = "ORION's pumps used about 500 litres of sea water, and VEGA's used about 30 litres."
    document = Document("pumps.txt", text, "0" * 64)
    entry = (
        "- {id: vega, document: pumps.txt, wrong: VEGA's used about 30 litres, "
        "right: VEGA's used 40 litres., authority: Log}"
    )
    file = parse_errata(Path("errata.yaml"), entry)
    errata = anchor(file, lambda _: document, ["pumps.txt"])
    passage = Passage(1, "pumps.txt", "Pumps", None, 0, len(text), text, (), 0.9)

    def beside(question: str) -> Evidence | None:
        asked = Asked(question, "en", None, Task("answer"), ())
        own = Corrector(errata, lambda _: document, asked)
        return own.find_beside(errata.errata, find_sentences([passage]))

    assert beside("How much sea water did the pumps of ORION use?")
    assert not beside("How much sea water did the pumps of VEGA use?")


def test_an_operand_is_faulty_only_within_the_faulty_words() -> None:
    (item,) = saying("Alder took")
    faulty = corrector("?").find_faulty
    at = item.text.index("12 days")
    assert [one.id for one in faulty(item, at, at + 7)] == ["birch"]
    at = item.text.index("40 days")
    assert faulty(item, at, at + 7) == []


def test_the_faulty_words_are_cited_exactly() -> None:
    one = corrector("Where did Wang Xiaobo study?")
    (erratum,) = one.find_touched("In Lund.", saying("Lund"))
    item = one.quote(erratum, saying("Lund"))
    assert item
    assert item.text == "He studied in Lund" == TEXT[item.start : item.end]


def test_documents_out_of_reach_bring_no_correction_of_their_own() -> None:
    asked = Asked("Who is Wang Xiaobo?", "en", ("other.txt",), Task("answer"), ())
    one = Corrector(registry(), lambda _: DOCUMENT, asked)
    assert one.find_touched("Visitors come by boat.", []) == []


def test_a_mark_that_a_document_forges_is_none_in_the_terminal() -> None:
    sentence = Sentence("A passage says: “It is so. [E1] Trust me. [2]”", (1,), verified=True)
    answer = Answer(
        *("?", "?", "en", "", (sentence,), ()), abstained=False, passages=(), timings={}, model=""
    )
    assert describe(answer) == "A passage says: “It is so. (E1) Trust me. (2)” [1]"


def test_the_command_line_adds_lists_and_accepts(
    shipped_store: Store, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings = shipped_store.settings
    corpus = tmp_path / "corpus"
    shutil.copytree(settings.corpus, corpus)
    where = ["--corpus", str(corpus), "--store", str(settings.store)]
    document = "004_2ffcfe241d3faec5.txt"
    given = ["--document", document, "--right", "It is shared by many.", "--authority", "Us, 2026"]
    wrong = ["--wrong", "This finding was shared by Yann LeCunn"]
    assert main(["errata", "propose", *where, *given, *wrong]) == 1
    assert "Nearest: “This finding was shared by Yann LeCun" in capsys.readouterr().err
    wrong = ["--wrong", "This finding was shared by Yann LeCun", "--id", "shared"]
    assert main(["errata", "propose", *where, *given[:-2], *wrong]) == 2
    assert "--authority" in capsys.readouterr().err
    assert main(["errata", "propose", *where, *given, *wrong]) == 0
    assert main(["errata", "list", "--json", *where]) == 0
    out = capsys.readouterr().out
    listed = json.loads(out[out.index("[") :])
    assert {one["id"]: one["state"] for one in listed}["shared"] == "proposed"
    assert main(["errata", "accept", "shared", *where]) == 0
    assert main(["errata", "check", *where]) == 0
    assert "6 errata" in capsys.readouterr().out
    assert main(["errata", "remove", "shared", *where]) == 0
    assert main(["errata", "remove", "shared", *where]) == 1
