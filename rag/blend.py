"""The bundled reader in its library: the network's scores with retrieval and wording.

The network alone takes a like event for the one that is asked about; how well the passage was found
and how much of the question's wording stands in the sentence speak against that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ingest.article import Span
from ingest.library import Library
from rag.answer import Evidence
from rag.bygone import is_bygone
from rag.confidence import Caution
from rag.coverage import brought_in, coverage, term_weights
from rag.retrieve import Hit
from rag.trained import Text, TrainedReader
from rag.wording import plain

# Fitted by `python -m eval.fit_blend` on the dev split of the local questions and on held-out
# questions of the training data; of the thresholds it shows, medium is about where most questions
# of both are right, silence included.
THRESHOLDS: Mapping[Caution, float] = {"low": 0.15, "medium": 0.225, "high": 0.5}
_BY_MARGIN, _BY_RETRIEVAL, _BY_COVERAGE, _BIAS = 0.240, 5.10, 2.69, -5.93
# Against words that the sentence calls former where the question asks for what is.
_BYGONE = -8.0


class BlendedReader:
    """A trained reader, the ranks of retrieval and the question's wording, weighed together.

    `confidence` of its evidence is the probability that the sentence answers, by a logistic
    function of its best span's margin over "no answer", the retrieval score and the coverage.
    """

    def __init__(
        self, reader: TrainedReader, library: Library, *, caution: Caution = "medium"
    ) -> None:
        self.name = reader.name
        self.threshold = THRESHOLDS[caution]
        self._reader = reader
        self._library = library

    def read(
        self, question: str, hits: Sequence[Hit], *, typed: str | None = None
    ) -> list[Evidence]:
        """The sentences of the passages as evidence, most relevant first."""
        implied = brought_in(question, typed)
        question = plain(question)
        weights = term_weights(question, self._library)
        best: dict[tuple[str, Span], Evidence] = {}
        for finding in self._reader.find(question, in_context(self._library, hits)):
            hit = hits[finding.text]
            covered = coverage(weights, hit, finding.sentence, implied)
            odds = log_odds(finding.scores.margin, hit.score, covered)
            if is_bygone(question, hit.article.text, finding.sentence, finding.span):
                odds += _BYGONE
            item = Evidence(hit.article, finding.sentence, probability(odds), odds, finding.span)
            known = best.setdefault((hit.article.id, finding.sentence), item)
            if known.relevance < item.relevance:
                best[hit.article.id, finding.sentence] = item
        return sorted(best.values(), key=lambda item: -item.relevance)


def log_odds(margin: float, retrieval: float, covered: float) -> float:
    """How likely the sentence answers: from the margin of its best span, a logit, and from the
    retrieval score and the share of the question's wording, each 0 to 1."""
    return _BY_MARGIN * margin + _BY_RETRIEVAL * retrieval + _BY_COVERAGE * covered + _BIAS


def probability(log_odds: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-log_odds))


def in_context(library: Library, hits: Sequence[Hit]) -> list[Text]:
    """The passages as they are read: with the sentence before and the sentence after, which tell
    what "there" or "the group" at a passage's edge means."""
    near = {number for hit in hits for number in (hit.id - 1, hit.id + 1)}
    stored = {p.id: (p.article, p.passage) for p, _ in library.passages(sorted(near))}
    texts: list[Text] = []
    for hit in hits:
        sentences = hit.passage.sentences
        of_before, before = stored.get(hit.id - 1, ("", hit.passage))
        of_after, after = stored.get(hit.id + 1, ("", hit.passage))
        if of_before == hit.article.id and before.span.end <= hit.passage.span.start:
            sentences = (*before.sentences[-1:], *sentences)
        if of_after == hit.article.id and after.span.start >= hit.passage.span.end:
            sentences = (*sentences, *after.sentences[:1])
        span = Span(sentences[0].start, sentences[-1].end) if sentences else hit.passage.span
        texts.append(Text(hit.article.text, span, sentences, hit.article.title or ""))
    return texts
