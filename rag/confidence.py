"""Scores -> the probability that an answer is right, and the thresholds that go with it."""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from ingest.errors import ModelError

Caution = Literal["low", "medium", "high"]
CAUTIONS: tuple[Caution, ...] = ("low", "medium", "high")


class Scores(NamedTuple):
    """What the reader's network says of a sentence and its best span, in logits.

    `answerable`: the passage answers; `margin`: all spans of the sentence together against "no
    answer here"; `share`: the log of the sentence's part of all spans in the passage; `peak`:
    the log of the best span's part of the sentence's.
    """

    answerable: float
    margin: float
    share: float
    peak: float


UNCALIBRATED = Scores(answerable=0.0, margin=0.5, share=0.0, peak=0.0)


@dataclass(frozen=True)
class Confidence:
    """A logistic function of the scores, and where given a monotone curve after it.

    `knots` are (logistic probability, observed frequency), ascending in both; between them the
    curve is straight.
    """

    weights: Scores = UNCALIBRATED
    bias: float = 0.0
    knots: tuple[tuple[float, float], ...] = ()

    def __call__(self, scores: Scores) -> float:
        """The probability, from 0 to 1."""
        logit = self.bias + sum(w * x for w, x in zip(self.weights, scores, strict=True))
        plain = 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))
        return self._bent(plain) if self.knots else plain

    def _bent(self, plain: float) -> float:
        at = bisect_right(self.knots, plain, key=lambda knot: knot[0])
        if at in (0, len(self.knots)):
            return self.knots[min(at, len(self.knots) - 1)][1]
        (x0, y0), (x1, y1) = self.knots[at - 1], self.knots[at]
        return y0 + (y1 - y0) * (plain - x0) / (x1 - x0)


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class ReaderFacts:
    """What a weights file needs beside it to be read with: see `docs/reader.md`.

    `thresholds` are the confidences below which to abstain, by how much caution is asked for.
    `signature` says what made the file, `measured` how well it is calibrated.
    """

    sha256: str | None = None
    confidence: Confidence = field(default_factory=Confidence)
    thresholds: Mapping[Caution, float] = field(
        default_factory=lambda: {"low": 0.3, "medium": 0.5, "high": 0.7}
    )
    signature: Mapping[str, Any] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Self:
        """The facts in `file`. Raises ModelError if it is missing or damaged."""
        remedy = "Reinstall it, or make it with `python -m rag.training.calibrate`."
        try:
            facts = json.loads(file.read_text(encoding="utf-8"))
            confidence = facts["confidence"]
            return cls(
                sha256=str(facts["sha256"]) if facts["sha256"] else None,
                confidence=Confidence(
                    Scores(**{name: float(w) for name, w in confidence["weights"].items()}),
                    float(confidence["bias"]),
                    tuple((float(x), float(y)) for x, y in confidence["knots"]),
                ),
                thresholds={name: float(facts["thresholds"][name]) for name in CAUTIONS},
                signature=facts["signature"],
                measured=facts["measured"],
            )
        except FileNotFoundError as error:
            raise ModelError(f"{str(file)!r} is missing.", remedy=remedy) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{str(file)!r} is damaged: {error!r}.", remedy=remedy) from error

    def write(self, file: Path) -> None:
        """Write under a temporary name, then rename."""
        confidence = {**asdict(self.confidence), "weights": self.confidence.weights._asdict()}
        facts = {
            "sha256": self.sha256,
            "confidence": confidence,
            "thresholds": dict(self.thresholds),
            "signature": dict(self.signature),
            "measured": dict(self.measured),
        }
        part = file.with_name(file.name + ".part")
        part.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        part.replace(file)
