"""What a run writes: a record for each question, and results files that are whole or refused."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.benchmark import Asked, Gold, Item, Scores
from eval.errors import EvalError
from eval.measures import ArticleSpan
from eval.statistics import Interval
from eval.system import Found, Reply, reply_from_json
from ingest.article import Article, Span

FORMAT = "groundwire-eval-results-2"


@dataclass(frozen=True, slots=True)
class Record:
    """One question with those of its conversation before it, what the system did with it, and its
    scores."""

    id: str
    question: str
    history: tuple[str, ...]
    type: str
    tags: tuple[str, ...]
    cluster: str
    answerable: bool
    gold: Gold
    asked: Asked
    scores: Scores

    @classmethod
    def of(cls, item: Item, asked: Asked, scores: Scores) -> Record:
        """The record of an item."""
        return cls(
            item.id,
            item.question,
            item.history,
            item.type,
            item.tags,
            item.cluster,
            item.answerable,
            item.gold,
            asked,
            scores,
        )

    @property
    def reply(self) -> Reply | None:
        """What the system said; None where it was not asked, or failed."""
        return self.asked.reply

    @property
    def abstained(self) -> bool:
        """Whether the system said that it cannot answer; a failure is no abstention."""
        return self.reply is not None and not self.reply.answered

    def json(self) -> dict[str, Any]:
        """A line of the work file, and an entry of the results."""
        gold, asked = self.gold, self.asked
        return {
            "id": self.id,
            "question": self.question,
            "history": self.history,
            "type": self.type,
            "tags": self.tags,
            "cluster": self.cluster,
            "answerable": self.answerable,
            "gold": {
                "parts": gold.parts,
                "derived": gold.derived,
                "evidence": [
                    [[one.article, one.span.start, one.span.end] for one in part]
                    for part in gold.evidence
                ],
                "short": gold.short,
                "judged": dict(gold.judged),
                "decision": gold.decision,
                "reference": gold.reference,
            },
            "reply": asdict(asked.reply) if asked.reply else None,
            "found": (
                None
                if asked.found is None
                else [[one.article, one.start, one.end] for one in asked.found]
            ),
            "error": asked.error,
            "latency_s": asked.latency_s,
            "decision": asked.decision,
            "scores": self.scores,
        }


def record_from_json(entry: Mapping[str, Any]) -> Record:
    """The record that `Record.json` gave. Raises KeyError or TypeError for anything else."""
    gold, found = entry["gold"], entry["found"]
    return Record(
        entry["id"],
        entry["question"],
        tuple(entry["history"]),
        entry["type"],
        tuple(entry["tags"]),
        entry["cluster"],
        entry["answerable"],
        Gold(
            parts=tuple(tuple(part) for part in gold["parts"]),
            derived=gold["derived"],
            evidence=tuple(
                tuple(ArticleSpan(a, Span(start, end)) for a, start, end in part)
                for part in gold["evidence"]
            ),
            short=tuple(gold["short"]),
            judged=gold["judged"],
            decision=gold["decision"],
            reference=gold["reference"],
        ),
        Asked(
            reply_from_json(entry["reply"]) if entry["reply"] else None,
            None if found is None else tuple(Found(*one) for one in found),
            entry["error"],
            entry["latency_s"],
            entry["decision"],
        ),
        dict(entry["scores"]),
    )


@dataclass(frozen=True)
class Results:
    """A finished run. `signature` names everything that shaped the figures; `articles` are those
    that gold or citations speak of."""

    signature: Mapping[str, str]
    figures: Mapping[str, Interval]
    records: Sequence[Record]
    articles: Mapping[str, Article]
    notes: Sequence[str] = ()

    @property
    def title(self) -> str:
        """Benchmark, split and system, for a heading."""
        parts = (self.signature.get(name, "") for name in ("benchmark", "split", "system"))
        return " · ".join(part for part in parts if part)

    @property
    def failed(self) -> int:
        """How many questions ended in an error; they are scored at each measure's default."""
        return sum(record.asked.error is not None for record in self.records)


def signature_line(signature: Mapping[str, str]) -> str:
    """The signature on one line, as "benchmark:local|split:dev|..."."""
    return "|".join(f"{name}:{value}" for name, value in signature.items())


def write_results(results: Results, path: Path) -> None:
    """Write a results file: under a temporary name first, so that it is whole or not there."""
    records = [record.json() for record in results.records]
    document: dict[str, Any] = {
        "format": FORMAT,
        "signature": dict(results.signature),
        "signature_line": signature_line(results.signature),
        "figures": {name: asdict(interval) for name, interval in results.figures.items()},
        "notes": list(results.notes),
        "questions": len(records),
        "failed": results.failed,
        "articles": {
            source: {**article.metadata(), "text": article.text}
            for source, article in results.articles.items()
        },
        "records": records,
    }
    write_whole(path, json.dumps({"digest": _digest(document), **document}, indent=1))


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees a part of it. Raises EvalError if it cannot be."""
    unfinished = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise EvalError(
            f"{str(path)!r} cannot be written: {error.strerror}.", remedy="Name another file."
        ) from error


def read_results(path: str | Path) -> Results:
    """The results in a file. Raises EvalError if it is truncated, altered or something else."""
    path = Path(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EvalError(
            f"{str(path)!r} cannot be read: {error.strerror}.",
            remedy="Name a file that `groundwire eval run` wrote.",
        ) from error
    except ValueError as error:
        raise EvalError(
            f"{str(path)!r} is no whole results file: {error}.",
            remedy="It was cut off or is something else; run the benchmark again.",
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise EvalError(
            f"{str(path)!r} is not a results file of this version ({FORMAT}).",
            remedy="Name a file that `groundwire eval run` wrote.",
        )
    try:
        if document.pop("digest") != _digest(document):
            raise EvalError(
                f"{str(path)!r} does not hold what was written.",
                remedy="The file was altered; run the benchmark again.",
            )
        return _results(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EvalError(
            f"{str(path)!r} is damaged: {error!r}.", remedy="Run the benchmark again."
        ) from error


def _results(document: Mapping[str, Any]) -> Results:
    return Results(
        signature=document["signature"],
        figures={name: Interval(**interval) for name, interval in document["figures"].items()},
        records=[record_from_json(entry) for entry in document["records"]],
        articles={
            source: Article(**{name: value for name, value in entry.items() if name != "id"})
            for source, entry in document["articles"].items()
        },
        notes=document["notes"],
    )


def _digest(document: Mapping[str, Any]) -> str:
    """Of figures, signature, articles and records alike."""
    whole = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()
