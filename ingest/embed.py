"""Text to vectors, with a sentence-transformers model: the embedded one or any other."""

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

from ingest.errors import SettingsError, WeightsError
from ingest.local_embedding import FILE, HUB_NAME, PACKAGE, PROMPTS, load_local_embedding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

BATCH = 8
COUNTED_AT_ONCE = 2000
LOCAL = "local"


class Embedder:
    """A loaded embedding model. Loading takes seconds; share one."""

    def __init__(self, name: str) -> None:
        """Load the model `name`. Raises SettingsError or WeightsError."""
        self.name = name
        self._model = _load(name)
        # Counting goes on in one thread while another embeds, which changes a tokenizer's settings.
        self._tokenizer = deepcopy(self._model.tokenizer)
        self.dimension = self._model.get_embedding_dimension() or 0
        self.max_tokens = int(self._model.max_seq_length or 512)

    def embed_documents(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return one vector of length 1 a text, shape (texts, dimension)."""
        return _to_length_one(
            self._model.encode_document(list(texts), batch_size=BATCH, show_progress_bar=False)
        )

    def embed_query(self, text: str) -> "NDArray[np.float32]":
        """Return the vector of a question, length 1, shape (dimension,)."""
        return _to_length_one(self._model.encode_query(text, show_progress_bar=False))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens, without the marks that begin and end an input."""
        counts: list[int] = []
        for at in range(0, len(texts), COUNTED_AT_ONCE):
            part = list(texts[at : at + COUNTED_AT_ONCE])
            encodings = self._tokenizer(part, add_special_tokens=False, verbose=False)
            counts += [len(ids) for ids in encodings["input_ids"]]
        return counts


def _load(name: str) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if name != LOCAL:
        try:
            return SentenceTransformer(name)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"SIC_EMBEDDING_MODEL is {name!r}, but no sentence-transformers model could be "
                f"loaded from there ({_first_line(error)}). Give a folder or a model's name, "
                f"or leave it out for the embedded model."
            ) from error
    if model := load_local_embedding():
        return model
    try:
        return SentenceTransformer(HUB_NAME, prompts=PROMPTS, device="cpu")
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"The embedded embedding model is not there: neither {FILE} of the package {PACKAGE} "
            f"nor {HUB_NAME} on the model hub could be had ({_first_line(error)}). "
            "Run `make setup`, or set SIC_EMBEDDING_MODEL to a model you have."
        ) from error


def _to_length_one(vectors: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Scale vectors in float32, whatever type the model worked in."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True).clip(min=1e-12)
    scaled: NDArray[np.float32] = vectors / lengths
    return scaled


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200]
