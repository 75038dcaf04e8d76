"""RealTimeQA: questions over all articles, answered freely, by choice, or by none of the above."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.benchmark import Asked, Benchmark
from eval.benchmarks import load_benchmark
from eval.benchmarks.realtimeqa import best_supported
from eval.errors import EvalError, MalformedFile
from eval.system import Found, Reply

ARTICLES = [
    {
        "id": "a1",
        "url": "https://harbour.example/1",
        "title": "Ferry",
        "publish_date": "2024/05/14",
        "text": "Fourteen were hurt.",
    },
    {"id": 2, "url": "", "title": None, "publish_date": "yesterday", "text": "The pier is old."},
    {"id": "a3", "text": " "},
]
QUESTION: dict[str, Any] = {
    "id": "q1",
    "question": "How many were hurt?",
    "date": "2024/05/17",
    "choices": ["Twelve", "Fourteen", "Forty", "Seven"],
    "answer": ["1"],
    "docs": ["a1", "2"],
    "answer_docs": ["a1"],
}
CHOICES = ["Russia", "Russia and China", "The United States", "Peru"]


def load(tmp_path: Path, mode: str = "", *changes: dict[str, Any]) -> Benchmark:
    for name, entries in (
        ("questions", [{**QUESTION, **change} for change in changes or ({},)]),
        ("articles", ARTICLES),
    ):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(e) + "\n" for e in entries))
    return load_benchmark("realtimeqa" + mode, tmp_path)


def answer(text: str, short: str | None = None) -> Reply:
    return Reply(text, True, short=short)


def test_all_articles_are_the_library(tmp_path: Path) -> None:
    benchmark = load(tmp_path)
    assert list(benchmark.articles) == ["a1", "2"]
    ferry, pier = benchmark.articles.values()
    assert (ferry.title, ferry.published, ferry.url) == (
        "Ferry",
        "2024-05-14",
        "https://harbour.example/1",
    )
    assert (pier.title, pier.published, pier.url) == (None, None, None)
    assert "1 empty articles are left out." in benchmark.notes
    assert benchmark.library_name == load(tmp_path, "-nota").library_name


def test_a_free_answer_contains_the_right_choice(tmp_path: Path) -> None:
    benchmark = load(tmp_path)
    (item,) = benchmark.items
    assert (item.question, item.cluster, item.tags) == ("How many were hurt?", "a1", ("2024-05",))
    assert item.context is None
    right = Asked(answer("14 were hurt. [1]"), (Found("2", 0, 3), Found("a1", 0, 3)))
    scores = benchmark.score(item, right, benchmark.articles, cites=True)
    assert (scores["right"], scores["article_recall@1"], scores["article_recall@3"]) == (1, 0, 1)
    assert benchmark.score(item, Asked(answer("Seven.")), {}, cites=True)["right"] == 0


@pytest.mark.parametrize(
    ("given", "choices", "texts"),
    [
        (["1"], QUESTION["choices"], ("Fourteen",)),
        ("1", QUESTION["choices"], ("Fourteen",)),
        (1, QUESTION["choices"], ("Fourteen",)),
        ([1, "3"], QUESTION["choices"], ("Fourteen", "Seven")),
        ("fourteen ", QUESTION["choices"], ("Fourteen",)),
        (["Fourteen", "14 people"], QUESTION["choices"], ("Fourteen", "14 people")),
        (["14 people"], [], ("14 people",)),
        ("1", ["2", "1", "0"], ("1",)),
        ("2", ["2", "1", "0"], ("0",)),
        ("7", ["3", "7", "9"], ("7",)),
    ],
    ids=str,
)
def test_answers_are_numbers_of_choices_or_texts(
    tmp_path: Path, given: object, choices: list[str], texts: tuple[str, ...]
) -> None:
    (item,) = load(tmp_path, "", {"answer": given, "choices": choices}).items
    assert item.gold.parts == (texts,)


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        (answer("It was Peru, not the United States.", "Peru"), 3),
        (answer("The States united.", "United States"), 2),
        (answer("Talks with Russia and China failed."), 1),
        (answer("Talks with Russia failed."), 0),
        (answer("Peru and Russia met."), None),
        (answer("The states met."), 2),
        (answer("Nobody met."), None),
        (Reply("They do not say.", False, unsaid=answer("Peru.")), 3),
        (Reply("They do not say.", False), None),
        (None, None),
    ],
    ids=[
        "short first",
        "short is part of a choice",
        "the longer of two",
        "the shorter alone",
        "two are none",
        "some of its words",
        "no word",
        "held back",
        "nothing held back",
        "failed",
    ],
)
def test_the_best_supported_choice(reply: Reply | None, number: int | None) -> None:
    assert best_supported(CHOICES, reply) == number


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        (answer("Peru."), 3),
        (answer("The states met."), 2),
        (answer("Peru, and none of the above."), 3),
        (Reply("They do not say.", False, unsaid=answer("Peru.")), 2),
        (Reply("They do not say.", False), 2),
        (None, None),
    ],
    ids=[
        "another",
        "some words are no support",
        "its own words are no support",
        "silent",
        "nothing held back",
        "failed",
    ],
)
def test_none_of_the_above_is_for_what_supports_no_other(
    reply: Reply | None, number: int | None
) -> None:
    choices = [*CHOICES[:2], "None of the above.", "Peru"]
    assert best_supported(choices, reply) == number


def test_a_choice_is_scored_by_its_number(tmp_path: Path) -> None:
    benchmark = load(tmp_path, "-choice")
    (item,) = benchmark.items
    asked = [answer("Fourteen. Not seven.", "14"), answer("Seven of 14.", "seven"), None]
    scores = [benchmark.score(item, Asked(a), {}, cites=True)["right"] for a in asked]
    assert scores == [1, 0, 0]
    assert item.gold.reference == "choices: Twelve / Fourteen / Forty / Seven"


def test_nota_replaces_one_choice_of_each_question(tmp_path: Path) -> None:
    changes = [{"id": number} for number in range(200)]
    benchmark = load(tmp_path, "-nota", *changes)
    silent = Asked(Reply("They do not say.", False))
    replaced = 0
    for item in benchmark.items:
        choices = (item.gold.reference or "").removeprefix("choices: ").split(" / ")
        assert choices.count("none of the above") == 1
        is_gone = "Fourteen" not in choices
        assert item.type == ("none of the above" if is_gone else "one of the choices")
        known = benchmark.score(item, Asked(answer("Fourteen.")), {}, cites=True)["right"]
        assert known == 1, "the right answer supports no other choice where it is gone"
        assert benchmark.score(item, silent, {}, cites=True)["right"] == is_gone
        assert benchmark.score(item, Asked(error="Boom"), {}, cites=True)["right"] == 0
        replaced += is_gone
    assert 25 <= replaced <= 75
    assert load(tmp_path, "-nota", *changes).items == benchmark.items


def test_a_second_right_choice_stays_right_where_the_first_is_replaced(tmp_path: Path) -> None:
    changes = [{"id": number, "answer": ["1", "3"]} for number in range(20)]
    benchmark = load(tmp_path, "-nota", *changes)
    assert {item.type for item in benchmark.items} == {"one of the choices"}
    silent = Asked(Reply("They do not say.", False))
    assert {benchmark.score(i, silent, {}, cites=True)["right"] for i in benchmark.items} == {0}


def test_what_the_data_has_as_none_of_the_above_stays(tmp_path: Path) -> None:
    choices = ["Twelve", "None of the above", "Forty", "Seven"]
    for mode in ("-nota", "-choice"):
        (item,) = load(tmp_path, mode, {"choices": choices}).items
        assert item.gold.parts == (("none of the above",),)
        assert item.gold.reference == f"choices: {' / '.join(choices)}"
    # Its free answer is not known: the question is left out, and that is said.
    benchmark = load(tmp_path, "", {"choices": choices}, {"id": "q2"})
    assert [item.id for item in benchmark.items] == ["q2"]
    assert any(
        note.startswith("1 questions whose right choice is none") for note in benchmark.notes
    )


def test_malformed_lines_are_refused_by_number(tmp_path: Path) -> None:
    broken: list[dict[str, Any]] = [
        {},
        {},
        {"id": "b", "question": ""},
        {"id": "c", "answer": ["9"]},
        {"id": "d", "answer": [9]},
        {"id": "e", "answer": []},
        {"id": "f", "answer_docs": ["a9"]},
        {"id": "g", "choices": ["Twelve"], "answer": "Twelve"},
        {"id": "h", "choices": ["Twelve", "?"]},
        {"id": "i", "answer": [None]},
        {"id": "j", "answer_docs": ["a3"]},
    ]
    with pytest.raises(MalformedFile) as refused:
        load(tmp_path, "-choice", *broken)
    found = dict(
        problem.removeprefix("questions.jsonl:").split(": ", 1)
        for problem in refused.value.problems
    )
    expected = {
        "2": "'q1' is used before",
        "3": "question is empty",
        "4": "none of the choices",
        "5": "no choice 9",
        "6": "no answer",
        "7": "no article 'a9'",
        "8": "no two choices",
        "9": "no letter or digit",
        "10": "neither a number nor a text",
    }
    assert found.keys() == expected.keys()
    for number, reason in expected.items():
        assert reason in found[number]


def test_questions_in_the_shapes_of_the_public_weeks_are_read(tmp_path: Path) -> None:
    """Invented; converted from the weekly files: answers as numbers in lists or alone, two to five
    choices, pages that could not be fetched, questions for which nothing was found."""
    questions = [
        {
            "id": "20260710_0",
            "question": "In which town did the councils gather?",
            "date": "2026/07/10",
            "choices": ["Ellery", "Calder", "Tarnford", "Harbour"],
            "answer": ["3"],
            "docs": ["20260710_0/1", "20260710_0/2"],
            "answer_docs": ["20260710_0/1"],
        },
        {
            "id": "20260710_1",
            "question": "True or false: the dam was opened.",
            "date": "2026/07/10",
            "choices": ["True", "False"],
            "answer": "0",
            "docs": [],
            "answer_docs": [],
        },
        {
            "id": "20260710_2_nota",
            "question": "Who won the cup?",
            "date": "2026/07/10",
            "choices": ["Orlik", "Lind", "Vint", "Ek", "None of the above"],
            "answer": ["4"],
            "docs": [],
        },
    ]
    articles = [
        {
            "id": "20260710_0/1",
            "url": "https://harbour.example/councils",
            "title": "Councils gather ...",
            "publish_date": "2026/07/03",
            "text": "HARBOUR (Wire)\n\nThe councils gathered in Harbour on Tuesday.",
        },
        {"id": "20260710_0/2", "url": "https://x.example", "title": "?", "text": None},
    ]
    for name, entries in (("questions", questions), ("articles", articles)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(e) + "\n" for e in entries))
    free = load_benchmark("realtimeqa", tmp_path)
    assert [item.gold.parts for item in free.items] == [(("Harbour",),), (("True",),)]
    assert free.articles["20260710_0/1"].published == "2026-07-03"
    assert "1 empty articles are left out." in free.notes
    chosen = load_benchmark("realtimeqa-choice", tmp_path)
    silent = Asked(Reply("They do not say.", False))
    rights = [chosen.score(item, silent, {}, cites=True)["right"] for item in chosen.items]
    assert rights == [0, 0, 1]  # silence is "none of the above" where that can be chosen


def test_malformed_articles_and_missing_files_are_refused(tmp_path: Path) -> None:
    load(tmp_path)
    articles = tmp_path / "articles.jsonl"
    articles.write_text('{"id": "a1", "text": "x"}\n{"id": "a1", "text": "y"}\n{"id": "a2"}\n[]\n')
    with pytest.raises(MalformedFile) as refused:
        load_benchmark("realtimeqa", tmp_path)
    assert [problem.partition(": ")[0] for problem in refused.value.problems] == [
        "articles.jsonl:2",
        "articles.jsonl:3",
        "articles.jsonl:4",
    ]
    articles.unlink()
    with pytest.raises(EvalError, match=r"articles\.jsonl"):
        load_benchmark("realtimeqa", tmp_path)
