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
from rag.confidence import Caution
from rag.coverage import coverage, term_weights
from rag.retrieve import Hit
from rag.trained import Text, TrainedReader, relevance

# All of these were chosen on the dev split of the local question set.
THRESHOLDS: Mapping[Caution, float] = {"low": 0.2, "medium": 0.35, "high": 0.5}
_BY_READER, _BY_RETRIEVAL, _BY_COVERAGE, _BIAS = 0.57, 0.49, 1.49, -0.83


class BlendedReader:
    """A trained reader, the ranks of retrieval and the question's wording, weighed together.

    `confidence` of its evidence is the probability that the sentence answers, by a logistic
    function of the reader's own (as log odds), the retrieval score and the coverage.
    """

    def __init__(
        self, reader: TrainedReader, library: Library, *, caution: Caution = "medium"
    ) -> None:
        self.name = reader.name
        self.threshold = THRESHOLDS[caution]
        self._reader = reader
        self._library = library

    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """The sentences of the passages as evidence, most relevant first."""
        weights = term_weights(question, self._library)
        best: dict[tuple[str, Span], Evidence] = {}
        for finding in self._reader.find(question, [_text(hit) for hit in hits]):
            hit = hits[finding.text]
            covered = coverage(weights, hit, finding.sentence)
            item = Evidence(
                hit.article,
                finding.sentence,
                confidence(self._reader.facts.confidence(finding.scores), hit.score, covered),
                relevance(finding.scores, hit.score),
                finding.span,
            )
            known = best.setdefault((hit.article.id, finding.sentence), item)
            if known.relevance < item.relevance:
                best[hit.article.id, finding.sentence] = item
        return sorted(best.values(), key=lambda item: -item.relevance)


def confidence(reader: float, retrieval: float, covered: float) -> float:
    """The probability of being right, from the reader's own, the retrieval score and the share of
    the question's wording, each 0 to 1."""
    odds = min(max(reader, 1e-6), 1 - 1e-6)
    logit = _BY_READER * math.log(odds / (1 - odds))
    logit += _BY_RETRIEVAL * retrieval + _BY_COVERAGE * covered + _BIAS
    return 1 / (1 + math.exp(-logit))


def _text(hit: Hit) -> Text:
    return Text(hit.article.text, hit.passage.span, hit.passage.sentences, hit.article.title or "")
