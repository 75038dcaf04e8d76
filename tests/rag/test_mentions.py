"""Names in a text."""

from __future__ import annotations

import pytest

from rag.mentions import mentions, plain_phrases


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Then Mrs. Joan Pettifer left.", ["Mrs. Joan Pettifer"]),
        ("It was said by Mr. Hallam. Nobody heard it.", ["Mr. Hallam"]),
        ("They killed Ziya ul-Haq.", ["Ziya ul-Haq"]),
        ("about Her office denied it", []),
        ("about A 43-year-old", []),
        ("It was Will Smith.", ["Will Smith"]),
        ("Why did he leave Velm?", ["Velm"]),
    ],
)
def test_names_are_whole_and_nothing_else_is_one(text: str, names: list[str]) -> None:
    assert [mention.text for mention in mentions(text)] == names


def test_a_verb_is_no_part_of_the_thing_that_does_it() -> None:
    assert plain_phrases("What did the company offer?") == ["the company"]
    assert plain_phrases("Why will the old town hall close?") == ["the old town hall"]
    assert plain_phrases("Did the union accept the new offer?") == ["the new offer"]


def test_an_auxiliary_is_no_name() -> None:
    assert mentions("the words “Has she been paid?”") == []


def test_a_title_or_two_capitals_make_a_person() -> None:
    assert [m.kind for m in mentions("Ask Mrs. Pettifer or Ziya ul-Haq.")] == ["person", "person"]
    assert [m.kind for m in mentions("They believed in Mr. Hallam.")] == ["person"]
