"""Item + what the system did with it -> scores. Each task's scores are one function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from eval.benchmark import Asked, Gold, Item, Scores
from eval.measures import (
    ArticleSpan,
    Quoted,
    citation_validity,
    contains_answer,
    evidence_precision,
    exact_match,
    f1,
    mrr_at_k,
    ndcg_at_k,
    recall_at_k,
    words,
)
from eval.measures.tokens import CITATION_MARK
from eval.system import Cited, Found, Reply
from ingest.article import Article, Span

CUTOFFS = (1, 3, 5, 10)
RANKING_CUTOFFS = (1, 3, 5, 10, 20, 100)


def score_answer(
    item: Item, asked: Asked, articles: Mapping[str, Article], *, cites: bool = True
) -> Scores:
    """The scores of a free answer with citations.

    Right is: an answer that contains every part; for a derived answer, one that cites a gold
    quote (from a system that cites nothing, one that contains every part); for a question that
    the articles do not answer, the abstention. A failed question is wrong in everything.
    """
    reply = asked.reply
    right = is_right(item, reply, cites=cites)
    scores: Scores = {
        "right": None if right is None else float(right),
        "right_answerable": None,
        "unsaid_right": _unsaid_right(item, reply, cites=cites),
        "words": float(words(reply.text)) if reply and reply.answered else None,
        "tokens": float(reply.tokens) if reply and reply.answered else None,
        "citation_validity": _validity(reply, articles),
        "failed": float(asked.error is not None),
    }
    if item.answerable:
        scores["right_answerable"] = scores["right"]
    if item.answerable and item.gold.evidence and cites:
        scores |= _evidence(item.gold, reply, failed=asked.error is not None)
    if item.answerable and item.gold.evidence:
        scores |= _found(item.gold, asked)
    return scores


def is_right(item: Item, reply: Reply | None, *, cites: bool = True) -> bool | None:
    """Whether a reply is right; no reply never is. None where the gold cannot tell: an answerable
    question without parts."""
    if item.answerable and not item.gold.parts:
        return None
    if reply is None:
        return False
    if not item.answerable:
        return not reply.answered
    if not reply.answered:
        return False
    if item.gold.derived and cites:
        return any(_overlaps(cited, item.gold.spans) for cited in spans(reply.citations))
    return contains_answer(reply.text, item.gold.parts)


def short_answer(reply: Reply | None) -> str:
    """The few words that SQuAD's measures compare: "" for no answer, the whole text of a system
    that gives no short one."""
    if reply is None or not reply.answered:
        return ""
    return reply.short or CITATION_MARK.sub(" ", reply.text)


def score_squad(
    item: Item, asked: Asked, articles: Mapping[str, Article], *, cites: bool = True
) -> Scores:
    """SQuAD's measures of the short answer, beside those of `score_answer`."""
    prediction, golds = short_answer(asked.reply), item.gold.short
    exact, overlap = exact_match(prediction, golds), f1(prediction, golds)
    if asked.error is not None:
        exact = overlap = 0.0
    return {
        **score_answer(item, asked, articles, cites=cites),
        "exact": exact,
        "f1": overlap,
        "has_answer_exact": exact if item.answerable else None,
        "has_answer_f1": overlap if item.answerable else None,
        "no_answer_exact": None if item.answerable else exact,
    }


def score_ranking(
    item: Item, asked: Asked, articles: Mapping[str, Article], *, cites: bool = True
) -> Scores:
    """nDCG, recall and MRR of the articles whose passages were found, each at its best rank."""
    ranking = list(dict.fromkeys(found.article for found in asked.found or ()))
    judged, rankings = {item.id: item.gold.judged}, {item.id: ranking}
    scores: Scores = {"failed": float(asked.error is not None)}
    for k in RANKING_CUTOFFS:
        for name, measure in (("ndcg", ndcg_at_k), ("recall", recall_at_k), ("mrr", mrr_at_k)):
            scores[f"{name}@{k}"] = measure(rankings, judged, k=k)[item.id]
    return scores


def score_decision(
    item: Item, asked: Asked, articles: Mapping[str, Article], *, cites: bool = True
) -> Scores:
    """Whether what was decided is right. A failure is wrong."""
    return {
        "decided_right": float(asked.decision is item.gold.decision),
        "failed": float(asked.error is not None),
    }


def spans(places: Iterable[Cited | Found]) -> list[ArticleSpan]:
    """Citations or passages as spans of articles."""
    return [ArticleSpan(one.article, Span(one.start, one.end)) for one in places]


def reached_parts(places: Sequence[ArticleSpan], gold: Gold) -> float:
    """The share of the answer's parts for which some place overlaps a span that says them."""
    return _share(any(_overlaps(place, part) for place in places) for part in gold.evidence)


def reached_articles(places: Sequence[ArticleSpan], gold: Gold) -> float:
    """The share of the answer's parts for which some place is in an article that says them."""
    named = {place.article for place in places}
    return _share(any(span.article in named for span in part) for part in gold.evidence)


def _unsaid_right(item: Item, reply: Reply | None, *, cites: bool) -> float | None:
    """Whether the answer, said or held back, is right: what a confidence must foretell.

    None where nobody knows what an abstention held back. No answer to a question that has none
    is right.
    """
    said = reply if reply is None or reply.answered else reply.unsaid
    if reply is not None and said is None:
        return None
    if not item.answerable:
        return 0.0
    right = is_right(item, said, cites=cites)
    return None if right is None else float(right)


def _evidence(gold: Gold, reply: Reply | None, *, failed: bool) -> Scores:
    cited = spans(reply.citations) if reply and reply.answered else []
    precision = evidence_precision(cited, gold.spans)
    return {
        "evidence_precision": 0.0 if failed else precision,
        "first_evidence": 0.0 if failed else evidence_precision(cited[:1], gold.spans),
        "evidence_recall": reached_parts(cited, gold),
    }


def _found(gold: Gold, asked: Asked) -> Scores:
    """How much of the gold is in the top passages; nothing for a system that shows none."""
    if asked.found is None and asked.error is None:
        return {}
    ranked = spans(asked.found or ())
    scores: Scores = {}
    for cutoff in CUTOFFS:
        scores[f"article_recall@{cutoff}"] = reached_articles(ranked[:cutoff], gold)
        scores[f"quote_recall@{cutoff}"] = reached_parts(ranked[:cutoff], gold)
    reply = asked.reply
    if reply is None or reply.confidence is not None:  # else its reading is not known
        first = [reply.read_first] if reply and reply.read_first else []
        scores["read_first_article"] = reached_articles(spans(first), gold)
    return scores


def _validity(reply: Reply | None, articles: Mapping[str, Article]) -> float | None:
    """The share of citations that hold; one of an article that nobody knows does not."""
    if reply is None:
        return None
    return citation_validity(
        Quoted(
            articles[cited.article].text if cited.article in articles else "",
            cited.start,
            cited.end,
            cited.quote,
        )
        for cited in reply.citations
    )


def _overlaps(place: ArticleSpan, others: Iterable[ArticleSpan]) -> bool:
    return any(
        place.article == other.article and place.span.overlaps(other.span) for other in others
    )


def _share(hits: Iterable[bool]) -> float:
    known = list(hits)
    return sum(known) / len(known)
