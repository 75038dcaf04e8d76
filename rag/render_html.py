"""An answer and an article as HTML in which whatever an article says stays text.

Every front that shows markup uses this. Words of articles pass through `words`, addresses through
`link_to`; nothing else of an article ever reaches a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from html import escape
from itertools import pairwise
from urllib.parse import quote, urlsplit

from ingest.article import Article, Span
from ingest.split import units
from rag.answer import Answer, AnswerSentence, Citation
from rag.markup import HEADING, quote_signs, signs, strong

_STEERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MOST_FRAGMENT_WORDS = 12
_FRAGMENT_ENDS = 5
_LONGEST_HEADING = 90

Chip = Callable[[Citation], str]
"""What stands for a citation after the sentence that rests on it."""


def words(text: str) -> str:
    """Text as HTML that shows exactly its characters, isolated from the text around it.

    A character that would turn the direction of what follows is boxed in, so that it turns
    nothing, and is marked; `textContent` of the result is still `text`.
    """
    return f"<bdi>{_plain(text)}</bdi>"


def quoted_words(quote: str) -> str:
    """The words of a quote as HTML, as `words` gives them, Markdown's signs in them unseen."""
    markup = quote_signs(quote)
    edges = sorted({0, len(quote), *(edge for sign in markup for edge in (sign.start, sign.end))})
    pieces = [Span(*edge) for edge in pairwise(edges)]
    shown = (
        _sign(_plain(p.of(quote))) if _within(p, markup) else _plain(p.of(quote)) for p in pieces
    )
    return f"<bdi>{''.join(shown)}</bdi>"


def _plain(text: str) -> str:
    return _STEERING.sub(
        lambda found: (
            f'<bdi class="steering" title="U+{ord(found.group()):04X}">{found.group()}</bdi>'
        ),
        escape(text),
    )


def link_to(url: str | None, quoted: str | None = None) -> str | None:
    """The address of a web page, with a text fragment that makes a browser highlight the quoted
    words there; None for whatever is no address of a web page."""
    if url is None or re.search(r"[\s\x00-\x1f\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
        return None
    if not quoted:
        return url
    return f"{url}{'' if '#' in url else '#'}:~:text={_fragment(quoted)}"


def _fragment(quoted: str) -> str:
    """The words, or the first and last of many, as a text fragment writes them."""
    spoken = quoted.split()
    if len(spoken) <= _MOST_FRAGMENT_WORDS:
        return _escaped(spoken)
    return f"{_escaped(spoken[:_FRAGMENT_ENDS])},{_escaped(spoken[-_FRAGMENT_ENDS:])}"


def _escaped(spoken: Sequence[str]) -> str:
    return quote(" ".join(spoken), safe="").replace("-", "%2D")


def day(published: str | None) -> str:
    """An ISO date as a reader writes it, "8 October 2021"; as it is if it is only a part of one."""
    try:
        found = date.fromisoformat((published or "")[:10])
    except ValueError:
        return (published or "")[:10]
    return f"{found.day} {found:%B %Y}"


def byline(article: Article) -> str:
    """Outlet, date and author, as far as they are known, as HTML."""
    known = [article.outlet, day(article.published), article.author]
    return " · ".join(words(part) for part in known if part)


def answer_html(answer: Answer, chip: Chip) -> str:
    """The short answer, each sentence with what it rests on, and what disputes it apart; or that
    the articles do not say, with the closest passages folded."""
    short = f'<p class="short"><strong>{words(answer.short)}</strong></p>' if answer.short else ""
    said = "".join(sentence_html(sentence, chip) for sentence in answer.sentences)
    return f"{short}{said}{_closest(answer.closest, chip)}"


def sentence_html(sentence: AnswerSentence, chip: Chip) -> str:
    """One sentence: a quote between quotation marks with its outlet and date, or its article's
    name where neither is known, a generated one
    with its marks, or the abstention."""
    if sentence.kind == "abstention":
        return f'<p class="silence">{escape(sentence.text)}</p>'
    chips = "".join(chip(citation) for citation in sentence.citations)
    quotes = sentence.kind == "quote"
    text = f"<q>{quoted_words(sentence.text)}</q>" if quotes else words(sentence.text)
    body = f'<p class="words">{text}{_together(chips)}</p>{_attribution(sentence)}'
    if sentence.stance == "dispute":
        return f'<div class="said dispute"><p class="voice">Disputed</p>{body}</div>'
    return f'<div class="said">{body}</div>'


def _together(chips: str) -> str:
    """Chips that no line end parts from the words before them."""
    return f'<span class="chips">&#8239;{chips}</span>'


def _attribution(sentence: AnswerSentence) -> str:
    if sentence.kind != "quote":
        return ""
    articles = (citation.article for citation in sentence.citations)
    sources = dict.fromkeys(byline(article) or words(article.name) for article in articles)
    return f'<p class="from">{"; ".join(sources)}</p>'


def _closest(closest: Sequence[Citation], chip: Chip) -> str:
    if not closest:
        return ""
    entries = "".join(
        f'<li><p class="words">{words(c.quote)}{_together(chip(c))}</p>'
        f'<p class="from">{words(c.article.name)} · {byline(c.article)}</p></li>'
        for c in closest
    )
    return (
        f'<details class="closest"><summary>Closest passages ({len(closest)})</summary>'
        f"<p>They are near the question, but they do not answer it.</p><ol>{entries}</ol></details>"
    )


def article_html(article: Article, marks: Iterable[Span] = ()) -> str:
    """The article's words in paragraphs, the marked characters in `<mark>` elements.

    The text of the whole is exactly `article.text`, and the texts of the pieces of one mark, which
    carry its number as `data-mark`, are together exactly `article.text[start:end]`: white space
    between paragraphs is there, unseen.
    """
    text, spans = article.text, list(enumerate(marks))
    blocks = list(units(text))
    ends = [*(block.start for block in blocks[1:]), len(text)]
    return "".join(
        f"<p{_look(text, block, end)}>{_marked(text, block, end, spans)}</p>"
        for block, end in zip(blocks, ends, strict=True)
    )


def _look(text: str, block: Span, end: int) -> str:
    """The class of a paragraph: one line of several, or a heading, or neither."""
    gap = text[block.end : end]
    if gap.count("\n") == 1:
        return ' class="line"'
    if HEADING.match(text, block.start):
        return ' class="heading"'
    unfinished = text[block.end - 1] not in ".!?…\"”’')]:;,"
    short = block.end - block.start <= _LONGEST_HEADING
    return ' class="heading"' if gap and short and unfinished else ""


def _marked(text: str, block: Span, end: int, spans: Sequence[tuple[int, Span]]) -> str:
    """A paragraph and the white space after it, cut where a mark or markup begins or ends."""
    markup = signs(text, block.start, block.end)
    bold = strong(text, block.start, block.end)
    cuts = [*markup, *bold, *(mark for _, mark in spans)]
    inner = (e for cut in cuts for e in (cut.start, cut.end) if block.start < e < end)
    edges = sorted({block.start, block.end, end, *inner})
    pieces = (
        _piece(text, Span(*edge), block, spans, markup=markup, bold=bold)
        for edge in pairwise(edges)
    )
    return f"<bdi>{''.join(pieces)}</bdi>"


def _piece(
    text: str,
    piece: Span,
    block: Span,
    spans: Sequence[tuple[int, Span]],
    *,
    markup: Sequence[Span],
    bold: Sequence[Span],
) -> str:
    shown = _plain(piece.of(text))
    if piece.start >= block.end:
        shown = f"<span hidden>{shown}</span>"
    elif _within(piece, markup):
        shown = _sign(shown)
    elif _within(piece, bold):
        shown = f"<strong>{shown}</strong>"
    number = next((n for n, m in spans if _within(piece, [m])), None)
    return shown if number is None else f'<mark data-mark="{number}">{shown}</mark>'


def _sign(shown: str) -> str:
    return f'<span class="markup">{shown}</span>'


def _within(piece: Span, spans: Iterable[Span]) -> bool:
    return any(span.start <= piece.start and piece.end <= span.end for span in spans)
