"""An answer as text, and a citation's source line; every front uses these."""

from __future__ import annotations

from ingest.article import clean
from rag.answer import Answer, Citation
from rag.coverage import WHEN
from rag.markup import plain


def as_text(answer: Answer) -> str:
    """The short answer, the sentences with [1] marks, then the numbered sources."""
    if all(s.kind == "notice" for s in answer.sentences):
        return answer.text
    if not answer.answered:
        closest = [f"  - {source_line(c)}" for c in answer.closest]
        return "\n".join([answer.text, *(["", "Closest passages:", *closest] if closest else [])])
    lines = [f"{answer.short}\n"] if answer.short else []
    lines += [
        f"{'Disputed: ' if s.stance == 'dispute' else ''}{quoted(s.text)} {s.marks}"
        if s.kind == "quote"
        else f"{s.text} {s.marks}".rstrip()
        for s in answer.sentences
    ]
    if WHEN.search(answer.question):
        lines += [
            f"({quoted(words)}: {day.replace('/', ' to ')})" for words, day in answer.dates.items()
        ]
    lines += [f"({answer.notice})"] if answer.notice else []
    lines += ["", *(f"[{c.number}] {source_line(c)}" for c in answer.citations)]
    return "\n".join(lines)


def quoted(text: str) -> str:
    """The words on one line between typographic quotation marks, without Markdown's signs."""
    return f"“{_one_line(plain(text))}”"


def source_line(citation: Citation) -> str:
    """The article's name, its outlet, author and date as far as they are known, the address and
    the characters."""
    article = citation.article
    known = [article.name, article.outlet, article.author, (article.published or "")[:10]]
    name = ", ".join(part for part in known if part)
    place = article.url or article.source
    return _one_line(f"{name} <{place}> characters {citation.start}-{citation.end}")


def _one_line(text: str) -> str:
    """Text without line ends and control characters: a file's name may hold those, too."""
    return " ".join(clean(text).split())
