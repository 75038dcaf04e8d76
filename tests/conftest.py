"""What tests share: small articles, a library made of them, and an embedder without a model."""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # a test that wants a hub fails at once
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read when it is imported, whoever does it first

import hashlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ingest.article import Article
from ingest.embed import Embedder, Progress, Vectors
from ingest.library import Library, LibraryWriter
from ingest.pipeline import add_articles
from rag.assistant import Assistant

ROOT = Path(__file__).parents[1]

settings.register_profile(
    "groundwire",
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("soak", settings.get_profile("groundwire"), max_examples=300)
settings.load_profile("groundwire")


class WordEmbedder(Embedder):
    """Vectors from hashed words: for tests in which the quality of vectors does not matter."""

    window = 200
    dimensions = 32

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str], on_progress: Progress | None = None) -> Vectors:
        self.embedded += texts
        vectors = [self.embed_question(text) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(len(texts), self.dimensions)

    def embed_question(self, text: str) -> Vectors:
        vector = np.full(self.dimensions, 0.01, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()):
            vector[hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return count_words(texts)


def count_words(texts: Sequence[str]) -> list[int]:
    """A cheap token counter: a token for each word, and for each five characters of a long one."""
    return [sum(1 + len(word) // 5 for word in text.split()) for text in texts]


def with_embedder(library: Any, embedder: Embedder) -> Any:
    """The library, with that embedder in place of the one its manifest names."""
    vars(library)["embedder"] = embedder
    return library


def make_library(
    folder: Path, articles: Sequence[Article] = (), embedder: Embedder | None = None
) -> Path:
    """A library in `folder` that holds the articles; its path."""
    with with_embedder(LibraryWriter.open(folder), embedder or WordEmbedder()) as writer:
        add_articles(articles, writer)
    return folder


def open_library(folder: Path, embedder: Embedder | None = None) -> Library:
    """The library in `folder`, opened for asking."""
    library: Library = with_embedder(Library.open(folder), embedder or WordEmbedder())
    return library


def article(name: str, text: str, **metadata: str) -> Article:
    """An article at /news/NAME.txt."""
    return Article(source=f"/news/{name}.txt", text=text, **metadata)


ARTICLES = (
    article(
        "mine",
        "The North Ridge Front said on Tuesday that it had shelled the copper mine at Velm."
        " The attack killed 14 miners and wounded 30 others.\n\n"
        "The governor of Ostrava, Lena Marsh, denied that 14 miners had died. She put the toll at"
        " nine.\n\nThe mine employs 2,300 people and belongs to the Halden company.",
        title="Front claims attack on Velm mine",
        author="Ines Dahl",
        outlet="Ridge Daily",
        published="2023-05-10",
        url="https://ridge-daily.example/velm",
    ),
    article(
        "bridge",
        "The Tarn bridge opened to traffic on Friday after four years of work."
        " It cost 310 million crowns, twice what was planned.\n\n"
        "The engineer Pavel Orlik designed the bridge. He said that wind had delayed the work.",
        title="Tarn bridge opens at last",
        author="Émile Ruud",
        outlet="Tarn Post",
        published="2022-09-02T08:30",
        url="https://tarn-post.example/bridge",
    ),
    article(
        "harvest",
        "Farmers in the Ostrava valley expect the best apple harvest in a decade.\n\n"
        "The growers' union says that the frost in April spared most orchards.",
        title="Apple harvest",
        outlet="Tarn Post",
    ),
)
"""Articles about a made-up country: a claim with its denial, numbers, names and dates."""


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The default embedding model, loaded once."""
    return Embedder()


@pytest.fixture(scope="session")
def library_folder(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A library with ARTICLES and the real vectors; nobody may change it."""
    return make_library(tmp_path_factory.mktemp("real") / "library", ARTICLES, embedder)


@pytest.fixture
def library(library_folder: Path, embedder: Embedder) -> Iterator[Library]:
    """The library of ARTICLES, opened for asking."""
    with open_library(library_folder, embedder) as opened:
        yield opened


@pytest.fixture
def assistant(library: Library) -> Assistant:
    """An assistant that has read ARTICLES."""
    return Assistant(library)


# Text as the world has it

AWKWARD = (
    "caf\u00e9 cafe\u0301",  # composed and combining
    "👩‍👩‍👧‍👦 🇳🇴 👍🏽",
    "شن المسلحون الهجوم.",
    "\u202eright to left\u202c",
    "line\r\nline\rline",
    "zero\u200bwidth\u200d\u2060",
    "non\u00a0breaking\u202fspace",
    "\ud83d alone \udc00",
    "nul \x00 bell \x07",
    "\ufeffmark",
    "\u2028separator\u2029\x85",
    "\x1b[31mred\x1b[0m \x9b31m",
    "北京。天津！",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈",
    "e\u0301\u0327\u0323" * 20,
    "“Quoted.” ‘Said.’",
    "\t\v\f ",
    "…",
)
"""Pieces of text that break careless offsets."""


def awkward_text(min_pieces: int = 1, max_pieces: int = 12) -> st.SearchStrategy[str]:
    """Text that mixes sentences of news with awkward pieces and with anything at all."""
    sentences = [s for item in ARTICLES for s in re.split(r"(?<=\.)\s+", item.text)]
    piece = st.one_of(
        st.sampled_from(sentences),
        st.sampled_from(sentences),
        st.sampled_from(AWKWARD),
        st.text(st.characters(), max_size=40),
    )
    gap = st.sampled_from([" ", "\n", "\n\n", "\r\n", "\r\n\r\n", "\u00a0", " \u200b", "", "\t"])
    pairs = st.lists(st.tuples(piece, gap), min_size=min_pieces, max_size=max_pieces)
    return pairs.map(lambda parts: "".join(text + between for text, between in parts))


# Processes of their own

RunPython = Callable[..., Any]


def python(code: str, *arguments: str | Path) -> list[str]:
    """The command of a fresh Python that runs `code`."""
    return [sys.executable, "-c", code, *map(str, arguments)]


def environment(**variables: str) -> dict[str, str]:
    """The environment for a fresh Python that finds the packages and these helpers."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **variables}


@contextmanager
def without_privileges() -> Iterator[None]:
    """As a user whom file permissions hold."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
