"""The pages on the command line and on keeping a library: their examples run, their tables are
complete."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ui.settings import Settings

Run = Callable[..., Result]
DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "command-line.md").read_text(encoding="utf-8")
AS_SHOWN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize(("page", "least"), [("command-line.md", 8), ("library.md", 4)])
def test_the_examples_do_what_the_page_says(
    run: Run, press: Path, tmp_path: Path, page: str, least: int
) -> None:
    shutil.copytree(press, tmp_path / "press")
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    examples = re.findall(r"^\$ groundwire (.*)\n((?:(?!\$ ).*\n)*)", "".join(blocks), re.MULTILINE)
    assert len(examples) >= least
    for line, expected in examples:
        result = run(*shlex.split(line))
        assert doctest.OutputChecker().check_output(expected, result.stdout, AS_SHOWN), (
            f"$ groundwire {line}\n{result.output}"
        )
        assert result.exit_code == (3 if "do not say." in expected else 0)


def test_every_setting_is_in_the_table() -> None:
    assert re.findall(r"^\| `(\w+)` \| `GROUNDWIRE_", PAGE, re.MULTILINE) == list(
        Settings.model_fields
    )
