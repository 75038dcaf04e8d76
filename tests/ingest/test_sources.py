"""What finding files promises: each once, in order, and a reason for every one left out."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.errors import UnreadableSource
from ingest.sources import Address, Document, Found, Skipped, SourceFile, find_files, upload
from tests.conftest import without_privileges


def write(path: Path, content: str = "It sank at dawn.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def told(found: Found) -> str:
    match found:
        case SourceFile():
            return f"read {found.path.name}"
        case Skipped():
            return f"skip {found.path.name}"
    return f"fail {found.message}"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike `tmp_path`."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_file_that_cannot_be_read_is_reported_by_name_and_reason_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    write(tmp_path / "a.txt")
    write(tmp_path / "b.md", "word " * 100)
    (tmp_path / "c.html").symlink_to(tmp_path / "gone.html")
    (tmp_path / "d.txt").symlink_to(tmp_path / "d.txt")
    os.mkfifo(tmp_path / "e.txt")
    write(tmp_path / "f.zip")
    write(tmp_path / "sub" / "g.JSONL")
    write(tmp_path / "z.txt")
    assert [told(found) for found in find_files([tmp_path], max_bytes=100)] == [
        "read a.txt",
        f"fail '{tmp_path}/b.md' cannot be read: it has 500 bytes, over 100.",
        f"fail '{tmp_path}/c.html' cannot be read: no such file or directory.",
        f"fail '{tmp_path}/d.txt' cannot be read: too many levels of symbolic links.",
        f"fail '{tmp_path}/e.txt' cannot be read: it is not a regular file.",
        "skip f.zip",
        "read g.JSONL",
        "read z.txt",
    ]


def test_a_file_without_permission_is_reported(open_folder: Path) -> None:
    write(open_folder / "a.txt").chmod(0)
    write(open_folder / "b.txt")
    write(open_folder / "c" / "d.txt")
    (open_folder / "c").chmod(0)
    with without_privileges():
        found = [told(f) for f in find_files([open_folder, open_folder / "c" / "d.txt"])]
    (open_folder / "c").chmod(0o755)
    assert found == [
        f"fail '{open_folder}/a.txt' cannot be read: permission denied.",
        "read b.txt",
        f"fail '{open_folder}/c' cannot be read: permission denied.",
        f"fail '{open_folder}/c/d.txt' cannot be read: permission denied.",
    ]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("gone.txt", "no such file or directory"),
        ("a.xyz", "the format '.xyz' is not supported"),
        ("README", "a name without a suffix is not supported"),
        ("", "no file is named"),
        ("a\0b.txt", "null byte"),
        ("n" * 300 + ".txt", "file name too long"),
        (os.fsdecode(b"caf\xe9.txt"), "its name is not Unicode"),
    ],
)
def test_a_place_that_cannot_be_read_is_reported_and_the_rest_goes_on(
    place: str | Path, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.xyz", "README", "good.txt", os.fsdecode(b"caf\xe9.txt")):
        write(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    problem, good = find_files([place, "good.txt"])
    assert isinstance(problem, UnreadableSource)
    assert problem.remedy
    assert reason in problem.message
    assert told(good) == "read good.txt"


def test_a_source_is_the_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "news" / "A.TXT", "Ünï")
    monkeypatch.chdir(tmp_path)
    (found,) = find_files(["./x/../news"])
    assert found == SourceFile(path=path, source=str(path), suffix=".txt", size=5)
    assert found.read() == Document("Ünï".encode(), str(path), ".txt")


def test_a_file_is_found_once_however_often_it_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    write(tmp_path / "b.txt")
    found = [told(f) for f in find_files([path, tmp_path, str(path), f"{tmp_path}/./b.txt"])]
    assert found == ["read a.txt", "read b.txt"]


def test_folders_are_walked_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "a.txt", "c.txt", ".git/x.txt", "b/.y.txt", "b10/1.txt"):
        write(tmp_path / name)
    found = [
        f.source.removeprefix(f"{tmp_path}/")
        for f in find_files([tmp_path])
        if isinstance(f, SourceFile)
    ]
    assert found == ["a.txt", "b/1.txt", "b/2.txt", "b10/1.txt", "c.txt"]


def test_a_hidden_file_that_is_named_is_read(tmp_path: Path) -> None:
    assert [told(f) for f in find_files([write(tmp_path / ".a.txt")])] == ["read .a.txt"]


def test_links_to_folders_are_followed_and_loops_are_harmless(tmp_path: Path) -> None:
    write(tmp_path / "news" / "a.txt")
    write(tmp_path / "elsewhere" / "b.txt")
    (tmp_path / "news" / "loop").symlink_to(tmp_path / "news")
    (tmp_path / "news" / "more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path)
    found = [told(f) for f in find_files([tmp_path / "news"])]
    assert found == ["read a.txt", "read b.txt"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "holds no file to read."),
        ([".hidden.txt"], "holds no file to read."),
        (["a.zip", "b.exe"], "holds no file to read (2 of other formats)."),
    ],
)
def test_a_folder_without_a_file_to_read_is_reported(
    names: list[str], message: str, tmp_path: Path
) -> None:
    for name in names:
        write(tmp_path / name)
    *skipped, problem = find_files([tmp_path])
    assert len(skipped) == sum(not name.startswith(".") for name in names)
    assert isinstance(problem, UnreadableSource)
    assert problem.message == f"'{tmp_path}' {message}"
    assert ".txt" in problem.remedy


def test_a_file_that_goes_away_before_it_is_read_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    (found,) = find_files([path])
    path.unlink()
    assert isinstance(found, SourceFile)
    with pytest.raises(UnreadableSource, match=r"a\.txt' cannot be read: no such file"):
        found.read()


def test_an_address_is_found_once_and_not_looked_for_among_the_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    found = list(
        find_files(["https://a.example/1", path, "https://a.example/1", "ftp://b.example"])
    )
    assert [f for f in found if isinstance(f, Address)] == [
        Address("https://a.example/1"),
        Address("ftp://b.example"),
    ]
    assert len(found) == 3


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("note.MD", "note.md"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\a b.txt", "a-b.txt"),
        ("\u202etxt.evil.html", "txt.evil.html"),
        ("<script>.txt", "script.txt"),
        ("x" * 300 + ".txt", "x" * 60 + ".txt"),
        ("Ünï\x00\x1b[31m.txt", "Ünï-31m.txt"),
    ],
)
def test_the_source_of_an_upload_holds_nothing_harmful_of_its_name(name: str, shown: str) -> None:
    document = upload(name, b"It sank.")
    assert re.fullmatch(r"upload:[0-9a-f]{12}/(.*)", document.source)[1] == shown  # type: ignore[index]


def test_two_uploads_of_one_name_are_two_sources() -> None:
    assert upload("a.txt", b"one").source != upload("a.txt", b"two").source
    assert upload("a.txt", b"one").source == upload("a.txt", b"one").source


@pytest.mark.parametrize("name", ["a.exe", "a", "", ".txt/", "a.txt.zip"])
def test_an_upload_of_another_kind_is_refused(name: str) -> None:
    with pytest.raises(UnreadableSource, match="is not supported"):
        upload(name, b"It sank.")


def test_an_upload_over_the_limit_is_refused() -> None:
    upload("a.txt", b"x" * 10, max_bytes=10)
    with pytest.raises(UnreadableSource, match="it has 11 bytes, over 10"):
        upload("a.txt", b"x" * 11, max_bytes=10)
