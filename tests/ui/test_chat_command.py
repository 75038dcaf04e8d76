"""`groundwire chat`: asking, and looking after what was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]
ASKED = "Who designed the Tarn bridge?\nWhat did he design?\n"


def test_lines_are_questions_of_one_conversation(run: Run, made_library: Path) -> None:
    result = run("chat", "--json", library=made_library, stdin=ASKED)
    assert result.exit_code == 0, result.output
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert first["conversation"] == second["conversation"]
    assert "Pavel Orlik" in second["standalone_question"]


def test_a_conversation_is_gone_on_with_exported_renamed_and_deleted(
    run: Run, made_library: Path
) -> None:
    run("chat", library=made_library, stdin="Who designed the Tarn bridge?\n")
    [info] = json.loads(run("chat", "--list", "--json").stdout)
    name = info["id"][:8]
    on = run("chat", "--conversation", name, library=made_library, stdin="What did he design?\n")
    assert "(Asked as: What did Pavel Orlik design" in on.stdout
    assert run("chat", "--conversation", name, "--rename", "Bridges").exit_code == 0
    exported = run("chat", "--conversation", name, "--export", "markdown").stdout
    assert exported.startswith("# Bridges")
    assert "The engineer Pavel Orlik designed the bridge." in exported
    assert run("chat", "--conversation", name, "--delete").exit_code == 0
    assert json.loads(run("chat", "--list", "--json").stdout) == []


def test_a_slash_is_no_question(run: Run, made_library: Path) -> None:
    result = run("chat", "--json", library=made_library, stdin=f"/help\n{ASKED}")
    assert "Write a question; /quit leaves." in result.stderr
    assert len(result.stdout.splitlines()) == 2


def test_listing_and_naming_conversations_make_no_database(
    run: Run, made_library: Path, tmp_path: Path
) -> None:
    file = tmp_path / "kept" / "talks.sqlite"
    place = ("--conversations", str(file))
    assert json.loads(run("chat", "--list", "--json", *place).stdout) == []
    assert run("chat", "--list", *place).stdout.split() == ["ID", "LAST", "ASKED", "TURNS", "TITLE"]
    for more in ([], ["--delete"], ["--export", "json"], ["--rename", "Bridges"]):
        named = run("chat", "--conversation", "abcdef12", *more, *place, library=made_library)
        assert (named.exit_code, named.stdout) == (1, "")
        assert named.stderr.startswith(f"groundwire: There are no conversations in '{file}'.")
    assert run("chat", *place, library=tmp_path / "none", stdin="Who?\n").exit_code == 1
    assert not file.parent.exists()


def test_what_cannot_be_done_is_one_line(run: Run, made_library: Path) -> None:
    run("chat", library=made_library, stdin="Who designed the Tarn bridge?\n")
    unknown = run("chat", "--conversation", "abcdef12", library=made_library, stdin="Who?\n")
    assert unknown.exit_code == 1
    assert "There is no conversation 'abcdef12'." in unknown.stderr
    assert run("chat", "--delete").exit_code == 2
    assert run("chat", "--rename", "").exit_code == 2
    assert run("chat", "--today", "soon", library=made_library, stdin="").exit_code == 2
