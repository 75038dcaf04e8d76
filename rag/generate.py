"""Evidence -> an answer in a language model's words, of which only what is supported is shown.

Every sentence is checked against the evidence it cites before anybody sees it. One that fails is
written once more from that evidence alone; if that fails too, the quote stands in its place. A copy
of evidence is shown as the quote that it is, and what is said already is not said again.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from ingest.article import Span
from rag.answer import Answer, AnswerSentence, Citation, Evidence, Stance
from rag.drafts import Draft, drafts
from rag.llm import Price, constraint_for, label_of
from rag.markup import plain
from rag.prompt import (
    answer_schema,
    prompt_version,
    question_messages,
    repair_messages,
    speaks_to_a_model,
    within,
)
from rag.prose import is_copy, is_report, only_asks
from rag.request import Deadline, GenerationError, Spent, write
from rag.support import SupportChecker
from rag.words import DENIAL, distinct_stems, numbers, stems

if TYPE_CHECKING:
    from rag.llm import LLM

TIMEOUT_S = 60.0
_MOST_EVIDENCE = 8
_EVIDENCE_TOKENS = 1_500
_MOST_CITED = 3  # by one sentence: together, many say almost anything
_MAY_BE_READ = 0.5  # of the threshold: what a model reads need not be sure enough to be an answer
_FEWEST_SHARED = 2  # content words: "So it is" follows from anything
WITHHELD = "The language model was not asked, for the articles that answer give orders to models"
UNREADABLE = "The language model wrote no sentence"
UNSUPPORTED = "Nothing that the language model wrote is supported by what it cites"
OWN_WORDS = "these are the articles' own words."


class GenerativeAnswerer:
    """Answers in the words of `llm`; threads may share it.

    An answer takes at most `timeout_s` seconds of writing; what has passed by then is shown.
    Without a `price` its cost is not known.
    """

    def __init__(
        self,
        llm: LLM,
        *,
        timeout_s: float = TIMEOUT_S,
        price: Price | None = None,
        checker: SupportChecker | None = None,
    ) -> None:
        self.llm = llm
        self.name = label_of(llm)
        self.timeout_s = timeout_s
        self.price = price
        self.checker = checker or SupportChecker()

    def stream(
        self,
        composed: Answer,
        evidence: Sequence[Evidence],
        *,
        threshold: float,
        max_sentences: int,
        stop: threading.Event | None = None,
    ) -> Generator[AnswerSentence | Answer, None, None]:
        """Each sentence when it has passed, then the whole answer.

        `composed` is the extractive answer to the same question. Where the model fails, or nothing
        that it writes is supported, that is the answer, and a notice says so. What the model leaves
        out of it and denies the answer, or has other figures, is shown as a quote in any case.
        """
        page = _Page(composed, threshold, max_sentences)
        spent = Spent()
        notice = None
        given = self._evidence(composed, evidence, threshold, max_sentences)
        if given:
            deadline = Deadline.after(self.timeout_s, stop)
            try:
                notice = yield from self._write(page, given, deadline, spent)
            except GenerationError as error:
                notice = error.message.rstrip(".")
        else:
            notice = WITHHELD
        notice = _ending(notice, worded=page.passed)
        yield from page.complete()
        yield replace(
            composed,
            sentences=tuple(page.sentences),
            short=page.short,
            copied=page.copied,
            replaced=page.replaced,
            dropped=page.dropped,
            notice=notice,
            usage=self._usage(spent),
            engine={"llm": self.name, "prompt": prompt_version()},
        )

    def _evidence(
        self, composed: Answer, evidence: Sequence[Evidence], threshold: float, most: int
    ) -> list[Evidence]:
        """What the model reads: the sentences of the extractive answer, then others that are half
        as sure; none of an article that speaks to models."""
        answering = [s for s in composed.sentences if s.stance == "answer"]
        disputing = [s for s in composed.sentences if s.stance != "answer"]
        taken = {_place(c) for s in (*answering, *disputing) for c in s.citations}
        quoted = [
            Evidence(c.article, Span(c.start, c.end), composed.confidence, 0.0)
            for sentence in answering
            for c in sentence.citations
        ]
        more = [
            item
            for item in evidence
            if item.confidence >= _MAY_BE_READ * threshold and _place(_citation(item)) not in taken
        ]
        chosen = [item for item in (*quoted, *more) if not _gives_orders(item)][:_MOST_EVIDENCE]
        window = self.llm.metadata.context_window
        budget = min(_EVIDENCE_TOKENS, int(0.6 * window) if window > 0 else _EVIDENCE_TOKENS)
        texts = [item.quote for item in chosen]
        return chosen[: within(budget, composed.question, texts, most)]

    def _write(
        self, page: _Page, given: Sequence[Evidence], deadline: Deadline, spent: Spent
    ) -> Generator[AnswerSentence, None, str | None]:
        """The sentences that pass, and quotes for those that do not; returns what went wrong."""
        asked = question_messages(page.question, [item.quote for item in given], page.most)
        schema = answer_schema(range(1, len(given) + 1), page.most)
        reply = write(self.llm, asked, deadline, spent, constraint_for(self.llm, schema))
        written: set[str] = set()
        with closing(reply):
            for draft in drafts(reply):
                if draft.text in written or len(written) == 2 * page.most:
                    break  # it goes round in circles, or on and on
                written.add(draft.text)
                shown = self._show(page, draft, given, deadline, spent)
                if shown is not None:
                    yield shown
                if len(page.sentences) == page.most:
                    break
        if not written:
            return UNREADABLE
        return None if page.passed else UNSUPPORTED

    def _show(
        self,
        page: _Page,
        draft: Draft,
        given: Sequence[Evidence],
        deadline: Deadline,
        spent: Spent,
    ) -> AnswerSentence | None:
        """The sentence, or the one that is written in its stead, or the quote, or nothing."""
        cited = [given[n - 1] for n in draft.numbers if 1 <= n <= len(given)][:_MOST_CITED]
        text = draft.text
        found = self._supporting(page, text, cited, given)
        if cited and not found and (mended := self._mended(page, cited, deadline, spent)):
            text, found = mended, self._supporting(page, mended, cited, cited)
        return self._tell(page, text, found) if found else page.put_in_place(cited)

    def _tell(self, page: _Page, text: str, evidence: Sequence[Evidence]) -> AnswerSentence | None:
        """A sentence that passed, unless one that is there says it already."""
        page.passed = True
        if any(text == said.text or self._score(text, [said.text]) for said in page.sentences):
            page.dropped += 1
            return None
        return page.write(text, evidence)

    def _supporting(
        self, page: _Page, text: str, cited: Sequence[Evidence], given: Sequence[Evidence]
    ) -> Sequence[Evidence]:
        """The evidence that supports a sentence: what it copies; what it cites, as far as that is
        needed; else the one that does best."""
        if copied := [item for item in given if is_copy(text, item.quote)]:
            return copied[:1]
        if not is_report(text) or only_asks(text, page.question):
            return ()
        if self._score(text, [item.quote for item in cited]) > 0:
            return self._needed(text, cited)
        scored = [(self._score(text, [item.quote]), item) for item in given]
        best, item = max(scored, key=lambda pair: pair[0])
        return [item] if best > 0 else ()

    def _needed(self, text: str, cited: Sequence[Evidence]) -> Sequence[Evidence]:
        """The one that supports a sentence alone and has all of its words that they have together,
        else all."""
        if len(cited) > 1:
            words = set(stems(text)) & distinct_stems(item.quote for item in cited)
            for item in cited:
                if words <= set(stems(item.quote)) and self._score(text, [item.quote]) > 0:
                    return [item]
        return cited

    def _score(self, text: str, quotes: Sequence[str]) -> float:
        """How sure it is that quotes support a sentence; 0 where it is not shown for them, or
        hardly speaks of what they speak of."""
        if len(set(stems(text)) & distinct_stems(quotes)) < _FEWEST_SHARED:
            return 0.0
        support = self.checker.check(text, quotes)
        return support.score if support.supported else 0.0

    def _mended(
        self, page: _Page, cited: Sequence[Evidence], deadline: Deadline, spent: Spent
    ) -> str | None:
        """The sentence written once more from its evidence alone; None where there is none."""
        numbers = range(1, len(cited) + 1)
        texts = [item.quote for item in cited]
        asked = repair_messages(page.question, zip(numbers, texts, strict=True))
        constraint = constraint_for(self.llm, answer_schema(numbers, 1))
        try:
            with closing(write(self.llm, asked, deadline, spent, constraint)) as reply:
                draft = next(drafts(reply), None)
        except GenerationError:
            return None
        return draft.text if draft else None

    def _usage(self, spent: Spent) -> dict[str, float]:
        if self.price is None:
            return asdict(spent)
        cost = self.price.of(spent.prompt_tokens, spent.completion_tokens)
        return {**asdict(spent), "cost_usd": round(cost, 6)}


class _Page:
    """The sentences of an answer so far, with the numbers of their citations."""

    def __init__(self, composed: Answer, threshold: float, most: int) -> None:
        self.question = composed.question
        self.most = most
        self.sentences: list[AnswerSentence] = []
        self.passed = False
        self.copied = 0
        self.replaced = 0
        self.dropped = 0
        self._composed = composed
        self._threshold = threshold
        self._numbers: dict[tuple[str, int, int], int] = {}

    @property
    def short(self) -> str | None:
        """The short answer, where it stands in the first cited sentence or what that rests on."""
        first = next((one for one in self.sentences if one.citations), self.sentences[0])
        texts = (first.text, *(c.quote for c in first.citations))
        short = self._composed.short
        return short if short and any(short in plain(text) for text in texts) else None

    def write(self, text: str, evidence: Sequence[Evidence]) -> AnswerSentence:
        """A sentence of the model; the quote, where it is a copy."""
        cited = [_citation(item) for item in evidence]
        if is_copy(text, cited[0].quote):
            self.copied += 1
            return self._quote(cited[0])
        return self._add(AnswerSentence(text, "generated", self._numbered(cited)))

    def put_in_place(self, evidence: Iterable[Evidence]) -> AnswerSentence | None:
        """The first quote that is sure enough to be an answer, for a sentence that failed."""
        for item in evidence:
            if item.confidence >= self._threshold and not self._cites(_citation(item)):
                self.replaced += 1
                return self._quote(_citation(item))
        self.dropped += 1
        return None

    def complete(self) -> Generator[AnswerSentence, None, None]:
        """What the extractive answer has and the page lacks: all of it where no sentence of the
        model passed, else denials, other figures and what disputes the answer; and of which part
        of the question the articles do not say."""
        told = " ".join(s.text for s in self.sentences)
        for sentence in self._composed.sentences:
            if sentence.kind == "abstention":
                yield self._add(sentence)
            needed = not self.passed or sentence.stance == "dispute" or _differs(sentence, told)
            if needed and not any(self._cites(c) for c in sentence.citations):
                for citation in sentence.citations:
                    yield self._quote(citation, sentence.stance)

    def _quote(self, citation: Citation, stance: Stance = "answer") -> AnswerSentence:
        cited = self._numbered([citation])
        return self._add(AnswerSentence(citation.quote, "quote", cited, stance))

    def _add(self, sentence: AnswerSentence) -> AnswerSentence:
        self.sentences.append(sentence)
        return sentence

    def _cites(self, citation: Citation) -> bool:
        return _place(citation) in self._numbers

    def _numbered(self, citations: Iterable[Citation]) -> tuple[Citation, ...]:
        """The citations with their numbers on this page, in the order in which they came."""
        return tuple(
            replace(c, number=self._numbers.setdefault(_place(c), len(self._numbers) + 1))
            for c in citations
        )


def _differs(sentence: AnswerSentence, told: str) -> bool:
    """Whether a quote denies something, or has figures that were not told."""
    return bool(DENIAL.search(sentence.text)) or not numbers(sentence.text) <= numbers(told)


def _gives_orders(item: Evidence) -> bool:
    return speaks_to_a_model(f"{item.article.title or ''}\n{item.article.text}")


def _ending(problem: str | None, *, worded: bool) -> str | None:
    """What is told of a problem, and what the answer is then."""
    if problem is None:
        return None
    return f"{problem}." if worded else f"{problem}; {OWN_WORDS}"


def _citation(item: Evidence) -> Citation:
    return Citation(1, item.article, item.span.start, item.span.end, item.quote)


def _place(citation: Citation) -> tuple[str, int, int]:
    return citation.article.id, citation.start, citation.end
