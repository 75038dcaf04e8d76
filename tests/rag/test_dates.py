"""Relative days are reckoned from the day on which somebody stands."""

from __future__ import annotations

from datetime import date

import pytest

from rag.answer import Citation
from rag.dates import dated, dates_in, dates_of, in_words
from tests.conftest import article

WEDNESDAY = date(2021, 10, 6)


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("yesterday", "2021-10-05"),
        ("the day before yesterday", "2021-10-04"),
        ("today", "2021-10-06"),
        ("tomorrow", "2021-10-07"),
        ("last week", "2021-09-27/2021-10-03"),
        ("this week", "2021-10-04/2021-10-10"),
        ("last month", "2021-09-01/2021-09-30"),
        ("this year", "2021-01-01/2021-12-31"),
        ("on Tuesday", "2021-10-05"),
        ("on Wednesday", "2021-10-06"),
        ("last Wednesday", "2021-09-29"),
        ("in the past three days", "2021-10-03/2021-10-06"),
        ("two days ago", "2021-10-04"),
        ("two weeks ago", "2021-09-20/2021-09-26"),
        ("two weeks ago today", "2021-09-22"),
        ("four months ago", "2021-06-01/2021-06-30"),
        ("four months ago today", "2021-06-06"),
        ("12 years ago", "2009-01-01/2009-12-31"),
        ("in the past two months", "2021-08-06/2021-10-06"),
    ],
)
def test_words_name_these_days(words: str, days: str) -> None:
    assert {w: d.iso for w, d in dates_in(f"It burned {words}.", WEDNESDAY).items()} == {
        words: days
    }


def test_a_month_before_january_is_in_the_year_before() -> None:
    [days] = dates_in("last month", date(2022, 1, 15)).values()
    assert days.iso == "2021-12-01/2021-12-31"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("The tunnel will reopen on Friday.", "2021-10-08"),
        ("The vote failed on Monday and will be held again on Friday.", "2021-10-04 2021-10-08"),
        ("The tunnel will reopen, the mayor said on Friday.", "2021-10-01"),
        ("The mayor said on Friday that the tunnel will reopen.", "2021-10-01"),
        ("He said it would reopen on Friday.", ""),
        ("The tunnel was to reopen on Friday.", ""),
        ("The council will meet on Wednesday.", ""),
        ("He said on Friday it would reopen.", "2021-10-01"),
        ("The siren was heard on Tuesday 14 January, at night.", ""),
        ("It was heard on Friday, September 3rd.", ""),
        ("It was heard on Friday the 3rd of September.", ""),
        ("On Friday 20 people met.", "2021-10-01"),
        ("Rome was built 2,000 years ago.", ""),
    ],
)
def test_weekdays_look_forward_where_the_clause_does(text: str, days: str) -> None:
    assert " ".join(sorted(d.iso for d in dates_in(text, WEDNESDAY).values())) == days


def test_days_that_no_calendar_has_are_left_out() -> None:
    assert dates_in("It burned last year.", date(1, 1, 1)) == {}
    assert dates_in("It burns tomorrow, or next month.", date(9999, 12, 31)) == {}


def test_a_question_says_which_days_it_means() -> None:
    assert dated("What burned yesterday?", WEDNESDAY) == (
        "What burned yesterday (5 October 2021)?",
        date(2021, 10, 5),
    )
    assert dated("What will burn tomorrow?", WEDNESDAY) == ("What will burn tomorrow?", None)


def test_words_that_mean_two_days_are_left_out() -> None:
    first = article("a", "It burned yesterday.", published="2021-10-06")
    second = article("b", "It burned yesterday.", published="2021-10-09")
    undated = article("c", "It burned yesterday.")
    cited = [Citation(1, one, 0, 20, one.text) for one in (first, second, undated)]
    assert dates_of(cited[:1]) == {"yesterday": "2021-10-05"}
    assert dates_of(cited) == dates_of(cited[2:]) == {}


def test_days_in_words() -> None:
    assert in_words("2021-10-05") == "5 October 2021"
    assert in_words("2021-09-27/2021-10-03") == "27 September 2021 to 3 October 2021"
    assert in_words(None) is None


def test_a_weekday_in_a_question_is_the_articles_own() -> None:
    assert dated("Who spoke on Thursday?", date(2021, 10, 12)) == ("Who spoke on Thursday?", None)
