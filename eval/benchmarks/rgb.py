"""RGB: answers among passages of noise, silence when all is noise, and passages that say it wrong.

Chen et al. 2024, "Benchmarking Large Language Models in Retrieval-Augmented Generation" (arXiv
2309.01431).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from eval.benchmark import Asked, Benchmark, Gold, Item, Scores, contexts, digest_files
from eval.benchmarks.files import read_lines, text_of
from eval.benchmarks.own import parts_of, whole
from eval.errors import EvalError
from eval.measures import contains_answer
from eval.measures.tokens import comparable_tokens
from eval.scoring import score_answer
from ingest.article import Article, clean

_PASSAGES = 5
_LAST = ("citation_validity", "latency_p50", "latency_p95", "tokens", "failed")
_NOISE = (
    "right",
    "words",
    "evidence_precision",
    "first_evidence",
    "evidence_recall",
    "error_rate",
    "aurc",
    "ece",
    *_LAST,
)
_REJECTION = ("right", "abstention_recall", "hallucination_rate", "words", *_LAST)
_COUNTERFACTUAL = ("wrong_given", "contradiction_shown", "right", "words", *_LAST)
_WORD = re.compile(r"\w+|[^\w\s]")


class _Entry(NamedTuple):
    """A line of the file. The first `needed` relevant passages cover all parts of the answer;
    `wrong` are what its false passages say instead of the answer."""

    id: str
    query: str
    parts: tuple[tuple[str, ...], ...]
    positive: tuple[Article, ...]
    needed: int
    negative: tuple[Article, ...]
    false: tuple[Article, ...]
    wrong: tuple[str, ...]


def load(
    path: str | Path,
    *,
    split: str | None = None,
    setting: str = "noise",
    percent: int = 0,
) -> Benchmark:
    """One question a line: `{query, answer, positive[], negative[], positive_wrong[]}`.

    Each question is asked of five passages of its own. `setting` is "noise" (`percent` of them do
    not answer), "rejection" (none does: silence is right) or "counterfactual" (some say something
    else than the truth; see `CounterfactualScore`). `answer` is a text, or a list whose entries
    must all be named, each a text or a list of aliases.
    """
    path = Path(path)
    if split is not None:
        raise EvalError(f"RGB is read from one file; there is no split {split!r}.")
    seen: set[str] = set()
    entries = read_lines(path, lambda line: _entry(line, seen, setting))
    make, measures, name = _SETTINGS[setting]
    score: Any = score_answer
    notes = [f"{path.name}; five passages a question; citing any of a relevant one counts."]
    if setting == "counterfactual":
        score = CounterfactualScore({entry.id: entry.wrong for entry in entries})
        unknown = sum(not entry.wrong for entry in entries)
        if unknown:
            notes.append(f"What is said wrongly could not be told for {unknown} questions.")
    items = tuple(item for entry in entries for item in make(entry, percent))
    return Benchmark(
        name=f"rgb-{name.format(percent)}",
        split="all",
        data=digest_files([path]),
        items=items,
        score=score,
        measures=measures,
        articles=contexts(items),
        notes=tuple(notes),
    )


# Settings


def _noise(entry: _Entry, percent: int) -> Iterator[Item]:
    """Enough passages of each kind; where one kind runs out, the other fills up. Where each part of
    the answer has passages of its own, one of each is there at any ratio."""
    wanted = _PASSAGES - -(-_PASSAGES * percent // 100)
    relevant = max(wanted, _PASSAGES - len(entry.negative), entry.needed)
    positive = entry.positive[:relevant]
    yield _item(
        entry, [*positive, *entry.negative[: _PASSAGES - len(positive)]], f"noise {percent}"
    )


def _rejection(entry: _Entry, _: int) -> Iterator[Item]:
    yield _item(entry, entry.negative[:_PASSAGES], "only noise")


def _counterfactual(entry: _Entry, _: int) -> Iterator[Item]:
    """The question twice: where all that speak are wrong, and where others contradict them."""
    yield _item(entry, [*entry.false[:3], *entry.negative[:2]], "only wrong")
    true = (entry.positive[2:] or entry.positive)[:2]
    yield _item(entry, [*entry.false[:2], *true, *entry.negative[:1]], "contradicted")


_Make = Callable[[_Entry, int], Iterator[Item]]
_SETTINGS: Mapping[str, tuple[_Make, tuple[str, ...], str]] = {
    "noise": (_noise, _NOISE, "noise-{}"),
    "rejection": (_rejection, _REJECTION, "rejection"),
    "counterfactual": (_counterfactual, _COUNTERFACTUAL, "counterfactual"),
}
_NEEDS = {
    "noise": ("positive",),
    "rejection": ("negative",),
    "counterfactual": ("positive", "positive_wrong"),
}


@dataclass(frozen=True, slots=True)
class CounterfactualScore:
    """The scores of a question whose passages say something else than the truth.

    `wrong_given`: the answer names what the false passages say, and not the truth.
    `contradiction_shown`, where the truth is among the passages: it names both. A failure gave the
    wrong answer and showed nothing. Both are unknown where `wrong`, by the question, is empty.
    Where all that speak are wrong, nobody can know the truth from them: `right` is unknown.
    """

    wrong: Mapping[str, tuple[str, ...]]

    def __call__(
        self, item: Item, asked: Asked, articles: Mapping[str, Article], *, cites: bool = True
    ) -> Scores:
        scores = score_answer(item, asked, articles, cites=cites)
        wrong = self.wrong[item.cluster]
        if not wrong:
            return scores
        reply = asked.reply
        text = reply.text if reply and reply.answered else ""
        says_wrong = contains_answer(text, [wrong])
        says_true = contains_answer(text, _truth(item))
        failed = asked.error is not None
        scores["wrong_given"] = float(failed or (says_wrong and not says_true))
        if item.type == "contradicted":
            scores["contradiction_shown"] = float(says_wrong and says_true)
        return scores


def _truth(item: Item) -> tuple[tuple[str, ...], ...]:
    return item.gold.parts or (item.gold.short,)


def _item(entry: _Entry, passages: Sequence[Article], kind: str) -> Item:
    """The question over these passages, in an order that has nothing to do with their kinds."""
    order = sorted(
        passages, key=lambda article: hashlib.sha256(article.source.encode()).hexdigest()
    )
    says = any(article in entry.positive for article in passages)
    spans = tuple(whole(article) for article in passages if article in entry.positive)
    wrong = f"; the false passages say: {' / '.join(entry.wrong)}" if entry.wrong else ""
    truth = "; ".join(" / ".join(part) for part in entry.parts)
    return Item(
        id=f"{entry.id}/{kind}",
        question=entry.query,
        answerable=kind != "only noise",
        gold=Gold(
            parts=entry.parts if says else (),
            evidence=(spans,) * len(entry.parts) if says else (),
            short=tuple(chain.from_iterable(entry.parts)) if kind == "only wrong" else (),
            reference=f"truth: {truth}{wrong}",
        ),
        cluster=entry.id,
        type=kind,
        context=tuple(order),
    )


# Lines


def _entry(line: Mapping[str, Any], seen: set[str], setting: str) -> _Entry:
    query = text_of(line, "query").strip()
    if not query:
        raise ValueError("the query is empty")
    identifier = str(line.get("id", hashlib.sha256(query.encode()).hexdigest()[:12]))
    if identifier in seen:
        raise ValueError(f"{identifier!r} is there twice")
    seen.add(identifier)
    for name in _NEEDS[setting]:
        if not line[name]:
            raise ValueError(f"{name!r} is empty")
    positive, negative, false = (
        _passages(line, name, identifier) for name in ("positive", "negative", "positive_wrong")
    )
    parts = parts_of(line["answer"])
    stated = chain.from_iterable(parts_of(line["fakeanswer"])) if line.get("fakeanswer") else ()
    groups = [group for group in line.get("positive") or () if isinstance(group, list)]
    return _Entry(
        id=identifier,
        query=query,
        parts=parts,
        positive=positive,
        needed=min(len(groups), _PASSAGES),
        negative=negative,
        false=false,
        wrong=tuple(dict.fromkeys([*stated, *_said_wrong(positive, false, parts)])),
    )


def _passages(line: Mapping[str, Any], name: str, identifier: str) -> tuple[Article, ...]:
    """The passages of a field. A list of lists holds some for each part of the answer: they are
    taken by turns, so that the first ones cover all parts."""
    given = line.get(name) or []
    if not isinstance(given, list):
        raise TypeError(f"{name!r} is no list: {given!r:.60}")
    groups = [group if isinstance(group, list) else [group] for group in given]
    texts = [text for turn in zip_longest(*groups) for text in turn if text is not None]
    for text in texts:
        if not isinstance(text, str) or not clean(text):
            raise TypeError(f"{name!r} holds something that is no text: {text!r:.60}")
    return tuple(
        Article(source=f"{identifier}/{name}/{number}", text=text)
        for number, text in enumerate(dict.fromkeys(texts), start=1)
    )


def _said_wrong(
    positive: Sequence[Article], false: Sequence[Article], parts: Sequence[Sequence[str]]
) -> Iterator[str]:
    """What false passages have in the place of the answer: each is its true passage, altered."""
    for true, altered in zip(positive, false, strict=False):
        for alias in chain.from_iterable(parts):
            said = _instead_of(alias, true.text, altered.text)
            if comparable_tokens(said) and not any(contains_answer(said, [part]) for part in parts):
                yield said


def _instead_of(words: str, text: str, altered: str) -> str:
    """What stands in the altered text where the text has these words; "" if it is not there."""
    place = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE)
    if not place:
        return ""
    old, new = list(_WORD.finditer(text)), list(_WORD.finditer(altered))
    touched = [
        number
        for number, word in enumerate(old)
        if word.start() < place.end() and place.start() < word.end()
    ]
    matcher = SequenceMatcher(None, [w[0] for w in old], [w[0] for w in new], autojunk=False)
    found: list[int] = []
    for operation, start, end, new_start, new_end in matcher.get_opcodes():
        inside = [number for number in touched if start <= number < end]
        if inside and operation == "equal":
            found += [new_start + number - start for number in inside]
        elif inside:
            found += range(new_start, new_end)
    return altered[new[min(found)].start() : new[max(found)].end()] if found else ""
