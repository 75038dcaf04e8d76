"""A conversation as a file: Markdown, JSON, or an HTML page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType
from typing import Any, Literal

from ingest.article import name_of

ExportFormat = Literal["markdown", "json", "html"]

Entry = Mapping[str, Any]
"""A conversation, a turn or a citation in its JSON form."""

_MARKUP = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>#|~"})
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
{turns}
</body></html>
"""


def as_json(conversation: Entry) -> str:
    """Everything, the answers in their documented JSON form."""
    return json.dumps(conversation, ensure_ascii=False, indent=1) + "\n"


def as_markdown(conversation: Entry) -> str:
    """Questions as headings, sentences with their marks, then the sources."""
    parts = [f"# {_plain(conversation['title'])}"]
    for turn in conversation["turns"]:
        answer = turn["answer"]
        parts.append(f"## {_plain(turn['question'])}")
        if turn["standalone_question"]:
            parts.append(f"*Asked as: {_plain(turn['standalone_question'])}*")
        parts += [_plain(_sentence(sentence)) for sentence in answer["sentences"]]
        sources = [
            f"- {_plain(_mark(citation))} {_plain(_source(citation))}"
            for citation in answer["citations"]
        ]
        parts += ["\n".join(sources)] if sources else []
    return "\n\n".join(parts) + "\n"


def as_html(conversation: Entry) -> str:
    """A page of its own. Nothing of an article or a question is markup in it."""
    turns = "\n".join(_html_turn(turn) for turn in conversation["turns"])
    return _PAGE.format(title=escape(conversation["title"]), turns=turns)


FORMATS: Mapping[str, Callable[[Entry], str]] = MappingProxyType(
    {"markdown": as_markdown, "json": as_json, "html": as_html}
)


def _html_turn(turn: Entry) -> str:
    answer = turn["answer"]
    parts = [f"<h2>{escape(turn['question'])}</h2>"]
    if turn["standalone_question"]:
        parts.append(f"<p><em>Asked as: {escape(turn['standalone_question'])}</em></p>")
    parts += [f"<p>{escape(_sentence(sentence))}</p>" for sentence in answer["sentences"]]
    sources = [
        f'<li value="{citation["number"]}">{escape(_source(citation))}</li>'
        for citation in answer["citations"]
    ]
    parts += ["<ol>", *sources, "</ol>"] if sources else []
    return "\n".join(parts)


def _sentence(sentence: Entry) -> str:
    """A sentence with its marks; a quote between quotation marks."""
    text = " ".join(sentence["text"].split())
    shown = f"“{text}”" if sentence["kind"] == "quote" else text
    disputed = "Disputed: " if sentence["stance"] == "dispute" else ""
    marks = "".join(f"[{number}]" for number in sentence["citations"])
    return f"{disputed}{shown} {marks}".strip()


def _mark(citation: Entry) -> str:
    return f"[{citation['number']}]"


def _source(citation: Entry) -> str:
    """The article's name, its outlet, author and date as far as they are known, and the address."""
    article = citation["article"]
    published = (article["published"] or "")[:10]
    title = name_of(article["title"], article["source"])
    known = [title, article["outlet"], article["author"], published]
    name = ", ".join(part for part in known if part)
    place = article["url"] or article["source"]
    return f"{name} – {place}, characters {citation['start']}-{citation['end']}"


def _plain(text: str) -> str:
    """Text in which nothing is Markdown, on one line."""
    return " ".join(text.split()).translate(_MARKUP)
