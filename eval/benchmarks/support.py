"""Does evidence support a statement? The written pairs, and public sets of such pairs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.benchmark import Benchmark, Gold, Item, digest_files
from eval.benchmarks.files import read_lines, text_of
from eval.errors import EvalError
from eval.questions import SPLITS
from eval.scoring import score_decision
from ingest.article import Article

WRITTEN = Path(__file__).parent.parent / "questions" / "support"
_SUPPORTED = frozenset({"entailment", "SUPPORTS", "supported", "consistent"})
_SNLI_ROWS = 3_000
_SUMMEDITS_DOMAINS = frozenset({"qmsumm", "scitldr"})
_MEASURES = (
    "unsupported_caught",
    "supported_kept",
    "balanced_accuracy",
    "decision_precision",
    "decided_right",
    "latency_p50",
    "latency_p95",
    "failed",
)


def load(path: str | Path | None = None, *, split: str | None = None) -> Benchmark:
    """Without a path the written pairs of `split` (both without one): `{id, kind, supported,
    statement, evidence[]}`, a line each.

    A path is a file of such pairs, or of `{premise, hypothesis, label}`, supported where the label
    is entailment, SUPPORTS, supported or consistent. Of snli_test the last 3,000 rows are read and
    of summedits the domains qmsumm and scitldr, since the check is trained on the others.
    Intervals resample evidence.
    """
    if path is None:
        if split is not None and split not in SPLITS:
            raise EvalError(f"There is no split {split!r}.", remedy=f"Use {' or '.join(SPLITS)}.")
        files = sorted(WRITTEN.glob(f"*-{split or '*'}.jsonl"))
        items = [item for file in files for item in read_lines(file, _written)]
        name = "support"
    else:
        if split is not None:
            raise EvalError(f"A file of pairs has no splits; there is no {split!r}.")
        files = [Path(path)]
        name = f"support-{files[0].name.partition('.')[0]}"
        if _is_written(files[0]):
            items = read_lines(files[0], _written)
        else:
            items = [_public(row, n) for n, row in enumerate(_measured(files[0]), start=1)]
    return Benchmark(
        name=name,
        split=split or "all",
        data=digest_files(files),
        items=tuple(items),
        score=score_decision,
        measures=_MEASURES,
        task="decide",
        notes=("Yes is: the evidence supports the statement.", "Intervals resample evidence."),
    )


def _is_written(path: Path) -> bool:
    """Whether a file holds pairs in the form of the written ones."""
    if path.suffix != ".jsonl" or not path.is_file():
        return False
    with path.open(encoding="utf-8") as lines:
        return '"statement"' in lines.readline()


def _measured(path: Path) -> list[Mapping[str, Any]]:
    """The rows that the check was not trained on."""
    rows = read_lines(path, _checked)
    if path.name.startswith("snli_test"):
        return rows[-_SNLI_ROWS:]
    if path.name.startswith("summedits"):
        return [row for row in rows if row.get("domain") in _SUMMEDITS_DOMAINS]
    return rows


def _checked(row: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in ("premise", "hypothesis", "label"):
        if not text_of(row, name).strip():
            raise ValueError(f"{name!r} is empty")
    return row


def _public(row: Mapping[str, Any], number: int) -> Item:
    return _item(
        f"row-{number}",
        row["hypothesis"],
        [row["premise"]],
        row["label"] in _SUPPORTED,
        row["label"],
    )


def _written(row: Mapping[str, Any]) -> Item:
    evidence = row["evidence"]
    if not isinstance(row["supported"], bool):
        raise TypeError(f"'supported' is neither true nor false: {row['supported']!r:.60}")
    if not evidence or not all(isinstance(one, str) for one in evidence):
        raise TypeError(f"'evidence' is no list of texts: {evidence!r:.60}")
    return _item(
        text_of(row, "id"),
        text_of(row, "statement"),
        evidence,
        row["supported"],
        text_of(row, "kind"),
    )


def _item(identifier: str, statement: str, evidence: list[str], supported: bool, kind: str) -> Item:
    return Item(
        id=identifier,
        question=statement,
        answerable=True,
        gold=Gold(decision=supported),
        cluster=hashlib.sha256("\n".join(evidence).encode()).hexdigest()[:12],
        type=kind,
        context=tuple(
            Article(source=f"{identifier}/{number}", text=text)
            for number, text in enumerate(evidence, start=1)
        ),
        tags=("supported" if supported else "not supported",),
    )
