"""Weights -> the facts beside them: how scores become probabilities, and the thresholds.

Read from held-out training data only. Each held-out question is asked three times: with its own
passage alone, with its own among the passages that BM25 takes for it, and with those and what is
left of its own without the sentences that answer; where one word of it can be swapped it is also
asked so, and has no answer.
"""

from __future__ import annotations

import argparse
import json
import random
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.article import Span
from ingest.split import split_sentences
from rag.confidence import CAUTIONS, Caution, Confidence, ReaderFacts, Scores, sha256_of
from rag.hub import FACTS, HubReader
from rag.trained import Finding, Text, TrainedReader, relevance

from .data import Question, read_questions, split_by_article
from .negatives import Miner, holds_answer, swapped
from .validate import f1

Floats = NDArray[np.float64]

# Questions of each source among those that are asked: what people ask of articles weighs most.
SHARES: Mapping[str, float] = {
    "squadshifts_new_wiki": 0.30,
    "squad2_train10": 0.16,
    "nq_open_oracle": 0.13,
    "qamr": 0.13,
    "squadshifts_reddit": 0.09,
    "squadshifts_amazon_reviews": 0.09,
    "quoref_contrast": 0.05,
    "fairytaleqa": 0.05,
}
RIGHT_F1 = 0.5
MOST_WRONG = 6
BINS = 10
POOL = 40
# Of the answerable questions, how many may be refused with low caution; of the unanswerable, how
# many may be answered with high caution.
LOW_REFUSES = 0.10
HIGH_ANSWERS = 0.10
ENOUGH = 0.05


@dataclass(frozen=True)
class Record:
    """One asking: what the best finding scored, whether it was right, whether it could be.

    `group` keeps the askings of one article together. `setting` is alone, among, without, written
    (a question that people wrote to have no answer) or swapped.
    """

    scores: Scores
    right: bool
    answerable: bool
    group: str
    setting: str


def sample(questions: Sequence[Question], size: int, seed: int) -> list[Question]:
    """About `size` held-out questions, by `SHARES`; all of a source that has fewer."""
    chooser = random.Random(seed)
    chosen: list[Question] = []
    for source, share in SHARES.items():
        few = [question for question in questions if question.source == source]
        chosen.extend(chooser.sample(few, min(len(few), round(size * share))))
    return chosen


def ask_all(
    reader: TrainedReader, questions: Sequence[Question], miner: Miner, seed: int
) -> Iterator[Record]:
    """The records of every question."""
    chooser = random.Random(seed)
    for question in questions:
        yield from ask(reader, question, miner)
        other = swapped(question, "", chooser) if question.spans else None
        if other is not None:
            found = reader.find(other.text, [_text(question.context, question.title)])
            yield from _record(question, found, "swapped", answerable=False)


def ask(reader: TrainedReader, question: Question, miner: Miner) -> Iterator[Record]:
    """The records of one question, its passages read once."""
    rows = miner.nearest(question, MOST_WRONG) if question.spans else []
    texts = [_text(question.context, question.title)]
    texts += [_text(miner.text(row), miner.title(row)) for row in rows]
    texts += [_text(rest, question.title) for rest in _without_answer(question)]
    found = reader.find(question.text, texts)
    own = [finding for finding in found if finding.text == 0]
    wrong = [finding for finding in found if finding.text > 0]
    near = [finding for finding in wrong if finding.text <= len(rows)]
    if not question.spans:
        yield from _record(question, own, "written", answerable=False)
        return
    yield from _record(question, own, "alone", answerable=True)
    if near:
        yield from _record(question, [*own, *near], "among", answerable=True)
    yield from _record(question, wrong, "without", answerable=False)


def _without_answer(question: Question) -> list[str]:
    """The question's passage without the sentences that hold an answer, if that leaves any."""
    if not question.spans:
        return []
    sentences = [span.of(question.context) for span in split_sentences(question.context)]
    rest = [words for words in sentences if not holds_answer(words, question.answers)]
    return [" ".join(rest)] if rest and len(rest) < len(sentences) else []


def _text(context: str, title: str) -> Text:
    return Text(context, Span(0, len(context)), tuple(split_sentences(context)), title)


def _record(
    question: Question, findings: Sequence[Finding], setting: str, *, answerable: bool
) -> Iterator[Record]:
    best = max(findings, key=lambda finding: relevance(finding.scores, 0.0), default=None)
    if best is None:
        return
    said = best.span.of(question.context) if best.text == 0 and answerable else ""
    right = any(f1(said, answer) >= RIGHT_F1 for answer in question.answers) if said else False
    yield Record(best.scores, right, answerable, question.article, setting)


def fit(records: Sequence[Record], penalty: float = 1.0) -> Confidence:
    """Logistic regression of "right" on the scores, by Newton's method, lightly held to zero.

    No score may count against an answer: one that would is left out.
    """
    inputs = np.array([[*record.scores, 1.0] for record in records])
    right = np.array([record.right for record in records], np.float64)
    used = [True] * inputs.shape[1]
    while True:
        weights = _newton(inputs * used, right, penalty)
        wrong_way = [i for i, w in enumerate(weights[:-1]) if w < 0 and used[i]]
        if not wrong_way:
            *scores, bias = (float(weight) for weight in weights)
            return Confidence(Scores(*scores), bias)
        used[min(wrong_way, key=lambda i: float(weights[i]))] = False


def _newton(inputs: Floats, right: Floats, penalty: float) -> Floats:
    weights = np.zeros(inputs.shape[1])
    held = np.full(inputs.shape[1], penalty)
    held[-1] = 1e-6
    for _ in range(50):
        given = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (right - given) - held * weights
        curve = (inputs * (given * (1 - given))[:, None]).T @ inputs + np.diag(held)
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def bend(confidence: Confidence, records: Sequence[Record]) -> Confidence:
    """The same with an isotonic curve after it: pooled adjacent violators, `POOL` records or more
    a step, straight lines between them."""
    plain = replace(confidence, knots=())
    pairs = sorted((plain(record.scores), float(record.right)) for record in records)
    steps: list[tuple[float, float, float, int]] = []
    for start in range(0, len(pairs), POOL):
        some = pairs[start : start + POOL]
        steps.append((some[0][0], some[-1][0], sum(y for _, y in some) / len(some), len(some)))
        while len(steps) > 1 and steps[-2][2] >= steps[-1][2]:
            (_, last, y1, n1), (first, _, y0, n0) = steps.pop(), steps.pop()
            steps.append((first, last, (y0 * n0 + y1 * n1) / (n0 + n1), n0 + n1))
    # A step that was pooled from several is flat; any other is a point on a slope.
    knots = (
        (x, y)
        for first, last, y, size in steps
        for x in ((first, last) if size > POOL else ((first + last) / 2,))
    )
    return replace(plain, knots=tuple(knots))


def calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error with `BINS` bins of equal size."""
    order = np.argsort(confidences, kind="stable")
    said, true = np.array(confidences)[order], np.array(right, np.float64)[order]
    bins = zip(np.array_split(said, BINS), np.array_split(true, BINS), strict=True)
    gaps = [len(s) * abs(s.mean() - t.mean()) for s, t in bins if len(s)]
    return float(sum(gaps) / len(said))


def cross_fitted(records: Sequence[Record], *, bent: bool, folds: int = 5) -> list[float]:
    """Each record's confidence by a fit on the other folds; an article is in one fold."""
    fold = [zlib.crc32(record.group.encode()) % folds for record in records]
    confidences = [0.0] * len(records)
    for number in range(folds):
        others = [r for r, f in zip(records, fold, strict=True) if f != number]
        confidence = fit(others)
        confidence = bend(confidence, others) if bent else confidence
        for index, record in enumerate(records):
            if fold[index] == number:
                confidences[index] = confidence(record.scores)
    return confidences


@dataclass(frozen=True)
class Point:
    """What a threshold does: answerable questions refused, unanswerable ones answered, and the
    share of answers that are right."""

    threshold: float
    refuses: float
    answers: float
    precision: float | None


def curve(confidences: Sequence[float], records: Sequence[Record], steps: int = 50) -> list[Point]:
    """The points of thresholds from 0 to 1."""
    said = np.array(confidences)
    answerable = np.array([record.answerable for record in records])
    right = np.array([record.right for record in records])
    points: list[Point] = []
    for threshold in (number / steps for number in range(steps + 1)):
        given = said >= threshold
        points.append(
            Point(
                threshold,
                float((~given)[answerable].mean()),
                float(given[~answerable].mean()),
                float(right[given].mean()) if given.any() else None,
            )
        )
    return points


def choose(points: Sequence[Point]) -> dict[Caution, float]:
    """The thresholds: medium makes the sum of both error rates least, low and high bound one."""
    medium = min(points, key=lambda p: (p.refuses + p.answers, p.threshold)).threshold
    low = max((p.threshold for p in points if p.refuses <= LOW_REFUSES), default=0.0)
    high = min((p.threshold for p in points if p.answers <= HIGH_ANSWERS), default=1.0)
    chosen = (min(low, medium), medium, max(high, medium))
    return dict(zip(CAUTIONS, chosen, strict=True))


def settle(records: Sequence[Record]) -> tuple[Confidence, dict[str, Any], dict[Caution, float]]:
    """The calibration, what was measured (each record by a fit without its article), and the
    thresholds. A curve is added only where the logistic function alone is not good enough."""
    right = [record.right for record in records]
    plain = cross_fitted(records, bent=False)
    bent = calibration_error(plain, right) >= ENOUGH
    confidences = cross_fitted(records, bent=True) if bent else plain
    # Thresholds are for questions that are put to several passages.
    library = [n for n, record in enumerate(records) if record.setting != "alone"]
    points = curve([confidences[n] for n in library], [records[n] for n in library])
    measured: dict[str, Any] = {
        "records": len(records),
        "right": float(np.mean(right)),
        "calibration_error": calibration_error(confidences, right),
        "calibration_error_by_setting": dict(_by_setting(records, confidences)),
        "curve": [asdict(point) for point in points],
    }
    confidence = fit(records)
    return bend(confidence, records) if bent else confidence, measured, choose(points)


def _by_setting(
    records: Sequence[Record], confidences: Sequence[float]
) -> Iterator[tuple[str, float]]:
    for setting in sorted({record.setting for record in records}):
        here = [n for n, record in enumerate(records) if record.setting == setting]
        right = [records[n].right for n in here]
        yield setting, calibration_error([confidences[n] for n in here], right)


def save_records(records: Iterable[Record], file: Path) -> None:
    """One JSON line a record."""
    rows = ({**asdict(r), "scores": r.scores._asdict()} for r in records)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def load_records(file: Path) -> list[Record]:
    """The records that `save_records` wrote."""
    rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    return [Record(**{**row, "scores": Scores(**row["scores"])}) for row in rows]


def _unjudged(weights: Path, threads: int | None) -> tuple[TrainedReader, Path, str | None]:
    """The reader, where its facts go, and the hash of its file."""
    if weights.is_dir():
        return HubReader(str(weights)), weights / FACTS, None
    reader = TrainedReader(weights, facts=ReaderFacts(), threads=threads)
    return reader, weights.with_suffix(".json"), sha256_of(weights)


def main() -> None:
    """`python -m rag.training.calibrate --data FOLDER --weights FILE`."""
    parser = argparse.ArgumentParser(prog="python -m rag.training.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.gz questions")
    parser.add_argument("--weights", type=Path, required=True, help=".onnx file, or hub folder")
    parser.add_argument("--questions", type=int, default=800)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--save-records", type=Path, default=None)
    parser.add_argument(
        "--records", type=Path, nargs="*", default=[], help="further records to fit on"
    )
    options = parser.parse_args()
    reader, target, digest = _unjudged(options.weights, options.threads)
    questions = read_questions(options.data)
    chosen = sample(split_by_article(questions).held_out, options.questions, options.seed)
    records = list(ask_all(reader, chosen, Miner(questions), options.seed))
    if options.save_records:
        save_records(records, options.save_records)
    records += [record for file in options.records for record in load_records(file)]
    confidence, measured, thresholds = settle(records)
    signature = {
        "name": "groundwire-reader" if digest else options.weights.name,
        "questions": len(chosen),
        "seed": options.seed,
    }
    ReaderFacts(digest, confidence, thresholds, signature, measured).write(target)
    shown = {name: value for name, value in measured.items() if name != "curve"}
    print(json.dumps({"thresholds": thresholds, **shown, "confidence": asdict(confidence)}))


if __name__ == "__main__":
    main()
