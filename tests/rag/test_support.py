"""The support check: the first test cases, and what must always hold."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ModelError, StatementError
from ingest.split import split_sentences
from rag.checks.align import Pair
from rag.checks.attribution import attributions
from rag.checks.doubts import Doubt
from rag.checks.polarity import opposed
from rag.checks.relations import (
    misplaced_numbers,
)
from rag.support import Signs, Support, SupportChecker, Weights

SAMPLES = Path(__file__).parents[2] / "ingest" / "samples"


@pytest.fixture(scope="module")
def checker() -> SupportChecker:
    return SupportChecker()


DENIED = ["The Taliban has denied responsibility for the attack."]
CLAIMED = ["ISKP claimed responsibility for the attack.", "The Taliban condemned it."]
KABUL = ["Kabul, the capital, lies in a valley and has grown fast.", "It fell on 15 August 2021."]
ANCHORS = [
    ("The Taliban claimed responsibility for the attack.", DENIED, False),
    ("The Taliban claimed responsibility for the attack.", CLAIMED, False),
    ("The Taliban claimed it.", ["The Taliban denied it."], False),
    ("The parliament approved it.", ["The parliament rejected it on Monday."], False),
    ("ISKP claimed responsibility for the attack.", CLAIMED, True),
    ("The Taliban denied responsibility for the attack.", DENIED, True),
    ("Kabul has a population of 2.5 million.", KABUL, False),
    ("ISIS-K claimed responsibility for the attack.", CLAIMED, False),
    ("ISKP killed 35 fighters.", ["ISKP claimed that it had killed up to 35 fighters."], False),
]


@pytest.mark.parametrize(("statement", "evidence", "supported"), ANCHORS)
def test_the_first_test_cases(
    checker: SupportChecker, statement: str, evidence: list[str], supported: bool
) -> None:
    found = checker.check(statement, evidence)
    assert found.supported == supported
    assert bool(found.reasons) != supported


def test_reasons_are_for_people(checker: SupportChecker) -> None:
    [number] = checker.check("Up to 36 died.", ["Up to 35 died."]).reasons
    assert number == "“36” is not in the evidence."
    denial = checker.check(ANCHORS[0][0], DENIED).reasons
    assert "The evidence says that Taliban denied it." in denial
    claim = checker.check("The mine was shelled.", ["The mine was shelled, Lena Marsh said."])
    assert claim.reasons == ("The evidence has it only from Lena Marsh.",)


def test_what_is_far_from_the_evidence_is_not_supported(checker: SupportChecker) -> None:
    found = checker.check(
        "Many tourists come to watch whales.", ["The island has two schools and a harbour."]
    )
    assert not found.supported
    assert found.reasons


@pytest.mark.parametrize(
    "evidence",
    [
        "The oldest lift bridge of the county was reopened by its mayor on Sunday.",
        "Tunnellers reached the far wall of the gallery on Tuesday, a week late.",
    ],
)
def test_what_shares_no_word_with_the_evidence_is_not_supported(
    checker: SupportChecker, evidence: str
) -> None:
    found = checker.check("A man who confessed took it back once he had a lawyer.", [evidence])
    assert not found.supported
    assert found.reasons


def test_one_text_may_be_the_evidence(checker: SupportChecker) -> None:
    evidence = "The mayor of Orrin, Paul Sand, resigned on Friday."
    found = checker.check("Paul Sand resigned.", evidence)
    assert found == checker.check("Paul Sand resigned.", [evidence])
    assert found.supported
    assert not found.reasons


def test_who_met_whom_makes_no_difference(checker: SupportChecker) -> None:
    assert checker.check("Orlik met Ruud.", ["Ruud met Orlik."]).supported
    assert not checker.check("Orlik met Ruud.", ["Ruud met Sand."]).supported
    assert not checker.check("Orlik sued Ruud.", ["Ruud sued Orlik."]).supported


def test_a_speaker_is_found_before_and_after_what_is_said() -> None:
    for text in (
        "Ines Dahl, who leads the union, said that the offer was poor.",
        "The offer was poor, Ines Dahl said.",
        "The offer was poor, said Ines Dahl, the leader.",
        "According to Ines Dahl, the offer was poor.",
    ):
        pair = Pair.of(text, [text])
        [said] = attributions(pair.statement)
        words = [pair.statement.tokens[at].text for at in said.speaker]
        assert words == ["Ines", "Dahl"]
        assert {"offer", "poor"} <= {pair.statement.tokens[at].text for at in said.said}
        assert "union" not in {pair.statement.tokens[at].text for at in said.said}


# What must always hold


def sample_sentences() -> list[tuple[str, list[str]]]:
    """Sentences of the sample articles, each with itself and its neighbours as evidence."""
    found = []
    for file in sorted(SAMPLES.glob("*/*.md"))[::4]:
        text = file.read_text(encoding="utf-8").split("---", 2)[2]
        sentences = [span.of(text) for span in split_sentences(text)]
        found += [(s, sentences[max(0, i - 1) : i + 2]) for i, s in enumerate(sentences)]
    return [(said, evidence) for said, evidence in found if re.search(r"[A-Za-z]", said)]


SENTENCES = sample_sentences()
NUMBER = re.compile(r"(?<![\w.,:/-])[2-9]\d*(?![\w.,:/-])")
NUMBERED = [(said, evidence) for said, evidence in SENTENCES if NUMBER.search(said)]


@given(st.sampled_from(SENTENCES))
def test_a_verbatim_quote_is_always_supported(pair: tuple[str, list[str]]) -> None:
    said, evidence = pair
    assert SupportChecker().check(said, evidence) == SupportChecker().check(said, [said])
    assert SupportChecker().check(said, evidence).supported


def test_a_verbatim_quote_is_not_argued_with(checker: SupportChecker) -> None:
    """Rules object to some sentences set against themselves; the same words are the same words."""
    said = "But 15 of those 61 people did not eat a slice. Somebody should ask what they did eat."
    itself = Pair.of(said, [said])
    assert any(list(rule(itself)) for rule in (opposed, misplaced_numbers))
    evidence = ["Nobody died.", said, "He would not say more."]
    assert checker.check(said, evidence).reasons == ()
    assert checker.check(said, evidence).supported
    shorter = "The gate was opened by guards"  # no whole sentence, since who said so is gone
    assert not checker.check(shorter, [f"{shorter}, residents said."]).supported


@given(st.sampled_from(NUMBERED), st.sampled_from([1009, 2003, 4007, 9973]))
def test_a_changed_number_is_never_supported(pair: tuple[str, list[str]], other: int) -> None:
    said, evidence = pair
    assert not SupportChecker().check(NUMBER.sub(str(other), said, count=1), evidence).supported


@given(st.sampled_from(SENTENCES))
def test_a_name_from_elsewhere_is_never_supported(pair: tuple[str, list[str]]) -> None:
    said, evidence = pair
    assert not SupportChecker().check(f"{said.rstrip('.')} with Zoltan Quix.", evidence).supported


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_is_checked_or_refused(statement: str, evidence: list[str]) -> None:
    try:
        found = SupportChecker().check(statement, evidence)
    except StatementError:
        return
    assert 0 <= found.score <= 1
    assert found.supported == (found.score >= SupportChecker().threshold)


# Its manners


@pytest.mark.parametrize(
    ("statement", "evidence"), [("", ["Yes."]), ("…", ["Yes."]), ("Yes.", []), ("Yes.", [" "])]
)
def test_nothing_to_check_is_an_error(
    checker: SupportChecker, statement: str, evidence: list[str]
) -> None:
    with pytest.raises(StatementError, match="no words"):
        checker.check(statement, evidence)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_threshold_lies_between_0_and_1(threshold: float) -> None:
    with pytest.raises(StatementError, match="between 0 and 1"):
        SupportChecker(threshold=threshold)


def test_the_threshold_decides() -> None:
    found = SupportChecker(threshold=0.0).check("The dam failed.", ["The dam never failed."])
    assert found.supported
    assert found.reasons
    assert (
        not SupportChecker(threshold=1.0).check("The dam failed.", ["The dam fell in."]).supported
    )


def test_more_evidence_than_the_network_reads_is_no_error(checker: SupportChecker) -> None:
    filler = [f"On day {day} the council met and talked about the harbour." for day in range(90)]
    assert checker.check(
        "Dahl sold her boat.", [*filler, "Dahl has sold the boat she had."]
    ).supported


def test_threads_share_a_checker_that_has_loaded_nothing_yet() -> None:
    checker = SupportChecker()
    found: list[Support] = []

    def check() -> None:
        found.append(checker.check("The dam stood.", ["The dam held all night."]))

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_the_strongest_doubt_of_a_kind_counts_by_what_both_texts_have() -> None:
    doubts = (Doubt("part", "", 0.5), Doubt("part", "", 0.8), Doubt("missing", "", 1.0))
    assert Signs(doubts, 0.5, 0.0).strengths == pytest.approx({"part": 0.2, "missing": 1.0})


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    (tmp_path / "support.json").write_text(json.dumps({"bias": 1}))
    with pytest.raises(ModelError, match=r"support\.json"):
        Weights.read(tmp_path / "support.json")
    with pytest.raises(ModelError, match="missing"):
        Weights.read(tmp_path / "missing.json")


def test_the_score_is_the_logistic_function_of_the_signs() -> None:
    weights = Weights(1.0, 0.5, -2.0, {"hedge": -3.0}, 0.5)
    doubt = Doubt("hedge", "")
    assert weights.score(Signs((), 0.0, -4.0)) == pytest.approx(1 / (1 + 2.718281828**-1))
    # 1 + 0.5 * -4 * 0.5 - 2 * 0.5 ** 4 - 3 * 0.5 ** 2, the two hedges counting once
    assert weights.score(Signs((doubt, doubt), 0.5, -4.0)) == pytest.approx(
        1 / (1 + 2.718281828**0.875)
    )
