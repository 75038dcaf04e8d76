"""The bundled reader in its library: the network's scores with retrieval and wording.

The network alone takes a like event for the one that is asked about; how well the passage was found
and how much of the question's wording stands in the sentence speak against that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ingest.article import Article, Span
from ingest.library import Library
from rag.answer import Evidence
from rag.bygone import is_bygone
from rag.confidence import Caution
from rag.coverage import brought_in, coverage, term_weights
from rag.kinds import is_of_another_kind, is_telling
from rag.markup import is_heading
from rag.namesakes import Person, is_of_a_namesake, people_asked_about, understood
from rag.others import (
    is_another_count,
    is_apposed_to_another,
    is_not_told,
    is_of_another,
    is_part_of_the_name,
)
from rag.prompt import speaks_to_a_model
from rag.retracted import Correction, correction_of, is_retracted
from rag.retrieve import Hit
from rag.tables import is_silent_cell
from rag.trained import Finding, Text, TrainedReader
from rag.wording import plain

# Fitted by `python -m eval.fit_blend` on the dev split of the local questions and on held-out
# questions of the training data; of the thresholds it shows, medium is about where most questions
# of both are right, silence included.
THRESHOLDS: Mapping[Caution, float] = {"low": 0.15, "medium": 0.225, "high": 0.5}
_BY_MARGIN, _BY_RETRIEVAL, _BY_COVERAGE, _BIAS = 0.240, 5.10, 2.69, -5.93
# Against a sentence that cannot be the answer, whatever its scores.
_UNFIT = -8.0
_UNFIT_WORDS = (
    is_bygone,
    is_of_another_kind,
    is_apposed_to_another,
    is_not_told,
    is_part_of_the_name,
    is_silent_cell,
)
# Against one that may be: "troops" are soldiers, and "the United Kingdom" is Britain.
_DOUBTFUL = -2.0
_DOUBTFUL_WORDS = (is_of_another, is_another_count)


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
        people = people_asked_about(question, [hit.article.text for hit in hits])
        best: dict[tuple[str, Span], Evidence] = {}
        for finding in self._reader.find(question, in_context(self._library, hits)):
            hit = hits[finding.text]
            names = understood(people, hit.article.text, finding.sentence)
            covered = coverage(weights, hit, finding.sentence, implied, names)
            odds = log_odds(finding.scores.margin, hit.score, covered)
            if _is_unfit(question, people, hit, finding):
                odds += _UNFIT
            elif _is_doubtful(question, hit, finding):
                odds += _DOUBTFUL
            short = finding.span if _may_stand_alone(question, hit, finding) else None
            item = Evidence(hit.article, finding.sentence, probability(odds), odds, short)
            known = best.setdefault((hit.article.id, finding.sentence), item)
            if known.relevance < item.relevance:
                best[hit.article.id, finding.sentence] = item
        found = self._set_right(question, list(best.values()), [hit.article for hit in hits])
        return sorted(found, key=lambda item: -item.relevance)

    def _set_right(
        self, question: str, evidence: Sequence[Evidence], articles: Sequence[Article]
    ) -> list[Evidence]:
        """The evidence with what is taken back made unlikely, and the sentence that sets it right
        as likely as what it takes the place of."""
        found = {(item.article.id, item.span): item for item in evidence}
        for item in evidence:
            if not is_retracted(item.article, item.span, item.short or item.span, articles):
                continue
            odds = item.relevance + _UNFIT
            found[item.article.id, item.span] = replace(
                item, confidence=probability(odds), relevance=odds
            )
            correction = correction_of(item.article.text, item.span)
            if correction is None or correction.published != item.span:
                continue
            right = replace(
                item, span=correction.right, short=self._short(question, item, correction)
            )
            known = found.setdefault((item.article.id, correction.right), right)
            if known.relevance < right.relevance:
                found[item.article.id, correction.right] = right
        return list(found.values())

    def _short(self, question: str, item: Evidence, correction: Correction) -> Span | None:
        """The words that answer in the sentence that sets right, read after what it takes back."""
        if item.short is None:
            return None
        span = Span(correction.published.start, correction.right.end)
        text = Text(item.article.text, span, (correction.right,), item.article.title or "")
        return next((found.span for found in self._reader.find(question, [text])), None)


def _is_unfit(question: str, people: Sequence[Person], hit: Hit, finding: Finding) -> bool:
    """Whether the sentence cannot be the answer, for what it says or for whom it speaks to."""
    text, sentence = hit.article.text, finding.sentence
    return (
        any(unfit(question, text, sentence, finding.span) for unfit in _UNFIT_WORDS)
        or is_of_a_namesake(people, text, sentence)
        or is_heading(sentence.of(text))
        or speaks_to_a_model(sentence.of(text))
    )


def _is_doubtful(question: str, hit: Hit, finding: Finding) -> bool:
    """Whether the sentence seems to be about another thing than the one that is asked about."""
    text, sentence = hit.article.text, finding.sentence
    return any(seems(question, text, sentence, finding.span) for seems in _DOUBTFUL_WORDS)


def _may_stand_alone(question: str, hit: Hit, finding: Finding) -> bool:
    return is_telling(question, hit.article.text, finding.sentence, finding.span)


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
