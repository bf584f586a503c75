"""Requests for summaries, lists and comparisons are told apart, and named documents found."""

import pytest

from ingest.manifest import Entry, FileStamp
from rag.task import Task, find_named, find_task


@pytest.mark.parametrize(
    ("question", "task"),
    [
        ("Summarise this document.", Task("summary")),
        ("What are the two documents about?", Task("summary")),
        ("What is different between the two documents?", Task("summary")),
        ("总结这两份文档", Task("summary")),
        ("Summarise the water use of data centres", Task("list")),
        ("What do the documents say about BLOOM?", Task("topic", ("BLOOM",))),
        ("Tell me about the Three Gorges Dam.", Task("topic", ("the Three Gorges Dam",))),
        ("文档中关于GPT-3是怎么说的？", Task("topic", ("GPT-3",))),
        ("关于图像生成，文档说了什么？", Task("topic", ("图像生成",))),
        ("What does the paper say about how much it costs to train and to run?", Task("answer")),
        ("List all models whose training energy is given", Task("list")),
        ("列出所有模型", Task("list")),
        ("Compare Alpha with Beta in terms of cost", Task("comparison", ("Alpha", "Beta"))),
        ("How do cats and dogs differ?", Task("comparison", ("cats", "dogs"))),
        ("比较甲和乙的排放", Task("comparison", ("甲", "乙"))),
        ("What do the documents disagree about?", Task("disagreement")),
        ("Do these reports contradict each other?", Task("disagreement")),
        ("Are there contradictions between the sources?", Task("disagreement")),
        ("这些文档之间有哪些矛盾？", Task("disagreement")),
        ("What does the document say about armed conflicts?", Task("topic", ("armed conflicts",))),
        ("Tell me about the main findings of the report", Task("summary")),
        (
            "Tell me about the differences between A100 and H100",
            Task("comparison", ("A100", "H100")),
        ),
        ("Tell me about this document", Task("answer")),
        ("What do the documents say about how it works?", Task("answer")),
        ("Is the new toll good or bad for the town?", Task("verdict")),
        ("Are the emissions of ferries high or low?", Task("verdict")),
        ("Is the study reliable?", Task("verdict")),
        ("Does a heat pump make heating cheaper or more expensive?", Task("verdict")),
        ("大坝对环境是好还是坏？", Task("verdict")),
        ("渡轮环保不环保？", Task("verdict")),
        ("过桥费高吗？", Task("verdict")),
        ("Is the dam 120 m high?", Task("answer")),
        ("大坝有120米高吗？", Task("answer")),
        ("How high or low is the toll?", Task("answer")),
        ("Is it open to cars or to buses?", Task("answer")),
        ("What caused the conflict?", Task("answer")),
        ("How much energy did training take?", Task("answer")),
        ("What are the main findings on water?", Task("answer")),
        ("What is the list price of Alder?", Task("answer")),
    ],
)
def test_what_a_question_wants(question: str, task: Task) -> None:
    assert find_task(question) == task


def test_a_named_document_is_not_a_topic() -> None:
    assert find_task("Summarise hansen-2021", ["hansen-2021"]) == Task("summary")
    assert find_task("Summarise hansen-2021") == Task("list")


def entry(name: str, title: str, date: str | None = None, error: str | None = None) -> Entry:
    return Entry(name, title, error, 1, 0, "", None, date, FileStamp(0, 0, 0, 0))


ENTRIES = {
    one.name: one
    for one in [
        entry("hansen-2021.pdf", "Tides"),
        entry("b.txt", "The Harbour of Skerrow", "2024-03-01"),
        entry("notes.txt", "Notes", "2023"),
        entry("d.txt", "港口灯塔年报"),
        entry("gpt-3.txt", "GPT-3"),
        entry("c-9.txt", "c-9.txt", error="It is empty."),
    ]
}


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What does hansen-2021 say of tides?", ["hansen-2021.pdf"]),
        ("What is in notes.txt?", ["notes.txt"]),
        ("Who wrote “The Harbour of Skerrow”?", ["b.txt"]),
        ("According to the 2024 annual report, who paid?", ["b.txt"]),
        ("2023年的报告说了什么？", ["notes.txt"]),
        ("《港口灯塔年报》说了什么？", ["d.txt"]),
        ("What does the harbour of Skerrow cost?", []),
        ("Who keeps gpt-3?", []),
        ("What happened in 2024?", []),
        ("Which notes on tides are there in c-9?", []),
    ],
)
def test_a_question_names_documents_by_file_title_or_year(question: str, named: list[str]) -> None:
    assert list(find_named(question, ENTRIES)) == named
