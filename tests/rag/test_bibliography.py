"""Lists of sources are told from prose that cites some, and come after it."""

from dataclasses import replace

import pytest

from ingest.embed import Embedder
from rag.bibliography import lists_sources
from rag.evidence import nearest_sentences
from rag.schema import Passage

SOURCES = """
[12] A. Vale and B. C. Reed. 2019. The oil that a lamp burns. Journal of Lamps 3, 6 (2019), 13–19.
[13] Ruiz, A., Vale, A. et al.: How much oil a lamp burns. In: Proceedings of Light, pp. 7-9 (2021)
"""
PROSE = "The lamp burns two barrels of oil a week. It was lit in 1931 and is tended by A. Vale."


def passage(text: str) -> Passage:
    return Passage(1, "a.txt", "A Title", None, 0, len(text), text, (), 0.9)


@pytest.mark.parametrize(
    "text",
    [
        SOURCES,
        "Vale, A.B., Reed, B.: Lamps. arXiv preprint arXiv:2110.07038 (2021)",
        "https://example.org/lamps, 2023. Accessed: 2024-05-30. [10] Orland Team. Gulls, 2022.",
    ],
)
def test_a_list_of_sources_is_told(text: str) -> None:
    assert lists_sources(text)


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        "Lamps burn oil [12, 13] (Vale et al., 2019; Reed et al., 2020), as Ruiz et al. say.",
        "Lamps were studied [Vale et al., 2015, Reed, 2019, Ruiz and Vale, 2019, Lee, 2020].",
        "See https://example.org/lamps",
        "It was lit in 1931. It burnt down in 1945. It was built again in 1960. It closed in 1988.",
        "A. Vale, B. C. Reed and C. Ruiz built it on October 8, 2015. D. Lee keeps it.",
        "灯塔建于1887年。",
        "",
    ],
)
def test_prose_that_cites_is_none(text: str) -> None:
    assert not lists_sources(text)


def test_sentences_of_prose_come_before_titles_of_sources(embedder: Embedder) -> None:
    query = embedder.embed_query("How much oil does a lamp burn?")
    passages = [passage(SOURCES), replace(passage(PROSE), number=2, start=500)]
    nearest = nearest_sentences(query, passages, embedder, 1)
    assert [item.passage.number for item in nearest] == [2]
