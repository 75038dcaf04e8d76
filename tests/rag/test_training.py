"""The reader's training: cleaning, negatives, batches, loss, export. Tiny data, tiny networks."""

from __future__ import annotations

import gzip
import json
import math
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from transformers import BertConfig, BertModel  # noqa: E402

from rag.training.batches import Batch, Position, Stream, collate  # noqa: E402
from rag.training.data import (  # noqa: E402
    Question,
    Span,
    TextEncoder,
    clean_spans,
    read_questions,
    split_by_article,
)
from rag.training.examples import Example, ExampleMaker, window  # noqa: E402
from rag.training.model import (  # noqa: E402
    ReaderNetwork,
    Reading,
    base_tokenizer,
    from_weights,
    loss,
)
from rag.training.negatives import Miner, holds_answer, swapped  # noqa: E402
from rag.training.train import Plan, rate_at  # noqa: E402
from rag.training.validate import auc, best_spans, f1  # noqa: E402

TOWNS = ("Kunar", "Herat", "Kabul", "Balkh", "Khost", "Logar", "Farah", "Zabul")


def passage(town: str, year: int) -> str:
    """A passage of three sentences about one town."""
    return (
        f"{town} is a province of the country. The governor of {town} was named in {year}. "
        f"Its farmers sold {year % 100} tons of grain to the capital."
    )


def question(town: str, year: int, number: int = 0) -> Question:
    """A question that `passage(town, year)` answers with the year."""
    context = passage(town, year)
    start = context.index(str(year))
    span = Span(start, start + 4)
    text = f"When was the governor of {town} named?"
    source = "squadshifts_new_wiki"
    identity = f"{town}-{number}"
    return Question(identity, source, f"{source}/{town}", town, context, text, (span,))


@pytest.fixture
def questions() -> list[Question]:
    return [question(town, 1990 + i, n) for i, town in enumerate(TOWNS) for n in range(12)]


@pytest.fixture
def maker(questions: list[Question]) -> ExampleMaker:
    miner = Miner(questions)
    near = {q.id: miner.nearest(q) for q in questions}
    return ExampleMaker(TextEncoder(base_tokenizer()), miner, near)


def words(ids: np.ndarray) -> str:
    return str(base_tokenizer().decode(ids.tolist()))


@pytest.mark.parametrize(
    ("context", "given", "kept"),
    [
        ("in 1999, they", [(3, 8)], [(3, 7)]),  # the comma goes
        ("the red fox ran", [(0, 11), (4, 11)], [(4, 11), (0, 11)]),  # shortest first
        ("a b", [(1, 2)], []),  # nothing but a blank
        ("fox " + "ran " * 20, [(0, 3), (0, 80)], [(0, 3)]),  # far too long beside a short one
        ("ran " * 20, [(0, 80)], []),  # only a long one: not a question for the reader
    ],
)
def test_spans_are_trimmed_and_overlong_ones_dropped(
    context: str, given: list[tuple[int, int]], kept: list[tuple[int, int]]
) -> None:
    spans = clean_spans(context, [Span(*pair) for pair in given])
    assert [(span.start, span.end) for span in spans] == kept


def test_questions_are_read_with_exact_spans_and_unanswerable_ones_without(tmp_path: Path) -> None:
    row = {
        "id": "1",
        "source": "squad2_train10",
        "title": "Kunar_Province",
        "context": passage("Kunar", 1999),
        "question": "When? ",
        "answers": [{"text": "1999.", "answer_start": passage("Kunar", 1999).index("1999")}],
        "is_impossible": False,
    }
    unanswerable = {**row, "id": "2", "answers": [], "is_impossible": True}
    with gzip.open(tmp_path / "some.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(r) + "\n" for r in (row, unanswerable))
    first, second = read_questions(tmp_path)
    assert (first.answers, first.text, first.title) == (("1999",), "When?", "Kunar Province")
    assert second.spans == ()


def test_no_data_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=tmp_path.name):
        read_questions(tmp_path)


def test_no_context_is_both_trained_on_and_held_out(questions: list[Question]) -> None:
    split = split_by_article(questions, every=3)
    assert split.train
    assert split.held_out
    assert not {q.context for q in split.train} & {q.context for q in split.held_out}


def test_near_passages_are_other_passages_without_the_answer(questions: list[Question]) -> None:
    miner = Miner(questions)
    rows = miner.nearest(questions[0])
    assert rows
    for row in rows:
        assert miner.text(row) != questions[0].context
        assert not holds_answer(miner.text(row), questions[0].answers)


def test_an_answer_counts_only_as_whole_words() -> None:
    assert holds_answer("It fell in May, 1999.", ["may 1999"])
    assert not holds_answer("The mayor of 19990 homes", ["may", "1999"])


def test_a_swapped_question_names_something_else_and_has_no_answer() -> None:
    original = question("Kunar", 1999)
    made = [swapped(original, passage("Herat", 2001), random.Random(seed)) for seed in range(9)]
    assert {changed.text for changed in made if changed} == {
        "When was the governor of Herat named?"
    }
    assert all(changed.spans == () for changed in made if changed)


def test_right_examples_point_at_the_words_of_the_answer(
    questions: list[Question], maker: ExampleMaker
) -> None:
    chooser = random.Random(0)
    for item in questions:
        example = maker.right(item, chooser)
        ((first, last),) = example.spans
        assert words(example.passage[first : last + 1]) == item.answers[0]


@pytest.mark.parametrize("kind", ["near", "own", "swap", "easy"])
def test_wrong_examples_have_no_span_and_wrong_passages_no_answer(
    questions: list[Question], maker: ExampleMaker, kind: str
) -> None:
    chooser = random.Random(0)
    made = [e for q in questions for e in [maker.of_kind(kind, q, chooser)] if e is not None]
    if kind == "own":  # what is left of these short passages is too short to learn from
        assert made == []
        return
    assert made
    assert all(example.spans == () for example in made)
    if kind == "near":
        assert all(q.answers[0] not in words(made[0].passage) for q in questions[:1])


def test_a_window_holds_its_answer_and_fits() -> None:
    encode = TextEncoder(base_tokenizer())
    encoded = encode(" ".join(passage(town, 1990 + i) for i, town in enumerate(TOWNS)))
    chooser = random.Random(1)
    for at in range(len(encoded.ids) - 2):
        start, end = window(encoded, [(at, at + 2)], 70, chooser)
        assert start <= at
        assert at + 2 < end
        assert end - start <= 70


def test_a_batch_allows_spans_in_the_passage_and_at_cls_only() -> None:
    ids = np.array([7, 8], np.int32)
    example = Example(ids, np.array([9], np.int32), np.array([5, 6, 7], np.int32), ((1, 2),), "x")
    batch = collate([example, Example(ids, ids[:0], ids, (), "x")], 12)
    assert batch.input_ids[0].tolist() == [101, 7, 8, 102, 9, 5, 6, 7, 102, 0, 0, 0]
    assert batch.token_type_ids[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0]
    assert batch.allowed[0].nonzero().flatten().tolist() == [0, 5, 6, 7]
    assert batch.spans[0, 0].tolist() == [6, 7]
    assert batch.spans[1, 0].tolist() == [0, 0]
    assert batch.answerable.tolist() == [1.0, 0.0]
    assert batch.reads.tolist() == [1.0, 1.0]


def test_a_statement_counts_for_the_support_head_alone() -> None:
    ids = np.array([5], np.int32)
    question = Example(ids, ids, ids, ((0, 0),), "x")
    batches = [
        collate([question, Example(ids, ids, ids, (), "x", said)], 6) for said in (True, False)
    ]
    assert [batch.supported.tolist() for batch in batches] == [[0.0, 1.0], [0.0, 0.0]]
    logits = torch.zeros(2, 6)
    reading = Reading(logits, logits, torch.tensor([0.0, 50.0]), torch.tensor([50.0, math.log(3)]))
    for batch, share in zip(batches, (0.75, 0.25), strict=True):
        spans, answerable, supported = loss(reading, batch)
        assert spans.item() == pytest.approx(math.log(6), abs=1e-5)  # half of 2 log 6
        assert answerable.item() == pytest.approx(math.log(2) / 2, abs=1e-5)
        assert supported.item() == pytest.approx(-math.log(share) / 2, abs=1e-5)


def test_the_stream_goes_on_where_it_stopped(
    questions: list[Question], maker: ExampleMaker
) -> None:
    def first(position: Position) -> Iterator[tuple[Batch, Position]]:
        return Stream(questions, maker, seed=3).batches(position)

    whole = list(first(Position()))
    _, middle = whole[2]
    resumed = list(first(middle))
    assert len(resumed) == len(whole) - 3
    assert all(
        torch.equal(a.input_ids, b.input_ids)
        for (a, _), (b, _) in zip(whole[3:], resumed, strict=True)
    )
    assert whole[-1][1].chunk == 1
    assert dict(whole[-1][1].used)["squadshifts_new_wiki"] == 396


def test_the_loss_is_the_log_of_the_summed_probability_of_right_spans() -> None:
    example = Example(*(np.array([5], np.int32),) * 3, spans=((0, 0),), kind="x")
    batch = collate([example], 6)
    logits = torch.full((1, 6), -1e30)
    logits[0, 0], logits[0, 4] = 0.0, math.log(3.0)  # [CLS] 1/4, the passage's one token 3/4
    one = torch.tensor([0.0])
    spans, answerable, supported = loss(Reading(logits, logits, one, one), batch)
    assert spans.item() == pytest.approx(-2 * math.log(0.75), abs=1e-5)
    assert answerable.item() == pytest.approx(math.log(2), abs=1e-5)
    assert supported.item() == 0.0


def test_the_best_span_is_never_reversed_too_long_or_cls() -> None:
    start = torch.tensor([[9.0, 1.0, 0.0, 5.0, 0.0]])
    end = torch.tensor([[9.0, 6.0, 2.0, 0.0, 3.0]])
    reading = Reading(start, end, torch.tensor([0.5]), torch.tensor([0.0]))
    (found,) = best_spans(reading)
    assert (found.first, found.last) == (3, 4)
    assert found.margin == pytest.approx(8.0 - 18.0)
    (short,) = best_spans(reading, max_tokens=1)
    assert (short.first, short.last) == (1, 1)


def test_figures_of_hand_made_cases() -> None:
    assert f1("the Kunar province", "Kunar") == pytest.approx(2 / 3)
    assert auc([3.0, 1.0], [2.0, 0.0]) == 0.75
    assert auc([1.0], [1.0]) == 0.5
    assert math.isnan(auc([1.0], []))


def test_the_rate_warms_up_stays_and_falls_to_nothing() -> None:
    plan = Plan(Path(), Path(), minutes=100, rate=1.0, warmup_steps=10, decay_share=0.25)
    assert rate_at(plan, 0, 0) == pytest.approx(0.1)
    assert rate_at(plan, 50, 60 * 74) == 1.0
    assert rate_at(plan, 50, 60 * 87.5) == pytest.approx(0.5)
    assert rate_at(plan, 50, 60 * 120) == 0.0


@pytest.fixture
def tiny() -> ReaderNetwork:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=120,
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=12,
        intermediate_size=96,
        attn_implementation="eager",
    )
    return ReaderNetwork(BertModel(config, add_pooling_layer=False)).eval()


def test_a_further_head_in_the_weights_is_left_aside_and_a_missing_one_is_an_error(
    tiny: ReaderNetwork,
) -> None:
    weights = tiny.state_dict()
    more = {**weights, "heads.entailment.score.weight": torch.zeros(3, 48)}
    again = from_weights(more, tiny.encoder.config)
    assert torch.equal(
        again.state_dict()["heads.span.score.weight"], weights["heads.span.score.weight"]
    )
    fewer = {name: w for name, w in weights.items() if not name.startswith("heads.answerable")}
    with pytest.raises(KeyError, match="answerable"):
        from_weights(fewer, tiny.encoder.config)


@pytest.mark.filterwarnings("ignore")
def test_the_exported_graph_is_fused_and_says_what_the_network_says(
    tiny: ReaderNetwork, tmp_path: Path
) -> None:
    onnx = pytest.importorskip("onnx")
    export = pytest.importorskip("rag.training.export")
    whole, small = tmp_path / "whole.onnx", tmp_path / "small.onnx"
    export.to_onnx(from_weights(tiny.state_dict(), tiny.encoder.config), whole)
    export.quantise(whole, small)
    assert export.difference(tiny, whole, 120) < 0.03  # the packed embeddings
    assert export.difference(tiny, small, 120) < 0.1
    kinds = [node.op_type for node in onnx.load(str(small)).graph.node]
    assert kinds.count("QAttention") == 2
    assert kinds.count("MatMulInteger") == 6
    assert kinds.count("MatMul") == 5  # the heads stay float32


@pytest.mark.filterwarnings("ignore")
def test_training_goes_on_from_an_exported_file(tiny: ReaderNetwork, tmp_path: Path) -> None:
    export = pytest.importorskip("rag.training.export")
    restore = pytest.importorskip("rag.training.restore").restore
    for weight in tiny.parameters():  # equal weights would be stored once, as trained ones are not
        weight.data += 0.01 * torch.randn_like(weight)
    whole, small = tmp_path / "whole.onnx", tmp_path / "small.onnx"
    export.to_onnx(from_weights(tiny.state_dict(), tiny.encoder.config), whole)
    export.quantise(whole, small)
    torch.manual_seed(1)
    again = ReaderNetwork(BertModel(tiny.encoder.config, add_pooling_layer=False)).eval()
    again.encoder.embeddings.word_embeddings.load_state_dict(
        tiny.encoder.embeddings.word_embeddings.state_dict()
    )
    restore(again, small)
    for name, weight in again.state_dict().items():
        assert torch.allclose(weight, tiny.state_dict()[name], atol=1e-3), name
