"""The weights of `rag/blend.py`, fitted on the local questions' dev split and on held-out questions
of the reader's training data.

`python -m eval.fit_blend --data reader-train` prints them, and the curves that the thresholds are
chosen from: questions are judged by weights that were fitted without their story or article.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.local import load
from eval.libraries import library_of, prepare_library
from eval.measures import answerability_auc
from ingest.article import Article, Span
from ingest.library import Library
from rag.blend import in_context, log_odds
from rag.coverage import coverage, term_weights
from rag.retrieve import Hit, fuse, retrieve
from rag.trained import TrainedReader
from rag.training.data import Question, read_questions, split_by_article
from rag.training.negatives import holds_answer
from rag.wording import plain

Floats = NDArray[np.float64]

PASSAGES = 10
NAMES = ("margin", "retrieval", "coverage")
SOURCES = frozenset({"squadshifts_new_wiki", "squad2_train10", "nq_open_oracle", "quoref_contrast"})
_CANDIDATES = 40  # of which ten are left when those that hold the answer are gone
_PARTS = 5
_PENALTY = 3.0
_THRESHOLDS = tuple(step / 40 for step in range(4, 25))


@dataclass(frozen=True)
class Asked:
    """A question's sentences. *Shapes:* `inputs`: (sentences, 3), as `NAMES`; `gold`: (sentences,),
    1.0 for a sentence that answers. `group` is what is left out with it: a story, an article."""

    group: str
    answerable: bool
    inputs: Floats
    gold: Floats


class Judged(NamedTuple):
    """A question's likeliest sentence: its probability, and whether it answers. `read` says whether
    any sentence does that was read."""

    probability: float
    gold: bool
    answerable: bool
    read: bool


Golden = Callable[[Hit, Span], bool | None]
"""Whether a sentence answers; None where nobody can tell."""


def read(
    question: str, hits: Sequence[Hit], library: Library, reader: TrainedReader, golden: Golden
) -> tuple[Floats, Floats]:
    """The inputs and the gold of what the reader finds, as the assistant would: each sentence once,
    without those of which nobody can tell whether they answer."""
    question = plain(question)
    weights = term_weights(question, library)
    rows: dict[tuple[str, Span], tuple[float, float, float]] = {}
    gold: dict[tuple[str, Span], bool] = {}
    for finding in reader.find(question, in_context(library, hits)):
        hit, place = hits[finding.text], (hits[finding.text].article.id, finding.sentence)
        answers = golden(hit, finding.sentence)
        if answers is None:
            continue
        row = (finding.scores.margin, hit.score, coverage(weights, hit, finding.sentence))
        gold[place] = answers
        if log_odds(*row) >= log_odds(*rows.setdefault(place, row)):
            rows[place] = row
    return np.array([*rows.values()]).reshape(-1, 3), np.array(
        [gold[place] for place in rows], float
    )


def local_questions(reader: TrainedReader) -> Iterator[Asked]:
    """The dev split. A sentence answers that overlaps a gold quote."""
    benchmark = load(split="dev")
    with Library.open(library_of(benchmark)) as library:
        for item in benchmark.items:
            right = [(span.article, span.span) for part in item.gold.evidence for span in part]

            def golden(hit: Hit, sentence: Span, right: list[tuple[str, Span]] = right) -> bool:
                return any(a == hit.article.source and s.overlaps(sentence) for a, s in right)

            hits = retrieve(library, item.question, limit=PASSAGES)
            story = next(tag for tag in item.tags if tag.startswith("story: "))
            yield Asked(story, item.answerable, *read(item.question, hits, library, reader, golden))


def training_questions(reader: TrainedReader, folder: Path) -> Iterator[Asked]:
    """Held-out training questions over the contexts of their sources, each asked twice: of all, and
    of those that do not hold its answer. A sentence of its own context answers that has an answer's
    place; of other sentences that hold the answer nobody can tell."""
    questions = read_questions(folder)
    articles = {_source(q): _article(q) for q in questions if q.source in SOURCES}
    held_out = [q for q in split_by_article(questions).held_out if q.source in SOURCES and q.spans]
    with Library.open(prepare_library("reader-train", articles)) as library:
        for question in held_out:

            def golden(hit: Hit, sentence: Span, question: Question = question) -> bool | None:
                own = hit.article.source == _source(question)
                if own and any(sentence.start <= s.start < sentence.end for s in question.spans):
                    return True
                said = sentence.of(hit.article.text)
                return None if holds_answer(said, question.answers) else False

            found = retrieve(library, question.text, limit=_CANDIDATES)
            for answerable, hits in ((True, found), (False, _without(question, found))):
                rows = read(question.text, hits[:PASSAGES], library, reader, golden)
                yield Asked(question.article, answerable, *rows)


def _source(question: Question) -> str:
    return f"{question.source}/{question.title}/{zlib.crc32(question.context.encode())}"


def _article(question: Question) -> Article:
    return Article(source=_source(question), text=question.context, title=question.title or None)


def _without(question: Question, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that do not hold the answer, scored as if there were no others."""
    left = [hit for hit in hits if not holds_answer(hit.article.text, question.answers)]
    bm25 = {hit.id: hit.bm25 for hit in left if hit.bm25 is not None}
    cosines = {hit.id: hit.cosine for hit in left if hit.cosine is not None}
    known = {hit.id: hit for hit in left}
    return [replace(known[number], score=score) for number, score in fuse(bm25, cosines)]


def fit(sets: Sequence[Sequence[Asked]]) -> Floats:
    """Logistic regression of "gold" by Newton's method: three weights and the bias.

    Every set counts the same, and in it every question, however many sentences it has. The weights
    of the inputs, each divided by its deviation, are held to zero by a penalty.
    """
    most = len(sets[0])
    weighed = [(one, most / len(asked)) for asked in sets for one in asked]
    inputs = np.concatenate([one.inputs for one, _ in weighed])
    gold = np.concatenate([one.gold for one, _ in weighed])
    counts = np.concatenate(
        [np.full(len(one.gold), weight * PASSAGES / len(one.gold)) for one, weight in weighed]
    )
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0)
    rows = np.hstack([(inputs - mean) / deviation, np.ones((len(inputs), 1))])
    held = np.array([_PENALTY] * len(NAMES) + [1e-6])
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        given = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (counts * (gold - given)) - held * weights
        curve = (rows * (counts * given * (1 - given))[:, None]).T @ rows + np.diag(held)
        weights = weights + np.linalg.solve(curve, slope)
    scaled = weights[:-1] / deviation
    return np.append(scaled, weights[-1] - scaled @ mean)


def judge(one: Asked, weights: Floats) -> Judged:
    """A question's likeliest sentence."""
    odds = one.inputs @ weights[:-1] + weights[-1]
    first = int(odds.argmax())
    probability = float(1 / (1 + np.exp(-odds[first])))
    return Judged(probability, bool(one.gold[first]), one.answerable, bool(one.gold.any()))


def judge_apart(
    asked: Sequence[Asked], others: Sequence[Asked], part: Callable[[Asked], object]
) -> list[Judged]:
    """Each question by weights that were fitted on the others, and on the questions here that are
    of another part."""
    judged: list[Judged] = []
    for left_out in {part(one) for one in asked}:
        weights = fit([[one for one in asked if part(one) != left_out], others])
        judged += [judge(one, weights) for one in asked if part(one) == left_out]
    return judged


def curve(judged: Sequence[Judged]) -> Iterator[str]:
    """A line for each threshold."""
    able = [one for one in judged if one.answerable]
    unable = [one for one in judged if not one.answerable]
    first, read = np.mean([one.gold for one in able]), np.mean([one.read for one in able])
    auc = answerability_auc([one.probability for one in judged], [one.answerable for one in judged])
    yield f"gold sentence read {read:.3f}, first {first:.3f}; answerability AUC {auc:.3f}"
    yield "threshold  answerable refused  unanswerable answered  right, silence included"
    for threshold in _THRESHOLDS:
        refused = np.mean([one.probability < threshold for one in able])
        answered = np.mean([one.probability >= threshold for one in unable])
        right = np.mean(
            [one.gold if one.probability >= threshold else not one.answerable for one in judged]
        )
        yield f"{threshold:9.3f}  {refused:18.3f}  {answered:21.3f}  {right:23.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the weights, and a curve for each of the two sets."""
    parser = argparse.ArgumentParser(prog="python -m eval.fit_blend", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder reader-train")
    folder = parser.parse_args(arguments).data
    reader = TrainedReader()
    local = _with_sentences(local_questions(reader))
    trained = _with_sentences(training_questions(reader, folder))
    *weights, bias = fit([local, trained])
    print(" ".join(f"{n} {w:.3f}" for n, w in zip(NAMES, weights, strict=True)), f"bias {bias:.2f}")
    print("\nlocal questions, without their story")
    print(*curve(judge_apart(local, trained, lambda one: one.group)), sep="\n")
    print("\nheld-out training questions, without a fifth of the articles")
    print(*curve(judge_apart(trained, local, _fifth)), sep="\n")


def _with_sentences(asked: Iterable[Asked]) -> list[Asked]:
    return [one for one in asked if len(one.gold)]


def _fifth(one: Asked) -> int:
    return zlib.crc32(one.group.encode()) % _PARTS


if __name__ == "__main__":
    main()
