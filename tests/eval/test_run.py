"""A run: scores by hand, nothing dropped, resumed to identical figures, and results files that are
whole or refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from eval.benchmark import DRAWING_SEED, Asked, Benchmark, Gold, Item, limited
from eval.errors import EvalError
from eval.measures import ArticleSpan
from eval.records import read_results, signature_line, write_results
from eval.run import run, sign
from eval.scoring import score_answer
from eval.signature import same_run, sources_digest
from eval.system import Cited, Found, Reply
from ingest.article import Article, Span

TEXT = "The ferry hit the pier. Fourteen were hurt. Seven were children. Nobody died."
PIER = Article(source="pier", text=TEXT, title="Ferry hits pier")
OTHER = Article(source="other", text="A museum opened. It is large.", title="Museum")
ARTICLES = {"pier": PIER, "other": OTHER}


def cited(words: str, article: Article = PIER) -> Cited:
    start = article.text.index(words)
    return Cited(article.source, start, start + len(words), words)


def span(words: str) -> ArticleSpan:
    start = TEXT.index(words)
    return ArticleSpan("pier", Span(start, start + len(words)))


def found(words: str, article: Article = PIER) -> Found:
    one = cited(words, article)
    return Found(one.article, one.start, one.end)


def said(text: str, *citations: Cited, sure: float = 0.9) -> Reply:
    return Reply(text, True, confidence=sure, citations=citations, latency_s=0.5, tokens=7)


def silent(unsaid: Reply | None = None, sure: float = 0.2) -> Reply:
    return Reply("The articles do not say.", False, confidence=sure, unsaid=unsaid, latency_s=0.25)


HURT = Item(
    "hurt",
    "How many were hurt, and how many of them were children?",
    True,
    Gold(
        parts=(("14",), ("7", "seven children")),
        evidence=((span("Fourteen were hurt."),), (span("Seven were children."),)),
    ),
    "pier",
    "list",
)
DIED = Item(
    "died",
    "Did anybody die?",
    True,
    Gold(parts=(("no",),), derived=True, evidence=((span("Nobody died."),),)),
    "pier",
    "yes_no",
)
BUILT = Item("built", "Who built the pier?", False, Gold(reference="They do not say."), "no", "who")


@pytest.mark.parametrize(
    ("item", "asked", "expected"),
    [
        pytest.param(
            HURT,
            Asked(said("Fourteen were hurt. [1]", cited("Fourteen were hurt."))),
            {
                "right": 0,
                "unsaid_right": 0,
                "words": 3,
                "evidence_precision": 1,
                "evidence_recall": 0.5,
                "citation_validity": 1,
            },
            id="one of two parts: wrong, half recalled",
        ),
        pytest.param(
            HURT,
            Asked(
                said(
                    "Fourteen were hurt. [1] Seven were children. [2] It is large. [3]",
                    cited("Fourteen were hurt."),
                    cited("Seven were children."),
                    cited("It is large.", OTHER),
                )
            ),
            {
                "right": 1,
                "unsaid_right": 1,
                "words": 9,
                "evidence_precision": 2 / 3,
                "first_evidence": 1,
                "evidence_recall": 1,
            },
            id="both parts, and a citation beside the point",
        ),
        pytest.param(
            HURT,
            Asked(silent(said("14, 7 children", cited("It is large.", OTHER)))),
            {
                "right": 0,
                "unsaid_right": 1,
                "words": None,
                "evidence_precision": None,
                "evidence_recall": 0,
                "citation_validity": None,
            },
            id="abstained though it knew: wrong, but its confidence was about something right",
        ),
        pytest.param(
            HURT,
            Asked(silent()),
            {"right": 0, "unsaid_right": None},
            id="what was held back is unknown",
        ),
        pytest.param(
            HURT,
            Asked(error="Boom"),
            {
                "right": 0,
                "right_answerable": 0,
                "unsaid_right": 0,
                "evidence_precision": 0,
                "evidence_recall": 0,
                "quote_recall@5": 0,
                "failed": 1,
            },
            id="failed: wrong in everything",
        ),
        pytest.param(
            HURT,
            Asked(
                said("x"),
                (
                    found("It is large.", OTHER),
                    found("The ferry hit the pier. Fourteen were hurt."),
                    found("Nobody died."),
                    found("Seven were children."),
                ),
            ),
            {
                "article_recall@1": 0,
                "article_recall@3": 1,
                "quote_recall@1": 0,
                "quote_recall@3": 0.5,
                "quote_recall@5": 1,
            },
            id="passages: article at 2, quotes at 2 and 4",
        ),
        pytest.param(
            DIED,
            Asked(said("Nobody died. [1]", cited("Nobody died."))),
            {"right": 1, "evidence_recall": 1},
            id="derived: the right evidence is enough",
        ),
        pytest.param(
            DIED,
            Asked(said("No.", cited("Fourteen were hurt."))),
            {"right": 0, "evidence_precision": 0},
            id="derived: the right word on the wrong evidence is not",
        ),
        pytest.param(
            BUILT,
            Asked(silent(said("The ferry", cited("The ferry")))),
            {"right": 1, "right_answerable": None, "unsaid_right": 0, "evidence_recall": None},
            id="rightly silent: what it held back was wrong",
        ),
        pytest.param(BUILT, Asked(said("The ferry")), {"right": 0}, id="answered the unanswerable"),
        pytest.param(BUILT, Asked(error="Boom"), {"right": 0}, id="a failure is no abstention"),
        pytest.param(
            HURT,
            Asked(said("14 and 7", Cited("pier", 0, 9, "The fairy"))),
            {"right": 1, "citation_validity": 0},
            id="a quote that is not in its article",
        ),
    ],
)
def test_scores_by_hand(item: Item, asked: Asked, expected: Mapping[str, float | None]) -> None:
    scores = score_answer(item, asked, ARTICLES)
    assert {name: scores.get(name) for name in expected} == pytest.approx(expected)


def test_a_system_without_citations_is_judged_by_its_words_alone() -> None:
    scores = score_answer(DIED, Asked(said("No, nobody.")), ARTICLES, cites=False)
    assert scores["right"] == 1
    assert "evidence_recall" not in scores


# Runs


class Scripted:
    """A system that answers from a script; what is not in it fails. It can be cut off."""

    name = "scripted"
    cites = True

    def __init__(
        self, replies: Mapping[str, Reply], *, stop_after: int | None = None, workers: int = 1
    ) -> None:
        self.replies = replies
        self.workers = workers
        self.stop_after = stop_after
        self.asked: list[str] = []

    def settings(self) -> Mapping[str, str]:
        return {"script": str(len(self.replies))}

    def ask(self, question: str, context: Sequence[Article] | None = None) -> Reply:
        if self.stop_after is not None and len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked.append(question)
        if question not in self.replies:
            raise RuntimeError("no reply")
        return self.replies[question]

    def search(self, question: str, limit: int) -> list[Found] | None:
        return [found("Fourteen were hurt.")]

    def close(self) -> None: ...


def many(count: int = 12) -> Benchmark:
    """Questions with and without an answer, over four clusters."""
    gold = Gold(parts=(("14",),), evidence=((span("Fourteen were hurt."),),))
    items = tuple(
        Item(f"q{n}", f"Question {n}?", n % 3 != 0, gold if n % 3 else Gold(), f"c{n % 4}")
        for n in range(count)
    )
    names = ("right", "abstention_f1", "aurc", "ece", "latency_p50", "quote_recall@5", "failed")
    return Benchmark("toy", "dev", "d" * 64, items, score_answer, names, ARTICLES, search_depth=5)


def script(benchmark: Benchmark) -> dict[str, Reply]:
    """A reply for every question but the last: right, wrong or silent by turns."""
    choices = [said("14", cited("Fourteen were hurt.")), said("15", sure=0.6), silent()]
    return {item.question: choices[n % 3] for n, item in enumerate(benchmark.items[:-1])}


def test_failed_questions_are_counted_and_scored_as_wrong(tmp_path: Path) -> None:
    benchmark = many()
    results = run(benchmark, Scripted(script(benchmark)), tmp_path / "r.json", progress=False)
    assert [record.id for record in results.records] == [item.id for item in benchmark.items]
    assert results.failed == 1
    assert results.records[-1].asked.error == "RuntimeError: no reply"
    assert results.records[-1].scores["right"] == 0
    assert results.figures["failed"].estimate == pytest.approx(1 / 12)
    # By turns: "14" where there is no answer, "15" where it is 14, silence where it is 14.
    assert results.figures["right"].estimate == 0


@pytest.mark.parametrize("stop_after", [0, 1, 5, 11])
def test_a_run_that_is_cut_off_goes_on_to_identical_results(
    tmp_path: Path, stop_after: int
) -> None:
    benchmark = many()
    replies = script(benchmark)
    whole = tmp_path / "whole.json"
    run(benchmark, Scripted(replies), whole, progress=False)

    cut = tmp_path / "cut.json"
    with pytest.raises(KeyboardInterrupt):
        run(benchmark, Scripted(replies, stop_after=stop_after), cut, progress=False)
    assert not cut.exists()
    # The process died while it was writing a line.
    with (tmp_path / "cut.partial.jsonl").open("a") as stream:
        stream.write('{"id": "q11", "quest')

    again = Scripted(replies)
    run(benchmark, again, cut, progress=False)
    assert again.asked == [item.question for item in benchmark.items[stop_after:]]
    assert cut.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.json", "whole.json"]


def test_a_run_that_is_cut_off_twice_goes_on(tmp_path: Path) -> None:
    """What is appended after a line that was cut off must not become a part of it."""
    benchmark = many()
    replies = script(benchmark)
    out = tmp_path / "r.json"
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run(benchmark, Scripted(replies, stop_after=3), out, progress=False)
        with (tmp_path / "r.partial.jsonl").open("a") as stream:
            stream.write('{"id": "q11", "quest')
    again = Scripted(replies)
    run(benchmark, again, out, progress=False)
    assert again.asked == [item.question for item in benchmark.items[6:]]


def test_questions_asked_side_by_side_give_the_same_results(tmp_path: Path) -> None:
    benchmark = many()
    replies = script(benchmark)
    one, four = tmp_path / "one.json", tmp_path / "four.json"
    run(benchmark, Scripted(replies), one, progress=False)
    run(benchmark, Scripted(replies, workers=4), four, progress=False)
    assert one.read_bytes() == four.read_bytes()


def test_what_another_run_left_is_refused_and_fresh_begins_anew(tmp_path: Path) -> None:
    benchmark = many()
    replies = script(benchmark)
    out = tmp_path / "r.json"
    with pytest.raises(KeyboardInterrupt):
        run(benchmark, Scripted(replies, stop_after=3), out, progress=False)
    fewer = dict(list(replies.items())[:5])
    with pytest.raises(EvalError, match=r"(?s)another run.*script:11.*script:5.*--fresh"):
        run(benchmark, Scripted(fewer), out, progress=False)
    system = Scripted(fewer)
    run(benchmark, system, out, fresh=True, progress=False)
    assert len(system.asked) == 12


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    benchmark = many()
    path, copy = tmp_path / "r.json", tmp_path / "copy.json"
    results = run(benchmark, Scripted(script(benchmark)), path, progress=False)
    read = read_results(path)
    assert read.records == results.records
    assert read.figures == results.figures
    assert read.articles["pier"].text == TEXT
    write_results(read, copy)
    assert copy.read_bytes() == path.read_bytes()


def test_the_signature_names_what_shaped_the_score(tmp_path: Path) -> None:
    benchmark = many()
    results = run(benchmark, Scripted(script(benchmark)), tmp_path / "r.json", progress=False)
    line = signature_line(results.signature)
    assert "\n" not in line
    assert line.startswith("benchmark:toy|split:dev|questions:12|data:dddddddddddd|items:")
    assert "|system:scripted|script:11|models:" in line
    assert "|sources:" in line
    assert "|code:" in line


def test_a_run_of_drawn_questions_says_so() -> None:
    drawn = limited(many(), 5)
    signature = sign(drawn, Scripted({}))
    assert signature["questions"] == f"5 of 12 (seed {DRAWING_SEED})"
    assert signature["items"] != sign(many(), Scripted({}))["items"]


def test_a_commit_alone_makes_no_other_run() -> None:
    one = sign(many(), Scripted({}))
    assert same_run(one, {**one, "code": "another commit"})
    assert not same_run(one, {**one, "sources": "other code"})
    assert not same_run(one, {**one, "data": "other data"})


def test_sources_are_of_what_is_imported_and_of_no_more() -> None:
    retrieval = sources_digest(("rag.retrieve",), ("rag.assistant",))
    assert retrieval != sources_digest(("rag.retrieve", "rag.blend"), ("rag.assistant",))
    assert retrieval == sources_digest(("rag.retrieve", "ingest.catalog"), ("rag.assistant",))


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.9, 0.9999])
def test_truncated_results_are_refused(tmp_path: Path, kept: float) -> None:
    benchmark = many()
    path = tmp_path / "r.json"
    run(benchmark, Scripted(script(benchmark)), path, progress=False)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(EvalError, match=r"no whole results file.*run the benchmark again"):
        read_results(path)


def test_foreign_and_altered_results_are_refused(tmp_path: Path) -> None:
    benchmark = many()
    path = tmp_path / "r.json"
    run(benchmark, Scripted(script(benchmark)), path, progress=False)
    written = path.read_text()
    for alter in (
        lambda found: found["records"][0]["scores"].update(right=1.0),
        lambda found: found["figures"]["right"].update(estimate=0.9),
        lambda found: found["signature"].update(data="other"),
        lambda found: found["articles"]["pier"].update(text="Nobody was hurt."),
    ):
        document = json.loads(written)
        alter(document)
        path.write_text(json.dumps(document))
        with pytest.raises(EvalError, match=r"does not hold what was written.*altered"):
            read_results(path)
    path.write_text('{"format": "lm-eval"}')
    with pytest.raises(EvalError, match="not a results file of this version"):
        read_results(path)
    path.write_text("[]")
    with pytest.raises(EvalError, match="not a results file"):
        read_results(path)
    with pytest.raises(EvalError, match="cannot be read"):
        read_results(tmp_path / "none.json")
