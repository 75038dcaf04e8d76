"""A slip of the pen in a question, mended by the articles' own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches

from ingest.library import Library
from rag.words import stem

_LEAST_LIKE = 0.85
_SHORTEST = 6
_MOST_WORDS, _MOST_SLIPS = 64, 3
_FARTHEST = 2
_NEAREST, _PASSAGES = 5, 5
_WORD = re.compile(r"[^\W\d_]+")


def mended(question: str, library: Library) -> str:
    """The question with each misspelt word written as in the articles; as it is where there is
    none.

    Misspelt is a word that no article has, no common English word, and like one word of the
    articles only. A word that stands in an article is never changed, and more than three that
    stand in none are no slips.
    """
    words = [found[0] for found in _WORD.finditer(question) if len(found[0]) >= _SHORTEST]
    counts = library.document_frequencies(words[:_MOST_WORDS])
    unknown = [word for word, count in counts.items() if not count]
    slips = [word for word in unknown if not library.embedder.knows(word)]
    if len(slips) > _MOST_SLIPS:
        return question
    for word in slips:
        if like := _like(word, library):
            question = re.sub(rf"\b{word}\b", like, question)
    return question


def _like(word: str, library: Library) -> str | None:
    """The word of the articles that this one is most like, as it is written there; None where none
    is, or two are. A name is mended to a name only."""
    root = stem(word)
    terms = library.terms(root[0], shortest=len(root) - _FARTHEST, longest=len(root) + _FARTHEST)
    near = get_close_matches(root, terms, _NEAREST)
    forms = _forms(near, library)
    if word[0].isupper():
        forms = {form for form in forms if form[0].isupper() and form.lower() not in forms}
    likeness = {form: _likeness(word.lower(), form.lower()) for form in forms}
    best = max(likeness.values(), default=0.0)
    found = {form for form, ratio in likeness.items() if ratio == best}
    plain = {form for form in found if form.lower() == form or form.lower() not in found}
    return plain.pop() if best >= _LEAST_LIKE and len(plain) == 1 else None


def _forms(terms: Sequence[str], library: Library) -> set[str]:
    """The words of the passages that have these stems, as they are written."""
    numbers = {n for term in terms for n, _ in library.search_words(term, _PASSAGES)}
    return {
        found[0]
        for passage, article in library.passages(sorted(numbers))
        for found in _WORD.finditer(passage.passage.span.of(article.text))
    }


def _likeness(one: str, other: str) -> float:
    """0 to 1: twice the characters that both have in order, by all characters."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
