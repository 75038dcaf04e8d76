"""RGB: which passages a question is given in each setting, and what a wrong answer is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.benchmark import Asked, Benchmark, Item, contexts
from eval.benchmarks import load_benchmark
from eval.errors import EvalError, MalformedFile
from eval.system import Cited, Reply

POSITIVE = [
    "The old pier, built in 1901, burnt.",
    "Everybody knows that the pier dates from 1901.",
    "1901: the pier opens.",
]
FALSE = [text.replace("1901", "1911") for text in POSITIVE]
ENTRY: dict[str, Any] = {
    "query": "When was the pier built?",
    "answer": ["1901"],
    "positive": POSITIVE,
    "negative": [f"A museum of {number} rooms." for number in range(2, 9)],
    "positive_wrong": FALSE,
}


def load(tmp_path: Path, setting: str, *changes: dict[str, Any]) -> Benchmark:
    path = tmp_path / "en.jsonl"
    entries = [{**ENTRY, **change} for change in changes or ({},)]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return load_benchmark(f"rgb-{setting}", path)


def kinds(item: Item) -> list[str]:
    """positive, negative or positive_wrong for each passage, sorted."""
    return sorted(article.source.split("/")[1] for article in item.context or ())


def said(text: str) -> Asked:
    return Asked(Reply(text, True, confidence=0.9))


@pytest.mark.parametrize(
    ("percent", "noise"), [(0, 2), (20, 2), (40, 2), (60, 3), (80, 4)], ids=str
)
def test_the_ratio_of_noise_is_kept_as_far_as_there_are_passages(
    tmp_path: Path, percent: int, noise: int
) -> None:
    # There are three relevant passages: with less noise than 40 % the rest is filled up with it.
    benchmark = load(tmp_path, f"noise-{percent}")
    (item,) = benchmark.items
    assert kinds(item) == ["negative"] * noise + ["positive"] * (5 - noise)
    assert item.answerable
    assert item.gold.parts == (("1901",),)
    assert {span.article.split("/")[1] for span in item.gold.spans} == {"positive"}
    assert len(item.gold.spans) == 5 - noise
    assert benchmark.name == f"rgb-noise-{percent}"


def test_where_noise_runs_out_relevant_passages_fill_up(tmp_path: Path) -> None:
    (item,) = load(tmp_path, "noise-80", {"negative": ["A museum.", "A bridge."]}).items
    assert kinds(item) == ["negative"] * 2 + ["positive"] * 3


def test_the_order_of_passages_is_mixed_and_the_same_each_time(tmp_path: Path) -> None:
    changes = [{"id": number} for number in range(20)]
    once, again = (load(tmp_path, "noise-40", *changes) for _ in range(2))
    assert once == again
    firsts = {(item.context or ())[0].source.split("/")[1] for item in once.items}
    assert firsts == {"positive", "negative"}


def test_citing_noise_is_imprecise(tmp_path: Path) -> None:
    benchmark = load(tmp_path, "noise-40")
    (item,) = benchmark.items
    articles = contexts([item])
    assert benchmark.articles == articles
    relevant = next(a for a in articles.values() if "/positive/" in a.source)
    noise = next(a for a in articles.values() if "/negative/" in a.source)
    cited = tuple(Cited(a.source, 0, 3, a.text[:3]) for a in (relevant, noise))
    scores = benchmark.score(
        item, Asked(Reply("1901", True, citations=cited)), articles, cites=True
    )
    assert (scores["right"], scores["evidence_precision"]) == (1, 0.5)
    assert scores["citation_validity"] == 1


def test_rejection_has_only_noise_and_silence_is_right(tmp_path: Path) -> None:
    benchmark = load(tmp_path, "rejection")
    (item,) = benchmark.items
    assert kinds(item) == ["negative"] * 5
    assert not item.answerable
    silent = Asked(Reply("The articles do not say.", False))
    assert benchmark.score(item, silent, {}, cites=True)["right"] == 1
    assert benchmark.score(item, said("In 1901."), {}, cites=True)["right"] == 0
    assert benchmark.score(item, Asked(error="Boom"), {}, cites=True)["right"] == 0


def test_counterfactual_asks_with_and_without_the_truth(tmp_path: Path) -> None:
    benchmark = load(tmp_path, "counterfactual")
    alone, contradicted = benchmark.items
    assert (alone.type, contradicted.type) == ("only wrong", "contradicted")
    assert kinds(alone) == ["negative"] * 2 + ["positive_wrong"] * 3
    assert kinds(contradicted) == ["negative", "positive", "positive_wrong", "positive_wrong"]
    assert alone.cluster == contradicted.cluster
    # The passages do not overlap: the truth is not the original of a false one beside it.
    assert {a.source.split("/")[2] for a in contradicted.context or () if "/pos" in a.source} == {
        "1",
        "2",
        "3",
    }
    assert contradicted.gold.reference == "truth: 1901; the false passages say: 1911"


@pytest.mark.parametrize(
    ("asked", "wrong", "shown"),
    [
        (said("It was built in 1911. [1]"), 1, 0),
        (said("It was built in 1901. [1]"), 0, 0),
        (said("Built in 1911. [1] Others say 1901. [2]"), 0, 1),
        (said("It burnt in 19111."), 0, 0),
        (Asked(Reply("Not 1911 or 1901.", False)), 0, 0),
        (Asked(error="Boom"), 1, 0),
    ],
    ids=["wrong", "true", "both", "neither", "silent", "failed"],
)
def test_what_is_given_of_a_contradiction(
    tmp_path: Path, asked: Asked, wrong: float, shown: float
) -> None:
    benchmark = load(tmp_path, "counterfactual")
    alone, contradicted = (benchmark.score(i, asked, {}, cites=True) for i in benchmark.items)
    assert (contradicted["wrong_given"], contradicted["contradiction_shown"]) == (wrong, shown)
    # Without the truth among the passages nothing contradicts, and nobody can be right.
    assert alone["wrong_given"] == wrong
    assert "contradiction_shown" not in alone
    assert alone["right"] is None


@pytest.mark.parametrize(
    ("true", "false", "answer", "wrong"),
    [
        (
            "It fell on January 2 2022.",
            "It fell on March 5 2022.",
            "January 2 2022",
            "March 5 2022",
        ),
        ("Ada Lind won it.", "Bo Ek won it.", "Ada Lind", "Bo Ek"),
        ("Ada Lind won it.", "Ada Lind won it.", "Ada Lind", None),
        ("She won it.", "He won it.", "Ada Lind", None),
        ("Sold for $3.5 million.", "Sold for $4.2 million.", "$3.5 million", "$4.2 million"),
        ("the TARN won", "the Velm won", "Tarn", "Velm"),
    ],
)
def test_what_is_said_wrongly_is_read_from_the_altered_passage(
    tmp_path: Path, true: str, false: str, answer: str, wrong: str | None
) -> None:
    change = {"answer": answer, "positive": [true], "positive_wrong": [false]}
    benchmark = load(tmp_path, "counterfactual", change)
    reference = benchmark.items[0].gold.reference or ""
    stated = reference.partition("the false passages say: ")[2] or None
    assert stated == wrong
    note = "What is said wrongly could not be told for 1 questions."
    assert (note in benchmark.notes) is (wrong is None)
    if wrong is None:
        scores = benchmark.score(benchmark.items[0], said("Bo Ek"), {}, cites=True)
        assert scores.get("wrong_given") is None


def test_answers_of_several_parts_and_passages_for_each(tmp_path: Path) -> None:
    change = {
        "answer": [["1901", "the year 1901"], "Ada Lind"],
        "positive": [["Built in 1901.", "Again 1901."], ["Ada Lind built it."]],
    }
    (item,) = load(tmp_path, "noise-60", change).items
    assert item.gold.parts == (("1901", "the year 1901"), ("Ada Lind",))
    texts = [a.text for a in item.context or () if "/positive/" in a.source]
    assert sorted(texts) == ["Ada Lind built it.", "Built in 1901."]


PUBLIC = {
    "en": [
        {
            "id": 0,
            "query": "When does the Calder ferry sail again?",
            "answer": [["January 2 2022", "Jan 2, 2022", "2 January 2022", "January 2nd"]],
            "positive": [
                "The ferry sails again on January 2, 2022.",
                "Sailing resumes Jan 2, 2022",
            ],
            "negative": ["The ferry is green.", "A museum opened.", "Rain fell.", "It is old."],
        },
        {
            "id": 1,
            "query": "Where is the Tarn cup held?",
            "answer": ["Tarnford"],
            "positive": ["Tarnford holds the cup.\xa0..."],
            "negative": ["The cup is silver.", "Nobody won it.", "It rained.", "It is old."],
        },
    ],
    "en_fact": [
        {
            "id": 0,
            "query": "Tarn cup location",
            "answer": "Tarnford, Calder",
            "fakeanswer": "Ellery, Calder",
            "positive_wrong": ["Held at the stadium in Ellery, Calder, it was full.\xa0..."],
            "positive": ["Held at the stadium in Tarnford, Calder, it was full.\xa0..."],
            "negative": ["Tickets are sold."],
        },
        {
            "id": 1,
            "query": "When was Dam 2 released?",
            "answer": [["July 21 2017", "Jul. 21, 2017", "21 July, 2017"]],
            "fakeanswer": ["July 1, 2007"],
            "positive_wrong": ["Dam 2 was released July 1, 2007."],
            "positive": ["Dam 2 was released July 21, 2017."],
            "negative": ["Dam 1 was better."],
        },
    ],
    "en_int": [
        {
            "id": 0,
            "query": "When do the two films open?",
            "answer": [["January 2 2022", "Jan 2"], "May 4"],
            "answer1": [["January 2 2022", "Jan 2"]],
            "answer2": ["May 4"],
            "positive": [
                ["The first opens Jan 2.", "Jan 2 it is.", "It opens on January 2 2022."],
                ["The second opens on May 4."],
            ],
            "negative": [
                "Films are long.",
                "Cinemas close.",
                "It rained.",
                "He acts.",
                "She sings.",
            ],
        },
    ],
}
"""Invented lines in the shapes of the public files."""


def public(tmp_path: Path, name: str, setting: str) -> Benchmark:
    path = tmp_path / f"{name}.json"
    path.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in PUBLIC[name]))
    return load_benchmark(f"rgb-{setting}", path)


def test_the_public_file_of_noise_is_read(tmp_path: Path) -> None:
    dated, placed = public(tmp_path, "en", "noise-60").items
    assert [len(item.context or ()) for item in (dated, placed)] == [5, 5]
    assert dated.gold.parts[0][2] == "2 January 2022"
    score = public(tmp_path, "en", "noise-60").score
    assert score(dated, said("It sails on 2 January 2022."), {}, cites=False)["right"] == 1
    assert score(placed, said("In Ellery."), {}, cites=False)["right"] == 0


def test_the_public_file_of_counterfactuals_is_read(tmp_path: Path) -> None:
    benchmark = public(tmp_path, "en_fact", "counterfactual")
    assert [item.gold.reference for item in benchmark.items[::2]] == [
        "truth: Tarnford, Calder; the false passages say: Ellery, Calder",
        "truth: July 21 2017 / Jul. 21, 2017 / 21 July, 2017; the false passages say: July 1, 2007",
    ]
    asked = said("It was July 1, 2007.")
    assert benchmark.score(benchmark.items[3], asked, {}, cites=True)["wrong_given"] == 1


@pytest.mark.parametrize("percent", [0, 20, 40, 60, 80])
def test_the_public_file_of_two_sided_questions_covers_both_sides_at_any_noise(
    tmp_path: Path, percent: int
) -> None:
    benchmark = public(tmp_path, "en_int", f"noise-{percent}")
    (item,) = benchmark.items
    texts = [article.text for article in item.context or ()]
    assert len(texts) == 5
    assert "The first opens Jan 2." in texts
    assert "The second opens on May 4." in texts
    both, one = said("Jan 2 and May 4."), said("Jan 2.")
    assert [benchmark.score(item, a, {}, cites=False)["right"] for a in (both, one)] == [1, 0]


def test_malformed_lines_are_refused_by_number(tmp_path: Path) -> None:
    broken: list[dict[str, Any]] = [
        {},
        {},
        {"query": " "},
        {"query": "b", "answer": "?!"},
        {"query": "c", "positive": []},
        {"query": "d", "negative": "text"},
        {"query": "e", "positive": ["\x00 "]},
        {"query": "f", "answer": [7]},
        {"query": "g", "answer": []},
        {"query": "h", "fakeanswer": [7]},
    ]
    with pytest.raises(MalformedFile) as refused:
        load(tmp_path, "noise-40", *broken)
    reasons = [problem.removeprefix("en.jsonl:") for problem in refused.value.problems]
    assert [reason.partition(": ")[0] for reason in reasons] == [*"23456789", "10"]
    expected = [
        "there twice",
        "query is empty",
        "no letter",
        "'positive' is empty",
        "no list",
        "holds something that is no text",
        "not text",
        "no answer",
        "not text",
    ]
    for reason, part in zip(reasons, expected, strict=True):
        assert part in reason


def test_a_file_without_false_passages_is_none_for_counterfactuals(tmp_path: Path) -> None:
    path = tmp_path / "en.jsonl"
    path.write_text(json.dumps({k: v for k, v in ENTRY.items() if k != "positive_wrong"}))
    assert load_benchmark("rgb-noise-0", path).items
    with pytest.raises(MalformedFile, match=r"en\.jsonl:1: 'positive_wrong' is missing"):
        load_benchmark("rgb-counterfactual", path)
    with pytest.raises(EvalError, match="no split 'dev'"):
        load_benchmark("rgb-noise-0", path, split="dev")
