"""How well the support check tells supported statements from unsupported ones, and what it costs.

Hand-written pairs, by kind of mistake, and the measuring parts of public sets (docs/support.md).
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.errors import EvalError, MalformedFile
from rag.support import SupportChecker

_FIELDS: Mapping[str, type] = {
    "id": str,
    "kind": str,
    "supported": bool,
    "statement": str,
    "evidence": list,
}
_REMEDY = "docs/support.md describes the format."
_SNLI_MEASURED = 3000
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatementPair:
    """A statement, its evidence, whether that supports it, and of what kind the pair is."""

    id: str
    kind: str
    supported: bool
    statement: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A pair, the check's score and verdict of it, and the milliseconds that took."""

    pair: StatementPair
    score: float
    supported: bool
    milliseconds: float

    @property
    def right(self) -> bool:
        """Whether the verdict is what the pair says."""
        return self.supported == self.pair.supported


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the 95 % interval of Wilson (1927)."""

    count: int
    of: int

    def __str__(self) -> str:
        from scipy.stats import binomtest

        if not self.of:
            return "–"
        interval = binomtest(self.count, self.of).proportion_ci(0.95, method="wilson")
        return f"{self.count / self.of:.3f} ({interval.low:.3f} to {interval.high:.3f})"


# Reading


def load_pairs(path: str | Path) -> list[StatementPair]:
    """The pairs of a JSON Lines file. Raises EvalError that names every malformed line."""
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{str(path)!r} cannot be read: {error}.", remedy=_REMEDY) from error
    pairs: list[StatementPair] = []
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                pairs.append(_pair(line))
            except ValueError as error:
                problems.append(f"{path.name}:{number}: {error}")
    if problems:
        raise MalformedFile(path, problems, remedy=_REMEDY)
    if not pairs:
        raise EvalError(f"{str(path)!r} holds no pairs.", remedy=_REMEDY)
    return pairs


def _pair(line: str) -> StatementPair:
    row = json.loads(line)
    if not isinstance(row, dict) or set(row) != set(_FIELDS):
        raise ValueError(f"the fields are {', '.join(_FIELDS)}")
    for name, kind in _FIELDS.items():
        if not isinstance(row[name], kind):
            raise ValueError(f"{name} is no {kind.__name__}")
    if not all(isinstance(text, str) for text in row["evidence"]) or not row["evidence"]:
        raise ValueError("evidence is no list of texts")
    return StatementPair(**{**row, "evidence": tuple(row["evidence"])})


def public_sets(folder: str | Path) -> Iterator[tuple[str, list[StatementPair]]]:
    """The measuring parts of the public sets in a folder, each by its name; see docs/support.md.

    Raises EvalError if one is missing.
    """
    for name, choose in _MEASURED.items():
        file = Path(folder) / f"{name.split(' ')[0]}.jsonl.gz"
        try:
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                rows = [json.loads(line) for line in lines]
        except (OSError, ValueError) as error:
            raise EvalError(
                f"{str(file)!r} cannot be read: {error}.", remedy="Name the folder of the sets."
            ) from error
        yield (
            name,
            [
                StatementPair(
                    str(number),
                    name,
                    row["label"] in _SUPPORTED,
                    row["hypothesis"],
                    (row["premise"],),
                )
                for number, row in enumerate(choose(rows))
            ],
        )


def _of_domain(domain: str) -> Callable[[list[dict[str, str]]], list[dict[str, str]]]:
    return lambda rows: [row for row in rows if row["domain"] == domain]


_SUPPORTED = frozenset({"entailment", "SUPPORTS", "supported", "consistent"})
_MEASURED: Mapping[str, Callable[[list[dict[str, str]]], list[dict[str, str]]]] = {
    "snli_test": lambda rows: rows[-_SNLI_MEASURED:],
    "fever_symmetric_test": lambda rows: rows,
    "wice_claim_test": lambda rows: rows,
    "summedits_without_news qmsumm": _of_domain("qmsumm"),
    "summedits_without_news scitldr": _of_domain("scitldr"),
    "qnli_dev": lambda rows: rows,
}

# Judging


def judge(checker: SupportChecker, pairs: Sequence[StatementPair]) -> list[Verdict]:
    """The check's verdicts, one at a time, the weights being loaded before the first."""
    checker.check("Ready.", ["It is ready now."])
    verdicts = []
    for pair in pairs:
        started = time.perf_counter()
        found = checker.check(pair.statement, pair.evidence)
        took = 1000 * (time.perf_counter() - started)
        verdicts.append(Verdict(pair, found.score, found.supported, took))
    return verdicts


def by_kind(verdicts: Sequence[Verdict]) -> list[Row]:
    """Which share of each kind is judged rightly, then of all, and how often a verdict is right."""
    rows: list[Row] = [("pairs", "kind", "right (95 %)", "n")]
    for supported in (False, True):
        label = "supported" if supported else "unsupported"
        here = [verdict for verdict in verdicts if verdict.pair.supported == supported]
        for kind in sorted({verdict.pair.kind for verdict in here}):
            rows.append(_row(label, kind, [v for v in here if v.pair.kind == kind]))
        rows.append(_row(label, "kept" if supported else "caught", here))
    for supported in (False, True):
        label = "supported" if supported else "unsupported"
        said = [verdict for verdict in verdicts if verdict.supported == supported]
        rows.append(_row(f"judged {label}", "precision", said))
    return rows


def _row(label: str, kind: str, verdicts: Sequence[Verdict]) -> Row:
    share = Share(sum(verdict.right for verdict in verdicts), len(verdicts))
    return label, kind, str(share), str(share.of)


def balanced_accuracy(verdicts: Sequence[Verdict]) -> float | None:
    """The mean of the shares of supported and of unsupported pairs that are judged rightly; None
    where one of them is missing."""
    shares = []
    for supported in (False, True):
        here = [verdict.right for verdict in verdicts if verdict.pair.supported == supported]
        if not here:
            return None
        shares.append(sum(here) / len(here))
    return sum(shares) / 2


def public_row(name: str, verdicts: Sequence[Verdict]) -> Row:
    """A set's balanced accuracy with its 95 % interval (bootstrap), and the two shares."""
    from eval.statistics import figure_interval

    found = figure_interval(
        lambda chosen: balanced_accuracy([verdicts[at] for at in chosen]),
        range(len(verdicts)),
        n_resamples=500,
    )
    shown = "–"
    if found is not None and found.low is not None and found.high is not None:
        shown = f"{found.estimate:.3f} ({found.low:.3f} to {found.high:.3f})"
    shares = [
        Share(sum(v.right for v in here), len(here))
        for here in ([v for v in verdicts if v.pair.supported == said] for said in (False, True))
    ]
    rates = (f"{share.count / share.of:.3f}" if share.of else "–" for share in shares)
    return name, shown, *rates, str(len(verdicts))


PUBLIC_HEADER: Row = ("set", "balanced accuracy (95 %)", "caught", "kept", "pairs")


def cost(verdicts: Sequence[Verdict]) -> str:
    """What a check took, in milliseconds."""
    half, most = np.percentile([verdict.milliseconds for verdict in verdicts], [50, 95])
    return f"{half:.1f} ms a statement (p50), {most:.1f} ms (p95)"
