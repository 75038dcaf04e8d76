"""A user's own questions, as CSV and as JSON Lines, and rows that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.benchmark import Asked, Benchmark, Item
from eval.benchmarks import load_benchmark
from eval.errors import EvalError, MalformedFile
from eval.system import Reply
from ui.cli import groundwire

FERRY = "The ferry hit the pier. Fourteen were hurt."
CSV = """question,answers,article,quote,answerable
"How many were hurt, if any?",14|fourteen people,news/ferry,Fourteen were hurt.,
What did the ferry hit?,pier,ferry,,yes
Who built the pier?,,,,no
"""


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    for name, text in (("news/ferry", FERRY), ("museum", "A museum opened."), ("old/museum", "x")):
        path = folder / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def load(articles: Path, text: str, name: str = "mine.csv") -> Benchmark:
    path = articles.parent / name
    path.write_bytes(text.encode())
    return load_benchmark("own", path, articles=articles)


def without_id(item: Item) -> tuple[object, ...]:
    return (item.question, item.answerable, item.gold, item.cluster, item.type, item.tags)


def problems(articles: Path, text: str, name: str = "mine.csv") -> dict[str, str]:
    with pytest.raises(MalformedFile) as refused:
        load(articles, text, name)
    found = [problem.removeprefix(f"{name}:") for problem in refused.value.problems]
    return dict(problem.split(": ", 1) for problem in found)


def test_a_table_is_read(articles: Path) -> None:
    benchmark = load(articles, CSV)
    hurt, hit, built = benchmark.items
    assert [item.id for item in benchmark.items] == ["line-2", "line-3", "line-4"]
    assert benchmark.name == "own-mine"
    assert hurt.question == "How many were hurt, if any?"
    assert hurt.gold.parts == (("14", "fourteen people"),)
    assert [span.span.of(FERRY) for span in hurt.gold.spans] == ["Fourteen were hurt."]
    assert [span.span.of(FERRY) for span in hit.gold.spans] == [FERRY]
    assert (hurt.cluster, hit.cluster, built.cluster) == ("news/ferry", "news/ferry", "line-4")
    assert (hurt.answerable, hit.answerable, built.answerable) == (True, True, False)
    assert built.gold.parts == ()
    said = Asked(Reply("14 were hurt.", True))
    assert benchmark.score(hurt, said, benchmark.articles, cites=True)["right"] == 1
    assert benchmark.score(built, said, benchmark.articles, cites=True)["right"] == 0
    assert "quote_recall@5" in benchmark.measures


@pytest.mark.parametrize("mark", [";", "\t"])
def test_what_spreadsheets_write_is_read(articles: Path, mark: str) -> None:
    """A byte-order mark, other separators, CRLF, capitals in the header, breaks in a field."""
    text = f'\ufeffQuestion{mark}Answers\r\n\r\nWho?{mark}Ada\r\n"Where\nis it?"{mark}Tarn\r\n'
    benchmark = load(articles, text)
    assert [(i.id, i.question, i.gold.parts) for i in benchmark.items] == [
        ("line-3", "Who?", (("Ada",),)),
        ("line-4", "Where\nis it?", (("Tarn",),)),
    ]
    assert "quote_recall@5" not in benchmark.measures


def test_json_lines_say_the_same(articles: Path) -> None:
    rows = [
        {
            "question": "How many were hurt, if any?",
            "answers": ["14", "fourteen people"],
            "article": "news/ferry",
            "quote": "Fourteen were hurt.",
        },
        {"question": "What did the ferry hit?", "answers": "pier", "article": "ferry"},
        {"question": "Who built the pier?", "answerable": False, "answers": []},
    ]
    made = load(articles, "".join(json.dumps(r) + "\n" for r in rows), "mine.jsonl").items
    table = load(articles, CSV).items
    assert [without_id(i) for i in made[:2]] == [without_id(i) for i in table[:2]]
    assert not made[2].answerable
    parts = json.dumps({"id": "x", "question": "Who?", "answers": [["Ada", "A."], ["Bo"]]})
    (item,) = load(articles, parts, "parts.jsonl").items
    assert (item.id, item.gold.parts) == ("x", (("Ada", "A."), ("Bo",)))


def test_malformed_rows_are_refused_by_line(articles: Path) -> None:
    text = (
        "id,question,answers,article,quote,answerable\n"
        "a,Who?,Ada,,,\n"
        "a,Who?,Ada,,,\n"
        ",,Ada,,,\n"
        ',"Who\nis?",?|!,,,\n'
        ",Who?,,,,\n"
        ",Who?,Ada,,,perhaps\n"
        ",Who?,Ada,,,no\n"
        ",Who?,,,,yes\n"
        ",Who?,Ada,harbour,,\n"
        ",Who?,Ada,museum,Nobody opened it.,\n"
        ",Who?,Ada,,Nobody opened it.,\n"
        ",Who, what?,Ada,,,,,\n"
    )
    found = problems(articles, text)
    expected = {
        "3": "'a' is used before",
        "4": "'question' is missing",
        "5": "no letter or digit",
        "7": "answerable: no",
        "8": "not 'perhaps'",
        "9": "but has answers",
        "10": "but has no answers",
        "11": "no articles are named 'harbour'",
        "12": "'museum' does not say 'Nobody opened it.'",
        "13": "no article says 'Nobody opened it.'",
        "14": "9 fields under 6 columns",
    }
    assert found.keys() == expected.keys()
    for number, reason in expected.items():
        assert reason in found[number]


def test_malformed_json_lines_are_refused_by_line(articles: Path) -> None:
    text = (
        '{"question": "Who?", "answers": ["Ada"]}\n{\n[]\n\n{"question": 7, "answers": "x"}\n'
        '{"question": "Who?", "anwsers": "x"}\n{"question": "Who?", "answers": [1]}\n'
        '{"question": "Who?", "answers": [[]]}\n'
    )
    found = problems(articles, text, "mine.jsonl")
    expected = {
        "2": "not JSON",
        "3": "not a JSON object",
        "5": "not text: 7",
        "6": "no column 'anwsers'",
        "7": "not text: 1",
        "8": "no answer",
    }
    assert found.keys() == expected.keys()
    for number, reason in expected.items():
        assert reason in found[number]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("question,anwsers\nWho?,Ada\n", "1: the header is ['question', 'anwsers']"),
        ("Who?,Ada\n", "1: the header"),
        ("question,question\nWho?,Ada\n", "1: the header"),
        ('question,answers\nWho?,Ada\n"Who?,Ada\n', "3: this is not CSV"),
        ("question,answers\n", "holds no questions"),
        ("", "1: the header"),
    ],
)
def test_what_is_no_table_is_refused(articles: Path, text: str, reason: str) -> None:
    with pytest.raises(EvalError) as refused:
        load(articles, text)
    assert reason in str(refused.value)
    assert "docs/evaluation.md" in str(refused.value)


def test_an_article_whose_name_is_not_unique_is_refused(articles: Path) -> None:
    (articles / "new").mkdir()
    (articles / "new" / "ferry.txt").write_text("Another ferry.")
    found = problems(articles, "question,answers,article\nWho?,Ada,ferry\n")
    assert found["2"] == "2 articles are named 'ferry'"


def test_it_must_be_said_which_articles(articles: Path) -> None:
    path = articles.parent / "q.csv"
    path.write_text("question,answers\nWho?,Ada\n")
    with pytest.raises(EvalError, match=r"--articles.*--library"):
        load_benchmark("own", path)
    with pytest.raises(EvalError, match="brings its own articles"):
        load_benchmark("local", articles=articles)


def test_a_library_is_asked_as_it_is(
    tmp_path: Path, library_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written_to(*_: object, **__: object) -> None:
        pytest.fail("the user's library was opened for writing")

    monkeypatch.setattr("eval.libraries.prepare_library", written_to)
    path = tmp_path / "q.csv"
    path.write_text(
        "question,answers,answerable\n"
        "Who designed the Tarn bridge?,Orlik|Pavel Orlik,\n"
        "Where was the queen of Peru crowned?,,no\n"
    )
    arguments = ["eval", "run", "own", "--data", path, "--library", library_folder, "--quiet"]
    arguments += ["--reader", "none", "--threshold", "0", "--out", tmp_path / "r.json"]
    done = CliRunner().invoke(groundwire, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    assert "benchmark:own-q|split:all|questions:2|" in done.stdout
    validity = next(line for line in done.stdout.splitlines() if "Citation validity" in line)
    assert "1.000" in validity
