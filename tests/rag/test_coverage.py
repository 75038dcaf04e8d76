"""How much of a question's wording a sentence has."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.article import Passage, Span
from ingest.library import Library
from rag.coverage import asked_relation, brought_in, coverage, term_weights
from rag.retrieve import Hit
from tests.conftest import article, make_library, open_library

ITEM = article("fire", "The mill at Velm burned. Nobody was hurt.", title="Fire in Ostrava")
HIT = Hit(1, ITEM, Passage(Span(0, 41), (Span(0, 24), Span(25, 41))), 0.5)
FIRST, SECOND = HIT.passage.sentences


def test_weights_add_up_to_one_and_rare_words_weigh_more(library: Library) -> None:
    weights = term_weights("Which miners did the governor name?", library)
    assert sum(weights.values()) == pytest.approx(1)
    common = term_weights("Which orchards are in Ostrava?", library)
    assert common["orchard"] > common["ostrava"]


def test_what_someone_did_weighs_more_where_who_is_asked(library: Library) -> None:
    asked = term_weights("Who shelled the mine?", library)
    plain = term_weights("Was the mine shelled?", library)
    assert asked["shell"] > plain["shell"]
    assert asked_relation("Who has claimed it?") == asked_relation("who claims it?") == "claim"
    assert asked_relation("Which group claimed it?") == "claim"
    assert asked_relation("What did he claim?") == ""


def test_question_words_weigh_nothing(library: Library) -> None:
    assert "mani" not in term_weights("How many miners died?", library)
    assert set(term_weights("What day did it open?", library)) == {"open"}
    assert set(term_weights("Who said that it opened?", library)) == {"open"}


def test_an_empty_library_gives_no_word_a_weight(tmp_path: Path) -> None:
    with open_library(make_library(tmp_path / "empty")) as empty:
        assert set(term_weights("Who burned the mill?", empty).values()) == {0.0}


def test_what_only_the_passage_or_title_has_counts_half() -> None:
    assert coverage({"mill": 0.6, "hurt": 0.4}, HIT, FIRST) == pytest.approx(0.6 + 0.2)
    assert coverage({"mill": 0.6, "hurt": 0.4}, HIT, SECOND) == pytest.approx(0.3 + 0.4)
    assert coverage({"ostrava": 1.0}, HIT, FIRST) == pytest.approx(0.5)
    assert coverage({"harbour": 1.0}, HIT, FIRST) == 0.0
    assert coverage({}, HIT, FIRST) == 0.0


def test_what_the_conversation_put_in_counts_whole_anywhere_near() -> None:
    implied = brought_in("What did the mill in Ostrava cost?", "What did it cost?")
    assert implied == {"mill", "ostrava"}
    assert brought_in("What did it cost?", None) == frozenset()
    assert coverage({"ostrava": 1.0}, HIT, FIRST, implied) == 1.0
    assert coverage({"mill": 0.6, "hurt": 0.4}, HIT, FIRST, implied) == pytest.approx(0.6 + 0.2)
    assert coverage({"harbour": 1.0}, HIT, FIRST, frozenset({"harbour"})) == 0.0
