"""Passages and questions that look right and are not: what teaches the reader to stay silent."""

from __future__ import annotations

import random
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

from .data import Question, with_text

# Sources whose passages may serve one another as near misses; any other source is its own group.
_GROUPS = {
    "squad2_train10": "wiki",
    "squadshifts_new_wiki": "wiki",
    "nq_open_oracle": "wiki",
    "quoref_contrast": "wiki",
    "qamr": "wiki",
}
_STOP_WORDS = """
a about an and any are as at be been being but by can could did do does for from had has have he
her his how i if in into is it its kind many may me more most much my name no not of on or other
our out said say she should so some such than that the their them there these they thing this
those to type up used was we were what when where which who whom whose why will with would you
your author person poster reviewer product item people s t
"""
_STOP = frozenset(_STOP_WORDS.split())
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\b[A-Z][\w'’-]+(?:\s+(?:of\s+|the\s+)?[A-Z][\w'’-]+)*")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*\d(?![\w])|(?<![\w.,])\d(?![\w.,])")
_OPPOSITES = """
first last, largest smallest, highest lowest, before after, most least, oldest youngest, north
south, east west, northern southern, eastern western, male female, men women, increase decrease,
increased decreased, begin end, began ended, start stop, started stopped, won lost, win lose,
born killed, father mother, son daughter, husband wife, brother sister, best worst, early late,
earliest latest, maximum minimum, majority minority, buy sell, bought sold, more less, longest
shortest, major minor, positive negative, accept reject, accepted rejected, arrive leave,
arrived left, good bad, old new, summer winter, public private, join leave, joined left, allowed
forbidden
"""
_OPPOSITE = {
    word: other
    for a, b in (pair.split() for pair in _OPPOSITES.split(","))
    for word, other in ((a, b), (b, a))
}


def content_words(text: str) -> list[str]:
    """The words of a question that say what it is about, lower case, in order, once each."""
    words = (word for word in _WORD.findall(text.lower()) if word not in _STOP)
    return list(dict.fromkeys(words))


def normal(text: str) -> str:
    """Lower case words with single spaces around each: for "is this string in that passage?"."""
    return f" {' '.join(_WORD.findall(text.lower()))} "


def holds_answer(passage: str, answers: Iterable[str]) -> bool:
    """Whether the passage contains any of the answers as whole words."""
    text = normal(passage)
    return any(normal(answer) in text for answer in answers)


def group(source: str) -> str:
    """The group of sources whose passages may stand in for those of `source`."""
    return _GROUPS.get(source, source)


class Miner:
    """Finds wrong passages for a question: BM25 (SQLite FTS5) within the question's group."""

    def __init__(self, questions: Iterable[Question]) -> None:
        contexts: dict[tuple[str, str], Question] = {}
        for question in questions:
            contexts.setdefault((group(question.source), question.context), question)
        self._db = sqlite3.connect(":memory:")
        self._text: list[str] = []
        self._article: list[str] = []
        self._title: list[str] = []
        self._of_article: dict[str, list[int]] = {}
        self._common: dict[str, frozenset[str]] = {}
        self._tables: dict[str, str] = {}
        for name in sorted({key[0] for key in contexts}):
            self._index(name, [q for (of, _), q in contexts.items() if of == name])

    def _index(self, name: str, members: Sequence[Question]) -> None:
        table = f"passages_{len(self._tables)}"
        self._tables[name] = table
        self._db.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(text, tokenize='porter')")
        frequency: Counter[str] = Counter()
        for question in members:
            text, rowid = question.context, len(self._text)
            self._text.append(text)
            self._article.append(question.article)
            self._title.append(question.title)
            self._of_article.setdefault(question.article, []).append(rowid)
            self._db.execute(f"INSERT INTO {table}(rowid, text) VALUES (?, ?)", (rowid, text))
            frequency.update(set(_WORD.findall(text.lower())))
        limit = max(3.0, 0.03 * len(members))
        self._common[name] = frozenset(w for w, count in frequency.items() if count > limit)

    def specific(self, question: Question) -> bool:
        """Whether the question names enough rare things to be about one passage only."""
        common = self._common[group(question.source)]
        words = content_words(question.text)
        rare = sum(word not in common for word in words)
        return rare >= 2 or (rare == 1 and len(words) >= 3)

    def nearest(self, question: Question, limit: int = 6) -> list[int]:
        """The best wrong passages: highest BM25 first, none that contains an answer string."""
        words = content_words(question.text)
        if not words or not self.specific(question):
            return []
        table = self._tables[group(question.source)]
        match = " OR ".join(f'"{word}"' for word in words)
        found = self._db.execute(
            f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rank LIMIT ?",
            (match, 4 * limit),
        )
        rows = (int(row[0]) for row in found)
        return [row for row in rows if self._wrong(question, row)][:limit]

    def of_article(self, question: Question, chooser: random.Random) -> str | None:
        """Another passage of the question's own article, without an answer string."""
        rows = self._of_article.get(question.article, [])
        if len(rows) < 2 or not self.specific(question):
            return None
        tries = chooser.sample(rows, min(len(rows), 4))
        return next((self._text[row] for row in tries if self._wrong(question, row)), None)

    def any_other(self, question: Question, chooser: random.Random) -> str | None:
        """Some passage of any other article: an easy negative."""
        row = chooser.randrange(len(self._text))
        other = self._article[row] != question.article
        return self._text[row] if other and self._wrong(question, row) else None

    def _wrong(self, question: Question, row: int) -> bool:
        text = self._text[row]
        return text != question.context and not holds_answer(text, question.answers)

    def text(self, row: int) -> str:
        """The passage of a row that `nearest` gave."""
        return self._text[row]

    def title(self, row: int) -> str:
        """The title of a row that `nearest` gave."""
        return self._title[row]


def swapped(question: Question, elsewhere: str, chooser: random.Random) -> Question | None:
    """A near-miss question that the context does not answer, or None if none can be made.

    One name or number gives way to another of its kind, from the context itself or from
    `elsewhere` (some other passage), or one word gives way to its opposite.
    """
    makers = [_swap_name, _swap_number, _swap_opposite]
    chooser.shuffle(makers)
    for maker in makers:
        text = maker(question, elsewhere, chooser)
        if text is not None and text != question.text:
            return with_text(question, text)
    return None


def names(text: str) -> list[str]:
    """Runs of capitalised words, except a single one that opens a sentence."""
    found: list[str] = []
    for match in _NAME.finditer(text):
        before = text[: match.start()].rstrip()
        opening = not before or before[-1] in ".!?\n\"'“"
        if not (opening and " " not in match.group()):
            found.append(match.group())
    return found


def _swap_name(question: Question, elsewhere: str, chooser: random.Random) -> str | None:
    own = [name for name in names(question.text) if name.lower() not in _STOP]
    if not own:
        return None
    old = chooser.choice(own)
    pool = names(question.context if chooser.random() < 0.6 else elsewhere)
    taken = normal(question.text + " " + " ".join(question.answers))
    size = old.count(" ")
    fits = [n for n in pool if abs(n.count(" ") - size) <= 1 and normal(n) not in taken]
    fits = [n for n in fits if n.lower() not in _STOP and normal(old) not in normal(n)]
    return question.text.replace(old, chooser.choice(sorted(set(fits)))) if fits else None


def _swap_number(question: Question, elsewhere: str, chooser: random.Random) -> str | None:
    own = _NUMBER.findall(question.text)
    if not own:
        return None
    old = chooser.choice(own)
    pool = _NUMBER.findall(question.context if chooser.random() < 0.6 else elsewhere)
    taken = {*own, *question.answers}
    fits = sorted({n for n in pool if n not in taken and len(n) == len(old)})
    if old.isdigit() and not fits:
        fits = [str(int(old) + chooser.choice((-12, -7, -3, 2, 5, 9, 14)))]
    return question.text.replace(old, chooser.choice(fits)) if fits else None


def _swap_opposite(question: Question, elsewhere: str, chooser: random.Random) -> str | None:
    words = [w for w in _WORD.findall(question.text) if w in _OPPOSITE]
    if not words:
        return None
    word = chooser.choice(words)
    return re.sub(rf"\b{word}\b", _OPPOSITE[word], question.text, count=1)
