"""A user's own questions: a table of question and answers, as CSV or JSON Lines."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.benchmark import Benchmark, Gold, Item, digest_files
from eval.benchmarks.files import read_text, text_of
from eval.benchmarks.local import places
from eval.check import load_articles
from eval.errors import EvalError, MalformedFile
from eval.libraries import articles_digest
from eval.measures import ArticleSpan
from eval.measures.tokens import comparable_tokens
from eval.scoring import CUTOFFS, score_answer
from ingest.article import Article, Span, clean
from ingest.library import Library

COLUMNS = ("id", "question", "answers", "article", "quote", "answerable", "type")
_REMEDY = 'docs/evaluation.md, "Your own questions", describes the format.'
_YES = frozenset({"yes", "true", "1", "y"})
_NO = frozenset({"no", "false", "0", "n"})
_ANSWERS = ("right", "right_answerable", "words")
_SILENCE = (
    "abstention_precision",
    "abstention_recall",
    "abstention_f1",
    "answerability_auc",
    "aurc",
    "ece",
)
_QUOTES = ("evidence_precision", "first_evidence", "evidence_recall")
_LAST = ("citation_validity", "latency_p50", "latency_p95", "tokens", "failed")


def load(
    path: str | Path,
    *,
    split: str | None = None,
    articles: str | Path | None = None,
    library: str | Path | None = None,
) -> Benchmark:
    """The questions of a CSV file with a header, or of a JSON Lines file, with the `COLUMNS`.

    They are asked of the articles in the folder `articles`, or else of the `library` as it is.
    Raises MalformedFile that names every row that cannot be used.
    """
    path = Path(path)
    if split is not None:
        raise EvalError(f"Your own questions have no splits; there is no {split!r}.")
    known = _articles(articles, library)
    items = _items(path, known)
    quotes = any(item.tags == ("with a quote",) for item in items)
    recalls = ("article_recall", "quote_recall") if quotes else ("article_recall",)
    data = hashlib.sha256((digest_files([path]) + articles_digest(known)).encode()).hexdigest()
    return Benchmark(
        name=f"own-{path.name.partition('.')[0]}",
        split="all",
        data=data,
        items=tuple(items),
        score=score_answer,
        measures=(
            *_ANSWERS,
            *(_QUOTES if quotes else ()),
            *_SILENCE,
            *(f"{recall}@{k}" for recall in recalls for k in CUTOFFS),
            *_LAST,
        ),
        articles=known,
        search_depth=max(CUTOFFS),
        library="own",
        notes=(
            f"{path.name}; intervals resample the articles named, and otherwise the questions.",
            "Where a row names an article without a quote, citing any of it counts.",
        ),
    )


def parts_of(given: Any) -> tuple[tuple[str, ...], ...]:
    """Gold answers as parts with aliases: a text is one part; of a list each entry is one, a text
    or a list of aliases. Raises ValueError or TypeError for what cannot be looked for."""
    entries = given if isinstance(given, list) else [given]
    parts = tuple(tuple(part) if isinstance(part, list) else (part,) for part in entries)
    for alias in (alias for part in parts for alias in part):
        if not isinstance(alias, str):
            raise TypeError(f"an answer is not text: {alias!r:.60}")
        if not comparable_tokens(alias):
            raise ValueError(f"the answer {alias!r} holds no letter or digit")
    if not parts or not all(parts):
        raise ValueError("there is no answer")
    return parts


def whole(article: Article) -> ArticleSpan:
    """All of an article."""
    return ArticleSpan(article.source, Span(0, len(article.text)))


def _articles(folder: str | Path | None, library: str | Path | None) -> dict[str, Article]:
    """What the questions are about, by source."""
    if folder is not None:
        return load_articles(folder)
    if library is None:
        raise EvalError(
            "It is not said which articles your questions are about.",
            remedy="Name a folder with --articles, or your library with --library.",
        )
    with Library.open(library) as opened:
        return {entry.source: opened.article(entry.id) for entry in opened.entries()}


# Rows


def _items(path: Path, articles: Mapping[str, Article]) -> list[Item]:
    text = read_text(path).removeprefix("\ufeff")
    rows = _json_rows(text) if ".jsonl" in path.suffixes else _csv_rows(text)
    made: dict[str, Item] = {}
    problems: list[str] = []
    for number, row in rows:
        try:
            if isinstance(row, Exception):
                raise row
            item = _item({"id": f"line-{number}", **row}, articles)
            if item.id in made:
                raise ValueError(f"the id {item.id!r} is used before")
            made[item.id] = item
        except KeyError as error:
            problems.append(f"{path.name}:{number}: {error} is missing")
        except (ValueError, TypeError) as error:
            problems.append(f"{path.name}:{number}: {error}")
    if problems:
        raise MalformedFile(path, problems, remedy=_REMEDY)
    if not made:
        raise EvalError(f"{str(path)!r} holds no questions.", remedy=_REMEDY)
    return list(made.values())


_Rows = Iterator[tuple[int, dict[str, Any] | ValueError]]
"""Line numbers, with the fields that are filled in or with what is wrong."""


def _json_rows(text: str) -> _Rows:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            yield number, ValueError(f"this is not JSON: {error}")
            continue
        if isinstance(row, dict):
            yield number, {name: value for name, value in row.items() if value not in (None, "")}
        else:
            yield number, ValueError("it is not a JSON object")


def _csv_rows(text: str) -> _Rows:
    """The rows below the header, separated by whichever of , ; and tab separates the header."""
    header, delimiter = _header(text)
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or "question" not in header or len(set(header)) < len(header):
        yield 1, ValueError(f"the header is {header}; columns are {', '.join(COLUMNS)}")
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for values in reader:
            number, begins = begins, reader.line_num + 1
            if number == 1 or not any(value.strip() for value in values):
                continue
            if len(values) > len(header):
                reason = f"{len(values)} fields under {len(header)} columns: quote what holds"
                yield number, ValueError(f"{reason} {delimiter!r}")
            else:
                given = zip(header, values, strict=False)
                yield number, {name: value.strip() for name, value in given if value.strip()}
    except csv.Error as error:
        yield begins, ValueError(f"this is not CSV: {error}")


def _header(text: str) -> tuple[list[str], str]:
    first = text.partition("\n")[0].strip()
    splits = {
        mark: [name.strip().strip('"').lower() for name in first.split(mark)] for mark in ",;\t"
    }
    best = max(splits, key=lambda mark: len(splits[mark]))
    return splits[best], best


def _item(row: Mapping[str, Any], articles: Mapping[str, Article]) -> Item:
    unknown = sorted(set(row) - set(COLUMNS))
    if unknown:
        raise ValueError(f"there is no column {unknown[0]!r}; they are {', '.join(COLUMNS)}")
    question = text_of(row, "question").strip()
    if not comparable_tokens(question):
        raise ValueError("the question holds no letter or digit")
    parts = parts_of(_answers(row["answers"])) if row.get("answers") else ()
    answerable = _answerable(row, parts)
    named = _named(text_of(row, "article"), articles) if "article" in row else None
    spans = _evidence(row, named, articles) if answerable else ()
    cluster = named.source if named else spans[0].article if spans else str(row["id"])
    return Item(
        id=str(row["id"]),
        question=question,
        answerable=answerable,
        gold=Gold(parts=parts, evidence=(spans,) * max(1, len(parts)) if spans else ()),
        cluster=cluster,
        type=str(row.get("type", "answerable" if answerable else "not answerable")),
        tags=("with a quote",) if "quote" in row else (),
    )


def _answers(given: Any) -> Any:
    """Texts are aliases of one part; a list of lists has several parts."""
    if isinstance(given, str):
        given = [alias.strip() for alias in given.split("|") if alias.strip()]
    if isinstance(given, list) and not any(isinstance(part, list) for part in given):
        return [given]
    return given


def _answerable(row: Mapping[str, Any], parts: tuple[tuple[str, ...], ...]) -> bool:
    said = str(row.get("answerable", "yes" if parts or "quote" in row else "")).casefold()
    if not said:
        raise ValueError("it has no answers; write answerable: no if the articles do not say")
    if said not in _YES | _NO:
        raise ValueError(f"answerable is yes or no, not {row['answerable']!r}")
    if said in _NO and (parts or "quote" in row):
        raise ValueError("it is not answerable, but has answers or a quote")
    if said in _YES and not (parts or "quote" in row or "article" in row):
        raise ValueError("it is answerable, but has no answers, quote or article")
    return said in _YES


def _named(name: str, articles: Mapping[str, Article]) -> Article:
    """The article with that source, or the only one whose source ends so, suffix or not."""
    if name in articles:
        return articles[name]
    ends = [
        source
        for source in articles
        if f"/{source}".endswith(f"/{name}") or f"/{source.rpartition('.')[0]}".endswith(f"/{name}")
    ]
    if len(ends) != 1:
        raise ValueError(f"{len(ends) or 'no'} articles are named {name!r}")
    return articles[ends[0]]


def _evidence(
    row: Mapping[str, Any], named: Article | None, articles: Mapping[str, Article]
) -> tuple[ArticleSpan, ...]:
    """Where the quote stands, in the article named or in any; without a quote the whole article."""
    if "quote" not in row:
        return (whole(named),) if named else ()
    quote = clean(text_of(row, "quote"))
    among = [named.source] if named else list(articles)
    spans = tuple(span for source in among for span in places(articles, source, quote) if quote)
    if not spans:
        who = f"{named.source!r} does not say" if named else "no article says"
        raise ValueError(f"{who} {quote!r:.80}")
    return spans
