"""The page of the support check: its commands and its Python run, and it names the threshold."""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rag.support import _RULES, SupportChecker

Run = Callable[..., Result]
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "support.md").read_text(encoding="utf-8")
AS_SHOWN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_the_examples_do_what_the_page_says(run: Run) -> None:
    [block, *_] = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    examples = re.findall(r"^\$ groundwire (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    assert len(examples) == 3
    for line, expected in examples:
        result = run(*shlex.split(line))
        assert doctest.OutputChecker().check_output(expected, result.stdout, AS_SHOWN), (
            f"$ groundwire {line}\n{result.output}"
        )
        assert result.exit_code == (0 if expected.startswith("Supported") else 3)


def test_the_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [block] = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(block, "support.md", "exec"), {})
    assert capsys.readouterr().out.startswith("True ")


def test_the_threshold_is_the_one_that_the_page_names() -> None:
    assert f"The threshold is **{SupportChecker().threshold}**" in PAGE


def test_every_module_of_a_rule_is_in_the_table() -> None:
    modules = {rule.__module__.replace(".", "/") + ".py" for rule in _RULES}
    assert {module for module in modules if f"`{module}`" not in PAGE} == set()
