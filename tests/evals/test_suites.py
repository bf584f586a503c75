"""The suites that are shipped, their schema, baseline and documentation."""

import json
import re
from pathlib import Path
from pkgutil import resolve_name

import jsonschema
import pytest
import yaml

from evals.compare import read_baseline
from evals.load import load_suite, suite_files
from evals.schema import Expect, Suite
from tests.evals.mutations import MUTATIONS

ROOT = Path(__file__).parent.parent.parent
FILES = suite_files([ROOT / "evals" / "suites"])
SCHEMA = json.loads((ROOT / "evals" / "suite.schema.json").read_text())
DOCS = (ROOT / "docs" / "evals.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def suites() -> list[Suite]:
    return [load_suite(file, ROOT / "corpus") for file in FILES]


def test_the_suites_are_there_and_every_case_has_a_reason(suites: list[Suite]) -> None:
    names = {suite.name for suite in suites}
    wanted = "facts numeric abstain errata citations followups conflicts hostile"
    assert names >= set(wanted.split())
    cases = [case for suite in suites for case in suite.cases]
    assert len(cases) >= 150
    assert all(case.why for case in cases)
    for language in ("en", "zh"):
        assert sum(language in case.tags for case in cases) >= 50, language


def test_the_baseline_knows_every_case(suites: list[Suite]) -> None:
    known = read_baseline(ROOT / "evals" / "baseline.json").cases
    assert set(known) == {f"{suite.name}/{case.id}" for suite in suites for case in suite.cases}


def test_the_schema_is_that_of_the_code_and_takes_the_suites() -> None:
    assert Suite.model_json_schema() == SCHEMA
    for file in FILES:
        data = {"name": file.stem, **yaml.safe_load(file.read_text(encoding="utf-8"))}
        jsonschema.validate(data, SCHEMA)
    wrong = {"name": "x", "cases": [{"id": "a", "question": "Q", "expect": {"abstain": True}}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_every_expectation_is_documented_with_an_example_that_loads(tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    used = set()
    for number, example in enumerate(examples):
        if "question:" not in example:
            continue
        path = tmp_path / f"{number}.yaml"
        path.write_text(example, encoding="utf-8")
        for case in load_suite(path).cases:
            used |= case.expect.model_fields_set
    assert used == set(Expect.model_fields)


@pytest.mark.parametrize("target", sorted({mutation.target for mutation in MUTATIONS}))
def test_what_mutations_break_is_there(target: str) -> None:
    assert callable(resolve_name(target))
