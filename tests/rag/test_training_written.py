"""The questions that were written for the reader: every answer stands in its passage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.training.data import Question, Span, repeat_unanswerable
from rag.training.written import SOURCE, written_questions


def test_every_answer_is_where_it_says_and_near_misses_have_none() -> None:
    questions = written_questions()
    assert len(questions) > 1000
    assert len({question.id for question in questions}) == len(questions)
    answered = [question for question in questions if question.spans]
    assert 0.5 < len(answered) / len(questions) < 0.7
    assert all(answer and answer in q.context for q in answered for answer in q.answers)


def test_an_answer_that_its_passage_lacks_is_an_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    row = {"title": "T", "context": "It rained.", "questions": [{"q": "What?", "a": ["snow"]}]}
    file.write_text(json.dumps(row) + "\n")
    with pytest.raises(ValueError, match="snow"):
        written_questions(file)


def test_only_sources_with_few_unanswerable_questions_repeat_them() -> None:
    def question(source: str, number: int, *spans: Span) -> Question:
        return Question(f"{source}{number}", source, "a", "", "Yes.", "?", spans)

    few = [question("few", n, Span(0, 3)) for n in range(9)] + [question("few", 9)]
    many = [question(SOURCE, 0, Span(0, 3)), question(SOURCE, 1)]
    repeated = repeat_unanswerable([*few, *many], 3)
    assert [q.id for q in repeated].count("few9") == 3
    assert [q.id for q in repeated].count(f"{SOURCE}1") == 1
