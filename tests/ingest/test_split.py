"""Splitting: awkward cases by hand, and what always holds of sentences and passages."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.article import Passage, clean
from ingest.embed import Embedder
from ingest.formats import read_articles
from ingest.split import SPLITTING, TokenCounter, split_passages, split_sentences
from tests.conftest import AWKWARD, ROOT, awkward_text, count_words

SAMPLES = ROOT / "ingest/samples"
CASES = {
    "two sentences": ["The ferry sank.", "Nobody died."],
    "abbreviated titles": ["Dr. Lena Marsh met Mr. Orlik.", "They spoke for an hour."],
    "titles that sentencex does not know": [
        "Ms. Lena Marsh and Cllr. Orlik met Det. Const. Reed at Ft. Tarn.",
        "Gens. Hale and Orr came too.",
    ],
    "volume and chapter": ["It is in Vol. 3, Ch. 4 of the report.", "Few have read it."],
    "feet at the end": ["The wall was 20 ft.", "The wave was higher."],
    "initials": ["J. R. Halden owns the mine.", "He lives in Velm."],
    "country": ["The U.S. Army left in May.", "It will not return."],
    "country at the end": ["He flew to the U.S.", "The court let him go."],
    "company": ["Halden Inc. closed the mine.", "Workers were told on Friday."],
    "number": ["The price rose by 3.5 percent.", "Wages did not."],
    "clock and day": [
        "The blast came at 11 p.m. Monday in Velm.",
        "Police arrived at 2 a.m. local time.",
    ],
    "clock at the end": ["The blast came at 11 p.m.", "Police arrived soon."],
    "name with particle": ["General Muhammad Ziya ul-Haq ruled until 1988.", "He died in a crash."],
    "quoted sentence": ["“We did not do it,” he said.", "“It was the wind.”"],
    "question and exclamation": ["Who did it?", "The Front did!", "It said so."],
    "ellipsis": ["He waited… and waited.", "Then he left."],
    "month": ["It opened on Sept. 2 after four years.", "The cost doubled."],
    "figure": ["See No. 5 on the list.", "It is long."],
    "address": ["The office is at ridge-daily.example in Velm.", "It is open."],
    "strong sentence": ["**The ferry sank.**", "It was *old.*", "It was __slow.__", "So it sank."],
    "Arabic": ["شن المسلحون الهجوم على المدينة.", "قتل تسعة أشخاص."],
    "emoji": ["The crowd cheered 👩‍👩‍👧‍👦.", "Then it rained 🌧️."],
}


@pytest.mark.parametrize("sentences", list(CASES.values()), ids=list(CASES))
def test_sentences_of_a_line(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [span.of(text) for span in split_sentences(text)] == sentences


LINES = {
    "headline without a full stop": ["Ferry sinks off Tarn", "", "The ferry sank at dawn."],
    "headline right above": ["Ferry sinks off Tarn", "The ferry sank at dawn."],
    "list": ["- copper and tin", "- silver", "* gold", "• salt"],
    "numbered list": ["1. Copper.", "2. Tin.", "10) Silver."],
    "table": ["| year | dead |", "|------|------|", "| 2021 | 14   |"],
    "headings": ["# Ferry sinks", "## What is known", "It sank at dawn."],
    "lettered list": ["a. Copper.", "B. Tin and more.", "(c) Silver."],
    "quotation": ["> It sank.", "> He saw it."],
    "blank lines of spaces": ["It sank", " \t ", "Nobody died"],
}


@pytest.mark.parametrize("lines", list(LINES.values()), ids=list(LINES))
def test_lines_that_are_units_of_their_own(lines: list[str]) -> None:
    text = "\n".join(lines)
    expected = [line for line in lines if line.strip()]
    assert [span.of(text) for span in split_sentences(text)] == expected


def test_text_wrapped_at_a_column_is_put_together() -> None:
    text = (
        "The ferry left the harbour of Tarn at five in the morning\n"
        "with 300 people on board. It sank at dawn, two miles from\n"
        "the shore, and nobody died."
    )
    assert [span.of(text) for span in split_sentences(text)] == [
        text[: text.index(" It sank")],
        text[text.index("It sank") :],
    ]


def test_a_list_item_in_wrapped_text_still_begins_a_sentence() -> None:
    text = (
        "- the first item of the list, which goes on and on until it\n"
        "  wraps at the column where all of the lines of the text wrap\n"
        "- the second item of the list, which is just as long as it is"
    )
    assert [span.start for span in split_sentences(text)] == [0, text.index("- the second")]


article_texts = awkward_text().map(clean)


@given(st.one_of(article_texts, st.text(st.characters()).map(clean)))
@example("\u200b.\u200b A")
@example("a.\u00a0\u00a0B. \u3000C.")
@example("e\u0301.\u0301 E")
@example("\u202e.A .B\u202c")
@example("p.m. Monday\n\n11 p.m.  \n Monday")
def test_sentences_are_in_order_apart_without_outer_space_and_leave_no_character_out(
    text: str,
) -> None:
    spans = split_sentences(text)
    at = 0
    for span in spans:
        assert at <= span.start < span.end <= len(text)
        assert not text[at : span.start].strip()
        assert span.of(text) == span.of(text).strip()
        at = span.end
    assert not text[at:].strip()


def check_passages(text: str, passages: list[Passage], count: TokenCounter, most: int) -> None:
    """What holds of the passages of any text."""
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    at = 0
    for sentence in sentences:
        assert at <= sentence.start < sentence.end <= len(text)
        assert not text[at : sentence.start].strip()
        assert sentence.of(text) == sentence.of(text).strip()
        at = sentence.end
    assert not text[at:].strip()
    for passage in passages:
        assert passage.span.start == passage.sentences[0].start
        assert passage.span.end == passage.sentences[-1].end
    assert all(n <= most for n in count([p.span.of(text) for p in passages]))


@given(article_texts, st.integers(5, 60))
def test_passages_cover_every_sentence_and_never_exceed_their_size(text: str, most: int) -> None:
    check_passages(text, split_passages(text, count_words, max_tokens=most), count_words, most)


@given(article_texts, st.integers(12, 254))
def test_passages_never_exceed_the_size_by_the_models_own_tokenizer(
    embedder: Embedder, text: str, most: int
) -> None:
    count = embedder.count_tokens
    check_passages(text, split_passages(text, count, max_tokens=most), count, most)


@given(article_texts)
def test_short_sentences_stay_whole(text: str) -> None:
    whole = split_sentences(text)
    passages = split_passages(text, count_words, max_tokens=10_000)
    assert [s for p in passages for s in p.sentences] == whole


MONSTERS = {
    "10,000 words": " ".join(f"word{i % 97}" for i in range(10_000)),
    "50,000 characters without a space": "x" * 50_000,
    "50,000 characters of many kinds": "".join(AWKWARD[1].strip() for _ in range(2_500)),
    "8,000 ideographs": "北京天津" * 2_000,
    "long words among short ones": ("y" * 3_000 + " and ") * 12,
    "digits": "1234567890" * 2_000,
    "hyphens": "-" * 8_000,
    "combining marks": "e" + "\u0301" * 50_000,
    "no-break spaces": "word\u00a0" * 10_000,
}


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monstrous_sentence_is_split_exactly(name: str, embedder: Embedder) -> None:
    text = clean(MONSTERS[name])
    passages = split_passages(text, embedder.count_tokens, max_tokens=160)
    check_passages(text, passages, embedder.count_tokens, 160)
    longest = max(s.end - s.start for p in passages for s in p.sentences)
    assert longest <= 2_000


def test_words_are_cut_only_where_a_word_alone_is_too_long() -> None:
    text = " ".join(["harbour"] * 500)
    passages = split_passages(text, count_words, max_tokens=20)
    assert {word for p in passages for word in p.span.of(text).split()} == {"harbour"}


def test_a_passage_ends_at_a_paragraph_where_it_can() -> None:
    paragraph = "The ferry sank at dawn. Nobody on board died. The wind was strong."
    text = f"{paragraph}\n\n{paragraph}\n\n{paragraph}"
    size = count_words([paragraph])[0]
    passages = split_passages(text, count_words, max_tokens=size + size // 2)
    assert [p.span.of(text) for p in passages] == [paragraph] * 3


@pytest.mark.parametrize("language", ["en", "de", "ar", "zh", "xx", ""])
def test_any_language_code_is_taken(language: str) -> None:
    text = "Es sank. Niemand starb."
    spans = split_sentences(text, language)
    assert spans[0].start == 0
    assert spans[-1].end == len(text)


def test_whoever_splits_otherwise_raises_the_number_of_the_splitting() -> None:
    """The samples and the cases of this file, as SPLITTING splits them."""
    texts = [" ".join(sentences) for sentences in CASES.values()]
    for file in sorted(SAMPLES.rglob("*.*")):
        texts += [one.text for one in read_articles(file.read_bytes(), "", file.suffix).articles]
    passages = [split_passages(text, count_words, max_tokens=40) for text in texts]
    spans = [[(s.start, s.end) for s in p.sentences] for found in passages for p in found]
    digest = hashlib.sha256(repr(spans).encode()).hexdigest()[:16]
    assert (SPLITTING, digest) == (2, "1c77ba922663426e"), (
        "raise SPLITTING, unless only the texts here have changed, and write down the digest"
    )
