"""The rules of the support check that look at the grammar: whose part, and under what."""

from __future__ import annotations

import pytest

from rag.checks.align import Pair
from rag.checks.roles import other_parts
from rag.checks.scope import lost_reservations
from tests.rag.test_support_rules import Rule, objections

# As in test_support_rules.py.
OBJECTIONS: list[tuple[Rule, str, str, str]] = [
    (
        other_parts,
        "Orlik testified that Dahl had asked him to sell the boat.",
        "Dahl testified that Orlik had asked him to sell the boat.",
        "Ines Dahl testified that Pavel Orlik had asked him to sell the boat.",
    ),
    (
        other_parts,
        "Elsa Ruud designed the sensor.",
        "The sensor, which was tested by Ruud, was designed by Dahl.",
        "Ines Dahl designed the sensor, and Elsa Ruud tested it.",
    ),
    (
        other_parts,
        "The curfew was lifted on Thursday.",
        "The curfew was lifted on Saturday.",
        "The curfew, imposed on Thursday, will be lifted on Saturday.",
    ),
    (
        other_parts,
        "The Ashby bridge reopened on Monday.",
        "The Corran bridge reopened on Monday.",
        "The Ashby bridge is closed. The Corran bridge reopened on Monday.",
    ),
    (
        other_parts,
        "Orlik mended the clock.",
        "Ruud mended the clock.",
        "Elsa Ruud found the clock. She mended it and sold it to Pavel Orlik.",
    ),
    (
        other_parts,
        "The Ashby library closes on Mondays.",
        "The Corran library closes on Mondays.",
        "The Corran library closes on Mondays. The Ashby library closes on Fridays.",
    ),
    (other_parts, "Orlik met Sand.", "Orlik met Ruud.", "Ruud met Orlik."),
    (
        other_parts,
        "The envoy's father was killed.",
        "The envoy was killed.",
        "The envoy was killed in Tarn.",
    ),
    (
        lost_reservations,
        "The court agreed to hear his appeal.",
        "The court declined to hear his appeal.",
        "The court declined on Monday to hear his appeal.",
    ),
    (
        lost_reservations,
        "Kessin will leave the pact.",
        "Kessin might leave the pact, diplomats think.",
        "Diplomats think that Kessin might leave the pact.",
    ),
    (
        lost_reservations,
        "The boats crossed the line.",
        "The navy told reporters that the boats crossed the line.",
        "The navy told reporters that the boats crossed the line.",
    ),
    (
        lost_reservations,
        "The banker met the envoy.",
        "The banker said that he had not met the envoy.",
        "The banker denied having met the envoy.",
    ),
    (
        other_parts,
        "The Ashby tunnel has been in use since 2012.",
        "The Corran tunnel has been in use since 2012.",
        "The Ashby tunnel opens soon. The other, the Corran, has been in use since 2012.",
    ),
    (
        other_parts,
        "The Ashby bridge was reopened on Monday.",
        "The Corran bridge was reopened on Monday.",
        "The Ashby bridge is closed. The Corran bridge reopened on Monday.",
    ),
    (
        other_parts,
        "Lind led the operation with the robot at Harrow.",
        "Lind led the operation with the robot at Castlegate hospital.",
        "Lind led the operation with the robot at Castlegate hospital. The robot came to Harrow.",
    ),
    (
        other_parts,
        "It holds for 3,000 charges.",
        "It holds for 2,000 charges.",
        "It holds for 2,000 charges but fails when it has been charged 3,000 times.",
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "right", "evidence"), OBJECTIONS)
def test_each_rule_objects_to_its_mistake_only(
    rule: Rule, wrong: str, right: str, evidence: str
) -> None:
    assert objections(rule, wrong, evidence)
    assert objections(rule, right, evidence) == []


@pytest.mark.parametrize(
    ("statement", "evidence", "kind"),
    [
        ("Ruud mended the clock.", "Ruud found the clock and Orlik mended the clock.", "exchange"),
        ("It holds 40 boats.", "It holds 30 boats and feeds 40 men.", "exchange"),
        ("The guard shut the gate.", "The porter shut the gate and woke the guard.", "part"),
    ],
)
def test_a_name_or_number_for_another_speaks_louder_than_a_noun_for_another(
    statement: str, evidence: str, kind: str
) -> None:
    [doubt] = other_parts(Pair.of(statement, [evidence]))
    assert doubt.kind == kind


@pytest.mark.parametrize(
    ("statement", "full"),
    [
        ("The town, which lies by the river Alm and has two mills, ratified the pact.", True),
        ("The town, which ratified the pact, lies by the river Alm and has two mills.", False),
    ],
)
def test_a_negation_that_is_lost_from_the_main_verb_counts_in_full(
    statement: str, full: bool
) -> None:
    doubts = lost_reservations(Pair.of(statement, ["The town did not ratify the pact."]))
    assert [doubt.strength == 1.0 for doubt in doubts] == [full]
