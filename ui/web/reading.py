"""An article as a page to read, with the cited words highlighted."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

from ingest.article import Article, Span
from rag.render_html import article_html, byline, link_to, words
from ui.web.markup import page


def reading_page(article: Article, mark: Span | None, *, changed: bool = False) -> HTMLResponse:
    """The page. Offsets are applied here, where a character is a code point; no browser counts.

    `changed` says that the words were cited from another version of the text; they have no mark.
    """
    marks = [mark] if mark else []
    address = link_to(article.url, mark.of(article.text) if mark else None)
    original = (
        f'<p><a href="{escape(address)}" rel="noopener noreferrer nofollow">Original page</a></p>'
        if address
        else ""
    )
    notice = (
        '<p class="notice">The article has changed since it was cited, so nothing is marked.</p>'
        if changed
        else ""
    )
    body = (
        f"<article><header><h1>{words(article.name)}</h1><p>{byline(article)}</p>{original}{notice}"
        f'</header><div id="text">{article_html(article, marks)}</div></article>'
    )
    return page(article.name, body)
