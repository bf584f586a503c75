"""What a document works out itself is recomputed, and a planted error found."""

import pytest

from ingest.embed import Embedder
from ingest.schema import Document
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import sync
from rag.__main__ import main
from rag.arithmetic import Recomputed, check_arithmetic


def check(text: str) -> list[Recomputed]:
    return list(check_arithmetic(Document("mill.md", text, "0" * 64)))


@pytest.mark.parametrize(
    ("text", "working", "is_right"),
    [
        (
            "Printing 1,000 pages takes 2.907 kWh. A battery holds 50 kWh, which equates to "
            "17,200 pages.",
            "1,000 pages × 50 kWh / 2.907 kWh",
            True,
        ),
        (
            "Printing 1,000 pages takes 2.907 kWh. A battery holds 50 kWh, which equates to "
            "27,200 pages.",
            "1,000 pages × 50 kWh / 2.907 kWh",
            False,
        ),
        ("The mill took 300 kWh, the shop 150 kWh: a total of 450 kWh.", "300 kWh + 150 kWh", True),
        (
            "The mill took 300 kWh, the shop 150 kWh: a total of 540 kWh.",
            "300 kWh + 150 kWh",
            False,
        ),
        ("灯塔用电300千瓦时，码头150千瓦时，合计540千瓦时。", "300千瓦时 + 150千瓦时", False),
        (
            "Printing 1,000 pages takes 2.907 kWh. A battery holds 50 kWh, enough for about "
            "18,000 pages.",
            "1,000 pages × 50 kWh / 2.907 kWh",
            True,
        ),
    ],
)
def test_a_stated_result_is_compared_with_what_it_comes_to(
    text: str, working: str, *, is_right: bool
) -> None:
    found = check(text)
    assert [one.is_right for one in found] == [is_right]
    assert working in found[0].working
    assert text[found[0].start : found[0].end] == found[0].words


@pytest.mark.parametrize(
    "text",
    [
        "The mill took 300 kWh. It equals a village of 2,000 people.",
        "In 2019 it took 300 kWh, which is equal to what it took in 2018.",
        "A = 5.",
        "Of these 40% and 60% is a total of 28%.",
        "",
    ],
)
def test_where_nothing_can_be_recomputed_nothing_is_said(text: str) -> None:
    assert check(text) == []


def test_the_command_says_what_is_wrong_and_fails(
    settings: IngestSettings, embedder: Embedder, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "The mill took 300 kWh, the shop 150 kWh: a total of 540 kWh."
    (settings.documents / "mill.md").write_text(text, encoding="utf-8")
    with Store(settings, create=True) as store:
        sync(store, lambda: embedder)
    places = ["--corpus", str(settings.corpus), "--store", str(settings.store)]
    assert main(["check-arithmetic", "mill.md", *places]) == 1
    assert "WRONG: “540 kWh”, as 300 kWh + 150 kWh = 450 kWh" in capsys.readouterr().out
    assert main(["check-arithmetic", "none.md", *places]) == 1
    assert "no document none.md" in capsys.readouterr().err
