"""The trade-off of abstention: what examiner and finder think of right and wrong sentences.

    python -m tests.rag.opinions DATA --count 40 --seed 12

DATA is a folder with `xquad/` and `nomiracl/` as they are published. A right pair is a question and
the sentence of its paragraph that has the answer; a wrong one the same question and the sentence
most like it of those that have not, or a question of NoMIRACL that no passage answers and the
sentence most like it. Printed, for each least likelihood, are the share of right pairs lost and of
wrong ones taken, with 95 % intervals. Some wrong pairs do answer: what is taken is an upper bound.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.importers.nomiracl import import_nomiracl
from evals.statistics import estimate
from ingest.embed import Embedder
from ingest.settings import load_environment
from ingest.split import split_sentences
from rag.chat_model import ChatModel
from rag.judge import LEAST_RIGHT, mean_likelihood
from rag.prompts import NOT_THERE, examine_messages, find_messages
from rag.settings import RagSettings

SHORTEST = 25
"""Characters of a sentence, under which it is no candidate."""
THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 2 / 3, 0.7, 0.75, 0.8)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a sentence that answers it, or does not."""

    source: str
    question: str
    sentence: str
    right: bool


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the two think of a pair."""

    pair: Pair
    examiner: float
    finder: float

    @property
    def together(self) -> float:
        """The likelihood that the product decides on."""
        if self.examiner < LEAST_RIGHT:
            return self.examiner
        return mean_likelihood(self.examiner, self.finder)


def choose_pairs(data: Path, count: int, seed: int, embedder: Embedder) -> Iterator[Pair]:
    """Yield pairs of `count` paragraphs of each language of XQuAD and `count` of NoMIRACL."""
    chance = random.Random(seed)
    for path in sorted(data.glob("xquad/*.json")):
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
        paragraphs = [one for article in articles for one in article["paragraphs"]]
        for paragraph in chance.sample(paragraphs, count):
            asked = chance.choice(paragraph["qas"])
            having, others = divide(paragraph["context"], asked["answers"][0])
            for sentence in having:
                yield Pair(path.stem, asked["question"], sentence, right=True)
            for sentence in nearest(asked["question"], others, embedder):
                yield Pair(path.stem, asked["question"], sentence, right=False)
    for imported in import_nomiracl(data / "nomiracl"):
        unanswered = [case for case in imported.cases if case["tags"] == ["non_relevant"]]
        for case in chance.sample(unanswered, count):
            texts = [imported.documents[name] for name in case["documents"]]
            sentences = [text[start:end] for text in texts for start, end in split_sentences(text)]
            for sentence in nearest(case["question"], sentences, embedder):
                yield Pair(imported.name, case["question"], sentence, right=False)


def divide(text: str, answer: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the sentence in which an answer of XQuAD stands, and those that lack its words."""
    having, others = [], []
    for start, end in split_sentences(text):
        if start <= answer["answer_start"] < end:
            having.append(text[start:end])
        elif answer["text"] not in text[start:end]:
            others.append(text[start:end])
    return having, others


def nearest(question: str, sentences: Sequence[str], embedder: Embedder) -> list[str]:
    """Return the sentence most like a question, if any is long enough."""
    sentences = [sentence for sentence in sentences if len(sentence) >= SHORTEST]
    if not sentences:
        return []
    likeness = embedder.embed_documents(sentences) @ embedder.embed_query(question)
    return [sentences[int(likeness.argmax())]]


def weigh(pair: Pair, chat_model: ChatModel) -> Opinion:
    """Ask examiner and finder of a pair, as the product does of a sentence that says its words."""
    examined = examine_messages(pair.question, pair.sentence, pair.sentence)
    yes, _ = chat_model.weigh(examined, ("yes", "no"))
    missing = chat_model.weigh_one(find_messages(pair.question, pair.sentence), NOT_THERE)
    return Opinion(pair, yes, 1 - missing)


def show(name: str, values: Sequence[bool]) -> str:
    """Return a share with its interval."""
    share = estimate(name, [float(value) for value in values])
    return "none" if share is None else f"{share.value:.3f} [{share.low:.2f}, {share.high:.2f}]"


def main() -> int:
    """Print the trade-off, over all pairs and by source."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--keep", type=Path, help="write the opinions there, as JSON lines")
    options = parser.parse_args()
    load_environment()
    pairs = list(choose_pairs(options.data, options.count, options.seed, Embedder("local")))
    chat_model = ChatModel(RagSettings())
    opinions = [weigh(pair, chat_model) for pair in pairs]
    chat_model.close()
    if options.keep:
        lines = (json.dumps(asdict(opinion), ensure_ascii=False) for opinion in opinions)
        options.keep.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for source in (None, *sorted({pair.source for pair in pairs})):
        chosen = [one for one in opinions if source in (None, one.pair.source)]
        print(source or "all", len(chosen))
        for least in THRESHOLDS:
            lost = [one.together < least for one in chosen if one.pair.right]
            taken = [one.together >= least for one in chosen if not one.pair.right]
            print(f"  {least:.2f}  lost {show('lost', lost)}  taken {show('taken', taken)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
