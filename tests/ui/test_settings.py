"""Settings: which place wins, and what is said when one is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from ui.settings import SettingsError, load_settings

WriteToml = Callable[[str], object]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("GROUNDWIRE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write_toml(tmp_path: Path) -> WriteToml:
    return (tmp_path / "groundwire.toml").write_text


def test_flag_over_environment_over_file_over_default(
    write_toml: WriteToml, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().passages == 10
    write_toml("passages = 11")
    assert load_settings().passages == 11
    monkeypatch.setenv("GROUNDWIRE_PASSAGES", "12")
    assert load_settings().passages == 12
    assert load_settings(passages=13).passages == 13
    assert load_settings(passages=None).passages == 12


def test_the_library_is_in_the_data_folder_by_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("GROUNDWIRE_LIBRARY", "")
    assert load_settings().library == tmp_path / "data" / "groundwire" / "library"
    monkeypatch.setenv("GROUNDWIRE_LIBRARY", "~/press")
    assert load_settings().library == Path.home() / "press"


def test_a_models_folder_is_remembered_by_its_whole_path(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    assert load_settings(model="model").model == str(tmp_path / "model")
    assert load_settings(model="some/name").model == "some/name"


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("passages = 'x'", "'passages' in 'groundwire.toml' is 'x': input should be a valid int"),
        ("threshold = 2", "'threshold' in 'groundwire.toml' is 2: input should be less than or"),
        ("library = ''", "'library' in 'groundwire.toml' is '': name a folder. Correct it."),
        ("pasages = 3", "'groundwire.toml' sets 'pasages', which is no setting. The settings are"),
        ("passages", "'groundwire.toml' in this folder cannot be read: "),
    ],
)
def test_a_wrong_file_is_explained(write_toml: WriteToml, toml: str, message: str) -> None:
    write_toml(toml)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(message)


def test_a_wrong_variable_and_a_wrong_flag_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(click.UsageError, match="--max-sentences is 0: input should be greater"):
        load_settings(max_sentences=0)
    monkeypatch.setenv("GROUNDWIRE_MAX_SENTENCES", "0")
    with pytest.raises(SettingsError, match=r"GROUNDWIRE_MAX_SENTENCES is '0': .* or unset it"):
        load_settings()
