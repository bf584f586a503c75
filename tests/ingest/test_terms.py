"""Words, numbers, names and Chinese become the terms that a question is likely to share."""

import pytest

from ingest.terms import find_query_terms, find_terms, is_same_word


def test_a_number_is_one_term_however_it_is_grouped() -> None:
    assert find_terms("1,287 MWh") == find_terms("1287 ＭＷｈ") == ["1287", "mwh"]
    assert find_terms("in 2,019, 1,28") == ["in", "2019", "1", "28"]


def test_a_joined_name_is_found_whole_and_by_its_parts() -> None:
    assert find_terms("GPT-3") == ["gpt3", "gpt", "3"]
    assert set(find_terms("GPT3")) <= set(find_terms("GPT-3"))
    assert find_terms("e.g. O'Neil's") == ["eg", "oneils", "neil"]


def test_chinese_becomes_pairs_and_mixed_text_keeps_its_words() -> None:
    assert find_terms("训练模型") == ["训练", "练模", "模型"]
    assert find_terms("用GPT-4训练") == ["用", "gpt4", "gpt", "4", "训练"]


def test_function_words_are_asked_for_only_if_there_is_nothing_else() -> None:
    assert find_query_terms("What is the energy of the energy?") == ["energy"]
    assert find_query_terms("Who is it?") == ["who", "is", "it"]
    assert find_query_terms("?!") == []


def test_hostile_text_gives_only_words() -> None:
    assert find_terms('a" OR text:* NEAR(b) \x00 \ud800 -- ;') == ["a", "or", "text", "near", "b"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("creating", "creation"), ("emission", "emissions"), ("art", "arts"), ("训练", "训练")],
)
def test_forms_of_a_word_are_told(one: str, other: str) -> None:
    assert is_same_word(one, other)
    assert is_same_word(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("transformers", "transport"),
        ("anthropic", "anthropogenic"),
        ("austria", "australia"),
        ("textures", "text"),
        ("form", "fort"),
        ("gpt3", "gpt4"),
        ("100000", "100001"),
        ("图像", "图生"),
    ],
)
def test_other_words_that_begin_alike_are_not(one: str, other: str) -> None:
    assert not is_same_word(one, other)
    assert not is_same_word(other, one)
