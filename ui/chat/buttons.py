"""Buttons of the page, with icons of a few strokes in the colour of the text around them."""

from __future__ import annotations

from html import escape

_STROKES: dict[str, str] = {
    "again": "M15.5 6.5A6.5 6.5 0 1 0 16.5 10M15.8 3v3.7h-3.7",
    "articles": "M4 3.5h9v13H4zM13 7h3v8a1.5 1.5 0 0 1-3 0M6.5 7h4M6.5 10h4M6.5 13h2.5",
    "close": "M5.5 5.5l9 9M14.5 5.5l-9 9",
    "copy": "M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3",
    "delete": "M4.5 6h11M8 6V4h4v2M6 6l.7 10h6.6L14 6",
    "explain": "M3.5 10h3l2-5.5 3 11 2-5.5h3",
    "export": "M10 3.5v8.5M6.5 9l3.5 3.5L13.5 9M4 16.5h12",
    "filter": "M3.5 5.5h13M6 10h8M8.5 14.5h3",
    "ground": "M10 2.5V9M3.5 9h13M6 12.8h8M8.5 16.6h3",
    "keys": "M2.5 5.5h15v9h-15zM5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1M7 11.7h6",
    "menu": "M3.5 5.5h13M3.5 10h13M3.5 14.5h13",
    "new": "M10 4.5v11M4.5 10h11",
    "next": "M7.5 4.5L13 10l-5.5 5.5",
    "previous": "M12.5 4.5L7 10l5.5 5.5",
    "rename": "M4 16l.8-3.4 8.4-8.4 2.6 2.6-8.4 8.4z",
    "theme": "M10 3.5a6.5 6.5 0 1 0 0 13zM10 3.5a6.5 6.5 0 0 1 0 13",
    "thumb": "M6 9l3.2-6.2c1.2 0 2 .9 2 2V8h4.3c1 0 1.7.9 1.5 1.8l-1.1 5.4c-.2.8-.9 1.3-1.7 1.3H6z"
    "M6 9H3v7.5h3",
}


def icon(name: str) -> str:
    """The icon as SVG, for the eye only: what it stands for is said by the button's label."""
    return (
        '<svg class="drawn" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"'
        ' fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"'
        f' stroke-linejoin="round"><path d="{_STROKES[name]}"/></svg>'
    )


def button(do: str, label: str, *, drawn: str, **data: object) -> str:
    """A button with an icon and a label; `data` is told to the server when it is clicked."""
    return (
        f'<button type="button" data-do="{do}"{_given(data)} title="{escape(label)}">{icon(drawn)}'
        f"<span>{escape(label)}</span></button>"
    )


def icon_button(do: str, label: str, drawn: str, *, kind: str = "", **data: object) -> str:
    """A button that is only an icon; `kind` is a class of it."""
    name = f"icon {kind}".strip()
    return (
        f'<button type="button" class="{name}" data-do="{do}"{_given(data)}'
        f' aria-label="{escape(label)}" title="{escape(label)}">{icon(drawn)}</button>'
    )


def _given(data: dict[str, object]) -> str:
    return "".join(f' data-{name}="{escape(str(value))}"' for name, value in data.items())
