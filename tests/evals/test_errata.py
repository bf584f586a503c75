"""A registry yields a suite of its own, and a report tells the two rates."""

from pathlib import Path

import pytest
import yaml

from evals.__main__ import main
from evals.load import load_suite
from tests.conftest import ROOT


def test_each_erratum_yields_every_way_to_ask(tmp_path: Path) -> None:
    output = tmp_path / "derived.yaml"
    assert main(["errata", str(output), "--corpus", str(ROOT / "corpus")]) == 0
    suite = load_suite(output, ROOT / "corpus")
    ids = [one["id"] for one in yaml.safe_load((ROOT / "corpus" / "errata.yaml").read_text())]
    for id_ in ids:
        own = [case for case in suite.cases if case.id.startswith(f"{id_}-")]
        assert {tag for case in own for tag in case.tags} == {
            *("direct", "leading", "paraphrase", "other", "follow-up", "control")
        }
        for case in own:
            assert case.expect.corrects == (() if "control" in case.tags else (id_,))
    assert main(["errata", str(output), "--corpus", str(ROOT / "corpus")]) == 2, "overwritten"


def test_a_corpus_without_errata_yields_no_suite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "documents").mkdir()
    assert main(["errata", str(tmp_path / "x.yaml"), "--corpus", str(tmp_path)]) == 2
    assert "nothing to ask" in capsys.readouterr().err
    assert not (tmp_path / "x.yaml").exists()
