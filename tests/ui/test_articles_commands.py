"""`groundwire articles list|show|remove` on a real library."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ingest.article import Article
from ingest.catalog import ArticleEntry
from ingest.errors import LibraryError
from ingest.library import Library
from ui.options import _named

Run = Callable[..., Result]


def id_of(path: Path) -> str:
    return Article(str(path), "text").id


def ids_in(library: Path) -> set[str]:
    with Library.open(library) as opened:
        return {entry.id for entry in opened.entries()}


def test_list_is_a_table_newest_first(run: Run, made_library: Path, press: Path) -> None:
    lines = run("articles", "list", library=made_library).stdout.splitlines()
    assert lines[0].split() == ["ID", "DATE", "TITLE", "OUTLET", "PASSAGES"]
    velm = id_of(press / "velm.md")
    assert lines[1].split("  ") == [
        *(velm, "2023-05-10", "Front claims attack on Velm mine", "Ridge Daily", "1")
    ]
    assert [line.split()[0] for line in lines[2:]] == [
        id_of(press / "bridge.md"),
        id_of(press / "notice.txt"),
    ]


def test_list_filters_and_json(run: Run, made_library: Path, press: Path) -> None:
    arguments = ("articles", "list", "--json", "--author", "ruud")
    (entry,) = json.loads(run(*arguments, library=made_library).stdout)
    assert entry["id"] == id_of(press / "bridge.md")
    assert (entry["title"], entry["published"]) == ("Tarn bridge opens at last", "2022-09-02")
    none = run("articles", "list", "--to", "1999", library=made_library)
    assert (none.exit_code, none.stdout) == (0, "")
    assert none.stderr == "groundwire: There is no such article in the library.\n"


@pytest.mark.parametrize("short", [16, 6])
def test_show_by_id_or_its_beginning(run: Run, made_library: Path, press: Path, short: int) -> None:
    shown = run("articles", "show", id_of(press / "velm.md")[:short], library=made_library).stdout
    head, _, text = shown.partition("\n\n")
    assert head.splitlines()[:2] == [
        f"id:        {id_of(press / 'velm.md')}",
        "title:     Front claims attack on Velm mine",
    ]
    assert "Lena Marsh" in text


def test_show_by_source_as_json(run: Run, made_library: Path, press: Path) -> None:
    source = str(press / "notice.txt")
    shown = run("articles", "show", source, "--json", library=made_library).stdout
    article = json.loads(shown)
    with Library.open(made_library) as library:
        stored = library.article(id_of(press / "notice.txt"))
    assert article == {**stored.metadata(), "version": stored.version, "text": stored.text}
    assert "\u202e" in article["text"]
    assert not set("\x1b\x9b\u202e") & set(shown)


def test_show_is_safe(run: Run, made_library: Path, press: Path) -> None:
    shown = run("articles", "show", press / "notice.txt", library=made_library).stdout
    assert "The harbour of Sund \ufffdcloses\ufffd on Monday." in shown
    assert not set("\x1b\x9b\x07\u202e") & set(shown)


def test_remove_by_beginning_and_source(run: Run, own_library: Path, press: Path) -> None:
    velm, bridge = id_of(press / "velm.md"), id_of(press / "bridge.md")
    names = (velm[:8], press / "bridge.md", velm)
    result = run("articles", "remove", *names, "--yes", library=own_library)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"Removed {velm} Front claims attack on Velm mine",
        f"Removed {bridge} Tarn bridge opens at last",
    ]
    assert ids_in(own_library) == {id_of(press / "notice.txt")}
    assert (press / "velm.md").exists()
    assert run("ask", "Who designed the Tarn bridge?", library=own_library).exit_code == 3


def test_an_unknown_id_removes_nothing(run: Run, own_library: Path, press: Path) -> None:
    before = ids_in(own_library)
    result = run(
        "articles", "remove", id_of(press / "velm.md"), "nosuch", "--yes", library=own_library
    )
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("groundwire: The library has no article 'nosuch'.")
    assert ids_in(own_library) == before


@pytest.mark.parametrize(("typed", "code", "left"), [("y\n", 0, 2), ("n\n", 1, 3), ("", 1, 3)])
def test_remove_asks_first(
    run: Run, own_library: Path, press: Path, typed: str, code: int, left: int
) -> None:
    name = id_of(press / "velm.md")
    result = run("articles", "remove", name, library=own_library, stdin=typed)
    assert result.exit_code == code
    assert "Front claims attack on Velm mine" in result.stderr
    assert "Remove 1 article from the library?" in result.stderr
    assert len(ids_in(own_library)) == left
    if code:
        assert result.stderr.endswith(
            "groundwire: Nothing was removed. With --yes nothing is asked.\n"
        )


def test_remove_as_json(run: Run, own_library: Path, press: Path) -> None:
    name = id_of(press / "velm.md")
    result = run("articles", "remove", name, "--yes", "--json", library=own_library)
    assert json.loads(result.stdout) == {"removed": [name]}


def test_an_ambiguous_beginning_is_an_error_that_names_the_choices() -> None:
    entries = [
        ArticleEntry(name, None, None, None, None, f"/{name}", 1, 1, 1, "")
        for name in ("abcd1", "abcd2", "ffff1")
    ]
    assert _named(entries, "ffff").id == "ffff1"
    with pytest.raises(LibraryError, match=r"'abcd' begins 2 ids: abcd1, abcd2\. Write more"):
        _named(entries, "abcd")
    with pytest.raises(LibraryError, match="no article 'fff'"):
        _named(entries, "fff")
