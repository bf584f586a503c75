"""Conversations are kept whole, by user."""

import json
import sqlite3
from pathlib import Path

import pytest

from ingest.errors import StoreError
from tests.evals.scripted import cite, make_answer
from ui.conversations import Conversations, as_json, as_markdown

FIRST = make_answer(("It is 120 m high.", cite(1, "The dam is 120 metres high.")), question="How?")
SECOND = make_answer(question="大坝是谁建的？", language="zh")


@pytest.fixture
def kept(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path)


def test_turns_come_back_as_they_were_said(kept: Conversations) -> None:
    id_ = kept.keep("ann", "", 0, FIRST)
    assert kept.keep("ann", id_, 1, SECOND) == id_
    assert kept.answers("ann", id_) == [FIRST, SECOND]
    assert [one.title for one in kept.find("ann")] == ["How?"]


def test_a_question_that_was_edited_takes_the_place_of_all_after_it(kept: Conversations) -> None:
    id_ = kept.keep("ann", "", 0, FIRST)
    kept.keep("ann", id_, 1, SECOND)
    kept.keep("ann", id_, 0, SECOND)
    assert kept.answers("ann", id_) == [SECOND]


def test_a_turn_that_failed_moves_no_other(kept: Conversations) -> None:
    id_ = kept.keep("ann", "", 1, FIRST)
    kept.keep("ann", id_, 3, SECOND)
    assert list(kept.turns("ann", id_)) == [1, 3]
    kept.close_gaps("bob", id_)
    assert list(kept.turns("ann", id_)) == [1, 3]
    kept.close_gaps("ann", id_)
    assert kept.turns("ann", id_) == {0: FIRST, 1: SECOND}
    kept.keep("ann", id_, 2, FIRST)
    assert kept.answers("ann", id_) == [FIRST, SECOND, FIRST]


def test_the_id_of_anothers_conversation_opens_nothing(kept: Conversations) -> None:
    id_ = kept.keep("ann", "", 0, FIRST)
    assert kept.answers("bob", id_) == []
    assert not kept.rename("bob", id_, "mine")
    assert not kept.delete("bob", id_)
    other = kept.keep("bob", id_, 0, SECOND)
    assert other != id_
    assert kept.answers("ann", id_) == [FIRST]
    assert [one.id for one in kept.find("bob")] == [other]


def test_they_are_found_by_words_of_question_answer_or_title(kept: Conversations) -> None:
    id_ = kept.keep("ann", "", 0, FIRST)
    other = kept.keep("ann", "", 0, SECOND)
    assert [one.id for one in kept.find("ann", "120 M")] == [id_]
    assert [one.id for one in kept.find("ann", "大坝")] == [other]
    assert kept.rename("ann", id_, "  100 %   sure ")
    assert [one.title for one in kept.find("ann", "100 %")] == ["100 % sure"]
    assert kept.find("ann", "_2_ m") == []
    assert not kept.rename("ann", id_, " ")


def test_what_is_deleted_is_gone(kept: Conversations) -> None:
    id_ = kept.keep("ann", "", 0, FIRST)
    assert kept.delete("ann", id_)
    with sqlite3.connect(kept.path) as db:
        assert db.execute("SELECT count(*) FROM turns").fetchone() == (0,)
    db.close()
    assert kept.keep("ann", id_, 3, SECOND) != id_


def test_a_file_of_another_version_is_named(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "conversations.db") as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(StoreError, match="another version"):
        Conversations(tmp_path)


def test_an_export_has_the_sources_and_no_markup_of_others() -> None:
    hostile = make_answer(
        ("<b>It</b> [x](http://evil)", cite(1, "The dam is 120 metres high.")), question="# *Q*?"
    )
    told = as_markdown("A <title>", [hostile, SECOND])
    assert told.startswith("# A \\<title\\>\n\n## \\# \\*Q\\*?\n\n\\<b\\>It")
    assert "- \\[1\\] dam.txt, dam.txt: “The dam is 120 metres high.”" in told
    assert "[x](" not in told
    assert json.loads(as_json("t", [FIRST]))["answers"][0]["question"] == "How?"
