"""What trains the support head: which pairs may be read, how evidence is cut, made-up changes."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from rag.training.data import Question, Span, TextEncoder
from rag.training.examples import MAX_TOKENS
from rag.training.model import base_tokenizer
from rag.training.support import (
    MAX_STATEMENT_TOKENS,
    Pair,
    SupportMaker,
    _answer,
    _change,
    _fact,
    _focused,
    read_pairs,
)

CONTEXT = (
    "The Tarn bridge was opened by Ines Dahl on 4 May 2021. Mayor Pavel Orlik thanked Lena Marsh, "
    "who had paid 310 crowns. The Halden company is its builder."
)


def write(folder: Path, name: str, rows: list[dict[str, str]]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))


def row(number: int, label: str, **more: str) -> dict[str, str]:
    return {
        "premise": f"Evidence {number}.",
        "hypothesis": f"Said {number}.",
        "label": label,
    } | more


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "snli_dev", [row(1, "entailment"), row(2, "neutral")])
    write(tmp_path, "snli_test", [row(n, "contradiction") for n in range(10, 3030)])
    write(tmp_path, "fever_symmetric_dev", [row(4001, "SUPPORTS"), row(4002, "REFUTES")])
    write(tmp_path, "wice_claim_dev", [row(5001, "supported"), row(5002, "partially_supported")])
    domains = ("ectsum", "qmsumm", "scitldr")
    rows = [row(6000 + n, "consistent", domain=domain) for n, domain in enumerate(domains)]
    write(tmp_path, "summedits_without_news", rows)
    write(tmp_path, "qnli_dev", [row(7001, "entailment")])
    write(tmp_path, "fever_symmetric_test", [row(8001, "SUPPORTS")])
    return tmp_path


def test_what_is_kept_for_measuring_is_never_read(folder: Path) -> None:
    pairs = read_pairs(folder)
    read = {pair.statement for pair in (*pairs.train, *pairs.held_out)}
    assert {"Said 1.", "Said 10.", "Said 29.", "Said 4001.", "Said 5002.", "Said 6000."} <= read
    kept = {f"Said {n}." for n in (30, 3029, 6001, 6002, 7001, 8001)}
    assert not kept & read


def test_only_full_support_counts_and_no_evidence_is_in_both_parts(folder: Path) -> None:
    pairs = read_pairs(folder, every=3)
    said = {pair.statement: pair.supported for pair in (*pairs.train, *pairs.held_out)}
    right = {statement for statement, supported in said.items() if supported}
    assert right == {"Said 1.", "Said 4001.", "Said 5001.", "Said 6000."}
    assert pairs.train
    assert pairs.held_out
    assert not {p.evidence for p in pairs.train} & {p.evidence for p in pairs.held_out}


def test_long_evidence_is_cut_to_the_sentences_nearest_to_the_statement_in_their_order() -> None:
    encode = TextEncoder(base_tokenizer())
    filler = "It rained all day over the long and empty fields of the county. "
    evidence = f"{filler * 3}The mine at Velm closed. {filler * 3}Velm has 40 miners. {filler * 3}"
    maker = SupportMaker(encode, [], [])
    short = _focused(encode(evidence), encode("The mine at Velm had 40 miners.").ids, 16)
    words = base_tokenizer().decode(short.tolist())
    assert words == "the mine at velm closed. velm has 40 miners."
    example = maker.example(Pair("x", "word " * 200, evidence * 9, True))
    assert len(example.question) == MAX_STATEMENT_TOKENS
    assert len(example) <= MAX_TOKENS
    assert example.supported is True
    assert example.spans == ()
    whole = _focused(encode(CONTEXT), np.zeros(0, np.int32), 200)
    assert base_tokenizer().decode(whole.tolist()).startswith("the tarn bridge was opened")


def question(answer: str = "Ines Dahl") -> Question:
    start = CONTEXT.index(answer)
    span = Span(start, start + len(answer))
    return Question("1", "quoref_contrast", "a", "", CONTEXT, "Who opened it?", (span,))


def test_a_changed_fact_is_nowhere_in_its_context() -> None:
    sentence = "The Tarn bridge was opened by Ines Dahl on 4 May 2021."
    made = {_change(sentence, question(), random.Random(seed)) for seed in range(60)}
    assert len(made) > 4
    assert None not in made
    assert all(changed not in CONTEXT for changed in made if changed)
    assert "The Tarn bridge was not opened by Ines Dahl on 4 May 2021." in made


def test_facts_and_answers_say_whether_the_context_supports_them() -> None:
    facts = [_fact(question(), random.Random(seed)) for seed in range(40)]
    answers = [_answer(question(), random.Random(seed)) for seed in range(40)]
    assert {pair.supported for pair in facts if pair} == {True, False}
    assert {p.statement for p in answers if p and p.supported} == {"Who opened it? Ines Dahl"}
    wrong = {p.statement.removeprefix("Who opened it? ") for p in answers if p and not p.supported}
    assert "Lena Marsh" in wrong
    assert all(name in CONTEXT and name not in "Ines Dahl" for name in wrong)


def test_each_source_is_drawn_in_its_share() -> None:
    sources = ("snli", "fever", "wice", "summedits")
    pairs = [Pair(source, "Said so.", "They said so.", True) for source in sources]
    maker = SupportMaker(TextEncoder(base_tokenizer()), pairs, [question()] * 3)
    kinds = [example.kind for example in maker.draw(100, random.Random(1))]
    assert [kinds.count(source) for source in sources] == [34, 12, 6, 14]
    assert kinds.count("answer") == 15
    assert 15 <= kinds.count("fact") <= 19
