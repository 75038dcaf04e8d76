"""A conversation as HTML: each question, its answer with chips to click, and what to do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from rag.answer import Answer, AnswerSentence, Citation
from rag.export import ExportFormat
from rag.render import as_text
from rag.render_html import answer_html, sentence_html, words
from rag.sessions import Rating
from rag.turns import Turn
from ui.chat.buttons import button, icon, icon_button

EXPORTS: Mapping[ExportFormat, tuple[str, str]] = {
    "markdown": ("Markdown", "md"),
    "html": ("HTML", "html"),
    "json": ("JSON", "json"),
}
"""The formats of an export: their name, and how the file's name ends."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A question whose answer is arriving; `note` is what happened if it does not go on."""

    question: str
    sentences: tuple[AnswerSentence, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Chat:
    """What the middle of the page shows."""

    id: str = ""
    title: str = ""
    turns: Mapping[int, Turn] = field(default_factory=dict)
    ratings: Mapping[int, Rating] = field(default_factory=dict)
    pending: Pending | None = None
    articles: int = 0


def transcript_html(chat: Chat) -> str:
    """The conversation, or what an empty one offers. The last turn can be asked again."""
    last = max(chat.turns, default=0)
    parts = [
        turn_html(number, turn, chat.ratings.get(number), last=number == last)
        for number, turn in chat.turns.items()
    ]
    if chat.pending:
        parts.append(_pending(last + 1, chat.pending))
    body = "".join(parts) or _empty(chat)
    return (
        f"{_bar(chat)}"
        f'<div class="turns" role="log" aria-live="polite" aria-label="Conversation"'
        f' data-key="{escape(chat.id)}" data-conversation="{escape(chat.id)}">{body}</div>'
    )


def turn_html(number: int, turn: Turn, rating: Rating | None, *, last: bool) -> str:
    """One question and its answer."""
    answer = turn.answer
    understood = ""
    if turn.standalone_question and turn.standalone_question != turn.question:
        understood = (
            f'<p class="understood">Asked of the articles as: {words(turn.standalone_question)}</p>'
        )
    silent = "" if answer.answered else " silent"
    return (
        f'<section class="turn" data-key="{number}">{_question(turn.question)}{understood}'
        f'<div class="answer{silent}">{answer_html(answer, _Chips(number, answer))}{_made(answer)}'
        "</div>"
        f"{_actions(number, answer, rating, last=last)}</section>"
    )


def _made(answer: Answer) -> str:
    """What a language model wrote of the answer, and what became of the rest; else nothing."""
    writer = words(answer.engine.get("llm", "a language model"))
    counts = {
        f"Sentences in the words of {writer}, checked against what they cite": answer.generated,
        "Copies of evidence, shown as quotes": answer.copied,
        "Replaced by quotes": answer.replaced,
        "Left out, not supported or said already": answer.dropped,
    }
    told = " ".join(f"{what}: {count}." for what, count in counts.items() if count)
    parts = (told, words(f"{answer.notice}.") if answer.notice else "")
    lines = "".join(f"<p>{part}</p>" for part in parts if part)
    return f'<div class="made">{lines}</div>' if lines else ""


class _Chips:
    """The chips of one answer: buttons that open the article at the cited words. While the answer
    is not yet kept, they say themselves where these stand."""

    def __init__(self, turn: int, answer: Answer | None = None) -> None:
        self._turn = turn
        self._kept = answer is not None
        self._closest = set(map(id, answer.closest)) if answer else set()

    def __call__(self, citation: Citation) -> str:
        place = "closest" if id(citation) in self._closest else "cited"
        label = f"{citation.article.name}, {citation.article.outlet or ''}".strip(", ")
        stands = "" if self._kept else _stands(citation)
        return (
            f'<button type="button" class="chip" data-do="cite" data-turn="{self._turn}"'
            f' data-number="{citation.number}" data-place="{place}"{stands}'
            f' data-quote="{escape(citation.quote)}" data-from="{escape(label)}"'
            f' aria-label="Citation {citation.number}: {escape(label)}">{citation.number}</button>'
        )


def _stands(citation: Citation) -> str:
    """Where the cited words stand."""
    return (
        f' data-article="{escape(citation.article.id)}" data-version="{citation.version}"'
        f' data-start="{citation.start}" data-end="{citation.end}"'
    )


def _question(question: str) -> str:
    return f'<h3 class="question">{words(question)}</h3>'


def _pending(number: int, pending: Pending) -> str:
    chips = _Chips(number)
    said = "".join(sentence_html(sentence, chips) for sentence in pending.sentences)
    busy = "false" if pending.note else "true"
    doing = "Going on" if pending.sentences else "Reading the articles"
    state = (
        f'<p class="note" role="status">{escape(pending.note)}</p>'
        if pending.note
        else f'<p class="reading" role="status">{doing} …</p>'
    )
    return (
        f'<section class="turn" data-key="{number}" aria-busy="{busy}">'
        f"{_question(pending.question)}"
        f'<div class="answer">{said}{state}</div></section>'
    )


def _actions(number: int, answer: Answer, rating: Rating | None, *, last: bool) -> str:
    up = "true" if rating and rating.up else "false"
    down = "true" if rating and not rating.up else "false"
    again = button("again", "Ask again", drawn="again", turn=number) if last else ""
    copied = f"{answer.question}\n\n{as_text(answer)}"
    remark = escape(rating.remark or "") if rating else ""
    hidden = "" if rating else " hidden"
    return (
        f'<div class="actions" role="group" aria-label="About this answer">'
        f"{button('copy', 'Copy', drawn='copy', text=copied)}{again}"
        f'<button type="button" data-do="rate" data-turn="{number}" data-up="1"'
        f' aria-pressed="{up}" aria-label="Good answer" title="Good answer">{icon("thumb")}'
        f'</button><button type="button" data-do="rate" data-turn="{number}" data-up="0"'
        f' class="down" aria-pressed="{down}" aria-label="Bad answer" title="Bad answer">'
        f"{icon('thumb')}</button>"
        f"{button('explain', 'How I got this', drawn='explain', turn=number)}"
        f'</div><form class="remark" data-do="remark" data-turn="{number}"{hidden}>'
        f'<input name="remark" maxlength="500" aria-label="Remark" value="{remark}"'
        f' placeholder="What was good or wrong? (optional)"><button>Save</button></form>'
    )


def _bar(chat: Chat) -> str:
    exports = "".join(
        f'<li><a href="/chat/export/{escape(chat.id)}.{ending}" download>{name}</a></li>'
        for name, ending in EXPORTS.values()
    )
    export = (
        f'<details class="menu"><summary aria-label="Export">{icon("export")}'
        f"<span>Export</span></summary><ul>{exports}</ul></details>"
        if chat.turns
        else ""
    )
    return (
        f'<header class="bar">{icon_button("side", "Conversations", "menu", kind="side")}'
        f"<h2>{words(chat.title or 'New conversation')}</h2>{export}"
        f'<button type="button" data-do="library" title="The articles, and adding more">'
        f'{icon("articles")}<span>Articles</span> <span class="count">{chat.articles:,}</span>'
        "</button></header>"
    )


def _empty(chat: Chat) -> str:
    if not chat.articles:
        return (
            '<div class="welcome"><h1>Ask your articles.</h1><p>There are none yet. Add files or a'
            ' web address, then ask.</p><p><button type="button" class="primary" data-do="library">'
            "Add articles</button></p></div>"
        )
    return (
        '<div class="welcome"><h1>Ask your articles.</h1>'
        "<p>Every sentence of an answer is wired to the exact words of a source."
        " Click a number to read them where they stand.</p></div>"
    )


def suggestions_html(questions: Sequence[str]) -> str:
    """Questions to begin with; shown as long as the conversation is empty."""
    offered = "".join(
        f'<li><button type="button" data-do="suggest" data-question="{escape(question)}">'
        f"{words(question)}</button></li>"
        for question in questions
    )
    return f'<ul class="suggestions" aria-label="Suggested questions">{offered}</ul>'
