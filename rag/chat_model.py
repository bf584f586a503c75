"""Settings -> a LangChain chat model: the embedded one, or any that `init_chat_model` knows.

The one place that knows how a provider's failures look.
"""

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from ingest.errors import SettingsError
from rag.cancel import cuttable_client, require_wanted
from rag.errors import ChatModelError, ModelStoppedError
from rag.local_model import NAME, LocalModel
from rag.prompt_states import SLOT
from rag.settings import RagSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage

LOCAL = "local"
SHORT_REPLY_TOKENS = 120


class ChatModel:
    """The chat model of the settings. `connect` before each use: the embedded one may restart."""

    def __init__(self, settings: RagSettings) -> None:
        """Check the settings; a hosted model's client is made here. Raises SettingsError."""
        self.settings = settings
        self.is_local = settings.chat_model == LOCAL
        self.name = NAME if self.is_local else settings.chat_model
        self._local = LocalModel() if self.is_local else None
        self._lock = threading.Lock()
        self._address = ""
        self._takes_tools = True
        self._model: BaseChatModel | None = None if self.is_local else _hosted_model(settings)

    @property
    def pid(self) -> int | None:
        """The process id of the embedded model, while it runs."""
        return self._local.pid if self._local else None

    def connect(self) -> "BaseChatModel":
        """Return the model, ready to be asked. Starts the embedded one if it is not running."""
        with self._lock:
            if self._local is not None:
                address = self._local.address()
                if self._model is None or address != self._address:
                    from rag.prompts import rehearsals

                    self._address = address
                    self._model = _local_client(address, self._local.key, self.settings)
                    self._local.recall(rehearsals())
            assert self._model is not None
            return self._model

    def warm_up(self) -> None:
        """Start the embedded model and let it read what every prompt begins with."""
        if self.is_local:
            from rag.prompts import warm_up_messages

            for _ in self.write(warm_up_messages(), 1):
                pass

    def rehearse(self) -> Iterator[int]:
        """Let the embedded model read the examples of its prompts; yield how many of them it has.

        They are hundreds of tokens each, which the first question of a kind need not wait for. They
        are kept for the runs that follow.
        """
        if self._local is None:
            return
        from rag.prompts import rehearsals

        for number, messages in enumerate(rehearsals(), 1):
            if not self._local.states.has(messages):
                with self._explained():
                    slot = {"id_slot": SLOT}
                    reply = self.connect().invoke(messages, max_tokens=1, extra_body=slot)
                    assert reply.usage_metadata
                    self._local.keep(messages, reply.usage_metadata["input_tokens"])
            yield number

    def close(self) -> None:
        """End the embedded model's process."""
        if self._local is not None:
            self._local.stop()

    def write(
        self, messages: "Sequence[BaseMessage]", most_tokens: int, grammar: str | None = None
    ) -> Iterator[str]:
        """Yield the reply's text as it comes. Raises ChatModelError.

        `most_tokens` and `grammar` (llama.cpp's GBNF) bind the embedded model; a hosted one, which
        may spend tokens on thinking first, has its provider's limits. Closing the iterator stops
        the model.
        """
        options: dict[str, Any] = {}
        if self.is_local:
            options["max_tokens"] = most_tokens
            if grammar:
                options["extra_body"] = {"grammar": grammar}
        with self._explained():
            for chunk in self.connect().stream(list(messages), **options):
                if text := chunk.text:
                    yield text

    def reply(self, messages: "Sequence[BaseMessage]") -> str:
        """Return the first line of a short reply, without quotation marks around it."""
        reply = "".join(self.write(messages, SHORT_REPLY_TOKENS))
        return reply.strip().split("\n")[0].strip('"“”「」 ')

    def converse(
        self, messages: "Sequence[BaseMessage]", tools: Sequence[dict[str, Any]]
    ) -> "Generator[str, None, AIMessageChunk | None]":
        """Yield a hosted model's text as it comes, and return its reply, with its calls of tools.

        A provider that takes no tools is asked without. Raises ChatModelError.
        """
        whole: AIMessageChunk | None = None
        try:
            with self._explained():
                model = self.connect()
                asked = model.bind_tools(tools) if tools and self._takes_tools else model
                for chunk in cast("Iterator[AIMessageChunk]", asked.stream(list(messages))):
                    whole = chunk if whole is None else whole + chunk
                    if text := chunk.text:
                        yield text
        except (ChatModelError, NotImplementedError):
            if whole is not None or not tools or not self._takes_tools:
                raise
            whole = yield from self.converse(messages, [])
            self._takes_tools = False
        return whole

    def weigh(self, messages: "Sequence[BaseMessage]", words: Sequence[str]) -> list[float]:
        """Return how likely each of some words is to come next, of the embedded model; sum 1.

        A word's first token stands for it, so no two may begin alike.
        """
        mass = self._weigh_first(messages, words)
        return [one / sum(mass) for one in mass]

    def weigh_one(self, messages: "Sequence[BaseMessage]", word: str) -> float:
        """Return how likely a word is to come next, among all, of the embedded model."""
        return self._weigh_first(messages, [word])[0]

    def _weigh_first(self, messages: "Sequence[BaseMessage]", words: Sequence[str]) -> list[float]:
        from math import exp

        with self._explained():
            reply = self.connect().invoke(
                list(messages), max_tokens=1, logprobs=True, top_logprobs=20
            )
        tops = reply.response_metadata["logprobs"]["content"][0]["top_logprobs"]
        mass = dict.fromkeys(words, 1e-9)
        for top in tops:
            piece = top["token"].strip().lower()
            for word in words:
                if word.lower().startswith(piece) and len(piece) >= min(2, len(word)):
                    mass[word] += exp(top["logprob"])
        return list(mass.values())

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn a provider's failures into a sentence for the asker."""
        import httpx
        from langchain_core.exceptions import LangChainException
        from openai import OpenAIError

        require_wanted()
        try:
            yield
        except (LangChainException, OpenAIError, httpx.HTTPError, ConnectionError) as error:
            require_wanted()
            if self._local and (how := self._local.why_stopped()):
                raise ModelStoppedError(
                    f"The language model's process stopped while it worked ({how}). It starts "
                    "again with the next question: please ask again."
                ) from error
            reason = str(error).strip().split("\n")[0][:300]
            raise ChatModelError(f"The chat model {self.name} failed: {reason}") from error


def _local_client(address: str, key: str, settings: RagSettings) -> "BaseChatModel":
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    return ChatOpenAI(
        model=NAME,
        base_url=address + "/v1",
        api_key=SecretStr(key),
        temperature=0,
        timeout=settings.timeout_seconds,
        max_retries=0,
        stream_usage=True,
        http_client=cuttable_client(),
    )


def _hosted_model(settings: RagSettings) -> "BaseChatModel":
    from langchain.chat_models import init_chat_model
    from langchain_core.exceptions import LangChainException
    from openai import OpenAIError

    options: dict[str, Any] = {"timeout": settings.timeout_seconds}
    if settings.chat_base_url:
        options |= {"base_url": settings.chat_base_url, "stream_usage": True}
    try:
        model: BaseChatModel = init_chat_model(settings.chat_model, **options)
    except (ValueError, ImportError, LangChainException, OpenAIError) as error:
        reason = str(error).strip().split("\n")[0][:300]
        raise SettingsError(
            f"SIC_CHAT_MODEL is {settings.chat_model!r}, which cannot be used: {reason} Give "
            "'local', or a provider and a model such as 'openai:gpt-5-mini' with the provider's "
            "key and package."
        ) from error
    return model
