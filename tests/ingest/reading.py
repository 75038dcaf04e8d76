"""Files of the tests read as articles, by the reader of their format."""

from __future__ import annotations

from pathlib import Path

from ingest.article import Article
from ingest.formats import Reading, read_articles

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]
WORDS = "The mayor’s café – in the Rue de l’Église – stayed open, she said, and served £30 lunches."


def read_file(name: str) -> Reading:
    path = DATA / name
    return read_articles(path.read_bytes(), f"/news/{name}", path.suffix)


def only(text: str | bytes, suffix: str) -> Article:
    data = text.encode() if isinstance(text, str) else text
    reading = read_articles(data, f"/news/a{suffix}", suffix)
    assert reading.problems == ()
    (article,) = reading.articles
    return article
