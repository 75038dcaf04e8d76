"""Dates as articles write them: the one that was meant, or none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ingest.formats.dates import iso_date


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2021-10-06", "2021-10-06"),
        ("20211006", "2021-10-06"),
        ("2021/10/06", "2021-10-06"),
        ("6 October 2021", "2021-10-06"),
        ("6th of October, 2021", "2021-10-06"),
        ("Oct 6, 2021", "2021-10-06"),
        ("Sept. 5, 2021", "2021-09-05"),
        ("Wednesday, October 6, 2021", "2021-10-06"),
        ("Published on 06-Oct-2021", "2021-10-06"),
        ("13/02/2021", "2021-02-13"),
        ("02/13/2021", "2021-02-13"),
        ("05.05.2021", "2021-05-05"),
        ("2021-10-06T14:30:00Z", "2021-10-06T14:30:00+00:00"),
        ("2021-10-06 14:30:59.123 +0500", "2021-10-06T14:30:59+05:00"),
        ("Wed, 06 Oct 2021 14:30:00 GMT", "2021-10-06T14:30:00+00:00"),
        ("October 6, 2021, 2:05 p.m.", "2021-10-06T14:05:00"),
        ("October 6, 2021 at 12:05 am", "2021-10-06T00:05:00"),
        ("October 6, 2021 10:30 am ET", "2021-10-06"),
        ("2021-10-06 25:10", "2021-10-06"),
        (1633500000, "2021-10-06T06:00:00+00:00"),
        (1633500000000, "2021-10-06T06:00:00+00:00"),
        (20211006, "2021-10-06"),
        (date(2021, 10, 6), "2021-10-06"),
        (datetime(2021, 10, 6, 9, tzinfo=UTC), "2021-10-06T09:00:00+00:00"),
        (
            datetime(2021, 10, 6, 9, 0, 0, 5, timezone(timedelta(hours=5))),
            "2021-10-06T09:00:00+05:00",
        ),
        ("01/02/2021", None),
        ("01.02.2021", None),
        ("31/02/2021", None),
        ("31 February 2021", None),
        ("2021-13-01", None),
        ("6 October", None),
        ("October 2021", None),
        ("6/10/21", None),
        ("last Tuesday", None),
        ("", None),
        (7, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        (["2021-10-06"], None),
    ],
)
def test_a_date_is_the_one_that_was_meant_or_none(written: object, iso: str | None) -> None:
    assert iso_date(written) == iso
