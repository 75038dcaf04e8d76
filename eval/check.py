"""Whether a question file holds what it promises: quotes, answers, types, splits and chains."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.errors import EvalError
from eval.measures import contains_answer
from eval.measures.tokens import comparable_tokens
from eval.questions import LOCAL_ARTICLES, NEAR_MISSES, TYPES, Question, load_questions
from ingest.article import Article

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The questions that were checked, and what is wrong with them; nothing when all is well."""

    questions: tuple[Question, ...]
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def table(self) -> str:
        """Counts by type and split, then near misses and chains."""
        splits = sorted({question.split for question in self.questions})
        header = ("type", *(f"{s} {kind}" for s in splits for kind in ("answered", "unanswered")))
        rows: list[Row] = [header]
        for name in TYPES:
            rows.append(self._row(name, splits, lambda q, name=name: q.type == name))  # type: ignore[misc]
        rows.append(self._row("all", splits, lambda _: True))
        for near_miss in (*NEAR_MISSES, None):
            label = f"near miss: {near_miss}" if near_miss else "plainly outside"
            rows.append(
                self._row(
                    label,
                    splits,
                    lambda q, kind=near_miss: not q.answerable and q.near_miss == kind,  # type: ignore[misc]
                )
            )
        rows.append(self._row("chain turns", splits, lambda q: q.chain is not None))
        return "\n".join([*_aligned(rows), "", self._totals()])

    def _row(self, label: str, splits: Sequence[str], belongs: Callable[[Question], bool]) -> Row:
        counts: Counter[tuple[str, bool]] = Counter(
            (q.split, q.answerable) for q in self.questions if belongs(q)
        )
        return (label, *(str(counts[s, can]) for s in splits for can in (True, False)))

    def _totals(self) -> str:
        chains = len({q.chain for q in self.questions if q.chain})
        without = [q for q in self.questions if not q.answerable]
        near = sum(q.near_miss is not None for q in without)
        stories = len({q.story for q in self.questions})
        return (
            f"{len(self.questions)} questions on {stories} stories, {len(without)} of them not"
            f" answered by the articles ({near} near misses), {chains} chains."
        )


def check_questions(path: str | Path, articles_folder: str | Path = LOCAL_ARTICLES) -> CheckReport:
    """Check a question file against its articles.

    Raises EvalError if a line is malformed or the articles cannot be read; everything else that
    is wrong is in the report.
    """
    questions = load_questions(path)
    articles = load_articles(articles_folder)
    problems = [
        *(f"{q.id}: {problem}" for q in questions for problem in _evidence(q, articles)),
        *_duplicates(questions),
        *_missing_types(questions),
        *_shared_between_splits(questions),
        *_broken_chains(questions),
    ]
    return CheckReport(tuple(questions), tuple(problems))


def load_articles(folder: str | Path) -> dict[str, Article]:
    """The articles below a folder by their path in it, without the suffix, which is also their
    source. Raises EvalError if there are none or one cannot be read."""
    from dataclasses import replace

    from ingest.errors import UnreadableSource
    from ingest.formats import READERS, read_articles

    folder = Path(folder)
    articles: dict[str, Article] = {}
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in READERS):
        name = path.relative_to(folder).with_suffix("").as_posix()
        try:
            found = read_articles(path.read_bytes(), name, path.suffix).articles
        except (OSError, UnreadableSource) as error:
            raise EvalError(f"The article {str(path)!r} cannot be read: {error}") from error
        articles.update((name, replace(article, source=name)) for article in found[:1])
    if not articles:
        raise EvalError(
            f"{str(folder)!r} holds no articles.", remedy="Name the folder of the articles."
        )
    return articles


# What may be wrong


def _evidence(question: Question, articles: Mapping[str, Article]) -> Iterator[str]:
    """Quotes that are not in their articles, and answers that are not in the quotes."""
    for quote in question.quotes:
        article = articles.get(quote.article)
        if article is None:
            yield f"there is no article {quote.article!r}"
        elif quote.quote not in article.text:
            yield f"{quote.article!r} does not say {quote.quote!r}"
    for part in question.answers:
        if not any(comparable_tokens(alias) for alias in part):
            yield f"no alias of {list(part)!r} holds a letter or digit"
        elif not question.derived and not any(
            contains_answer(quote.quote, [part]) for quote in question.quotes
        ):
            yield f"no quote contains {list(part)!r}, and the answer is not declared as derived"


def _duplicates(questions: Sequence[Question]) -> Iterator[str]:
    for identifier, count in Counter(q.id for q in questions).items():
        if count > 1:
            yield f"{identifier}: the id is used {count} times"
    asked: dict[str, str] = {}
    for question in questions:
        words = " ".join(comparable_tokens(question.asked))
        if words in asked:
            yield f"{question.id}: it asks the same as {asked[words]}: {question.asked!r}"
        asked.setdefault(words, question.id)


def _missing_types(questions: Sequence[Question]) -> Iterator[str]:
    for split in sorted({question.split for question in questions}):
        there = {question.type for question in questions if question.split == split}
        for name in TYPES:
            if name not in there:
                yield f"the {split} split has no question of the type {name!r}"


def _shared_between_splits(questions: Sequence[Question]) -> Iterator[str]:
    """Stories and articles that are in more than one split."""
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for question in questions:
        splits[f"the story {question.story!r}"].add(question.split)
        for quote in question.quotes:
            splits[f"the article {quote.article!r}"].add(question.split)
    for thing, where in splits.items():
        if len(where) > 1:
            yield f"{thing} is in several splits: {', '.join(sorted(where))}"


def _broken_chains(questions: Sequence[Question]) -> Iterator[str]:
    chains: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        if question.chain:
            chains[question.chain].append(question)
    for name, turns in chains.items():
        numbers = sorted(question.turn or 0 for question in turns)
        if numbers != list(range(1, len(turns) + 1)) or len(turns) < 2:
            yield f"the chain {name!r} has the turns {numbers}"
        if len({(question.story, question.split) for question in turns}) > 1:
            yield f"the chain {name!r} crosses stories or splits"


def _aligned(rows: Sequence[Row]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join([first, *others])
