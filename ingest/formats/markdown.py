"""Markdown: YAML front matter, a heading that is the title, and the text as it is written."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.article import Article, clean
from ingest.errors import UnreadableSource
from ingest.formats.decode import decode
from ingest.formats.metadata import metadata_of, one_line

_NULLS = ("", "~", "null", "Null", "NULL")


def read(data: bytes, source: str) -> list[Article]:
    """The one article of a Markdown file, without front matter, title and HTML comments.

    The heading that opens the text is the title if the front matter names none; it leaves the
    text if it is the title. Raises UnreadableSource, with the line, for front matter that is
    not YAML.
    """
    fields, text = _front_matter(clean(decode(data, source)), source)
    text = _without_comments(text).strip()
    heading, below = _opening_heading(text)
    title = one_line(fields.get("title")) or heading
    if heading and heading.casefold() == (title or "").casefold():
        text = below
    return [metadata_of({**fields, "title": title}).article(source, text)]


def _front_matter(text: str, source: str) -> tuple[Mapping[str, object], str]:
    """The fields between the first two lines of `---`, and the text after them."""
    lines = text.split("\n")
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if lines[0].rstrip() != "---" or end is None:
        return {}, text
    fields = _yaml("\n".join(lines[1:end]), source)
    if fields is None:
        return {}, text
    return fields, "\n".join(lines[end + 1 :])


def _yaml(block: str, source: str) -> dict[str, object] | None:
    """A block's fields as text, lists and mappings; None if the block is not a mapping.

    BaseLoader builds nothing else: a title "1984" or a language "no" stays what was written.
    """
    import yaml

    try:
        fields = yaml.load(block, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 2}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise UnreadableSource(
            f"{source!r} cannot be read: its front matter is damaged{line}: {problem}.",
            remedy="Correct that line (quote a value that holds a colon), or remove the block.",
        ) from error
    if not fields:
        return {}
    if not isinstance(fields, dict):
        return None
    return {str(name): value for name, value in fields.items() if value not in _NULLS}


def _without_comments(text: str) -> str:
    """The text without `<!-- ... -->`; one that is never closed is text."""
    kept: list[str] = []
    end = 0
    while (start := text.find("<!--", end)) >= 0 and (close := text.find("-->", start + 4)) >= 0:
        kept.append(text[end:start])
        end = close + 3
    return "".join([*kept, text[end:]])


def _opening_heading(text: str) -> tuple[str | None, str]:
    """The heading of the first level that `text` begins with, and the text below it."""
    line, _, below = text.partition("\n")
    if line.startswith(("# ", "#\t")):
        return one_line(_without_closing(line[2:])), below
    underline, _, rest = below.partition("\n")
    if line.strip() and underline.strip() and not underline.strip().strip("="):
        return one_line(line), rest
    return None, text


def _without_closing(heading: str) -> str:
    bare = heading.rstrip().rstrip("#")
    return bare if bare.endswith((" ", "\t")) else heading
