"""Settings: flag over GROUNDWIRE_* environment over ./groundwire.toml over default."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import click
from platformdirs import user_data_path
from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ingest.errors import GroundwireError
from rag.assistant import Options
from rag.llm import Price

SETTINGS_FILE = "groundwire.toml"
ENVIRONMENT_PREFIX = "GROUNDWIRE_"


class SettingsError(GroundwireError):
    """A setting, in the environment or in groundwire.toml, that cannot be used."""


def default_library() -> Path:
    """Where the library is if nobody says otherwise."""
    return user_data_path("groundwire", appauthor=False) / "library"


def default_conversations() -> Path:
    """Where conversations are kept if nobody says otherwise."""
    return user_data_path("groundwire", appauthor=False) / "conversations.sqlite"


def _folder(value: object) -> object:
    if isinstance(value, str):
        if not value.strip():
            raise ValueError("name a folder")
        try:
            return Path(value).expanduser()
        except RuntimeError as error:  # "~nobody"
            raise ValueError("there is no such home folder") from error
    return value


def _model(value: object) -> object:
    """A model's folder by its absolute path, for the library remembers it; a name as it is."""
    if isinstance(value, str):
        if not value.strip():
            raise ValueError("name a model")
        if Path(value).expanduser().is_dir():
            return str(Path(value).expanduser().absolute())
    return value


def _language_model(value: object) -> object:
    """The name of a model; "none" for none, whatever another place says."""
    return None if isinstance(value, str) and value.strip().lower() == "none" else value


def _price(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        prompt, completion = map(float, value.split("/"))
    except ValueError as error:
        raise ValueError("write what a million tokens cost as PROMPT/COMPLETION") from error
    return Price(prompt, completion)


class Settings(BaseSettings):
    """What can be set. None means: as the library was made, or as the part that uses it does."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_ignore_empty=True,
        toml_file=SETTINGS_FILE,
        extra="forbid",
        frozen=True,
    )

    library: Annotated[Path, BeforeValidator(_folder)] = Field(default_factory=default_library)
    """The library's folder."""
    conversations: Annotated[Path, BeforeValidator(_folder)] = Field(
        default_factory=default_conversations
    )
    """The file that keeps conversations."""
    model: Annotated[str, BeforeValidator(_model)] | None = None
    """The embedding model of a new library: a sentence-transformers folder or a hub's name."""
    passage_tokens: int | None = Field(default=None, ge=16, le=8192)
    """The most tokens of a passage, in a new library."""
    max_sentences: int = Field(default=3, ge=1, le=20)
    """The most sentences of an answer, what disputes them apart."""
    passages: int = Field(default=10, ge=1, le=100)
    """How many passages are read for a question."""
    reader: str | None = None
    """What reads the passages: an .onnx file, a question-answering model, or "none"."""
    caution: Literal["low", "medium", "high"] = "medium"
    """How sure an answer must be; more caution means more silence."""
    threshold: float | None = Field(default=None, ge=0, le=1)
    """The confidence below which the answer is that the articles do not say."""
    llm: Annotated[str | None, BeforeValidator(_language_model)] = None
    """The language model that words the answers, such as "ollama:qwen3:8b"; None: quotes."""
    llm_timeout_s: float = Field(default=60, gt=0, le=3600)
    """How long a language model may write at an answer, in seconds."""
    llm_price: Annotated[Price, BeforeValidator(_price)] | None = None
    """What a million tokens cost in US dollars: PROMPT/COMPLETION."""
    max_file_mb: float = Field(default=64, gt=0, le=4096)
    """The largest file that is read, in mebibytes."""
    private_addresses: bool = False
    """Whether pages may be fetched from this machine and from private networks."""
    concurrent_asks: int = Field(default=4, ge=1, le=256)
    """How many questions a server answers at the same time."""
    waiting_asks: int = Field(default=64, ge=0, le=10_000)
    """How many more questions wait for their turn before a server refuses one."""
    ask_timeout_s: float = Field(default=60, gt=0, le=3600)
    """How long an answer of a server may take, waiting included, in seconds."""
    log_questions: bool = False
    """Whether a server's log holds the questions."""
    lock_timeout_s: float = Field(default=0, ge=0, le=86400)
    """How long to wait while another process writes to the library, in seconds."""

    def answering(self) -> Options:
        """How an assistant is to answer."""
        return Options(
            max_sentences=self.max_sentences,
            passages=self.passages,
            reader=self.reader,
            caution=self.caution,
            threshold=self.threshold,
            llm=self.llm,
            llm_timeout_s=self.llm_timeout_s,
            llm_price=self.llm_price,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment, then groundwire.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**flags: Any) -> Settings:
    """The settings, with those `flags` that are not None over everything else.

    Raises click.UsageError for a flag, and SettingsError for another place, with a wrong value.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise _explained(error, given) from error
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{SETTINGS_FILE!r} in this folder cannot be read: {error}.", remedy="Correct it."
        ) from error


def _explained(error: ValidationError, flags: dict[str, Any]) -> Exception:
    """The first thing that is wrong, where it is set."""
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    reason = first["msg"].removeprefix("Value error, ")
    wrong = f"is {first['input']!r}: {reason[:1].lower()}{reason[1:]}."
    variable = f"{ENVIRONMENT_PREFIX}{name.upper()}"
    if name in flags:
        return click.UsageError(f"--{name.replace('_', '-')} {wrong}")
    if variable in os.environ:
        return SettingsError(f"{variable} {wrong}", remedy="Change it or unset it.")
    if first["type"] == "extra_forbidden":
        return SettingsError(
            f"{SETTINGS_FILE!r} sets {name!r}, which is no setting.",
            remedy=f"The settings are {', '.join(Settings.model_fields)}.",
        )
    return SettingsError(f"{name!r} in {SETTINGS_FILE!r} {wrong}", remedy="Correct it.")
