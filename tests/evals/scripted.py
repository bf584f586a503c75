"""A scripted product: answers written by hand over two documents, for tests of the measuring."""

from collections.abc import Mapping
from pathlib import Path

from evals.run import Subject
from evals.schema import Case, Expect, Suite
from ingest.schema import Document
from rag.schema import Answer, Citation, Passage, Question, Sentence

TEXT = (
    "The dam is 120 metres high. It was built in 1931 by Ada Quill. It yields 5.2 GWh a year.\n\n"
    "大坝高120米。"
)
OTHER = "The mill grinds 3 tons of flour a day. Its owner is Bo Tran."
DOCUMENTS = {
    "dam.txt": Document("dam.txt", TEXT, "1"),
    "mill.txt": Document("mill.txt", OTHER, "2"),
}


def cite(number: int, quote: str, name: str = "dam.txt") -> Citation:
    start = DOCUMENTS[name].text.index(quote)
    return Citation(number, name, name, None, start, start + len(quote), quote)


def passage(number: int, quote: str, name: str = "dam.txt") -> Passage:
    start = DOCUMENTS[name].text.index(quote)
    return Passage(number, name, name, None, start, start + len(quote), quote, (), 0.9)


def make_answer(*parts: tuple[str, Citation], question: str = "?", language: str = "en") -> Answer:
    """Return an answer of sentences with one citation each; without any, an abstention."""
    sentences = tuple(Sentence(text, (citation.number,), verified=True) for text, citation in parts)
    citations = tuple({citation.number: citation for _, citation in parts}.values())
    text = " ".join(f"{s.text} [{s.citations[0]}]" for s in sentences)
    return Answer(
        question=question,
        query=question,
        language="zh" if language == "zh" else "en",
        text=text or "The documents do not answer this.",
        sentences=sentences,
        citations=citations,
        abstained=not sentences,
        passages=tuple(passage(c.number, c.quote, c.document) for c in citations),
        timings={"total_ms": 1},
        model="scripted",
    )


HEIGHT = make_answer(("The dam is 120 metres high.", cite(1, "The dam is 120 metres high.")))


def make_case(
    id_: str = "height", question: str = "How high is the dam?", **expect: object
) -> Case:
    expected = expect or {"value": {"number": 120, "unit": "m"}}
    return Case(id=id_, question=question, expect=Expect.model_validate(expected))


def make_suite(*cases: Case, **fields: object) -> Suite:
    return Suite.model_validate({"name": "dams", **fields, "cases": cases or (make_case(),)})


class ScriptedSubject:
    """Answers by question; what is an exception is raised, and every asking is counted."""

    def __init__(self, answers: Mapping[str, object], default: object = HEIGHT) -> None:
        self.answers = answers
        self.default = default
        self.asked: list[str] = []

    def ask(self, question: Question) -> Answer:
        self.asked.append(question.text)
        answer = self.answers.get(question.text, self.default)
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer()  # type: ignore[no-any-return]
        return answer  # type: ignore[return-value]

    def subject(self, **circumstances: object) -> Subject:
        return Subject(self.ask, DOCUMENTS, {"corpus": "dams", **circumstances})


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
