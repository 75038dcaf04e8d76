"""The HTTP API's page: its commands and its Python do what it says."""

from __future__ import annotations

import doctest
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ingest.embed import Embedder
from tests.ui.conftest import write_press
from tests.ui.web_server import served, wait_until_ready

PAGE = (Path(__file__).parents[2] / "docs" / "http-api.md").read_text(encoding="utf-8")
AS_SHOWN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
COMMANDS = re.findall(r"^\$ (curl .*)\n((?:(?!\$ |```).*\n)*)", PAGE, re.MULTILINE)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_do_what_the_page_says(
    own_library: Path, tmp_path: Path, embedder: Embedder
) -> None:
    write_press(tmp_path)
    assert len(COMMANDS) == 8
    with served(own_library, embedder) as running:
        wait_until_ready(running)
        for command, expected in COMMANDS:
            here = command.replace("127.0.0.1:8000", running.url.removeprefix("http://"))
            got = subprocess.run(
                here, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True
            )
            pattern = expected.strip() + ("" if expected.strip().endswith("}") else "...")
            assert doctest.OutputChecker().check_output(
                f"{pattern}\n", f"{got.stdout}\n", AS_SHOWN
            ), f"$ {command}\n{got.stdout}"


def test_the_python_runs(own_library: Path, embedder: Embedder) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    with served(own_library, embedder) as running:
        exec(code.replace("http://127.0.0.1:8000", running.url), {})
