"""Evidence -> an answer in the articles' own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ingest.article import Article, Span
from rag.answer import ABSTENTION, Answer, AnswerSentence, Citation, Evidence, Stance
from rag.latest import latest_first
from rag.markup import plain
from rag.mentions import mentions
from rag.retracted import correction_of
from rag.retrieve import Hit
from rag.tables import header_of
from rag.words import DENIAL, NUMBER, REFERS_BACK, REVERSAL, distinct_stems, stems

_CLOSE_TO_BEST = 0.5
_SAME_WORDS = 0.8
_MOST_DISPUTES = 2
_NEIGHBOURHOOD = 2
# A denial is of the same matter with this part of the question's words that the answer has.
_LEAST_OF_QUESTION = 0.5
_MOST_OF_ITS_OWN = 1
_MOST_CLOSEST = 3
_FEWEST_WORDS = 4
_HEADING = "#"
_FIGURE = re.compile(r"\b(?:tall(?:y|ies)|figures?|numbers?|tolls?|counts?)\b", re.IGNORECASE)


def compose(
    question: str,
    evidence: Sequence[Evidence],
    hits: Sequence[Hit],
    *,
    threshold: float,
    max_sentences: int = 3,
) -> Answer:
    """The answer that the evidence gives, or the abstention when none reaches `threshold`.

    The best sentence comes first, or the newest of the nearly best where the latest is asked for,
    then those that are nearly as good and say something else, newest first, then what denies them.
    Each is a quote with its citation; a table's row is followed by the first of its table.
    """
    evidence = latest_first(question, evidence)
    best = evidence[0] if evidence else None
    if best is None or best.confidence < threshold:
        return abstain(question, hits, confidence=best.confidence if best else 0.0)
    chosen = _with_what_explains(_choose(evidence, max_sentences))
    disputes = _disputes(question, chosen, hits)
    sentences = [
        _sentence(number, item, "answer" if number <= len(chosen) else "dispute")
        for number, item in enumerate([*chosen, *disputes], start=1)
    ]
    short = plain(best.short.of(best.article.text)) if best.short else None
    return Answer(question, tuple(sentences), best.confidence, short)


def abstain(question: str, hits: Sequence[Hit], *, confidence: float) -> Answer:
    """The answer that the articles do not say, with the closest passages beside it."""
    closest = tuple(
        Citation(number, hit.article, hit.passage.span.start, hit.passage.span.end, hit.text)
        for number, hit in enumerate(hits[:_MOST_CLOSEST], start=1)
    )
    return Answer(
        question, (AnswerSentence(ABSTENTION, "abstention"),), confidence, closest=closest
    )


def _choose(evidence: Sequence[Evidence], most: int) -> list[Evidence]:
    """The best, then those nearly as good that say something else, newest first."""
    best, *others = evidence
    chosen = [best]
    for item in others:
        if len(chosen) == most or item.confidence < _CLOSE_TO_BEST * best.confidence:
            break
        is_new = not any(_says_the_same(item.quote, other.quote) for other in chosen)
        if is_new and _speaks(item.quote) and _is_english(item.article):
            chosen.append(item)
    return [best, *sorted(chosen[1:], key=lambda e: e.article.published or "", reverse=True)]


def _with_what_explains(chosen: Sequence[Evidence]) -> list[Evidence]:
    """The chosen, after the last row of each table what its columns are called, and after what sets
    right what it takes back, or the other way round."""
    found = list(chosen)
    for item in reversed(chosen):
        places = {(one.article.id, one.span) for one in found}
        more = _explains(item.article.text, item.span)
        if more and (item.article.id, more) not in places:
            added = Evidence(item.article, more, item.confidence, item.relevance)
            found.insert(found.index(item) + 1, added)
    return found


def _explains(text: str, span: Span) -> Span | None:
    if correction := correction_of(text, span):
        return correction.right if span.overlaps(correction.published) else correction.published
    return header_of(text, span)


def _speaks(quote: str) -> bool:
    """Whether it says something; a heading or a label does not."""
    return len(quote.split()) >= _FEWEST_WORDS and not quote.startswith(_HEADING)


def _is_english(article: Article) -> bool:
    """Whether it is in the language that the reader reads, as far as the article says."""
    return (article.language or "en").lower().startswith("en")


def _says_the_same(one: str, other: str) -> bool:
    first, second = set(stems(one)), set(stems(other))
    return len(first & second) >= _SAME_WORDS * min(len(first), len(second))


def _disputes(question: str, chosen: Sequence[Evidence], hits: Sequence[Hit]) -> list[Evidence]:
    """Sentences that deny what was chosen: next to it, or elsewhere about the same matter."""
    if any(DENIAL.search(item.quote) for item in chosen):
        return []
    matter = distinct_stems(item.quote for item in chosen)
    asked = set(stems(question))
    enough = _LEAST_OF_QUESTION * max(len(asked & set(stems(item.quote))) for item in chosen)
    found: list[Evidence] = []
    for hit, span, near in _other_sentences(chosen, hits):
        sentence = span.of(hit.article.text)
        words = set(stems(sentence))
        least_shared, least_asked = (2, min(enough, 1)) if near else (3, enough)
        same_matter = len(words & matter) >= least_shared and len(words & asked) >= least_asked
        related = same_matter or (near and bool(words & matter) and REFERS_BACK.search(sentence))
        if related and (
            _denies(sentence, chosen, matter | asked)
            or (same_matter and _reverses(sentence, hit.article, chosen))
        ):
            item = Evidence(hit.article, span, chosen[0].confidence, 0.0)
            if not any(_says_the_same(sentence, other.quote) for other in found):
                found.append(item)
    return found[:_MOST_DISPUTES]


def _denies(sentence: str, chosen: Sequence[Evidence], known: set[str]) -> bool:
    """Whether it denies something of the known words, or points back to what was chosen: to a
    figure only where one is."""
    denial = DENIAL.search(sentence)
    if denial is None or _has_its_own(sentence, known):
        return False
    if distinct_stems([sentence[denial.end() :]]) & known:
        return True
    back = REFERS_BACK.search(sentence)
    figure = any(NUMBER.search(item.quote) for item in chosen)
    return back is not None and (figure or not _FIGURE.search(sentence))


def _reverses(sentence: str, article: Article, chosen: Sequence[Evidence]) -> bool:
    """Whether a later article tells of an end to what was chosen: "the court overturned"."""
    last = max(item.article.published or "" for item in chosen)
    return REVERSAL.search(sentence) is not None and (article.published or "") > last


def _has_its_own(sentence: str, known: set[str]) -> bool:
    """Whether it names so much beside those who deny, places above all, that is not in the known
    words, that it is about something else."""
    named = {name.stem for name in mentions(sentence) if name.kind not in ("person", "group")}
    return sum(not set(stems(name)) <= known for name in named) > _MOST_OF_ITS_OWN


def _other_sentences(
    chosen: Sequence[Evidence], hits: Sequence[Hit]
) -> Iterable[tuple[Hit, Span, bool]]:
    """The sentences of the hits that were not chosen, and whether each stands near one that was;
    those near come first."""
    taken = {(item.article.id, item.span.start) for item in chosen}
    near: list[tuple[Hit, Span, bool]] = []
    far: list[tuple[Hit, Span, bool]] = []
    for hit in hits:
        starts = [span.start for span in hit.passage.sentences]
        places = [i for i, start in enumerate(starts) if (hit.article.id, start) in taken]
        for i, span in enumerate(hit.passage.sentences):
            if i not in places:
                close = any(abs(i - place) <= _NEIGHBOURHOOD for place in places)
                (near if close else far).append((hit, span, close))
    return [*near, *far]


def _sentence(number: int, item: Evidence, stance: Stance) -> AnswerSentence:
    citation = Citation(number, item.article, item.span.start, item.span.end, item.quote)
    return AnswerSentence(item.quote, "quote", (citation,), stance)
