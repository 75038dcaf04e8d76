"""Question files: what is malformed is refused line by line, what is wrong is found, and the local
set holds what it promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.check import check_questions
from eval.errors import EvalError
from eval.questions import LOCAL_QUESTIONS, NEAR_MISSES, TYPES, load_questions

ARTICLE = """---
title: Ferry hits pier
---
The ferry hit the pier on Tuesday. Fourteen people were hurt, said Nell Prosser.

Nobody knows why.
"""


def entry(**changes: Any) -> dict[str, Any]:
    """An answerable question that nothing is wrong with, changed as asked."""
    return {
        "id": "q1",
        "story": "ferry",
        "split": "dev",
        "type": "how_many",
        "question": "How many were hurt on the ferry?",
        "answerable": True,
        "answers": [["14", "fourteen"]],
        "derived": False,
        "quotes": [{"article": "pier", "quote": "Fourteen people were hurt, said Nell Prosser."}],
        **changes,
    }


def unanswerable(**changes: Any) -> dict[str, Any]:
    """A question without an answer that nothing is wrong with, changed as asked."""
    silent: dict[str, Any] = {
        "id": "q2",
        "question": "Who built the pier?",
        "type": "who",
        "answerable": False,
        "near_miss": "relation",
        "answers": [],
        "quotes": [],
        "abstention": "The articles do not say who built the pier.",
    }
    return entry(**{**silent, **changes})


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "pier.md").write_text(ARTICLE)
    return folder


def write(folder: Path, *lines: dict[str, Any] | str) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines))
    return path


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("{", "this is not JSON", id="cut off"),
        pytest.param("[1]", "questions.jsonl:2", id="not an object"),
        pytest.param(entry(color="red"), "color: Unexpected", id="unknown field"),
        pytest.param(entry(answers=["14"]), "answers.0", id="a part that is no list"),
        pytest.param(
            entry(answerable="yes"), "answerable: Input should be a valid boolean", id="b"
        ),
        pytest.param(entry(split="train"), "split", id="unknown split"),
        pytest.param(entry(type="which"), "type", id="unknown type"),
        pytest.param(entry(question=" "), "question must not be empty", id="empty question"),
        pytest.param(entry(answers=[]), "needs answers", id="answerable without answers"),
        pytest.param(entry(answers=[[]]), "at least one alias", id="a part without aliases"),
        pytest.param(entry(answers=[["14", " "]]), "an alias is empty", id="empty alias"),
        pytest.param(entry(quotes=[]), "needs quotes", id="answerable without quotes"),
        pytest.param(entry(near_miss="place"), "near_miss and abstention belong", id="near miss"),
        pytest.param(unanswerable(answers=[["14"]]), "has no answers", id="answers of nothing"),
        pytest.param(unanswerable(abstention=None), "needs its abstention", id="no abstention"),
        pytest.param(entry(chain="c1"), "go together", id="half a chain turn"),
        pytest.param(
            entry(chain="c1", turn=0, standalone="x"), "counted from 1, not 0", id="turn 0"
        ),
        pytest.param(
            entry(chain="c1", turn=1, standalone="x"), "the question itself", id="first turn"
        ),
    ],
)
def test_malformed_lines_are_refused_by_number(
    tmp_path: Path, line: dict[str, Any] | str, reason: str
) -> None:
    path = write(tmp_path, entry(), line)
    with pytest.raises(EvalError) as refused:
        load_questions(path)
    assert "questions.jsonl:2: " in str(refused.value)
    assert reason in str(refused.value)


def test_every_malformed_line_is_named_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "{", entry(), "", entry(id="q3", type="which"))
    with pytest.raises(EvalError) as refused:
        load_questions(path)
    assert "questions.jsonl:1: " in str(refused.value)
    assert "questions.jsonl:4: type" in str(refused.value)
    assert "questions.jsonl:2" not in str(refused.value)


def test_files_without_questions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="holds no questions"):
        load_questions(write(tmp_path))
    with pytest.raises(EvalError, match="cannot be read"):
        load_questions(tmp_path / "none.jsonl")


def problems(tmp_path: Path, articles: Path, *lines: dict[str, Any]) -> str:
    """What the checker says, without the types that two lines cannot all have."""
    found = check_questions(write(tmp_path, *lines), articles).problems
    return "\n".join(p for p in found if "has no question of the type" not in p)


def test_nothing_is_wrong_with_good_questions(tmp_path: Path, articles: Path) -> None:
    assert problems(tmp_path, articles, entry(), unanswerable()) == ""


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        pytest.param(
            [entry(quotes=[{"article": "pier", "quote": "Fifteen people were hurt."}])],
            "q1: 'pier' does not say 'Fifteen people were hurt.'",
            id="a quote that is not in its article",
        ),
        pytest.param(
            [entry(quotes=[{"article": "quay", "quote": "x"}])],
            "q1: there is no article 'quay'",
            id="an article that does not exist",
        ),
        pytest.param(
            [entry(answers=[["14"], ["Tuesday"]])],
            "q1: no quote contains ['Tuesday']",
            id="an answer that is in no quote",
        ),
        pytest.param(
            [entry(), entry(question="Who?")], "q1: the id is used 2 times", id="an id used twice"
        ),
        pytest.param(
            [entry(), entry(id="q3", question="how many WERE hurt on the ferry")],
            "q3: it asks the same as q1",
            id="a question asked twice",
        ),
        pytest.param(
            [entry(), unanswerable(split="test")],
            "the story 'ferry' is in several splits: dev, test",
            id="a story in two splits",
        ),
        pytest.param(
            [entry(), entry(id="q3", question="Who?", story="other", split="test")],
            "the article 'pier' is in several splits",
            id="an article in two splits",
        ),
        pytest.param(
            [entry(chain="c", turn=2, standalone="Which ferry?", question="Which?")],
            "the chain 'c' has the turns [2]",
            id="a chain without its first turn",
        ),
    ],
)
def test_what_is_wrong_is_found(
    tmp_path: Path, articles: Path, lines: list[dict[str, Any]], problem: str
) -> None:
    assert problem in problems(tmp_path, articles, *lines)


def test_a_derived_answer_need_not_stand_in_a_quote(tmp_path: Path, articles: Path) -> None:
    assert problems(tmp_path, articles, entry(answers=[["twice seven"]], derived=True)) == ""


def test_missing_types_are_named(tmp_path: Path, articles: Path) -> None:
    report = check_questions(write(tmp_path, entry()), articles)
    assert "the dev split has no question of the type 'who'" in report.problems
    assert not any("'how_many'" in problem for problem in report.problems)


def test_the_local_set_holds_what_it_promises(capsys: pytest.CaptureFixture[str]) -> None:
    report = check_questions(LOCAL_QUESTIONS)
    with capsys.disabled():
        print(f"\n{report.table()}")
    assert report.problems == ()
    questions = report.questions
    assert len(questions) >= 300
    assert {question.type for question in questions} == set(TYPES)
    assert {q.split for q in questions if q.story == "iskp"} == {"dev"}
    unanswered = [question for question in questions if not question.answerable]
    near = [question for question in unanswered if question.near_miss]
    assert len(unanswered) >= 90
    assert len(near) >= len(unanswered) * 2 / 3
    assert {question.near_miss for question in near} == set(NEAR_MISSES)
    assert sum(question.turn == 3 for question in questions) >= 30
