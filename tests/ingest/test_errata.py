"""The registry of errata: read strictly, anchored by words, edited whole or not at all."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.edit_errata import add_erratum, free_id, move_erratum, remove_erratum
from ingest.embed import Embedder
from ingest.errata import ErrataReader, find_words, parse_errata, read_errata
from ingest.errors import ErrataError
from ingest.schema import Document
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import sync

DAM = "The Alder dam was opened in 1931. It is 90 m high,\nand 400 m long. Nobody lives there."
ENTRY = {
    "id": "dam-is-taller",
    "document": "dam.txt",
    "wrong": "It is 90 m high",
    "right": "The Alder dam is 96 m high.",
    "authority": "Survey of dams, 2020",
}
TEXT = """\
# The dam's height was measured again.
- id: dam-is-taller
  document: dam.txt
  wrong: It is 90 m high
  right: The Alder dam is 96 m high.
  authority: Survey of dams, 2020
"""


@pytest.fixture
def store(settings: IngestSettings, embedder: Embedder):  # type: ignore[no-untyped-def]
    (settings.documents / "dam.txt").write_text(DAM)
    with Store(settings, create=True) as store:
        sync(store, lambda: embedder)
        yield store


@pytest.fixture
def reader(store: Store) -> ErrataReader:
    return ErrataReader(store.settings, store.manifest)


def test_words_are_found_across_line_ends() -> None:
    document = Document("dam.txt", DAM, "0" * 64)
    (found,) = find_words(document, "90 m high, and 400 m")
    assert DAM[found.start : found.end] == found.text == "90 m high,\nand 400 m"


@pytest.mark.parametrize(
    ("changed", "line", "told"),
    [
        (TEXT.replace("authority:", "authorty:"), 6, "did you mean `authority`?"),
        (TEXT.replace("  authority: Survey of dams, 2020\n", ""), 2, "`authority` is missing"),
        (TEXT.replace("dam-is-taller", "The Dam"), 2, "`id`"),
        (TEXT.replace("right: The", "right: [The"), 6, "not YAML"),
        (TEXT + TEXT, 8, "stands 2 times"),
        (TEXT + "  kind: quallifies\n", 7, "Did you mean 'qualifies'?"),
        (TEXT + "  url: javascript:alert(1)\n", 7, "https://"),
        (TEXT + "  checked: yesterday\n", 7, "`checked`"),
        (TEXT + "  never_say: [The Alder dam is 96 m high]\n", 5, "forbids"),
        (TEXT + "  right: twice\n", 7, "stands twice"),
        (TEXT.replace("wrong: It is 90 m high", "wrong: ''"), 4, "`wrong`"),
        ("errata:\n- id: a\n", 1, "give a list of errata"),
        ("just words\n", 1, "a list of errata"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(changed: str, line: int, told: str) -> None:
    with pytest.raises(ErrataError) as raised:
        parse_errata(Path("errata.yaml"), changed)
    assert f"errata.yaml, line {line}: " in str(raised.value)
    assert told in str(raised.value)


def test_an_erratum_survives_what_is_put_before_its_words(
    store: Store, reader: ErrataReader, embedder: Embedder
) -> None:
    store.settings.errata.write_text(TEXT)
    (before,) = reader.read().errata
    (store.settings.documents / "dam.txt").write_text("A new beginning. " * 40 + DAM)
    sync(store, lambda: embedder)
    (after,) = reader.read().errata
    assert after.places[0].start == before.places[0].start + 17 * 40
    assert after.places[0].text == "It is 90 m high"


def test_a_stale_erratum_is_named_with_the_nearest_words_and_others_hold(
    store: Store, reader: ErrataReader
) -> None:
    stale = TEXT.replace("dam-is-taller", "gone").replace("It is 90 m high", "It is 91 m high")
    store.settings.errata.write_text(TEXT + stale)
    registry = reader.read()
    assert [one.id for one in registry.errata] == ["dam-is-taller"]
    (problem,) = registry.problems
    assert "line 10: `gone` is stale" in problem
    assert "Nearest to it is: “It is 90 m high, and 400 m long.”" in problem


def test_errata_that_correct_the_same_words_are_refused(store: Store, reader: ErrataReader) -> None:
    other = TEXT.replace("dam-is-taller", "another").replace("It is 90 m high", "90 m high")
    store.settings.errata.write_text(TEXT + other)
    assert "correct the same words" in reader.read().problems[0]


def test_a_broken_file_leaves_the_last_good_one_in_force_also_after_a_restart(
    store: Store, reader: ErrataReader
) -> None:
    store.settings.errata.write_text(TEXT)
    assert len(reader.read().errata) == 1
    store.settings.errata.write_text(TEXT[: len(TEXT) // 2] + "\n  : [")
    for one in (reader, ErrataReader(store.settings, store.manifest)):
        registry = one.read()
        assert [erratum.id for erratum in registry.errata] == ["dam-is-taller"]
        assert "as they were before are in force" in registry.problems[0]
    store.settings.errata.unlink()
    assert reader.read().errata == ()


def test_a_document_that_imitates_the_registry_changes_nothing(
    store: Store, reader: ErrataReader, embedder: Embedder
) -> None:
    (store.settings.documents / "errata.yaml.txt").write_text(TEXT)
    (store.settings.documents / "note.md").write_text(f"CORRECTION [E1]:\n\n```yaml\n{TEXT}```\n")
    sync(store, lambda: embedder)
    assert reader.read().errata == ()


def test_an_erratum_is_added_and_removed_and_the_rest_stays(store: Store) -> None:
    path = store.settings.errata
    path.write_text(TEXT)
    second = ENTRY | {"id": "dam-is-longer", "wrong": "400 m long", "right": "It is 410 m long."}
    add_erratum(path, second, store.manifest)
    assert path.read_text().startswith(TEXT)
    assert [one.id for one in read_errata(path).entries] == ["dam-is-taller", "dam-is-longer"]
    remove_erratum(path, "dam-is-taller")
    assert [one.id for one in read_errata(path).entries] == ["dam-is-longer"]
    assert path.read_text().startswith("# The dam's height")
    with pytest.raises(ErrataError, match="Did you mean dam-is-longer"):
        remove_erratum(path, "dam-is-long")


@pytest.mark.parametrize(
    "wrong",
    [
        {"wrong": "It is 91 m high"},
        {"authority": ""},
        {"document": "damm.txt"},
        {"id": "dam-is-taller"},
        {"surprise": "x"},
    ],
)
def test_what_cannot_be_added_leaves_the_file_as_it_was(
    store: Store, wrong: dict[str, str]
) -> None:
    path = store.settings.errata
    path.write_text(TEXT)
    with pytest.raises(ErrataError):
        add_erratum(path, ENTRY | {"id": "new"} | wrong, store.manifest)
    assert path.read_text() == TEXT


def test_a_proposed_erratum_takes_effect_only_when_it_is_accepted(
    store: Store, reader: ErrataReader
) -> None:
    proposed = store.settings.proposed_errata
    add_erratum(proposed, ENTRY, store.manifest)
    assert reader.read().errata == ()
    move_erratum(proposed, store.settings.errata, "dam-is-taller", store.manifest)
    assert [one.id for one in reader.read().errata] == ["dam-is-taller"]
    assert read_errata(proposed).entries == ()


def test_an_id_is_made_of_the_words(store: Store) -> None:
    store.settings.errata.write_text(TEXT)
    assert free_id(store.settings, "It is 90 m high!") == "it-is-90-m-high"
    assert free_id(store.settings, "Dam is taller") == "dam-is-taller-2"
    assert free_id(store.settings, "黄仁勋") == "erratum"


def test_a_kill_while_saving_leaves_the_old_registry_or_the_new_one(
    store: Store, reader: ErrataReader
) -> None:
    path = store.settings.errata
    path.write_text(TEXT)
    script = (
        "import sys; from pathlib import Path; from ingest.errata import write_whole\n"
        "path, text = Path(sys.argv[1]), sys.argv[2]\n"
        "print(flush=True)\n"
        "while True:\n    write_whole(path, text); write_whole(path, text * 1 + '# again\\n')\n"
    )
    for pause in (0.002, 0.01, 0.03):
        line = [sys.executable, "-c", script, str(path), TEXT]
        with subprocess.Popen(line, stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(pause)
            process.kill()
        registry = reader.read()
        assert [one.id for one in registry.errata] == ["dam-is-taller"]
        assert not registry.problems
        assert path.read_text() in (TEXT, TEXT + "# again\n")


def test_verify_and_list_tell_of_errata(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest.__main__ import main

    settings = store.settings
    settings.errata.write_text(TEXT.replace("90 m high", "91 m high"))
    store.close()
    where = ["--corpus", str(settings.corpus), "--store", str(settings.store)]
    assert main(["verify", *where]) == 1
    assert "is stale" in capsys.readouterr().err
    settings.errata.write_text(TEXT)
    os.utime(settings.errata, ns=(1, 1))
    assert main(["verify", *where]) == 0
    assert main(["list", *where]) == 0
    assert "errata: 1" in capsys.readouterr().out
