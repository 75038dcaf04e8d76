"""The parts of the page and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from ingest.formats import READERS

_SCRIPT = '<script src="/chat/chat.js"></script>'
_LISTEN = "window.groundwire.listen(element, trigger);"
_SIDE = f"{_LISTEN} /* 'open' 'new' 'rename' 'delete' */"
_TRANSCRIPT = f"""{_LISTEN} /* 'cite' 'suggest' 'again' 'rate' 'explain' */
const changed = () => window.groundwire.transcriptChanged(element);
watch("value", changed);
changed();"""
_READER = f"""{_LISTEN}
watch("value", () => window.groundwire.readerChanged(element));"""
_ARTICLES = f"{_LISTEN} /* 'article' 'remove' */"
"""What each part does when it is there. Gradio finds the names of its events in quotes."""

ANY_SOURCE = ("Any", "")
_LIBRARY_BAR = (
    '<header class="bar"><span class="heading">Articles</span><button type="button" class="icon"'
    ' data-do="close" aria-label="Close" title="Close (Esc)">×</button></header>'
)


@dataclass(frozen=True)
class Parts:
    """The components of the page."""

    conversation: gr.Textbox
    asked: gr.Textbox
    side: gr.HTML
    transcript: gr.HTML
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button
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
    _html("library-bar", _LISTEN, _LIBRARY_BAR)
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
    return gr.HTML(
        value, elem_id=elem_id, js_on_load=js_on_load, apply_default_css=False, head=_SCRIPT
    )
