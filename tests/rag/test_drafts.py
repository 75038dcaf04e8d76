"""What a model writes is split into sentences with their citations, however it arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.drafts import Draft, drafts
from tests.language_models import as_json

ISKP = Draft("ISKP claimed it.", (1,))
ENVOY = Draft("The U.S. envoy denied it.", (2, 3))
LINES = "ISKP claimed it. [1]\nThe U.S. envoy denied it [2][3].\n"


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (LINES, [ISKP, ENVOY]),
        ("ISKP claimed it. [1] The U.S. envoy denied it. [2, 3]", [ISKP, ENVOY]),
        ("1. ISKP claimed it. [1]\n- The U.S. envoy denied it【2】[Evidence 3].", [ISKP, ENVOY]),
        ("Answer: **ISKP** claimed it [1].", [ISKP]),
        ("<think>Who? [9]\nHm.</think>\n\nISKP claimed it. [1]", [ISKP]),
        (as_json(("ISKP claimed it.", [1]), ("The U.S. envoy denied it.", [2, 3])), [ISKP, ENVOY]),
        (f"```json\n{as_json(('ISKP claimed it.', [1]))}\n```", [ISKP]),
        (as_json(("ISKP claimed it. [1]", [1])), [ISKP]),
        ('{"sentences": [{"evidence": 1, "text": "ISKP claimed it."}]}', [ISKP]),
        ('{"sentences": [{"evidence": [1], "text": "ISKP claimed it. The U.S', [ISKP]),
        ("ISKP claimed it. [1]\nThe U.S. envoy", [ISKP]),
        (as_json(('He said "no".', [1])), [Draft('He said "no".', (1,))]),
        ("It is so.", [Draft("It is so.")]),
        ("", []),
        ("[1] [2]", []),
        ("{", []),
        ('{"sentences": "none"}', []),
        ('{"sentences": [{"evidence": [1]}, {"text": 3}]}', []),
        ('{"sentences": [[1], 7]}', []),
        ("<think>It never ends", []),
    ],
)
def test_sentences_and_their_numbers(written: str, expected: list[Draft], piece: int) -> None:
    pieces = [written[i : i + piece] for i in range(0, len(written), piece)]
    assert list(drafts(pieces)) == expected


def test_a_sentence_is_there_when_the_next_one_begins() -> None:
    read = []

    def pieces() -> object:
        for character in LINES + "And":
            read.append(character)
            yield character

    stream = drafts(pieces())
    assert next(stream) == ISKP
    assert len(read) <= len("ISKP claimed it. [1]\nT")


@given(st.text(max_size=300), st.integers(1, 9))
def test_anything_at_all_is_read_without_an_error(written: str, piece: int) -> None:
    for draft in drafts(written[i : i + piece] for i in range(0, len(written), piece)):
        assert draft.text.strip()


def test_what_does_not_end_is_not_read_on() -> None:
    read = []

    def endless(form: str) -> object:
        yield form
        while True:
            read.append("x")
            assert len(read) < 5_000
            yield "x "

    assert list(drafts(endless(""))) == []
    assert list(drafts(endless('{"sentences": [{"evidence": [1], "text": "'))) == []
