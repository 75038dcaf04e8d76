"""Questions that ask for an account of something, where no words of an article are the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.article import Span
from rag.answer import Evidence
from rag.central import centrality
from rag.retrieve import Hit
from rag.words import distinct_stems, stems

CONFIDENCE = 0.5
"""Of an account: that the articles speak of its topic is sure, that this is what was wanted is
not."""

_FEWEST_WORDS = 5
_ASKS_FOR_ONE = re.compile(
    r"^(?:please |can you |could you )*(?:"
    r"what(?:['’]s| is| has been| was)? (?:happen(?:ed|ing|s)|going on|(?:the )?(?:news|latest))"
    r"(?: (?:in|at|on|to|with|about|from|around))?"
    r"|(?:tell|give) (?:me|us) (?:(?:more|something|everything|an? (?:overview|summary|account)) )?"
    r"(?:about|of)"
    r"|what do (?:you|we|the articles) (?:know|say) (?:about|of)|what is known (?:about|of)"
    r"|describe|summari[sz]e)\s+(?P<topic>.+?)\W*$",
    re.IGNORECASE,
)


def topic_of(question: str) -> str | None:
    """What an account is asked for of; None for any other question."""
    asked = _ASKS_FOR_ONE.match(question)
    return asked["topic"] if asked else None


def account(topic: str, hits: Sequence[Hit]) -> list[Evidence]:
    """The sentences of the passages that have every word of the topic, most central first."""
    wanted = distinct_stems([topic])
    places = [
        (hit, span)
        for hit in hits
        for span in hit.passage.sentences
        if wanted and wanted <= set(stems(span.of(hit.article.text))) and _tells(hit, span)
    ]
    ranks = centrality([span.of(hit.article.text) for hit, span in places])
    evidence = [
        Evidence(hit.article, span, CONFIDENCE, rank)
        for (hit, span), rank in zip(places, ranks, strict=True)
    ]
    return sorted(evidence, key=lambda item: -item.relevance)


def _tells(hit: Hit, span: Span) -> bool:
    sentence = span.of(hit.article.text)
    return len(sentence.split()) >= _FEWEST_WORDS and sentence[0] not in "#|"
