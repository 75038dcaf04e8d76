"""RealTimeQA: questions on the news of a week, over all the articles, free or with choices.

Kasai et al. 2023, "RealTime QA: What's the Answer Right Now?" (arXiv 2207.13332).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from eval.benchmark import Asked, Benchmark, Gold, Item, Scores, digest_files
from eval.benchmarks.files import first_file, read_lines, text_of
from eval.benchmarks.own import parts_of, whole
from eval.errors import EvalError
from eval.measures import contains_answer
from eval.measures.tokens import ARTICLES, comparable_tokens
from eval.scoring import CUTOFFS, score_answer
from eval.system import Reply
from ingest.article import Article, clean

_LAST = (
    *(f"article_recall@{k}" for k in CUTOFFS),
    "citation_validity",
    "latency_p50",
    "latency_p95",
    "tokens",
    "failed",
)
_FREE = ("right", "words", "error_rate", "evidence_precision", "first_evidence", "aurc", "ece")
_CHOICE = ("right", "words", "evidence_precision", "first_evidence")
_NOTA = "none of the above"
_IS_NOTA = re.compile(r"\s*none of (the )?(above|these|choices)\W*", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})")


class _Entry(NamedTuple):
    """A question. `right` are the numbers of the right choices, where it has choices; `texts` the
    answers in words, none where the right choice is "none of the above"."""

    id: str
    question: str
    month: str
    choices: tuple[str, ...]
    right: frozenset[int]
    texts: tuple[str, ...]
    sources: tuple[str, ...]


def load(path: str | Path, *, split: str | None = None, mode: str = "free") -> Benchmark:
    """A folder with `questions.jsonl`: `{id, question, date, choices[], answer, answer_docs[]}`,
    and `articles.jsonl`: `{id, url, title, publish_date, text}`. All articles are the library.

    `answer` is the number of a choice from 0 as text, a choice, or a list of such. `mode` is
    "free" (the answer must contain the right choice), "choice" (`best_supported` must be right) or
    "nota" (the same, with one choice replaced by "none of the above").
    """
    folder = Path(path)
    if split is not None:
        raise EvalError(f"RealTimeQA is read from one folder; there is no split {split!r}.")
    files = [first_file(folder, [f"{name}.jsonl"]) for name in ("questions", "articles")]
    seen: set[str] = set()
    documents = read_lines(files[1], lambda line: _article(line, seen))
    known = {article.source: article for article in documents if article is not None}
    asked: set[str] = set()
    entries = read_lines(files[0], lambda line: _entry(line, asked, seen, mode))
    if mode == "nota":
        entries = [_with_nota(entry) for entry in entries]
    used = [entry for entry in entries if entry.texts or mode != "free"]
    return Benchmark(
        name="realtimeqa" if mode == "free" else f"realtimeqa-{mode}",
        split="all",
        data=digest_files(files),
        items=tuple(_item(entry, known, mode) for entry in used),
        score=score_answer if mode == "free" else ChoiceScore({e.id: e for e in used}),
        measures=(*(_FREE if mode == "free" else _CHOICE), *_LAST),
        articles=known,
        search_depth=max(CUTOFFS),
        library="realtimeqa",
        notes=tuple(_notes(entries, len(entries) - len(used), documents.count(None), mode)),
    )


def best_supported(choices: Sequence[str], reply: Reply | None) -> int | None:
    """The number of the choice that a reply, said or held back, supports best; None for none.

    It is the only choice that stands in the short answer, or that the short answer is part of;
    else the only one in the text; else, unless a choice is "none of the above", the one that has
    the largest share of its words in the text. Of choices that contain each other the longer one
    counts. "None of the above" is the choice of a system that abstains or that supports no other.
    Equal support is none.
    """
    nota = next((n for n, choice in enumerate(choices) if _IS_NOTA.fullmatch(choice)), None)
    said = reply if reply is None or reply.answered or nota is not None else reply.unsaid
    if reply is None or said is None:
        return None
    if not said.answered:
        return nota
    others = [number for number in range(len(choices)) if number != nota]
    short = said.short or ""
    for supported in (
        [n for n in others if contains_answer(short, [[choices[n]]])],
        [n for n in others if comparable_tokens(short) and contains_answer(choices[n], [[short]])],
        [n for n in others if contains_answer(said.text, [[choices[n]]])],
    ):
        if len(longest := _not_in_another(supported, choices)) == 1:
            return longest[0]
    if nota is not None:
        return nota
    shares = {number: _shared_words(choices[number], said.text) for number in others}
    best = [number for number in others if shares[number] == max(shares.values()) > 0]
    return best[0] if len(best) == 1 else None


@dataclass(frozen=True, slots=True)
class ChoiceScore:
    """The scores of `score_answer`, but right is: the best supported choice is a right one."""

    entries: Mapping[str, _Entry]

    def __call__(
        self, item: Item, asked: Asked, articles: Mapping[str, Article], *, cites: bool = True
    ) -> Scores:
        entry = self.entries[item.id]
        right = float(best_supported(entry.choices, asked.reply) in entry.right)
        scores = score_answer(item, asked, articles, cites=cites)
        return {**scores, "right": right, "right_answerable": right, "unsaid_right": right}


def _not_in_another(numbers: Sequence[int], choices: Sequence[str]) -> list[int]:
    return [
        n
        for n in numbers
        if not any(m != n and contains_answer(choices[m], [[choices[n]]]) for m in numbers)
    ]


def _shared_words(choice: str, text: str) -> float:
    words = set(comparable_tokens(choice)) - ARTICLES
    return len(words & set(comparable_tokens(text))) / len(words) if words else 0.0


def _with_nota(entry: _Entry) -> _Entry:
    """With a choice replaced, the same one each time; if that was the right one, it still is."""
    if any(_IS_NOTA.fullmatch(choice) for choice in entry.choices):
        return entry
    digest = hashlib.sha256(entry.id.encode()).digest()
    replaced = int.from_bytes(digest[:8], "big") % len(entry.choices)
    choices = (*entry.choices[:replaced], _NOTA, *entry.choices[replaced + 1 :])
    right = entry.right - {replaced} or entry.right
    texts = tuple(choices[n] for n in sorted(right) if n != replaced)
    return entry._replace(choices=choices, right=right, texts=texts)


def _notes(entries: Sequence[_Entry], left_out: int, empty: int, mode: str) -> list[str]:
    notes = ["A gold article is gold as a whole: citing any of it counts."]
    if mode != "free":
        notes.append("Right is: the choice that the answer supports best is a right one.")
    unnamed = sum(not entry.sources for entry in entries)
    for count, what in (
        (unnamed, "questions name no article that answers; they count as answerable"),
        (left_out, "questions whose right choice is none of the above are left out"),
        (empty, "empty articles are left out"),
    ):
        if count:
            notes.append(f"{count} {what}.")
    return notes


def _item(entry: _Entry, articles: Mapping[str, Article], mode: str) -> Item:
    spans = tuple(whole(articles[source]) for source in entry.sources if source in articles)
    is_nota = not entry.texts
    kinds = {"free": "all", "choice": "all", "nota": _NOTA if is_nota else "one of the choices"}
    return Item(
        id=entry.id,
        question=entry.question,
        answerable=True,
        gold=Gold(
            parts=(entry.texts or (_NOTA,),),
            evidence=(spans,) if spans else (),
            reference=f"choices: {' / '.join(entry.choices)}" if entry.choices else None,
        ),
        cluster=entry.sources[0] if entry.sources else entry.id,
        type=kinds[mode],
        tags=(entry.month,) if entry.month else (),
    )


# Lines


def _entry(line: Mapping[str, Any], seen: set[str], sources: set[str], mode: str) -> _Entry:
    identifier, question = str(line["id"]), text_of(line, "question").strip()
    if not question:
        raise ValueError("the question is empty")
    _once(identifier, seen)
    choices = tuple(part[0] for part in parts_of(line["choices"])) if line.get("choices") else ()
    if mode != "free" and len(set(choices)) < 2:
        raise ValueError(f"it has no two choices: {list(choices)!r:.60}")
    right, texts = _answers(line["answer"], choices)
    if mode != "free" and not right:
        raise ValueError(f"the answer {line['answer']!r:.60} is none of the choices")
    named = tuple(str(name) for name in line.get("answer_docs") or ())
    unknown = [name for name in named if name not in sources]
    if unknown:
        raise ValueError(f"there is no article {unknown[0]!r}")
    date = _iso_date(line.get("date"))
    return _Entry(identifier, question, date[:7] if date else "", choices, right, texts, named)


def _answers(given: Any, choices: Sequence[str]) -> tuple[frozenset[int], tuple[str, ...]]:
    """The numbers of the right choices, and the answers in words. A numeral that is the number of
    a choice is that, whatever the choices say."""
    right: list[int] = []
    texts: list[str] = []
    for one in given if isinstance(given, list) else [given]:
        said = str(one).strip() if isinstance(one, str | int) else ""
        if not said:
            raise TypeError(f"an answer is neither a number nor a text: {one!r:.60}")
        same = [n for n, c in enumerate(choices) if c.strip().casefold() == said.casefold()]
        if said.isdecimal() and int(said) < len(choices):
            right.append(int(said))
        elif same:
            right.append(same[0])
        elif isinstance(one, int):
            raise ValueError(f"there is no choice {one}")
        else:
            texts.append(parts_of(said)[0][0])
    stated = [choices[number] for number in right if not _IS_NOTA.fullmatch(choices[number])]
    if not right and not texts:
        raise ValueError("there is no answer")
    return frozenset(right), tuple(dict.fromkeys([*stated, *texts]))


def _article(line: Mapping[str, Any], seen: set[str]) -> Article | None:
    """An article by its id; None for one whose text is empty or null, as that of a page that could
    not be fetched."""
    source, text = str(line["id"]), "" if line["text"] is None else text_of(line, "text")
    _once(source, seen)
    if not clean(text):
        return None
    return Article(
        source=source,
        text=text,
        title=line.get("title") or None,
        url=line.get("url") or None,
        published=_iso_date(line.get("publish_date")),
    )


def _iso_date(given: Any) -> str | None:
    found = _DATE.match(str(given or ""))
    return "-".join(found.groups()) if found else None


def _once(identifier: str, seen: set[str]) -> None:
    if identifier in seen:
        raise ValueError(f"the id {identifier!r} is used before")
    seen.add(identifier)
