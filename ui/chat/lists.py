"""The lists of the page as HTML: conversations, articles, and what became of what was added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from html import escape
from itertools import groupby

from ingest.catalog import ArticleEntry
from ingest.errors import GroundwireError
from ingest.pipeline import Report
from rag.render_html import day, words
from rag.sessions import ConversationInfo
from ui.chat.buttons import icon, icon_button
from ui.terminal import counted

_MOST_ARTICLES = 200


def conversations_html(
    conversations: Sequence[ConversationInfo], current: str, today: date | None = None
) -> str:
    """The conversations, the one asked last first, under the days that they were asked on, and a
    way to begin another."""
    today = today or datetime.now().astimezone().date()
    days = groupby(conversations, key=lambda info: _when(info.updated, today))
    lists = "".join(
        f'<h3>{when}</h3><ul class="conversations">'
        f"{''.join(_conversation(info, current) for info in group)}</ul>"
        for when, group in days
    )
    return (
        f'<div class="brand">{icon("ground")}Groundwire</div>'
        f"{_NEW}"
        f'<nav aria-label="Conversations">{lists}</nav>'
        f"<footer>{icon_button('theme', 'Light or dark', 'theme')}"
        f'<details class="menu keys"><summary aria-label="Keys" title="Keys">{icon("keys")}'
        f"</summary><dl>{_KEYS}</dl></details></footer>"
    )


_NEW = (
    f'<button type="button" class="new" data-do="new">{icon("new")}'
    "<span>New conversation</span></button>"
)
_KEYS = "".join(
    f"<dt><kbd>{keys}</kbd></dt><dd>{does}</dd>"
    for keys, does in (
        ("/", "to the question"),
        ("Enter", "ask"),
        ("Shift Enter", "new line"),
        ("n p", "next, previous citation"),
        ("Esc", "close the article"),
    )
)


def _when(moment: str, today: date) -> str:
    days = (today - datetime.fromisoformat(moment).astimezone().date()).days
    return (
        "Today" if days < 1 else "Yesterday" if days < 2 else "Last week" if days < 8 else "Older"
    )


def _conversation(info: ConversationInfo, current: str) -> str:
    chosen = ' aria-current="true"' if info.id == current else ""
    rename = icon_button("rename-here", f"Rename {info.title}", "rename", id=info.id)
    delete = icon_button("delete", f"Delete {info.title}", "delete", id=info.id)
    return (
        f'<li data-key="{escape(info.id)}"{chosen}><button type="button" class="open"'
        f' data-do="open" data-id="{escape(info.id)}">{words(info.title)}</button>{rename}{delete}'
        "</li>"
    )


def articles_html(entries: Sequence[ArticleEntry], total: int) -> str:
    """The articles that were searched for, newest first, each to be read or removed."""
    shown = entries[:_MOST_ARTICLES]
    rows = "".join(_article(entry) for entry in shown)
    count = counted(total, "article")
    if len(entries) < total:
        count = f"{len(entries):,} of {count}"
    if len(shown) < len(entries):
        count += f"; the first {len(shown)} are shown"
    said = f'<p class="total" role="status" data-total="{total:,}">{count}</p>'
    return f'{said}<ul class="articles">{rows}</ul>'


def _article(entry: ArticleEntry) -> str:
    known = [entry.outlet, day(entry.published), entry.author]
    line = " · ".join(words(part) for part in known if part) or words(entry.source)
    title = f'{words(entry.name)}<span class="from">{line}</span>'
    return (
        f'<li data-key="{escape(entry.id)}"><button type="button" class="open" data-do="article"'
        f' data-id="{escape(entry.id)}">{title}</button>'
        f"{icon_button('remove', f'Remove {entry.name}', 'delete', id=entry.id)}</li>"
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


def filters_html(source: str, since: str, until: str, problem: str = "") -> str:
    """Which articles may answer, in words, to be changed and cleared; `problem` is what is wrong
    with the dates."""
    dates = (f"from {since}" if since else "", f"to {until}" if until else "")
    chosen = [words(part) for part in (source, *dates) if part]
    said = " · ".join(chosen) or "All sources, any date"
    clear = icon_button("clear", "Any source, any date", "close") if chosen else ""
    wrong = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    return (
        f'<div class="chosen"{" data-some" if chosen else ""}><button type="button"'
        f' data-do="filters" title="Which articles may answer">{icon("filter")}<span>{said}</span>'
        f"</button>{clear}</div>{wrong}"
    )
