"""What can go wrong between a question and its answer, each said in words for the asker.

SicError (ingest.errors)
└── RagError
    ├── QuestionError      a question that cannot be asked
    ├── CalculationError   an expression that has no value
    ├── CancelledError     nobody waits for the answer any more
    └── ChatModelError     the chat model cannot be reached, or failed
        └── ModelStoppedError    the embedded model's process ended while it wrote
"""

from ingest.errors import SicError


class RagError(SicError):
    """Anything that keeps a question from being answered."""


class QuestionError(RagError):
    """The question cannot be asked as it is."""


class ChatModelError(RagError):
    """The chat model cannot be reached, or failed."""


class ModelStoppedError(ChatModelError):
    """The embedded model's process ended while it was needed."""


class CalculationError(RagError):
    """An expression has no value, or none that may be worked out."""


class CancelledError(RagError):
    """Nobody waits for the answer any more."""
