"""The parts of the page and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from ingest.formats import READERS
from ui.chat.lists import filters_html
from ui.chat.reader import CLOSE

_SCRIPTS = '<script src="/chat/morph.js"></script><script src="/chat/chat.js"></script>'
_RENDER = "window.groundwire.part(element, trigger, props, watch"
_SIDE = f"{_RENDER}); /* 'open' 'new' 'rename' 'delete' */"
_TRANSCRIPT = f"""{_RENDER}, window.groundwire.transcriptChanged);
/* 'cite' 'again' 'rate' 'explain' */"""
_FILTERS = f"{_RENDER}); /* 'clear' */"
_SUGGESTED = f"{_RENDER}); /* 'suggest' */"
_READER = f"{_RENDER}, window.groundwire.readerChanged);"
_ARTICLES = f"{_RENDER}, window.groundwire.articlesChanged); /* 'article' 'remove' */"
"""What each part does when it is there. Gradio finds the names of its events in quotes."""

ANY_SOURCE = ("Any", "")
_LIBRARY_BAR = f'<header class="bar"><span class="heading">Articles</span>{CLOSE}</header>'


@dataclass(frozen=True)
class Parts:
    """The components of the page."""

    conversation: gr.Textbox
    asked: gr.Textbox
    side: gr.HTML
    transcript: gr.HTML
    suggested: gr.HTML
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button
    chosen: gr.HTML
    source: gr.Dropdown
    since: gr.Textbox
    until: gr.Textbox
    reader: gr.HTML
    files: gr.File
    url: gr.Textbox
    add: gr.Button
    progress: gr.HTML
    search: gr.Textbox
    articles: gr.HTML


def lay_out() -> Parts:
    """Make the components, inside a `gr.Blocks`."""
    made: dict[str, gr.components.Component] = {
        "conversation": gr.Textbox(visible="hidden", elem_id="conversation"),
        "asked": gr.Textbox(visible="hidden", elem_id="asked"),
    }
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="side"):
            made["side"] = _html("conversations", _SIDE)
        with gr.Column(elem_id="chat"):
            made["transcript"] = _html("transcript", _TRANSCRIPT)
            made["suggested"] = _html("suggested", _SUGGESTED)
            made |= _composer()
        with gr.Column(elem_id="reader"):
            made["reader"] = _html("article", _READER)
        with gr.Column(elem_id="library"):
            made |= _library()
    return Parts(**made)  # type: ignore[arg-type]


def _composer() -> dict[str, gr.components.Component]:
    made: dict[str, gr.components.Component] = {}
    with gr.Column(elem_id="composer"):
        with gr.Row(elem_id="ask"):
            made["question"] = gr.Textbox(
                elem_id="question",
                label="Question",
                show_label=False,
                placeholder="Ask your articles",
                lines=1,
                max_lines=6,
                max_length=20_000,
                autofocus=True,
                container=False,
            )
            made["send"] = gr.Button("Ask", elem_id="send", variant="primary")
            made["stop"] = gr.Button("Stop", elem_id="stop", visible=False)
        made["chosen"] = _html("chosen", _FILTERS, filters_html("", "", ""))
        with gr.Row(elem_id="filters"):
            made["source"] = gr.Dropdown(
                [ANY_SOURCE],
                value="",
                label="Source",
                elem_id="source",
                allow_custom_value=True,
            )
            made["since"] = gr.Textbox(
                label="From", placeholder="2021-10-06", max_lines=1, elem_id="since"
            )
            made["until"] = gr.Textbox(
                label="To", placeholder="2021-10", max_lines=1, elem_id="until"
            )
    return made


def _library() -> dict[str, gr.components.Component]:
    made: dict[str, gr.components.Component] = {}
    _html("library-bar", f"{_RENDER});", _LIBRARY_BAR)
    with gr.Column(elem_id="shelf"):
        made["files"] = gr.File(
            label="Files",
            show_label=False,
            elem_id="files",
            file_count="multiple",
            file_types=list(READERS),
            type="filepath",
            height=140,
        )
        gr.HTML(
            f'<p class="from">Files in {", ".join(READERS)}, or a web address:</p>',
            apply_default_css=False,
        )
        with gr.Row(elem_id="address"):
            made["url"] = gr.Textbox(
                label="Web address",
                show_label=False,
                placeholder="https://… the address of an article",
                elem_id="url",
                max_lines=1,
                container=False,
            )
            made["add"] = gr.Button("Add", elem_id="add")
        made["progress"] = gr.HTML("", elem_id="progress", apply_default_css=False)
        made["search"] = gr.Textbox(
            label="Search the articles",
            show_label=False,
            placeholder="Search title, outlet, author",
            elem_id="search",
            max_lines=1,
            container=False,
        )
        made["articles"] = _html("articles", _ARTICLES)
    return made


def _html(elem_id: str, js_on_load: str, value: str = "") -> gr.HTML:
    """A part of the page that our own script renders, gradio's template being empty."""
    return gr.HTML(
        value,
        elem_id=elem_id,
        html_template="",
        js_on_load=js_on_load,
        apply_default_css=False,
        head=_SCRIPTS,
    )
