"""Span decoding: hand-made tables, a naive reference, and what holds for any logits and text."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Span
from rag.spans import Candidate, TokenScores, best_in_sentences, joint_logits, tidy


def tokens(text: str) -> list[tuple[int, int]]:
    """Blank-separated tokens with their offsets."""
    found, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        found.append((start, at))
    return found


def scores(text: str, start: dict[str, float], end: dict[str, float], null: float) -> TokenScores:
    """Logits by word, 0 for those not named."""
    offsets = tokens(text)
    words = [text[a:b] for a, b in offsets]
    return TokenScores(
        np.array([start.get(word, 0.0) for word in words], np.float32),
        np.array([end.get(word, 0.0) for word in words], np.float32),
        null,
        np.array(offsets, np.int64),
    )


def sentence_spans(text: str) -> list[Span]:
    """Each line is a sentence."""
    starts = [0, *(at + 1 for at, char in enumerate(text) if char == "\n")]
    return [Span(at, at + len(line)) for at, line in zip(starts, text.split("\n"), strict=True)]


def words_of(text: str, found: list[Candidate]) -> list[str]:
    return [candidate.span.of(text) for candidate in found]


def test_the_best_span_of_each_sentence_comes_likeliest_sentence_first() -> None:
    text = "Kunar fell in May\nHerat fell in June"
    given_scores = scores(
        text, {"May": 3.0, "Herat": 1.0, "June": 5.0}, {"May": 3.0, "June": 4.0}, null=0.0
    )
    found = best_in_sentences(given_scores, text, sentence_spans(text))
    assert words_of(text, found) == ["June", "May"]
    assert [text[c.sentence.start : c.sentence.end] for c in found] == text.split("\n")[::-1]


def test_scores_are_logs_of_probabilities_worked_out_by_hand() -> None:
    text = "one\ntwo"
    found = best_in_sentences(
        TokenScores(
            np.array([math.log(2), 0.0], np.float32),
            np.array([math.log(3), 0.0], np.float32),
            math.log(2),
            np.array(tokens(text)),
        ),
        text,
        sentence_spans(text),
    )
    # Two spans: 2 * 3 = 6 and 1 * 1 = 1; "no answer" 2.
    first, second = found
    assert first.margin == pytest.approx(math.log(6 / 2))
    assert first.share == pytest.approx(math.log(6 / 7))
    assert first.peak == pytest.approx(0.0, abs=1e-6)
    assert second.share == pytest.approx(math.log(1 / 7))


def test_the_sentence_with_most_probability_wins_over_the_one_best_span() -> None:
    text = "a\nb c d"
    starts = np.array([2.0, 1.8, 1.8, 1.8], np.float32)
    logits = TokenScores(starts, np.array([2.0, 1.8, 1.8, 1.8]), 0.0, np.array(tokens(text)))
    assert best_in_sentences(logits, text, sentence_spans(text))[0].sentence == Span(2, 7)


def test_no_span_crosses_a_sentence_even_if_that_is_likeliest() -> None:
    text = "fell in May\nJune came"
    logits = scores(text, {"May": 9.0, "in": 3.0}, {"June": 9.0, "came": 1.0}, null=0.0)
    found = best_in_sentences(logits, text, sentence_spans(text))
    assert words_of(text, found) == ["May", "June"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # Two rivals joined: both starts and both ends are likely.
        (
            {"Nangarhar,": 4.0, "Kunar": 3.7},
            {"Nangarhar,": 3.4, "Kunar": 4.0},
            "Kunar",
        ),
        ({"Nangarhar,": 4.0, "Kunar": 3.4}, {"Nangarhar,": 3.9, "Kunar": 4.0}, "Nangarhar"),
        # One answer of two parts: nothing starts at the second.
        ({"Nangarhar,": 4.0}, {"Kunar": 4.0}, "Nangarhar, neighbouring Kunar"),
        # Only one side would do alone.
        ({"Nangarhar,": 4.0, "Kunar": 3.7}, {"Kunar": 4.0}, "Nangarhar, neighbouring Kunar"),
    ],
)
def test_a_span_that_joins_two_rivals_gives_way_to_the_better(
    start: dict[str, float], end: dict[str, float], expected: str
) -> None:
    text = "fighting in Nangarhar, neighbouring Kunar went on"
    found = best_in_sentences(
        scores(text, start, end, null=0.0), text, [Span(0, len(text))], rival_margin=1.0
    )
    assert words_of(text, found) == [expected]


@pytest.mark.parametrize(
    ("text", "raw", "expected"),
    [
        ("in Kunar, they", "Kunar,", "Kunar"),
        ("it fell. Then", " fell. ", "fell"),
        ("the Tali­ban", "li­ban", "Tali­ban"),  # a soft hyphen in a word
        ("the Taliban said", "liba", "Taliban"),
        ("Taliban's tally", "Taliban", "Taliban"),
        ("cost $12,000 then", "000", "$12,000"),
        ("cost $12 then", "12", "$12"),
        ("up 3.5% now", "5", "3.5%"),
        ("up 50% now", "50", "50%"),
        ("at 10:30 then", "30", "10:30"),
        ("from the U.S. to", "U.S.", "U.S."),
        ("from the U.S. to", "U.S", "U.S"),
        ("made by Acme Inc. of", "Acme Inc.", "Acme Inc."),
        ('called "shock" then', '"shock', "shock"),
        ('called "shock" then', 'called "shock', 'called "shock"'),
        ('called "shock" then', 'shock" then', '"shock" then'),
        ("the “first shock” of", "“first shock”", "first shock"),
        ("OPEC (a cartel) rose", "(a cartel)", "a cartel"),
        ("OPEC (a cartel) rose", "OPEC (a", "OPEC"),
        ("OPEC (a cartel) rose", "OPEC (a cartel", "OPEC (a cartel)"),
        ("OPEC (a cartel) rose", "cartel) rose", "cartel"),
        ("(Kunar) and (Herat)", "(Kunar) and (Herat)", "(Kunar) and (Herat)"),
        ("he died — then", "died —", "died"),
        ("it fell to -5 degrees", "-5", "-5"),
        ("so … that", "…", "…"),  # nothing but punctuation stays
        ("a 🎉🎉 party in Kabul 🎉", "abu", "Kabul"),
    ],
)
def test_spans_are_whole_words_trimmed_and_balanced(text: str, raw: str, expected: str) -> None:
    start = text.index(raw)
    span = tidy(text, Span(start, start + len(raw)), Span(0, len(text)))
    assert span.of(text) == expected


def test_nothing_is_widened_beyond_the_sentence() -> None:
    text = "He left Kabulthen"
    assert tidy(text, Span(8, 11), Span(0, 13)).of(text) == "Kabul"
    quoted = 'say "yes" now'
    assert tidy(quoted, Span(0, 8), Span(0, 8)).of(quoted) == "yes"


texts = st.text(alphabet='ab 1.,"()“”$%-🎉é\n', min_size=1, max_size=40)


@given(texts, st.data())
def test_a_tidied_span_is_inside_not_empty_and_stays_as_it_is(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    within = Span(data.draw(st.integers(0, start)), data.draw(st.integers(end, len(text))))
    once = tidy(text, Span(start, end), within)
    assert within.start <= once.start < once.end <= within.end
    words = once.of(text)
    if any(char.isalnum() for char in words) and once != Span(start, end):
        assert words.count('"') % 2 == 0
        assert words.count("(") == words.count(")")
        assert words.count("“") == words.count("”")
        assert tidy(text, once, within) == once


logits = st.floats(-8, 8, width=32)


@given(st.data(), st.integers(1, 12), st.integers(1, 5))
def test_the_best_spans_are_those_of_a_naive_search(
    data: st.DataObject, count: int, longest: int
) -> None:
    row = st.lists(logits, min_size=count, max_size=count)
    start, end = data.draw(row), data.draw(row)
    null = data.draw(logits)
    cuts = sorted(data.draw(st.sets(st.integers(1, count), max_size=3)) | {0, count})
    text = "x " * count
    sentences = [Span(2 * a, 2 * b - 1) for a, b in pairwise(cuts)]
    offsets = np.array([(2 * i, 2 * i + 1) for i in range(count)])
    found = best_in_sentences(
        TokenScores(np.array(start, np.float32), np.array(end, np.float32), null, offsets),
        text,
        sentences,
        max_tokens=longest,
        rival_margin=-1e9,
    )
    spans = {
        (a, b): start[a] + end[b]
        for low, high in pairwise(cuts)
        for a in range(low, high)
        for b in range(a, min(high, a + longest))
    }
    whole = math.log(sum(map(math.exp, spans.values())))
    assert {c.sentence for c in found} == set(sentences)
    for candidate in found:
        low, high = candidate.sentence.start // 2, candidate.sentence.end // 2 + 1
        inside = {key: value for key, value in spans.items() if low <= key[0] < high}
        mass = math.log(sum(map(math.exp, inside.values())))
        a, b = candidate.span.start // 2, candidate.span.end // 2
        assert inside[a, b] == pytest.approx(max(inside.values()), abs=1e-4)
        assert candidate.margin == pytest.approx(mass - null, abs=1e-3)
        assert candidate.share == pytest.approx(mass - whole, abs=1e-3)
        assert candidate.peak == pytest.approx(inside[a, b] - mass, abs=1e-3)


def test_joint_logits_are_laid_out_by_length_and_first_token() -> None:
    joint = joint_logits(
        np.array([1, 2, 3], np.float32), np.array([10, 20, 30], np.float32), np.array([0, 0, -1]), 2
    )
    none = -np.inf
    assert joint.tolist() == [[11, 22, none], [21, none, none]]


def test_tokens_outside_every_sentence_are_never_an_answer() -> None:
    text = "Head: Kunar fell"
    found = best_in_sentences(
        scores(text, {"Head:": 9.0}, {"Head:": 9.0}, null=0.0), text, [Span(6, len(text))]
    )
    assert [candidate.span.start >= 6 for candidate in found] == [True]
