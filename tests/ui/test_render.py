"""What others wrote is shown as text, and links lead back to the words they came from."""

import re
from html import escape
from pathlib import Path

from ingest.errata import (
    Erratum,
    ErratumEntry,
    FaultyWords,
    Registry,
    anchor,
    parse_errata,
)
from ingest.errors import LoadError, WeightsError
from ingest.formats.pdf_page import Box, PageImage
from ingest.schema import Document
from rag.errors import ModelStoppedError
from rag.schema import Answer, Calculation, Citation, Correction, Operand, Passage, Sentence
from ui.html import Outcome, corpus_html, errata_html, outcome_html
from ui.links import Link, link, parse_link
from ui.markdown import (
    calculation_markdown,
    corrections_markdown,
    passages_markdown,
    plain_text,
    references_markdown,
    sentence_markdown,
)
from ui.viewer import page_html, text_html
from ui.words import ERRORS, WORDS, tell, tell_error

HOSTILE = "<script>alert(1)</script> & 'quotes\" (a).txt"


def test_a_link_leads_back_to_what_it_was_made_from() -> None:
    assert parse_link(link("open", HOSTILE, 3, 14)) == Link("open", HOSTILE, 3, 14)
    assert parse_link(link("remove", HOSTILE)) == Link("remove", HOSTILE, 0, 0)
    assert "(" not in link("open", HOSTILE, 3, 14), "a parenthesis would end a Markdown link"
    for wrong in [
        "",
        "#corpus",
        "#open?name=a",
        "#open?name=a&start=-1&end=2",
        "#x?name=a&start=1&end=2",
        "http://x",
    ]:
        assert parse_link(wrong) is None


def test_the_cited_words_are_marked_and_nothing_is_markup() -> None:
    document = Document(HOSTILE, f"{HOSTILE} one two three", "0" * 64, metadata={"title": HOSTILE})
    start = document.text.index("two")
    html = text_html(document, (start, start + 3), (), "en")
    assert "<mark>two</mark>" in html
    assert "<script" not in html


def test_a_long_document_is_shown_around_the_cited_words() -> None:
    document = Document("a.txt", "x" * 500_000, "0" * 64)
    html = text_html(document, (250_000, 250_010), (), "en")
    assert len(html) < 50_000
    assert html.count("sic-cut") == 2


def test_a_page_has_its_marked_words_laid_over_it_and_nothing_is_markup() -> None:
    text = f"First page.{HOSTILE} words of the second page"
    document = Document(f"{HOSTILE}.pdf", text, "0" * 64, pages=(0, 11))
    start = text.index("words")
    drawn = PageImage(b"x", 1100, 1400, ((Box(0.1, 0.25, 0.5, 0.02),),))
    html = page_html(document, (start, start + 5), (), drawn, "en")
    assert "style='left:10.00%;top:25.00%;width:50.00%;height:2.00%'" in html
    assert "aria-label='words'" in html
    assert "page 2 of 2" in html
    assert escape(link("open", document.name, 0, 0)) in html, "the page before can be turned to"
    assert "<script" not in html


def test_a_reply_of_the_page_is_read_back_as_what_it_says() -> None:
    citation = Citation(1, HOSTILE, "T", None, 0, 3, "abc")
    shown = sentence_markdown(Sentence("It cost $5 * 2 [sic].", (1,), verified=True), [citation])
    assert plain_text(shown) == "It cost $5 * 2 [sic]."


def test_a_nearest_passage_that_is_known_to_be_wrong_says_so() -> None:
    passages = [
        Passage(number, "a.txt", "T", None, start, start + 20, "text", (), 0.9)
        for number, start in enumerate((0, 100), 1)
    ]
    entry = ErratumEntry(id="one", document="a.txt", wrong="te", right="x", authority="y")
    wrong = Erratum(entry, (FaultyWords("a.txt", 110, 112, "te"),))
    first, second = passages_markdown(passages, "en", Registry((wrong,))).split("\n")
    assert "wrong" not in first
    assert "*says what is known to be wrong*" in second


def test_a_nearest_passage_shows_its_headings_as_text() -> None:
    passage = Passage(1, "a.txt", "T", None, 0, 20, "## Who\n\nIt has #2.", (), 0.9)
    assert passages_markdown([passage], "en", Registry()).endswith(r"Who It has \#2.")


def test_what_was_removed_can_be_brought_back_by_who_may_change_it() -> None:
    shown = corpus_html([], "x", Registry(), "en", removed=[HOSTILE])
    assert escape(link("restore", HOSTILE)) in shown
    assert "<script" not in shown
    barred = corpus_html([], "x", Registry(), "en", removed=[HOSTILE], may_change=False)
    assert "#restore" not in barred


def test_references_name_their_place_and_show_their_words_as_text() -> None:
    listed = references_markdown([Citation(1, HOSTILE, HOSTILE, 4, 0, 3, HOSTILE, "2024")], "en")
    assert "page 4, 2024" in listed
    assert link("open", HOSTILE, 0, 3) in listed
    assert "<script" not in listed.replace(r"\<", "")


def test_an_empty_corpus_says_where_to_put_documents() -> None:
    assert "corpus/documents" in corpus_html([], "corpus/documents", Registry(), "en")


def test_problems_of_the_registry_are_shown() -> None:
    shown = corpus_html([], "x", Registry(problems=(f"line 3: {HOSTILE}",)), "en")
    assert "line 3: &lt;script" in shown
    assert "<script" not in shown


def test_faulty_words_are_struck_with_what_is_right_behind_them() -> None:
    text = f"It is 90 m high, {HOSTILE} they say."
    document = Document("dam.txt", text, "0" * 64)
    yaml = f"""\
- id: taller
  document: dam.txt
  wrong: is 90 m high
  right: '{HOSTILE.replace("'", "''")} 96 m'
  authority: <b>Survey</b>
"""
    file = parse_errata(Path("errata.yaml"), yaml)
    registry = anchor(file, lambda _: document, ["dam.txt"])
    html = text_html(document, (6, 12), registry.of_document("dam.txt"), "en")
    assert "<del class='sic-wrong'>is </del>" in html
    assert "<mark><del class='sic-wrong'>90 m h</del></mark>" in html
    assert html.count("class='sic-right'") == 1
    assert "&lt;b&gt;Survey" in html
    assert "<script" not in html
    assert "<b>" not in html


def test_lists_of_errata_and_outcomes_show_names_as_text() -> None:
    yaml = f"""\
- id: taller
  document: dam.txt
  wrong: '{HOSTILE.replace("'", "''")}'
  right: <b>96 m</b>
  authority: <i>Survey</i>
"""
    file = parse_errata(Path("errata.yaml"), yaml)
    document = Document("dam.txt", HOSTILE, "0" * 64)
    registry = anchor(file, lambda _: document, ["dam.txt"])
    listed = errata_html(registry, file.entries, "en")
    assert listed.count("&lt;script") == 2, "in force and proposed"
    assert link("accept", "taller").replace("&", "&amp;") in listed
    told = outcome_html([Outcome(HOSTILE, HOSTILE, undo=link("restore", HOSTILE))], "zh")
    for html in (listed, told):
        assert "<script" not in html
        assert "<i>" not in html


def test_a_correction_leads_to_the_faulty_words_and_to_who_says_so() -> None:
    correction = Correction(
        *("taller", HOSTILE, "is *90* m", "It is 96 m.", "<b>Survey</b>"),
        *("https://example.org/a b)<script>", 3, 12),
        mark="E1",
    )
    sentence = Sentence("It is 96 m.", (), verified=True, mark="E1")
    shown = sentence_markdown(sentence, [], correction)
    assert link("open", HOSTILE, 3, 12) in shown
    assert plain_text(shown) == "It is 96 m."
    listed = corrections_markdown([correction], "en")
    assert "https://example.org/a%20b%29%3Cscript%3E" in listed
    assert "~~is \\*90\\* m~~" in listed
    assert "<script" not in listed.replace(r"\<", "")


def test_the_working_of_a_number_leads_to_each_operand() -> None:
    quote = "The mill took 900 kWh *in all*."
    citation = Citation(1, HOSTILE, "T", None, 100, 100 + len(quote), quote)
    operands = (
        Operand("A", "900", "kWh", 1, "900 kWh"),
        Operand("B", "5", "homes", None, "5 homes<script>"),
    )
    working = Calculation(operands, "A / B", "180", "kWh/home", "900 kWh / 5 homes = 180 kWh/home")
    answer = Answer(
        "?", "?", "en", "", (), (citation,), abstained=False, passages=(), timings={}, model="local"
    )
    shown = calculation_markdown(working, answer)
    start = 100 + quote.index("900 kWh")
    target = link("open", HOSTILE, start, start + len("900 kWh"))
    assert f"[900 kWh]({target})" in shown
    assert "of the question" in shown
    assert "<script" not in shown.replace(r"\<", "")
    assert shown.endswith("**900 kWh / 5 homes = 180 kWh/home**")


def test_an_operand_in_a_larger_unit_is_shown_in_that_of_the_other() -> None:
    citation = Citation(1, "a.txt", "T", None, 0, 30, "The mill took 1.2 MWh and 3 kWh")
    operands = (
        Operand("A", "1.2", "MWh", 1, "1.2 MWh"),
        Operand("B", "3", "kWh", 1, "3 kWh"),
        Operand("C", "2 to 3", "MWh", 1, "2 to 3 MWh"),
    )
    working = Calculation(operands, "A / B", "400", "", "1.2 MWh / 3 kWh = 400")
    answer = Answer(
        "?", "?", "en", "", (), (citation,), abstained=False, passages=(), timings={}, model="local"
    )
    first, second, third, *_ = calculation_markdown(working, answer).splitlines()
    assert first.endswith(" = 1,200 kWh")
    assert "=" not in second.split(")")[-1]
    assert "=" not in third.split(")")[-1]


def test_every_word_of_the_page_is_there_in_both_languages_with_the_same_values() -> None:
    for key, words in WORDS.items():
        fields = [sorted(re.findall(r"\{(\w+)", words[language])) for language in ("en", "zh")]
        assert fields[0] == fields[1], key
    assert tell("reading", "zh", count=5) == "正在阅读5段原文…"


def test_what_went_wrong_is_told_in_the_language_of_the_page() -> None:
    error = ModelStoppedError("It stopped (killed).")
    assert tell_error(error, "en") == "It stopped (killed)."
    assert tell_error(error, "zh") == f"{ERRORS[ModelStoppedError]}（It stopped (killed).）"
    assert tell_error(LoadError("x"), "zh").startswith("文件")
    assert tell_error(WeightsError("x"), "zh") == "未能完成。（x）"
    kinds = list(ERRORS)
    for at, kind in enumerate(kinds):
        assert not any(issubclass(later, kind) for later in kinds[at + 1 :]), "never reached"
