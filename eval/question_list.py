"""The questions of a report, worst first: answer, gold, and citations marked in their articles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

from eval.measure_table import MEASURES
from eval.records import Record, Results
from eval.report import Group, badness, verdict_on
from eval.system import Cited, Reply
from ingest.article import Article

_MOST_QUESTIONS = 300
_MOST_GOLD_ARTICLES = 3
_AROUND = 160
_SHOWN_SCORES = ("evidence_precision", "evidence_recall", "quote_recall@5", "f1", "ndcg@10")


class Mark(NamedTuple):
    """Characters of an article to mark, as "cited" or "gold"."""

    start: int
    end: int
    kind: str


def browser(group: Group) -> str:
    """Every question with what each run made of it, and the controls to filter them."""
    by_run = {name: {r.id: r for r in run.records} for name, run in group.runs.items()}
    questions = sorted(
        group.first.records,
        key=lambda record: (
            -max(badness(records[record.id]) for records in by_run.values() if record.id in records)
        ),
    )
    entries = [
        _question(record, group, {name: found.get(record.id) for name, found in by_run.items()})
        for record in questions[:_MOST_QUESTIONS]
    ]
    left = len(questions) - len(entries)
    more = f"<p>{left} more are in the results files.</p>" if left else ""
    return f'<div class="browser">{_controls(group)}{"".join(entries)}{more}</div>'


def excerpts(article: Article, marks: Iterable[Mark]) -> str:
    """The article's words around the marks, escaped, with the marked characters in <mark>."""
    text = article.text
    known = sorted(mark for mark in marks if 0 <= mark.start < mark.end <= len(text))
    pieces = []
    for start, end in _windows(text, known):
        edges = sorted({start, end, *(e for m in known for e in m[:2] if start < e < end)})
        body = "".join(
            _piece(text[left:right], [m.kind for m in known if m.start < right and left < m.end])
            for left, right in pairwise(edges)
        )
        before, after = "… " if start else "", " …" if end < len(text) else ""
        pieces.append(f"<p>{before}{body}{after}</p>")
    return "".join(pieces)


def _piece(words: str, kinds: Sequence[str]) -> str:
    if not kinds:
        return escape(words)
    return f'<mark class="{" ".join(sorted(set(kinds)))}">{escape(words)}</mark>'


def _windows(text: str, marks: Sequence[Mark]) -> Iterator[tuple[int, int]]:
    """The stretches to show: some words around each mark; those that touch are one."""
    merged: list[tuple[int, int]] = []
    for mark in marks:
        start = text.rfind(" ", 0, max(0, mark.start - _AROUND)) + 1
        end = text.find(" ", min(len(text), mark.end + _AROUND))
        end = len(text) if end < 0 else end
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    yield from merged


def _controls(group: Group) -> str:
    records = group.first.records
    types = sorted({record.type for record in records})
    verdicts = sorted({verdict_on(r) for run in group.runs.values() for r in run.records})
    return (
        '<div class="controls"><input type="search" placeholder="Search the questions"'
        ' aria-label="Search the questions">'
        f"{_select('verdict', verdicts)}{_select('type', types)}"
        '<span class="count" aria-live="polite"></span></div>'
    )


def _select(name: str, values: Sequence[str]) -> str:
    options = "".join(f"<option>{escape(value)}</option>" for value in values)
    return (
        f'<select data-filter="{name}" aria-label="{name}"><option value="">any {name}</option>'
        f"{options}</select>"
    )


def _question(record: Record, group: Group, runs: Mapping[str, Record | None]) -> str:
    known = {name: found for name, found in runs.items() if found is not None}
    verdicts = {name: verdict_on(found) for name, found in known.items()}
    badges = "".join(
        f'<span class="badge {verdict}" title="{escape(name, quote=True)}">{verdict}</span>'
        for name, verdict in verdicts.items()
    )
    shown = "".join(
        _run(name if len(group.runs) > 1 else "", found, group.runs[name])
        for name, found in known.items()
    )
    earlier = "".join(f"<li>{escape(asked)}</li>" for asked in record.history)
    before = f'<ol class="earlier">{earlier}</ol>' if earlier else ""
    return (
        f'<details class="q" data-type="{escape(record.type, quote=True)}"'
        f' data-verdict="{" ".join(sorted(set(verdicts.values())))}"><summary>{badges}'
        f'<span class="asked">{escape(record.question)}</span>'
        f"<small>{escape(record.type)} · {escape(record.id)}</small></summary>"
        f"{before}{_gold(record)}{shown}</details>"
    )


def _gold(record: Record) -> str:
    gold = record.gold
    if gold.decision is not None:
        return f'<p class="gold-answer"><b>Gold</b> {escape(record.type)}</p>'
    if not record.answerable:
        said = gold.reference or "The articles do not say."
        return f'<p class="gold-answer"><b>Gold</b> no answer: {escape(said)}</p>'
    parts = "; ".join(" / ".join(escape(alias) for alias in part) for part in gold.parts)
    derived = " (derived: any citation of the evidence will do)" if gold.derived else ""
    judged = ", ".join(escape(name) for name, grade in gold.judged.items() if grade)
    said = parts or escape(gold.reference or "") or judged
    return f'<p class="gold-answer"><b>Gold</b> {said}{derived}</p>'


def _run(name: str, record: Record, results: Results) -> str:
    heading = f"<h4>{escape(name)}</h4>" if name else ""
    if record.asked.error is not None:
        return f'{heading}<p class="error">{escape(record.asked.error)}</p>'
    reply = record.reply
    scores = " · ".join(
        f"{escape(MEASURES[score].title)} {MEASURES[score].shown(value)}"
        for score in _SHOWN_SCORES
        if (value := record.scores.get(score)) is not None
    )
    if record.asked.decision is not None:
        return f"{heading}<p>Decided: {'yes' if record.asked.decision else 'no'}</p>"
    if reply is None:
        found = ", ".join(escape(one.article) for one in (record.asked.found or ())[:10])
        return f"{heading}<p>Found: {found or 'nothing'}</p><p><small>{scores}</small></p>"
    sure = "" if reply.confidence is None else f" · confidence {reply.confidence:.2f}"
    unsaid = ""
    if reply.unsaid:
        unsaid = f'<p class="unsaid"><b>Held back</b> {escape(reply.unsaid.text)}</p>'
    short = f"<b>{escape(reply.short)}</b> " if reply.short else ""
    return (
        f'{heading}<p class="answer">{short}{escape(reply.text)}</p>{unsaid}'
        f"<p><small>{scores}{sure}</small></p>{_sources(record, reply, results)}"
    )


def _sources(record: Record, reply: Reply, results: Results) -> str:
    """Each cited article, then some of the gold ones that were not cited."""
    said = reply if reply.answered else reply.unsaid or reply
    cited = list(dict.fromkeys(one.article for one in said.citations))
    gold = dict.fromkeys(span.article for span in record.gold.spans)
    others = [source for source in gold if source not in cited][:_MOST_GOLD_ARTICLES]
    return "".join(
        _source(results.articles[source], list(_marks(source, said.citations, record)))
        for source in [*cited, *others]
        if source in results.articles
    )


def _marks(source: str, citations: Sequence[Cited], record: Record) -> Iterator[Mark]:
    for one in citations:
        if one.article == source:
            yield Mark(one.start, one.end, "cited")
    for span in record.gold.spans:
        if span.article == source:
            yield Mark(span.span.start, span.span.end, "gold")


def _source(article: Article, marks: Sequence[Mark]) -> str:
    known = [article.title, article.outlet, (article.published or "")[:10]]
    name = ", ".join(part for part in known if part) or article.source
    return (
        f'<div class="source"><b>{escape(name)}</b> <small>{escape(article.source)}</small>'
        f"{excerpts(article, marks)}</div>"
    )
