"""A BERT as a module of sentence-transformers that OpenVINO runs, compiled for the processor."""

import sys
import warnings
from pathlib import Path
from shutil import copytree
from threading import Lock
from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers.base.modules import InputModule

# OpenVINO reports its import to an analytics service through this package, unless there is none.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
import openvino  # noqa: E402
from openvino.frontend import FrontEndManager  # noqa: E402
from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder  # noqa: E402

if TYPE_CHECKING:
    from transformers import BertModel

NETWORK = "bert.xml"


class CompiledBert(InputModule):
    """The first module of a SentenceTransformer: texts to one vector a token."""

    def __init__(self, folder: Path) -> None:
        """Compile what `save_network` and the tokenizer saved in `folder`."""
        from transformers import PreTrainedTokenizerFast

        super().__init__()  # type: ignore[no-untyped-call]
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        self.tokenizer = self._tokenize = tokenizer
        self.max_seq_length = int(tokenizer.model_max_length)
        self._folder = folder
        self._one_at_a_time = Lock()
        # It takes bfloat16 by itself where the processor has it; latency means all cores for one.
        self._network = openvino.Core().compile_model(
            folder / NETWORK, "CPU", {"PERFORMANCE_HINT": "LATENCY"}
        )

    def preprocess(
        self, inputs: Any, prompt: str | None = None, **_options: Any
    ) -> dict[str, torch.Tensor]:
        """Return token ids and attention mask, both (texts, most tokens of a text)."""
        texts = [f"{prompt or ''}{text}" for text in inputs]
        encoded = self._tokenize(
            texts,
            padding=True,
            truncation=True,
            max_length=self.max_seq_length,
            return_tensors="pt",
        )
        return {name: encoded[name] for name in ("input_ids", "attention_mask")}

    def forward(self, features: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Add the token vectors, float32, shape (texts, tokens, dimension)."""
        inputs = [features[name].numpy() for name in ("input_ids", "attention_mask")]
        with self._one_at_a_time:
            vectors = self._network(inputs)[0]
        return {**features, "token_embeddings": torch.from_numpy(vectors)}

    def save(self, output_path: str, *_arguments: Any, **_options: Any) -> None:
        """Copy the folder that the module was made from."""
        copytree(self._folder, output_path, dirs_exist_ok=True)


def save_network(bert: "BertModel", folder: Path) -> None:
    """Write `bert` for OpenVINO, weights in 16 bits, any number of texts and tokens."""
    bert.set_attn_implementation("eager")
    example = (torch.tensor([[0, 5, 2], [0, 2, 1]]), torch.tensor([[1, 1, 1], [1, 1, 0]]))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing; the test compares with the model itself
        traced = torch.jit.trace(  # type: ignore[no-untyped-call]
            _TokenVectors(bert), example, check_trace=False
        )
    frontend = FrontEndManager().load_by_framework("pytorch")
    decoder = TorchScriptPythonDecoder(traced, example_input=example)
    openvino.save_model(frontend.convert(frontend.load(decoder)), folder / NETWORK)


class _TokenVectors(torch.nn.Module):
    def __init__(self, bert: "BertModel") -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        return self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
