"""Chunks quote their document exactly, keep sentences whole, and stay within the limit."""

import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import LoadError
from ingest.schema import Document
from ingest.split import split_document, split_sentences

LIMIT = 40
TEXTS = st.text(
    st.one_of(
        st.sampled_from("ab .。!?\n\n\f#-`|1国家。，“”\u3000\u200d"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=400,
)


def count_visible(texts: list[str]) -> list[int]:
    """A stand-in for a tokenizer: each visible character counts one."""
    return [sum(not c.isspace() for c in text) for text in texts]


def split(text: str, limit: int = LIMIT):
    return split_document(Document("a.txt", text, "0" * 64), count_visible, limit)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_chunks_cover_any_text_exactly_and_within_the_limit(text: str) -> None:
    if not text.strip():
        with pytest.raises(LoadError, match="empty"):
            split(text)
        return
    chunks = split(text)
    at = 0
    for chunk in chunks:
        assert text[chunk.start : chunk.end] == chunk.text
        assert not text[at : chunk.start].strip(), "only white space is between chunks"
        assert count_visible([chunk.text])[0] <= LIMIT
        at = chunk.end
    assert not text[at:].strip()
    assert len({chunk.id for chunk in chunks}) == len(chunks)


def test_sentences_are_kept_whole_in_english_and_chinese() -> None:
    text = "Dr. Smith used 1.5 kWh. It was enough. 他说：“够了。”然后走了。第二句在这里。"
    sentences = [text[start:end] for start, end in split_sentences(text)]
    assert sentences[:2] == ["Dr. Smith used 1.5 kWh.", "It was enough."]
    assert "第二句在这里。" in sentences
    for chunk in split(text):
        assert any(chunk.text.startswith(sentence) for sentence in sentences)
    text = "容量为42兆瓦。2023年发电48.5吉瓦时。"
    assert [text[a:b] for a, b in split_sentences(text)] == [
        "容量为42兆瓦。",
        "2023年发电48.5吉瓦时。",
    ]


def test_a_name_with_a_dot_ends_no_sentence() -> None:
    text = "The ML.ENERGY Benchmark is a tool. It works in the U.S. too."
    assert next(text[a:b] for a, b in split_sentences(text)) == "The ML.ENERGY Benchmark is a tool."


def test_a_list_marker_stays_with_its_item() -> None:
    text = "1. The first item stands here. 2. The second item stands here."
    assert [text[a:b] for a, b in split_sentences(text)] == [
        "1. The first item stands here.",
        "2. The second item stands here.",
    ]


def test_a_chunk_knows_its_headings_and_does_not_cross_them() -> None:
    text = "# One\n\nFirst.\n\n## Two\n\nSecond.\n\n# Three\n\nThird.\n"
    assert [(c.headings, c.text.split()[-1]) for c in split(text, 100)] == [
        (("One",), "First."),
        (("One", "Two"), "Second."),
        (("Three",), "Third."),
    ]


def test_a_line_that_stands_alone_is_a_heading_and_code_is_not() -> None:
    text = "Why it matters\n\nIt does.\n\n```\n# not a heading\n```\n\nEnd.\n"
    chunks = split(text, 100)
    assert {c.headings for c in chunks} == {("Why it matters",)}


def test_a_chunk_does_not_cross_a_page() -> None:
    document = Document("a.txt", "One.\fTwo.", "0" * 64, pages=(0, 5))
    chunks = split_document(document, count_visible, LIMIT)
    assert [(c.text, c.page) for c in chunks] == [("One.", 1), ("Two.", 2)]


TABLE = "| Model | Energy (MWh) |\n| --- | --- |\n" + "".join(
    f"| Model-{number} | {number * 100}. Or so. |\n" for number in range(12)
)


def test_a_table_is_cut_between_rows_and_its_header_goes_along() -> None:
    text = f"# Energy\n\nSome numbers:\n\n{TABLE}\nAfter.\n"
    chunks = split(text, 60)
    assert len(chunks) > 2
    for chunk in chunks:
        assert chunk.headings == ("Energy",)
        lines = chunk.text.split("\n")
        assert all(line.startswith("|") == line.endswith("|") for line in lines), "rows are whole"
        if lines[0].startswith("| Model-"):
            assert chunk.table_header == "| Model | Energy (MWh) |"
        else:
            assert chunk.table_header == ""


def test_a_long_row_stays_whole_up_to_the_limit_of_rows() -> None:
    row = "| " + " | ".join(f"cell {number}" for number in range(12)) + " |"
    text = f"| a | b |\n|---|---|\n{row}\n"
    document = Document("a.txt", text, "0" * 64)
    assert row in [c.text for c in split_document(document, count_visible, LIMIT, 200)]
    pieces = [c.text for c in split_document(document, count_visible, LIMIT)]
    assert row not in pieces
    assert all(count_visible([piece])[0] <= LIMIT for piece in pieces)


def test_a_row_is_a_sentence_of_its_own() -> None:
    text = "Before. These:\n| A. | 1. Two. |\n| B | 2 |\nAfter. End."
    assert [text[a:b] for a, b in split_sentences(text)] == [
        *("Before.", "These:", "| A. | 1. Two. |", "| B | 2 |", "After.", "End."),
    ]


@pytest.mark.parametrize(
    "text",
    ["word and " * 100_000, "# a" + " " * 100_000 + "b\n\nWords.", "```\n" * 20_001],
    ids=["no sentence", "spaces in a heading", "code fences"],
)
def test_no_text_takes_the_splitter_long(text: str) -> None:
    def too_long(*_: object) -> None:
        pytest.fail("It took more than 20 seconds.")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(20)  # a thousand times what it takes when it is linear
    try:
        assert split(text, 1000)
    finally:
        signal.alarm(0)


def test_a_fence_that_is_never_closed_swallows_no_page() -> None:
    text = "Before.\n~~~~\nAfter. End.\n\n# Heading\n\nMore.\fNext page."
    document = Document("a.txt", text, "0" * 64, pages=(0, text.index("Next")))
    chunks = split_document(document, count_visible, 1000)
    assert [(c.text.split()[-1], c.page, c.headings) for c in chunks] == [
        *(("End.", 1, ()), ("More.", 1, ("Heading",)), ("page.", 2, ("Heading",))),
    ]


def test_long_headings_are_cut_as_context_and_whole_as_text() -> None:
    chunks = split(f"# {'long ' * 100}\n\nText.\n", 1000)
    assert len(chunks[-1].headings[0]) == 200
    assert sum(chunk.text.count("long") for chunk in chunks) == 100


def test_ids_follow_from_the_content() -> None:
    assert [c.id for c in split("One. Two.")] == [c.id for c in split("One. Two.")]
    other = Document("b.txt", "One. Two.", "0" * 64)
    assert split_document(other, count_visible, LIMIT)[0].id != split("One. Two.")[0].id


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("• A set. It is big. It ends.", ["• A set.", "It is big.", "It ends."]),
        (
            "(b) A part. It was led by Ann. It ends.",
            ["(b) A part.", "It was led by Ann.", "It ends."],
        ),
        (
            "Good:\n• saves gas\n• saves oil. More.",
            ["Good:", "• saves gas", "• saves oil.", "More."],
        ),
        (
            "Do so:\n1. Use gas. It works.\n2. Use oil.",
            ["Do so:", "1. Use gas.", "It works.", "2. Use oil."],
        ),
        ("So (as in\n(b) below) it is. It ends.", ["So (as in\n(b) below) it is.", "It ends."]),
        ("A ‘zero‘ shot. It ends. All of it.", ["A ‘zero‘ shot.", "It ends.", "All of it."]),
    ],
)
def test_a_list_item_is_not_one_sentence_to_its_end(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == sentences
