"""The trained reader: windows, exact offsets, hashes, confidence, other makers' models.

The networks are tiny and random: what is tested is that their logits are read rightly.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Article, Passage, Span
from ingest.bert import load_tokenizer
from ingest.embed import Embedder
from ingest.errors import ModelError
from ingest.split import split_sentences
from rag.confidence import CAUTIONS, Confidence, ReaderFacts, Scores, sha256_of
from rag.overlap import OverlapReader
from rag.reader import load_reader
from rag.retrieve import Hit
from rag.trained import (
    BUNDLED,
    MAX_TOKENS,
    Frame,
    Logits,
    OnnxModel,
    SpanModel,
    Text,
    TrainedReader,
    _tokenizer,
    cut,
    has_vnni,
    onnx_session,
)


class WordModel:
    """A stand-in for the network: gives logits to the tokens of certain words, by a table.

    It remembers every row that it was shown.
    """

    max_tokens = MAX_TOKENS
    reads_titles = True

    def __init__(self, words: dict[str, float], answerable: dict[str, float] | None = None) -> None:
        self.tokenizer = _tokenizer(Path("/nowhere"))
        self._logit = {
            number: logit
            for word, logit in words.items()
            for number in self.tokenizer.encode(word, add_special_tokens=False).ids
        }
        self._answerable = answerable or {}
        self.rows: list[tuple[list[int], list[int]]] = []

    def score(self, ids: Sequence[int], types: Sequence[int]) -> Logits:
        self.rows.append((list(ids), list(types)))
        logits = np.array([self._logit.get(number, -9.0) for number in ids], np.float32)
        logits[0] = 1.0
        shown = self.tokenizer.decode(list(ids))
        pair = max((value for word, value in self._answerable.items() if word in shown), default=0)
        return Logits(logits, logits, float(pair))

    def shown(self) -> list[str]:
        return sorted(self.tokenizer.decode(ids, skip_special_tokens=False) for ids, _ in self.rows)


class StandInReader(TrainedReader):
    """A TrainedReader whose network is a WordModel."""

    def __init__(self, model: SpanModel, **options: object) -> None:
        super().__init__(facts=ReaderFacts(), **options)  # type: ignore[arg-type]
        self.model = model
        self.loaded = 0

    def _load(self) -> SpanModel:
        self.loaded += 1
        return self.model


def hit(text: str, *, title: str | None = None, score: float = 0.5, at: int = 0) -> Hit:
    """The whole article, or what comes after `at`, as one passage."""
    article = Article(f"source of {text[:20]}", text, title=title)
    sentences = tuple(s for s in split_sentences(article.text) if s.start >= at)
    return Hit(1, article, Passage(Span(sentences[0].start, len(article.text)), sentences), score)


TEXT = "The Taliban denied it. ISKP 🎉 claimed the Jalalabad attacks. Nobody else spoke — so far."


def test_evidence_is_a_sentence_with_the_exact_words_of_the_answer_in_it() -> None:
    reader = StandInReader(WordModel({"ISKP": 6.0}))
    evidence = reader.read("Who claimed the attacks?", [hit(TEXT)])
    assert evidence[0].quote == "ISKP 🎉 claimed the Jalalabad attacks."
    assert evidence[0].short is not None
    assert evidence[0].short.of(TEXT) == "ISKP"
    assert evidence[0].confidence > 0.9


def test_offsets_count_from_the_start_of_the_article_not_of_the_passage() -> None:
    whole = "🎉🎉 One line.\n" + TEXT
    (first, *_) = StandInReader(WordModel({"Jalalabad": 6.0})).read("Where?", [hit(whole, at=14)])
    assert first.short is not None
    assert first.short.of(whole) == "Jalalabad"


def test_several_sentences_of_a_passage_are_evidence_each_once() -> None:
    text = "Kunar fell quickly. Herat fell later. Nothing came of it."
    reader = StandInReader(WordModel({"Kunar": 5.0, "Herat": 4.5}))
    evidence = reader.read("Which provinces fell?", [hit(text), hit(text)])
    shorts = [item.short.of(text) for item in evidence if item.short]
    assert shorts[:2] == ["Kunar", "Herat"]
    assert len(evidence) == len({item.span for item in evidence})


def test_relevance_puts_the_passage_first_that_answers_or_is_nearer() -> None:
    one, two = "Kunar fell in May.", "Kunar rose in June, they said."
    model = WordModel({"Kunar": 3.0}, {"june": 2.0})
    evidence = StandInReader(model).read("Which?", [hit(one), hit(two)])
    assert [item.quote for item in evidence] == [two, one]
    evidence = StandInReader(WordModel({"Kunar": 3.0})).read(
        "Which?", [hit(one, score=0.2), hit(two, score=0.9)]
    )
    assert [item.quote for item in evidence] == [two, one]


def test_rows_are_laid_out_as_in_training() -> None:
    from rag.training.batches import collate
    from rag.training.examples import Example

    model = WordModel({})
    StandInReader(model).read("Who?", [hit("He left.", title="Kabul news")])
    ((ids, types),) = model.rows

    def encode(text: str) -> np.ndarray:
        encoded = model.tokenizer.encode(text, add_special_tokens=False)
        return np.array(encoded.ids, np.int32)

    example = Example(encode("Who?"), encode("Kabul news:"), encode("He left."), (), "x")
    batch = collate([example], len(example))
    assert ids == batch.input_ids[0].tolist()
    assert types == batch.token_type_ids[0].tolist()


def test_a_title_is_shown_once_and_never_the_answer() -> None:
    model = WordModel({"Kabul": 9.0, "left": 0.0})
    evidence = StandInReader(model).read(
        "Where?", [hit("He left.", title="Kabul"), hit("Kabul: he went.", title="Kabul")]
    )
    assert model.shown() == [
        "[CLS] where? [SEP] kabul : he left. [SEP]",
        "[CLS] where? [SEP] kabul : he went. [SEP]",
    ]
    assert {item.short.of(item.article.text) for item in evidence if item.short} == {
        "left",
        "Kabul",
    }


def test_a_long_passage_is_read_in_windows_that_all_see_question_and_title() -> None:
    text = " ".join(f"Sentence number {n} says nothing." for n in range(150)) + " Kunar fell."
    model = WordModel({"Kunar": 6.0})
    evidence = StandInReader(model).read("Which fell?", [hit(text, title="Provinces")])
    assert evidence[0].quote == "Kunar fell."
    assert len(model.rows) > 3
    assert all(len(ids) <= MAX_TOKENS for ids, _ in model.rows)
    assert all(row.startswith("[CLS] which fell? [SEP] provinces : ") for row in model.shown())


def test_a_long_question_is_cut_as_in_training() -> None:
    model = WordModel({})
    StandInReader(model).read("why " * 300 + "?", [hit(TEXT)])
    ((_, types),) = model.rows
    assert types.index(1) == 1 + 48 + 1


@given(st.integers(0, 900), st.integers(60, 240), st.sets(st.integers(0, 900), max_size=60))
def test_windows_cover_every_token_overlap_and_fit(count: int, room: int, opens: set[int]) -> None:
    ranges = cut(count, room, {at for at in opens if at < count})
    assert all(0 < b - a <= room for a, b in ranges)
    assert {n for a, b in ranges for n in range(a, b)} == set(range(count))
    for (_, end), (start, _) in pairwise(ranges):
        assert end - start >= min(48, room // 2)


def test_windows_are_of_like_length_and_open_with_a_sentence() -> None:
    assert cut(100, 100, set()) == [(0, 100)]
    assert cut(110, 100, set()) == [(0, 79), (31, 110)]
    assert cut(110, 100, {0, 25, 60}) == [(0, 79), (25, 110)]
    assert cut(110, 100, {0, 5}) == [(0, 79), (31, 110)]  # from 5 it would not fit


def test_nothing_is_loaded_before_it_reads_and_then_once() -> None:
    reader = StandInReader(WordModel({}))
    assert reader.read("Who?", []) == []
    assert reader.loaded == 0
    reader.read("Who?", [hit(TEXT)])
    reader.read("Who?", [hit(TEXT)])
    assert reader.loaded == 1


def test_scores_do_not_depend_on_what_else_is_read_or_on_threads() -> None:
    texts = [TEXT, "Kunar fell.", "Herat fell in June, and then it rained."]
    words = {"Kunar": 4.0, "Herat": 3.0, "ISKP": 2.0}
    alone = [
        item
        for text in texts
        for item in StandInReader(WordModel(words), threads=1).read("Who?", [hit(text)])
    ]
    together = StandInReader(WordModel(words), threads=3).read("Who?", [hit(t) for t in texts])
    assert sorted(map(repr, alone)) == sorted(map(repr, together))


def test_answer_gives_words_or_none() -> None:
    reader = StandInReader(WordModel({"ISKP": 6.0}))
    assert reader.answer("Who claimed it?", TEXT) == "ISKP"
    silent = StandInReader(WordModel({"ISKP": 0.0}))
    assert silent.answer("Who claimed it?", TEXT) is None
    assert silent.answer("Who claimed it?", TEXT, allow_none=False) == "ISKP"
    assert silent.answer("Who claimed it?", "", allow_none=False) is None
    assert silent.answer("Who claimed it?", "\n \n", allow_none=False) is None


def test_caution_chooses_the_threshold() -> None:
    facts = ReaderFacts()
    given = [TrainedReader(facts=facts, caution=caution).threshold for caution in CAUTIONS]
    assert given == [0.3, 0.5, 0.7]
    with pytest.raises(ModelError, match=r"'reckless'.*low, medium or high"):
        TrainedReader(facts=facts, caution="reckless")  # type: ignore[arg-type]


def test_the_frame_is_read_off_from_the_tokenizer() -> None:
    tokenizer = _tokenizer(Path("/nowhere"))
    tokenizer.no_padding()
    frame = Frame.of(tokenizer)
    assert frame == Frame((101,), (102,), (102,), (0, 0, 0, 1, 1))
    assert frame.row([7], [8, 9]) == ([101, 7, 102, 8, 9, 102], [0, 0, 0, 1, 1, 1])


# ---- the probability


def test_confidence_is_a_logistic_function_of_the_scores() -> None:
    confidence = Confidence(Scores(1.0, 0.5, 0.0, 0.0), -1.0)
    assert confidence(Scores(2.0, 2.0, 9.0, 9.0)) == pytest.approx(1 / (1 + math.exp(-2)))
    assert 0.0 <= confidence(Scores(-1e9, 0.0, 0.0, 0.0)) < 1e-9


def test_a_curve_bends_it_between_knots_and_stays_flat_outside() -> None:
    confidence = Confidence(Scores(1.0, 0.0, 0.0, 0.0), 0.0, ((0.25, 0.1), (0.5, 0.3), (0.9, 0.8)))
    logits = {0.1: 0.1, 0.25: 0.1, 0.375: 0.2, 0.5: 0.3, 0.7: 0.55, 0.95: 0.8}
    for plain, bent in logits.items():
        score = math.log(plain / (1 - plain))
        assert confidence(Scores(score, 0, 0, 0)) == pytest.approx(bent, abs=1e-6)


def test_facts_are_what_was_written(tmp_path: Path) -> None:
    facts = ReaderFacts(
        "ab",
        Confidence(Scores(1.0, 2.0, 3.0, 4.0), 5.0, ((0.1, 0.2),)),
        {"low": 0.1, "medium": 0.2, "high": 0.3},
        {"name": "x"},
        {"calibration_error": 0.01},
    )
    facts.write(tmp_path / "reader.json")
    assert ReaderFacts.read(tmp_path / "reader.json") == facts


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"sha256": 1}'])
def test_damaged_facts_are_an_error_that_names_the_file(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "reader.json"
    with pytest.raises(ModelError, match=r"reader\.json.*missing.*Reinstall"):
        ReaderFacts.read(file)
    file.write_text(damage)
    with pytest.raises(ModelError, match=r"reader\.json.*damaged.*Reinstall"):
        ReaderFacts.read(file)


# ---- a real, tiny, random graph


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random network, exported to int8 as the real one is, with its facts."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from transformers import BertConfig, BertModel

    from rag.training import export
    from rag.training.model import ReaderNetwork

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=12,
        intermediate_size=48,
        attn_implementation="eager",
    )
    folder = tmp_path_factory.mktemp("weights")
    network = ReaderNetwork(BertModel(config, add_pooling_layer=False)).eval()
    export.to_onnx(network, folder / "whole.onnx")
    export.quantise(folder / "whole.onnx", folder / "reader.onnx")
    digest = sha256_of(folder / "reader.onnx")
    ReaderFacts(sha256=digest, signature={"name": "tiny"}).write(folder / "reader.json")
    return folder / "reader.onnx"


@pytest.mark.filterwarnings("ignore")
def test_a_graph_is_read_from_its_file(weights: Path) -> None:
    reader = load_reader(weights)
    assert reader.name == "tiny"
    evidence = reader.read("Who claimed the attacks?", [hit(TEXT), hit("Kunar fell. " * 90)])
    assert evidence == reader.read(
        "Who claimed the attacks?", [hit(TEXT), hit("Kunar fell. " * 90)]
    )
    assert sorted(evidence, key=lambda item: -item.relevance) == evidence
    for item in evidence:
        assert item.short is not None
        assert item.span.start <= item.short.start < item.short.end <= item.span.end
        assert 0 <= item.confidence <= 1


@pytest.mark.filterwarnings("ignore")
def test_altered_weights_are_refused(weights: Path, tmp_path: Path) -> None:
    altered = bytearray(weights.read_bytes())
    altered[len(altered) // 2] ^= 1
    (tmp_path / "reader.onnx").write_bytes(altered)
    (tmp_path / "reader.json").write_bytes(weights.with_suffix(".json").read_bytes())
    reader = load_reader(tmp_path / "reader.onnx")
    with pytest.raises(ModelError, match=r"reader\.onnx is not the published file"):
        reader.read("Who?", [hit(TEXT)])


def test_missing_and_broken_weights_are_errors_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no reader .*reader\.onnx.*Name an \.onnx file"):
        load_reader(tmp_path / "reader.onnx")
    (tmp_path / "reader.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelError, match=r"reader\.json.*missing.*Reinstall"):
        load_reader(tmp_path / "reader.onnx")
    ReaderFacts().write(tmp_path / "reader.json")
    with pytest.raises(ModelError, match=r"no weights at .*gone\.onnx.*choose another reader"):
        TrainedReader(tmp_path / "gone.onnx", facts=ReaderFacts()).read("Who?", [hit(TEXT)])
    with pytest.raises(ModelError, match=r"reader\.onnx.*cannot be loaded.*choose another reader"):
        load_reader(tmp_path / "reader.onnx").read("Who?", [hit(TEXT)])


@pytest.mark.parametrize("name", ["none", "overlap"])
def test_none_is_the_reader_without_weights_and_needs_a_library(name: str) -> None:
    with pytest.raises(ModelError, match=f"{name!r}.*library"):
        load_reader(name)
    assert isinstance(load_reader(name, library=object()), OverlapReader)  # type: ignore[call-overload]


def test_making_a_reader_imports_neither_onnxruntime_nor_torch(tmp_path: Path) -> None:
    import subprocess

    ReaderFacts().write(tmp_path / "reader.json")
    code = (
        "import sys; from rag.trained import TrainedReader; from pathlib import Path;"
        f"TrainedReader(Path({str(tmp_path / 'reader.onnx')!r}));"
        "print(sorted({'torch', 'onnxruntime', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- models of other makers


@pytest.fixture(scope="module")
def hub_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model of another maker: RoBERTa, whose pairs are framed differently."""
    torch = pytest.importorskip("torch")
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaConfig, RobertaForQuestionAnswering, RobertaTokenizerFast

    folder = tmp_path_factory.mktemp("hub")
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator([TEXT] * 9, vocab_size=400, special_tokens=special)
    bpe.save_model(str(folder))
    RobertaTokenizerFast.from_pretrained(str(folder), model_max_length=256).save_pretrained(folder)
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=500,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=258,
        type_vocab_size=1,
    )
    RobertaForQuestionAnswering(config).save_pretrained(folder)
    return folder


@pytest.mark.filterwarnings("ignore")
def test_any_extractive_model_can_be_the_reader(hub_folder: Path) -> None:
    reader = load_reader(str(hub_folder))
    evidence = reader.read("Who claimed the attacks?", [hit(TEXT), hit("Kunar 🎉 fell. " * 90)])
    assert evidence
    for item in evidence:
        assert item.short is not None
        assert item.span.start <= item.short.start < item.short.end <= item.span.end
        words = item.short.of(item.article.text)
        assert words.strip() == words
    assert isinstance(reader, TrainedReader)
    assert reader.answer("Who?", TEXT, allow_none=False) in TEXT


@pytest.mark.filterwarnings("ignore")
def test_the_logits_of_another_makers_model_are_those_it_gives_itself(hub_folder: Path) -> None:
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    from rag.hub import HubModel

    model = HubModel(str(hub_folder))
    tokenizer = AutoTokenizer.from_pretrained(str(hub_folder))
    given = tokenizer("Who claimed it?", TEXT, return_tensors="pt")
    with torch.no_grad():
        out = AutoModelForQuestionAnswering.from_pretrained(str(hub_folder))(**given)
    model.tokenizer.no_truncation()
    frame = Frame.of(model.tokenizer)
    question, passage = (
        model.tokenizer.encode(text, add_special_tokens=False).ids
        for text in ("Who claimed it?", TEXT)
    )
    ids, types = frame.row(question, passage)
    assert ids == given["input_ids"][0].tolist()
    logits = model.score(ids, types)
    assert np.allclose(logits.start, out.start_logits[0].numpy(), atol=1e-5)
    assert logits.answerable is None


def test_a_model_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    reader = load_reader(str(tmp_path))
    with pytest.raises(ModelError, match=r"(?s)cannot be loaded.*extractive question-answering"):
        reader.read("Who?", [hit(TEXT)])


def test_find_reads_texts_in_their_order() -> None:
    reader = StandInReader(WordModel({"Kunar": 5.0}))
    texts = [Text(t, Span(0, len(t)), tuple(split_sentences(t))) for t in (TEXT, "Kunar fell.")]
    found = reader.find("Which?", texts)
    assert [finding.text for finding in found] == sorted(finding.text for finding in found)
    assert {finding.text for finding in found} == {0, 1}


def test_fast_products_are_used_only_where_the_processor_sums_them_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without, with_it = tmp_path / "old", tmp_path / "new"
    without.write_text("flags : fpu avx2 avx512f\n")
    with_it.write_text("flags : fpu avx512f avx512_vnni\n")
    assert [has_vnni(file) for file in (without, with_it, tmp_path / "none")] == [
        False,
        True,
        False,
    ]
    ids, types = list(range(1000, 1192)), [0] * 8 + [1] * 184
    fast = OnnxModel(BUNDLED).score(ids, types)
    monkeypatch.setattr("rag.trained.has_vnni", lambda: False)
    options = onnx_session(BUNDLED).get_session_options()
    assert options.get_session_config_entry("session.x64quantprecision") == "1"
    exact = OnnxModel(BUNDLED).score(ids, types)
    assert np.array_equal(fast.start, exact.start)
    assert np.array_equal(fast.end, exact.end)


def test_reader_and_embedder_read_the_tokenizer_once() -> None:
    load_tokenizer.cache_clear()
    embedder = Embedder()
    embedder.embed_question("Who shelled the mine?")
    embedder.count_tokens(["The mine was shelled."])
    OnnxModel(BUNDLED)
    assert load_tokenizer.cache_info().misses == 1
