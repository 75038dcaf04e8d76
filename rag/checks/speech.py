"""Verbs that give something to a speaker."""

from __future__ import annotations

from rag.checks.tokens import word_key

CLAIMING = frozenset(
    map(
        word_key,
        """say claim allege argue accuse believe think estimate insist maintain contend suspect
        predict promise testify deny assert suggest warn describe boast complain swear vow hint
        speculate report accord blame tell state write reply add declare recall""".split(),
    )
)
# These attribute too, but who leaves them out says nothing that the evidence does not.
TELLING = frozenset(
    map(
        word_key,
        """announce confirm admit accept acknowledge conclude explain call answer note find show
        put mention remark observe stress""".split(),
    )
)
