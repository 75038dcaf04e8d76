"""The lists of the page as HTML: conversations, articles, and what became of what was added."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ingest.catalog import ArticleEntry
from ingest.errors import GroundwireError
from ingest.pipeline import Report
from rag.render_html import day, words
from rag.sessions import ConversationInfo

_MOST_ARTICLES = 200


def conversations_html(conversations: Sequence[ConversationInfo], current: str) -> str:
    """The conversations, the one asked last first, and a way to begin another."""
    entries = "".join(_conversation(info, current) for info in conversations)
    return (
        '<div class="brand"><span class="wire" aria-hidden="true"></span>Groundwire</div>'
        '<button type="button" class="primary" data-do="new">New conversation</button>'
        f'<nav aria-label="Conversations"><ul class="conversations">{entries}</ul></nav>'
    )


def _conversation(info: ConversationInfo, current: str) -> str:
    chosen = ' aria-current="true"' if info.id == current else ""
    at = f'data-id="{escape(info.id)}"'
    title = escape(info.title)
    return (
        f'<li{chosen}><button type="button" class="open" data-do="open" {at}>{words(info.title)}'
        f'</button><button type="button" class="icon" data-do="rename-here" {at}'
        f' aria-label="Rename {title}" title="Rename">✎</button>'
        f'<button type="button" class="icon" data-do="delete" {at}'
        f' aria-label="Delete {title}" title="Delete">×</button></li>'
    )


def articles_html(entries: Sequence[ArticleEntry], total: int) -> str:
    """The articles that were searched for, newest first, each to be read or removed."""
    shown = entries[:_MOST_ARTICLES]
    rows = "".join(_article(entry) for entry in shown)
    count = (
        f"{len(entries):,} of {total:,} articles" if len(entries) < total else f"{total:,} articles"
    )
    if len(shown) < len(entries):
        count += f"; the first {len(shown)} are shown"
    return f'<p class="total" role="status">{count}</p><ul class="articles">{rows}</ul>'


def _article(entry: ArticleEntry) -> str:
    title = entry.title or entry.source.rstrip("/").rpartition("/")[2] or entry.source
    known = [entry.outlet, day(entry.published), entry.author]
    line = " · ".join(words(part) for part in known if part) or words(entry.source)
    at = f'data-id="{escape(entry.id)}"'
    return (
        f'<li><button type="button" class="open" data-do="article" {at}>{words(title)}'
        f'<span class="from">{line}</span></button>'
        f'<button type="button" class="icon" data-do="remove" {at}'
        f' aria-label="Remove {escape(title)}" title="Remove">×</button></li>'
    )


def progress_html(name: str, done: int, total: int) -> str:
    """A bar for what is being read."""
    share = min(1.0, done / total) if total else 0.0
    return (
        f'<div class="progress" role="status"><p>Reading {words(name)} …</p>'
        f'<progress max="100" value="{share * 100:.0f}" aria-label="Progress">{share:.0%}'
        "</progress></div>"
    )


def outcome_html(outcomes: Sequence[tuple[str, Report | GroundwireError]]) -> str:
    """What became of each file or address."""
    lines = "".join(_outcome(name, outcome) for name, outcome in outcomes)
    return f'<ul class="outcome" role="status">{lines}</ul>'


def _outcome(name: str, outcome: Report | GroundwireError) -> str:
    if isinstance(outcome, GroundwireError):
        return f'<li class="failed">{words(name)}: {words(str(outcome))}</li>'
    counts = {
        "added": len(outcome.added),
        "updated": len(outcome.updated),
        "already there": len(outcome.unchanged),
    }
    said = ", ".join(f"{n} {what}" for what, n in counts.items() if n) or "nothing added"
    problems = "".join(f"<br>{words(str(problem))}" for problem in outcome.failed)
    kind = "failed" if outcome.failed else "done"
    return f'<li class="{kind}">{words(name)}: {said}{problems}</li>'
