"""The most central sentences of a text: those that share most with all the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.article import Span
from ingest.split import split_sentences
from rag.words import stems

_SHORTEST = 5  # words


def central_sentences(text: str, most: int = 3) -> list[Span]:
    """At most that many sentences, in the text's order.

    Degree centrality as in LexRank (Erkan and Radev 2004, arXiv:1109.2128): the sum of a sentence's
    TF-IDF cosines with all others, more for those near the beginning, where news says what matters.
    Questions and sentences of fewer than five words are none of them unless all are such.
    """
    sentences = split_sentences(text)
    telling = [s for s in sentences if _tells(s.of(text))] or sentences
    nearness = 1 / (1 + np.arange(len(telling)) / len(telling))
    ranks = np.array(centrality([span.of(text) for span in telling])) * nearness
    best = sorted(range(len(telling)), key=lambda i: (-ranks[i], i))[:most]
    return [telling[i] for i in sorted(best)]


def centrality(sentences: Sequence[str]) -> list[float]:
    """For each sentence the sum of its TF-IDF cosines with all of them."""
    ranks: list[float] = _links([Counter(stems(one)) for one in sentences]).sum(axis=1).tolist()
    return ranks


def _tells(sentence: str) -> bool:
    return len(sentence.split()) >= _SHORTEST and not sentence.rstrip("”\"’'").endswith("?")


def _links(bags: list[Counter[str]]) -> NDArray[np.float64]:
    """The cosines of the bags' TF-IDF vectors. *Shape: (bags, bags)*"""
    frequency = Counter(word for bag in bags for word in bag)
    place = {word: column for column, word in enumerate(frequency)}
    matrix = np.zeros((len(bags), max(len(place), 1)))
    for row, bag in enumerate(bags):
        for word, count in bag.items():
            matrix[row, place[word]] = count * math.log(1 + len(bags) / frequency[word])
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix /= np.where(lengths > 0, lengths, 1)
    return np.asarray(matrix @ matrix.T, np.float64)
