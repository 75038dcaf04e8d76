"""Words of which only one can be true: opposites, kin, directions, units, times of day."""

from __future__ import annotations

from collections.abc import Iterator

from rag.checks.align import Pair
from rag.checks.doubts import Doubt
from rag.checks.polarity import is_negated
from rag.checks.reckoned import reckoned
from rag.checks.tokens import word_key

_TABLE = """
    approve/accept/adopt/back/pass/uphold/ratify reject/refuse/veto/overturn
    win lose
    rise/increase/climb/grow/gain/surge/soar fall/decrease/decline/drop/shrink/plunge/slump
    higher/up/more lower/down/less/fewer
    high low
    open/reopen close/shut
    begin/start/open end/finish/stop
    arrive/enter leave/depart/exit
    buy/acquire/purchase sell
    support/favour/favor/back/endorse oppose/against
    guilty/convict innocent/acquit
    legal/lawful illegal/unlawful
    confirm/admit/acknowledge/claim deny
    alive/survive die/killed
    include exclude
    agree/accept/consent disagree/refuse
    allow/permit/authorise/legalise ban/forbid/prohibit/outlaw
    north/northern south/southern
    east/eastern west/western
    large/big small
    older younger
    hire/appoint/employ dismiss/fire/sack
    earlier later
    first last/final
    majority minority
    most/many few/none
    all/every/each most/some/half
    profit/gain loss
    strengthen/raise/improve weaken/lower/worsen/cut
    extend/lengthen shorten/curtail
    build/erect demolish/destroy
    major minor
    remember forget
    release/free arrest/detain/imprison
    safe dangerous/unsafe
    true false/untrue
    possible impossible
    likely unlikely
    present absent
    public/publicly private/privately
    import export
    borrow lend
    supplier/seller/vendor customer/buyer/client
    plaintiff defendant
    employer employee/worker
    teacher pupil/student
    landlord tenant
    attack defend
    attacker victim
    love hate
    advance retreat
    temporary permanent
    domestic foreign
    maximum minimum
    cause prevent
    mother father sister brother son daughter wife husband uncle aunt cousin nephew niece grandson
    morning afternoon evening night
    spring summer autumn winter
    second minute hour day week month year decade century
    metre/meter kilometre/kilometer centimetre mile foot/feet inch
    gram kilogram/kilo tonne/ton pound ounce
    dollar euro crown yen rupee peso kroner
    red blue green yellow black white brown orange purple grey/gray
    primary secondary
    gold silver bronze
    quarter-final semi-final final
    left right
"""
Group = frozenset[str]


def _groups(line: str) -> list[Group]:
    return [frozenset(map(word_key, words.split("/"))) for words in line.split()]


def _rivals(table: str) -> dict[str, frozenset[str]]:
    """For each word's key the keys of the words that exclude it."""
    rivals: dict[str, frozenset[str]] = {}
    for groups in map(_groups, table.strip().splitlines()):
        for group in groups:
            others = frozenset().union(*(other for other in groups if other is not group))
            for word in group:
                rivals[word] = rivals.get(word, frozenset()) | others
    return rivals


_RIVALS = _rivals(_TABLE)
_NEAR = 6
_SHORTEST = 4
_UNDOING = ("un", "dis", "non", "in", "im", "ir", "il", "mis")
_ORDERS = {"before": "after", "after": "before"}


def contrary_words(pair: Pair) -> Iterator[Doubt]:
    """Words of the statement in whose place the evidence has one that excludes them."""
    here = {token.key for token in pair.statement.tokens}
    for at, token in enumerate(pair.statement.tokens):
        if (
            pair.there[at] is not None
            or at in reckoned(pair)
            or (token.kind != "word" and token.key not in _RIVALS)
        ):
            continue
        for place in _expected(pair, at):
            other = pair.evidence.tokens[place]
            excludes = other.key in _RIVALS.get(token.key, frozenset()) - here
            if (excludes or _is_undone(token.key, other.key)) and is_negated(
                pair.statement, at
            ) == is_negated(pair.evidence, place):
                yield Doubt("contrary", f"The evidence says “{other.text}”, not “{token.text}”.")
                break


def _is_undone(one: str, other: str) -> bool:
    """Whether one word is the other with a prefix that turns it round: "believe", "disbelieve"."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST and any(long == prefix + short for prefix in _UNDOING)


def reversed_order(pair: Pair) -> Iterator[Doubt]:
    """ "Before" where the evidence has "after" between the same two things in the same order."""
    for at, token in enumerate(pair.statement.tokens):
        if token.lower not in _ORDERS:
            continue
        left = next((p for p in pair.there[:at][::-1] if p is not None), None)
        right = next((p for p in pair.there[at:] if p is not None), None)
        if left is None or right is None:
            continue
        between = {other.lower for other in pair.evidence.tokens[left + 1 : right]}
        if _ORDERS[token.lower] in between and token.lower not in between:
            yield Doubt("relation", f"The evidence says “{_ORDERS[token.lower]}”.")


def _expected(pair: Pair, at: int) -> list[int]:
    """The places in the evidence near those of the words beside a word of the statement."""
    beside = [
        pair.there[i]
        for i in range(max(0, at - _NEAR), min(len(pair.statement), at + _NEAR + 1))
        if pair.statement.sentences[i] == pair.statement.sentences[at]
    ]
    known = [place for place in beside if place is not None]
    around = {
        place
        for other in known
        for place in pair.evidence.in_sentence(pair.evidence.sentences[other])
        if abs(place - other) <= _NEAR
    }
    return sorted(around - pair.back.keys())
