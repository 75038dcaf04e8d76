"""The loaders of benchmarks, each on a small file of its format, and lines that are refused."""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.benchmark import Asked, contexts
from eval.benchmarks import LOADERS, load_benchmark
from eval.errors import EvalError, MalformedFile
from eval.scoring import score_ranking, score_squad
from eval.system import Cited, Found, Reply

PARAGRAPH = "  The pier was built in 1901. \ufeffIt burnt in 1950."


def lines(path: Path, *entries: object, opener: Callable[..., Any] = open) -> Path:
    with opener(path, "wt", encoding="utf-8") as stream:
        stream.writelines(f"{json.dumps(entry)}\n" for entry in entries)
    return path


def squad(identifier: str, *answers: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "title": "Old_pier",
        "context": PARAGRAPH,
        "question": f" When {identifier}? ",
        "answers": [{"text": a, "answer_start": PARAGRAPH.index(a)} for a in answers],
        "is_impossible": not answers,
    }


def test_squad_finds_answers_in_the_cleaned_paragraph(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "s.jsonl.gz", squad("q1", "1950", "in 1950"), squad("q2"), opener=gzip.open
    )
    built, never = load_benchmark("squad-reader", path).items
    assert (built.question, built.answerable, built.cluster) == ("When q1?", True, "Old_pier")
    assert built.context is not None
    article = built.context[0]
    assert (article.title, article.text) == (
        "Old pier",
        "The pier was built in 1901. It burnt in 1950.",
    )
    assert [span.span.of(article.text) for span in built.gold.spans] == ["1950", "in 1950"]
    assert built.gold.short == ("1950", "in 1950")
    assert (never.answerable, never.gold.short) == (False, ())


def test_squad_in_its_own_layout_and_with_all_paragraphs_as_the_library(tmp_path: Path) -> None:
    one, two = squad("q1", "1950"), squad("q2")
    nested = {
        "data": [
            {"title": "Old_pier", "paragraphs": [{"context": PARAGRAPH, "qas": [one, two]}]},
        ]
    }
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(nested))
    assert len(load_benchmark("squad-reader", path).items) == 2
    opened = load_benchmark("squad-open", path)
    assert [item.id for item in opened.items] == ["q1"]
    assert opened.items[0].context is None
    assert [article.title for article in opened.articles.values()] == ["Old pier"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply("It burnt in 1950. [1]", True, "in 1950"), {"exact": 1, "f1": 1, "right": 1}),
        (Reply("It burnt. [1]", True, None), {"exact": 0, "f1": 0, "right": 0}),
        (Reply("1950 [1]", True, None), {"exact": 1, "has_answer_exact": 1}),
        (Reply("They do not say.", False), {"exact": 0, "f1": 0, "no_answer_exact": None}),
        (None, {"exact": 0, "f1": 0, "right": 0, "failed": 1}),
    ],
)
def test_squad_scores_by_hand(
    tmp_path: Path, reply: Reply | None, expected: dict[str, Any]
) -> None:
    path = lines(tmp_path / "s.jsonl", squad("q1", "1950", "in 1950"))
    item = load_benchmark("squad-reader", path).items[0]
    scores = score_squad(item, Asked(reply, error=None if reply else "Boom"), {})
    assert {name: scores[name] for name in expected} == expected


def test_a_failure_is_not_right_where_the_paragraph_has_no_answer(tmp_path: Path) -> None:
    item = load_benchmark("squad-reader", lines(tmp_path / "s.jsonl", squad("q2"))).items[0]
    assert score_squad(item, Asked(error="Boom"), {})["exact"] == 0
    assert score_squad(item, Asked(Reply("no", False)), {})["exact"] == 1


def test_nomiracl_has_ten_passages_and_no_answers(tmp_path: Path) -> None:
    entry = {
        "id": "7#0",
        "subset": "non_relevant",
        "question": "Who?",
        "passages": ["Pier: It is old.", "No title"],
    }
    path = lines(tmp_path / "n.jsonl", {**entry, "subset": "relevant"}, entry)
    relevant, other = load_benchmark("nomiracl", path).items
    assert (relevant.answerable, other.answerable) == (True, False)
    assert relevant.id != other.id
    assert [(a.title, a.text) for a in other.context or ()] == [
        ("Pier", "It is old."),
        (None, "No title"),
    ]


def test_clapnq_takes_the_sentences_of_all_annotators(tmp_path: Path) -> None:
    passage = {"title": "Pier", "text": "One . Two . Three .", "sentences": []}
    output = [
        {"answer": "Two.", "selected_sentences": ["Two ."]},
        {"answer": "Three.", "selected_sentences": ["Two .", "Three ."]},
    ]
    lines(
        tmp_path / "answerable.jsonl",
        {"id": "1", "input": "?", "passages": [passage], "output": output},
    )
    lines(tmp_path / "unanswerable.jsonl", {"id": "2", "input": "?", "passages": [passage]})
    benchmark = load_benchmark("clapnq", tmp_path)
    first, second = benchmark.items
    assert benchmark.articles == contexts([first, second])
    assert first.context is not None
    text = first.context[0].text
    assert [[s.span.of(text) for s in part] for part in first.gold.evidence] == [
        ["Two ."],
        ["Three ."],
    ]
    assert not second.answerable
    reply = Reply(
        "One . Two .", True, citations=(Cited("1/1", 0, 5, "One ."), Cited("1/1", 6, 11, "Two ."))
    )
    scores = benchmark.score(first, Asked(reply), {}, cites=True)
    assert (scores["evidence_precision"], scores["evidence_recall"]) == (0.5, 0.5)
    assert scores["right"] is None


def corpus(folder: Path, opener: Callable[..., Any] = open, suffix: str = "") -> None:
    lines(
        folder / f"corpus.jsonl{suffix}",
        {"_id": "d1", "title": "Pier", "text": "It is old."},
        {"_id": "d2", "text": "It is large."},
        {"_id": "d3", "text": " "},
        opener=opener,
    )


def test_beir_takes_judged_queries_and_ranks_documents(tmp_path: Path) -> None:
    corpus(tmp_path, gzip.open, ".gz")
    lines(
        tmp_path / "queries_test.jsonl",
        {"_id": "1", "text": "old?"},
        {"_id": "2", "text": "unjudged?"},
    )
    (tmp_path / "qrels_test.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t1\n2\td2\t0\n")
    benchmark = load_benchmark("beir", tmp_path)
    assert [item.id for item in benchmark.items] == ["1"]
    assert set(benchmark.articles) == {"d1", "d2"}
    assert "1 empty documents are left out." in benchmark.notes
    found = (Found("d2", 0, 5), Found("d2", 6, 9), Found("d1", 0, 5))
    scores = score_ranking(benchmark.items[0], Asked(found=found), {})
    # Two passages of d2 are one document: d1 is second.
    assert scores["mrr@10"] == 0.5
    assert scores["ndcg@10"] == pytest.approx(0.6309, abs=1e-4)
    assert (scores["recall@1"], scores["recall@3"]) == (0, 1)
    assert score_ranking(benchmark.items[0], Asked(error="Boom"), {})["ndcg@10"] == 0


def test_mtrag_splits_by_conversation_and_strips_the_speaker(tmp_path: Path) -> None:
    corpus(tmp_path, lzma.open, ".xz")
    lines(
        tmp_path / "queries_lastturn.jsonl",
        {"_id": "a1<::>2", "text": "|user|: How old?"},
        {"_id": "b1<::>1", "text": "|user|: How large?"},
    )
    (tmp_path / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\na1<::>2\td1\t1\nb1<::>1\td2\t1\n"
    )
    dev = load_benchmark("mtrag-lastturn", tmp_path, split="dev")
    test = load_benchmark("mtrag-lastturn", tmp_path, split="test")
    assert [(i.question, i.cluster, i.type) for i in dev.items] == [("How old?", "a1", "turn 2")]
    assert [item.cluster for item in test.items] == ["b1"]
    assert len(load_benchmark("mtrag-lastturn", tmp_path).items) == 2
    with pytest.raises(EvalError, match="queries_rewrite"):
        load_benchmark("mtrag-rewrite", tmp_path)


def test_malformed_lines_are_refused_by_number(tmp_path: Path) -> None:
    path = tmp_path / "n.jsonl"
    path.write_text('{"id": "1"}\n\n[]\n{"id"\n')
    with pytest.raises(MalformedFile) as refused:
        load_benchmark("nomiracl", path)
    assert [problem.partition(": ")[0] for problem in refused.value.problems] == [
        "n.jsonl:1",
        "n.jsonl:3",
        "n.jsonl:4",
    ]
    assert "'subset' is missing" in str(refused.value)


def test_truncated_archives_missing_files_and_unknown_names_are_refused(tmp_path: Path) -> None:
    path = lines(tmp_path / "s.jsonl.gz", squad("q1", "1950"), opener=gzip.open)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(EvalError, match="cannot be read"):
        load_benchmark("squad-reader", path)
    with pytest.raises(EvalError, match="cannot be read"):
        load_benchmark("squad-reader", tmp_path / "none.jsonl")
    with pytest.raises(EvalError, match="no benchmark 'sqaud'"):
        load_benchmark("sqaud")
    with pytest.raises(EvalError, match="--data"):
        load_benchmark("beir")


def test_a_limit_draws_the_same_questions_from_all_over_and_says_so() -> None:
    whole, some = load_benchmark("local"), load_benchmark("local", limit=40)
    places = [whole.items.index(item) for item in some.items]
    assert places == sorted(set(places))
    assert len(places) == 40
    assert places[0] < 60
    assert places[-1] > 400
    assert (some.drawn_from, whole.drawn_from) == (466, None)
    assert load_benchmark("local", limit=40).items == some.items
    assert load_benchmark("local", limit=10_000) == whole
    with pytest.raises(EvalError, match="from 1"):
        load_benchmark("local", limit=0)


def test_every_loader_exists() -> None:
    from importlib import import_module

    for loader in LOADERS.values():
        assert callable(import_module(f"eval.benchmarks.{loader.module}").load)
