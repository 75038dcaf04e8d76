"""An article beside the chat: what is known about it, and the cited words highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ingest.article import Article, Span
from rag.answer import Answer, Citation
from rag.render_html import article_html, byline, link_to, title_of, words
from rag.retrieve import Hit

_CLOSE = (
    '<button type="button" class="icon" data-do="close" aria-label="Close" title="Close (Esc)">×'
    "</button>"
)


def citation_html(citation: Citation, others: Sequence[Citation] = ()) -> str:
    """The article with the citation highlighted, and fainter those of `others` that it holds."""
    same = [c for c in others if c.version == citation.version and c is not citation]
    marks = [Span(c.start, c.end) for c in (citation, *same)]
    controls = (
        '<button type="button" class="icon" data-do="previous" aria-label="Previous citation"'
        ' title="Previous citation (p)">‹</button><span class="where"></span>'
        '<button type="button" class="icon" data-do="next" aria-label="Next citation"'
        ' title="Next citation (n)">›</button>'
    )
    heading = f"Citation {citation.number}"
    return _reader(heading, controls, _article(citation.article, marks, citation.quote))


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
    return f"<tr>{cells}<td><b>{words(title_of(hit.article))}</b><p>{words(hit.text)}</p></td></tr>"


def _reader(heading: str, controls: str, body: str) -> str:
    return (
        f'<header class="bar"><span class="heading">{escape(heading)}</span>{controls}{_CLOSE}'
        f'</header><div class="reader">{body}</div>'
    )


def _article(article: Article, marks: Sequence[Span], quote: str | None) -> str:
    link = link_to(article.url, quote)
    original = (
        f'<p><a class="original" href="{escape(link)}" target="_blank"'
        ' rel="noopener noreferrer nofollow">Open the original page ↗</a></p>'
        if link
        else ""
    )
    return (
        f'<article><h2 tabindex="-1">{words(title_of(article))}</h2>'
        f'<p class="from">{byline(article) or words(article.source)}</p>{original}'
        f'<div class="text" data-version="{article.version}">{article_html(article, marks)}</div>'
        "</article>"
    )
