"""SQuAD's measures against hand-computed tables and a brute-force reference."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.measures.squad import (
    BestThreshold,
    SquadRecord,
    best_exact,
    best_f1,
    exact_match,
    f1,
    normalise,
)

TEXTS = st.text(alphabet="ab the.,-'A", max_size=14)
GOLDS = st.lists(TEXTS, max_size=3).map(tuple)
RECORDS = st.lists(
    st.builds(SquadRecord, TEXTS, GOLDS, st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])),
    max_size=12,
)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        pytest.param("The Cat", "cat", id="case and article"),
        pytest.param("a.m. and an", "am and", id="punctuation goes before articles: a.m. -> am"),
        pytest.param("theatre then a banana", "theatre then banana", id="articles are whole words"),
        pytest.param("  two\n\twords  ", "two words", id="white space"),
        pytest.param("al-Shabaab's", "alshabaabs", id="punctuation joins what it parted"),
        pytest.param("“the end”", "“ end”", id="only ASCII punctuation goes, as in the script"),
        pytest.param("The.", "", id="nothing is left"),
    ],
)
def test_normalise(text: str, normalised: str) -> None:
    assert normalise(text) == normalised


@pytest.mark.parametrize(
    ("prediction", "golds", "exact", "score"),
    [
        pytest.param("the Taliban", ["Taliban"], 1, 1, id="equal after normalising: 1, 1"),
        pytest.param("in Kabul city", ["Kabul"], 0, 2 * 1 / (3 + 1), id="2*1/(3+1) = 0.5"),
        pytest.param("x y z", ["x y", "z"], 0, 2 * 2 / (3 + 2), id="best gold: 2*2/(3+2) = 0.8"),
        pytest.param("b b b", ["b b c"], 0, 2 * 2 / (3 + 3), id="a bag: min(3,2)=2; 4/6"),
        pytest.param("Paris", ["London"], 0, 0, id="nothing in common: 0"),
        pytest.param("London", ["Paris", "london."], 1, 1, id="any gold will do"),
        pytest.param("", ["Paris"], 0, 0, id="silent where there is an answer: 0"),
        pytest.param("", [], 1, 1, id="silent where there is none: 1"),
        pytest.param("Paris", [], 0, 0, id="answered where there is none: 0"),
        pytest.param("the", [], 1, 1, id="an article alone is nothing"),
        pytest.param("", ["the", "Paris"], 0, 0, id="a gold of nothing is passed over"),
        pytest.param("", ["the", "a"], 1, 1, id="golds of nothing only: there is no answer"),
    ],
)
def test_exact_match_and_f1(prediction: str, golds: list[str], exact: float, score: float) -> None:
    assert exact_match(prediction, golds) == exact
    assert f1(prediction, golds) == pytest.approx(score)


def test_the_best_threshold_by_hand() -> None:
    records = [
        SquadRecord("Kabul", ("Kabul",), 0.1),  # EM 1, F1 1
        SquadRecord("in Kabul city", ("Kabul",), 0.4),  # EM 0, F1 0.5
        SquadRecord("Paris", (), 0.3),  # EM 0, F1 0
        SquadRecord("", (), 0.9),  # EM 1, F1 1
        SquadRecord("London", (), 0.8),  # EM 0, F1 0
    ]
    # Sums, answering up to: nothing 3; 0.1 -> 4; 0.3 -> 3; 0.4 -> 3 (EM), 3.5 (F1); 0.8 -> 2, 2.5
    assert best_exact(records) == best_f1(records) == BestThreshold(4 / 5, 0.1)
    assert (best_exact([]), best_f1([])) == (None, None)


def test_the_best_threshold_does_not_part_equals() -> None:
    # Together the two earn 1 of 2, and so does answering nothing; parted, it would be 2 of 2.
    tied = [SquadRecord("x", ("x",), 0.5), SquadRecord("y", (), 0.5)]
    assert best_exact(tied) == BestThreshold(0.5, None)


def test_a_confidence_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        best_exact([SquadRecord("x", ("x",), float("nan"))])


@settings(deadline=None)
@given(TEXTS, GOLDS)
def test_scores_agree_with_the_definition(prediction: str, golds: tuple[str, ...]) -> None:
    def words(text: str) -> list[str]:
        kept = "".join(c for c in text.lower() if c not in string.punctuation)
        return [word for word in kept.split() if word not in {"a", "an", "the"}]

    def naive_f1(gold: list[str]) -> float:
        left = words(prediction)
        common = 0
        for word in gold:
            if word in left:
                left.remove(word)
                common += 1
        if not words(prediction) or not gold:
            return float(words(prediction) == gold)
        if common == 0:
            return 0.0
        precision, recall = common / len(words(prediction)), common / len(gold)
        return 2 * precision * recall / (precision + recall)

    known = [words(gold) for gold in golds if words(gold)] or [[]]
    assert exact_match(prediction, golds) == max(float(words(prediction) == g) for g in known)
    assert f1(prediction, golds) == pytest.approx(max(naive_f1(gold) for gold in known))


@settings(deadline=None)
@given(RECORDS)
def test_best_thresholds_agree_with_trying_all(records: list[SquadRecord]) -> None:
    for best, measure in ((best_exact(records), exact_match), (best_f1(records), f1)):
        if not records:
            assert best is None
            continue

        reached: dict[float | None, float] = {None: 0.0, **{r.no_answer: 0.0 for r in records}}
        for threshold in reached:
            for prediction, golds, no_answer in records:
                answered = threshold is not None and no_answer <= threshold
                reached[threshold] += measure(prediction if answered else "", golds) / len(records)
        assert best is not None
        assert best.score == pytest.approx(max(reached.values()))
        assert reached[best.threshold] == pytest.approx(best.score)
