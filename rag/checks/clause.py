"""Is a text a sentence, or a piece of one? "On 26 August, when the bridge opened." says nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rag.checks.syntax import Word, parsed

# The past tense is often taken for a participle, "The bill passed by 54 votes": it counts too.
_SAYS = frozenset({"VBD", "VBP", "VBZ", "VBN", "MD"})
_BINDS = frozenset({"WDT", "WP", "WP$", "WRB"})


def has_main_clause(text: str) -> bool:
    """Whether a verb of the text, as spaCy parses it, is not in a clause that hangs on another:
    one that a word such as "when", "which" or "because" opens."""
    [words] = parsed([(text, ())])
    return any(word.tag in _SAYS and not _hangs(words, number) for number, word in enumerate(words))


def _hangs(words: Sequence[Word], number: int) -> bool:
    """Whether a word, or one over it, has a word below it that opens a clause."""
    while True:
        if any(w.head == number and (w.tag in _BINDS or w.dep == "mark") for w in words):
            return True
        if words[number].head == number:
            return False
        number = words[number].head
