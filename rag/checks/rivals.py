"""Words of which only one can be true: opposites, kin, directions, units, times of day."""

from __future__ import annotations

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
    support/favour/favor/endorse oppose
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


RIVALS = _rivals(_TABLE)
"""For each word's key the keys of the words that exclude it."""
