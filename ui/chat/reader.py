"""An article beside the chat: what is known about it, and the cited words highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ingest.article import Article, Span
from rag.answer import Answer, Citation
from rag.render import source_line
from rag.render_html import article_html, byline, link_to, words
from rag.retrieve import Hit
from ui.chat.buttons import icon_button

CLOSE = icon_button("close", "Close (Esc)", "close")


def citation_html(
    citation: Citation, others: Sequence[Citation] = (), *, present: str | None = None
) -> str:
    """The article with the citation highlighted, and fainter those of `others` that it holds.

    `present` is the version that the library holds now: a reader is told if it is another one, or
    none.
    """
    same = [c for c in others if c.version == citation.version and c is not citation]
    marks = [Span(c.start, c.end) for c in (citation, *same)]
    copied = f"“{citation.quote}” — {source_line(citation)}"
    controls = (
        f"{icon_button('previous', 'Previous citation (p)', 'previous')}"
        '<span class="where"></span>'
        f"{icon_button('next', 'Next citation (n)', 'next')}"
        f"{icon_button('copy', 'Copy the quote with its source', 'copy', text=copied)}"
    )
    article = citation.article
    notice = "" if present == citation.version else _CHANGED if present else _REMOVED
    heading = f"Citation {citation.number}"
    return _reader(heading, controls, _article(article, marks, citation.quote, notice))


_CHANGED = "The article has changed since; this is the version that was cited."
_REMOVED = "The article has left the library since; this is the version that was cited."


def whole_html(article: Article) -> str:
    """The article with nothing highlighted."""
    return _reader("Article", "", _article(article, (), None))


def note_html(heading: str, text: str) -> str:
    """A few words in place of an article."""
    return _reader(heading, "", f'<p class="note">{escape(text)}</p>')


def explanation_html(answer: Answer, hits: Sequence[Hit]) -> str:
    """How an answer came about: how sure it is, how long each step took, and the passages that a
    search for its question finds, with their scores."""
    facts = {
        "Confidence": f"{answer.confidence:.0%}",
        **{name.capitalize(): f"{ms:,.0f} ms" for name, ms in answer.timings_ms.items()},
        **{name.capitalize(): words(value) for name, value in answer.engine.items()},
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{fact}</dd>" for name, fact in facts.items())
    rows = "".join(_considered(hit) for hit in hits)
    return _reader(
        "How I got this",
        "",
        f'<div class="explanation"><h2 tabindex="-1">{words(answer.question)}</h2>'
        f"<dl>{listed}</dl><h3>Passages considered</h3>"
        "<p>What a search for the question finds now, best first. Meaning is the cosine of the"
        " vectors, words the BM25 score.</p>"
        '<table><thead><tr><th scope="col">Score</th><th scope="col">Meaning</th>'
        f'<th scope="col">Words</th><th scope="col">Passage</th></tr></thead><tbody>{rows}'
        "</tbody></table></div>",
    )


def _considered(hit: Hit) -> str:
    scores = (hit.score, hit.cosine, hit.bm25)
    cells = "".join(
        f'<td class="n">{"–" if score is None else f"{score:.2f}"}</td>' for score in scores
    )
    return f"<tr>{cells}<td><b>{words(hit.article.name)}</b><p>{words(hit.text)}</p></td></tr>"


def _reader(heading: str, controls: str, body: str) -> str:
    return (
        f'<header class="bar"><span class="heading">{escape(heading)}</span>{controls}{CLOSE}'
        f'</header><div class="reader">{body}</div>'
    )


def _article(article: Article, marks: Sequence[Span], quote: str | None, notice: str = "") -> str:
    link = link_to(article.url, quote)
    original = (
        f'<p><a class="original" href="{escape(link)}" target="_blank"'
        ' rel="noopener noreferrer nofollow">Open the original page ↗</a></p>'
        if link
        else ""
    )
    told = f'<p class="notice">{notice}</p>' if notice else ""
    return (
        f'<article><h2 tabindex="-1">{words(article.name)}</h2>'
        f'<p class="from">{byline(article) or words(article.source)}</p>{original}{told}'
        f'<div class="text" data-version="{article.version}">{article_html(article, marks)}</div>'
        "</article>"
    )
