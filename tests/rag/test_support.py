"""The support check: what passes and what does not, by kind."""

from __future__ import annotations

import threading

import pytest

from ingest.errors import StatementError
from rag.support import Support, SupportChecker


@pytest.fixture(scope="module")
def checker() -> SupportChecker:
    return SupportChecker()


UNSUPPORTED = [
    # number, date, name, quote
    ("The fire killed 12 miners.", ["The fire killed 14 miners."]),
    ("The vote is on 3 May.", ["The vote is on May 13."]),
    ("The Taliban claimed responsibility.", ["ISKP claimed responsibility."]),
    ('Ruud called it "a bad day".', ["Ruud called it “a sad day”."]),
    ("Kabul has 2.5 million people.", ["Kabul is the capital of Afghanistan."]),
]
SUPPORTED = [
    ("Thirty-five people were hurt.", ["The crash hurt 35 people."]),
    ("The vote is on 3 May.", ["The vote is on May 3."]),
    ("The grant was $2,500,000.", ["The grant was $2.5 million."]),
    ('Ruud called it "a sad day".', ["Ruud called it “a sad day”, and left."]),
]


@pytest.mark.parametrize(("statement", "evidence"), UNSUPPORTED)
def test_what_is_not_supported(
    checker: SupportChecker, statement: str, evidence: list[str]
) -> None:
    found = checker.check(statement, evidence)
    assert not found.supported
    assert found.reasons


@pytest.mark.parametrize(("statement", "evidence"), SUPPORTED)
def test_what_is_supported(checker: SupportChecker, statement: str, evidence: list[str]) -> None:
    found = checker.check(statement, evidence)
    assert found == Support(True, found.score, ())


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


def test_threads_share_a_checker_that_has_loaded_nothing_yet() -> None:
    checker = SupportChecker()
    scores: list[float] = []

    def check() -> None:
        scores.append(checker.check("The dam held.", ["The dam held all night."]).score)

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(scores) == 4
    assert len(set(scores)) == 1
