"""What a text names is found, and compared in one form."""

from rag.names import find_codes, find_identifiers, find_names, find_proper_names, find_subjects


def test_names_are_capitals_that_begin_nothing() -> None:
    question = "True or False: Under the AI Act, who told Anne-Marie O'Neil of “Alpha” in May 2022?"
    assert find_proper_names(question) == ["Act", "Anne-Marie", "Alpha"]
    assert find_subjects("BLOOM的训练、GPT-3和 Carbon 排放？") == ["BLOOM", "GPT-3", "Carbon"]
    assert find_subjects("How does DALL-E2 compare with OpenAI?") == ["DALL-E2", "OpenAI"]
    assert find_proper_names("Training of GPT-3 by OpenAI, NVIDIA and BLOOM in MWh?") == []


def test_identifiers_are_letters_with_a_number() -> None:
    found = find_identifiers("In 2019, GPT-3s, CO2e of Scope 2 and Generating 1000 in June 2022")
    assert found == {"gpt": {"gpt3"}, "scope": {"scope2"}}


def test_names_are_capitals_and_identifiers_but_not_first_words() -> None:
    assert find_names("Training of GPT-3 by OpenAI in Paris") == {"gpt3", "openai", "paris"}


def test_codes_are_words_of_letters_and_digits() -> None:
    assert find_codes("Does GPT-3 emit more CO₂ than a T5.1 in 2022?") == {"gpt3", "t51"}


def test_a_number_that_stands_close_to_a_word_is_no_name() -> None:
    assert find_codes("2021年GDP43214.85亿元") == set()
    assert find_subjects("2021年GDP43214.85亿元") == ["GDP"]
    assert find_codes("建成了H100万卡集群") == {"h100"}
