"""The training loop: bf16 compute on float32 masters, a time budget, checkpoints, averaging."""

from __future__ import annotations

import json
import math
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType

import torch
from torch import Tensor, nn

from .batches import Batch, Position, Stream
from .data import (
    Question,
    TextEncoder,
    read_questions,
    repeat_unanswerable,
    sources,
    split_by_article,
)
from .examples import Example, ExampleMaker, mine_near
from .model import ReaderNetwork, base_tokenizer, from_base, loss
from .negatives import Miner
from .restore import restore
from .support import SupportMaker, read_pairs
from .validate import figures, support_figures, validation_set
from .written import written_questions

AVERAGE_EVERY = 8
CHECKPOINT = "checkpoint.pt"
NEAR = "near.json"
LOG = "train.log"


@dataclass(frozen=True)
class Plan:
    """What a run does. Minutes are wall-clock minutes of running, resumed runs included."""

    data: Path
    out: Path
    support: Path | None = None
    start: Path | None = None
    minutes: float = 110.0
    rate: float = 1.2e-4
    warmup_steps: int = 200
    decay_share: float = 0.35
    average: float = 0.9985
    checkpoint_minutes: float = 5.0
    validate_minutes: float = 12.0
    validation_size: int = 200
    seed: int = 5
    threads: int = 2
    compile: bool = True
    max_steps: int | None = None


@dataclass
class Progress:
    """How far the run is."""

    step: int = 0
    examples: int = 0
    seconds: float = 0.0
    position: Position = field(default_factory=Position)


def rate_at(plan: Plan, step: int, seconds: float) -> float:
    """Learning rate: warm-up by steps, steady, then down to 0 over the last share of the time."""
    warm = min(1.0, (step + 1) / plan.warmup_steps)
    left = max(0.0, 1.0 - seconds / (60 * plan.minutes))
    return plan.rate * warm * min(1.0, left / plan.decay_share)


class Masters:
    """Float32 copies of a bf16 network's trained weights, their optimiser and their average."""

    def __init__(self, network: ReaderNetwork) -> None:
        self._live = {n: p for n, p in network.named_parameters() if p.requires_grad}
        self.weights = {n: p.detach().clone().float() for n, p in self._live.items()}
        self.average = {n: p.clone() for n, p in self.weights.items()}
        plain = [p for p in self.weights.values() if p.dim() < 2]
        decayed = [p for p in self.weights.values() if p.dim() >= 2]
        groups = [
            {"params": decayed, "weight_decay": 0.01},
            {"params": plain, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), fused=True)

    def step(self, rate: float) -> float:
        """One update from the live gradients; gives their norm before clipping at 1."""
        for name, parameter in self._live.items():
            self.weights[name].grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None
        norm = float(nn.utils.clip_grad_norm_(self.weights.values(), 1.0))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        if math.isfinite(norm):
            self.optimiser.step()
        self.write(self.weights)
        return norm

    @torch.no_grad()
    def update_average(self, keep: float) -> None:
        """Move the average towards the weights by `1 - keep`."""
        torch._foreach_lerp_(list(self.average.values()), list(self.weights.values()), 1 - keep)

    @torch.no_grad()
    def write(self, weights: dict[str, Tensor]) -> None:
        """Put weights into the live network."""
        torch._foreach_copy_(list(self._live.values()), [weights[name] for name in self._live])


class Trainer:
    """One run, from its start or from its last checkpoint."""

    def __init__(self, plan: Plan) -> None:
        plan.out.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(plan.threads)
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.progress = Progress()
        self._stop = False
        self._tokenizer = base_tokenizer()
        self._load_data()
        base = from_base()
        if plan.start is not None:
            restore(base, plan.start)
        self._base_weights = {name: tensor.clone() for name, tensor in base.state_dict().items()}
        self.network = self._bf16(base)
        self.masters = Masters(self.network)
        self.norm = 0.0
        self._resume()

    def _bf16(self, network: ReaderNetwork) -> ReaderNetwork:
        """The encoder in bf16 with compiled layers; the heads stay in float32."""
        network.encoder.bfloat16()
        if self.plan.compile:
            torch._dynamo.config.recompile_limit = 64
            for layer in network.encoder.encoder.layer:
                layer.compile(dynamic=False)
        return network

    def _load_data(self) -> None:
        questions = [*read_questions(self.plan.data), *written_questions()]
        split = split_by_article(questions)
        encode = TextEncoder(self._tokenizer)
        encode.add(q.context for q in questions)
        encode.add(q.text for q in questions)
        miner = Miner(questions)
        maker = ExampleMaker(encode, miner, self._near(miner, questions))
        train = repeat_unanswerable(split.train, 3)
        support = self._support(encode, split.train)
        self.stream = Stream(train, maker, self.plan.seed, support)
        self.validation = validation_set(
            split.held_out, maker, self.plan.validation_size, self.plan.seed
        )
        held = len(split.held_out)
        self.log({"train": dict(sources(train)), "held_out": held, "checks": len(self.validation)})

    def _support(self, encode: TextEncoder, questions: Sequence[Question]) -> SupportMaker | None:
        """What trains the support head, if a folder of pairs was given."""
        self.support_checks: list[Example] = []
        if self.plan.support is None:
            return None
        pairs = read_pairs(self.plan.support)
        maker = SupportMaker(encode, pairs.train, questions)
        self.support_checks = [maker.example(pair) for pair in pairs.held_out]
        return maker

    def _near(self, miner: Miner, questions: list[Question]) -> dict[str, list[int]]:
        """The mined negatives, kept in a file since they take a minute to find."""
        file = self.plan.out / NEAR
        if not file.exists():
            save_text(file, json.dumps(mine_near(miner, questions)))
        near: dict[str, list[int]] = json.loads(file.read_text())
        return near

    def log(self, record: dict[str, object]) -> None:
        """One JSON line to the log file and to the terminal."""
        line = json.dumps({"time": time.strftime("%H:%M:%S"), **record})
        print(line, flush=True)
        with (self.plan.out / LOG).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def run(self) -> None:
        """Train until the minutes are used up or a signal asks to stop; save either way."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        self.network.train()
        clock = Clock(self.progress.seconds)
        saved = checked = logged = clock.seconds()
        for batch in self._batches():
            losses = self._one(batch)
            self.progress.seconds = now = clock.seconds()
            if now - logged > 60:
                self.log(self._status(losses, batch))
                logged = now
            if now - saved > 60 * self.plan.checkpoint_minutes:
                self.save()
                saved = now
            if now - checked > 60 * self.plan.validate_minutes:
                self.check()
                checked = now
            if self._finished():
                break
        self.save()
        if not self._stop:
            self.check()

    def _finished(self) -> bool:
        steps = self.plan.max_steps
        used_up = self.progress.seconds >= 60 * self.plan.minutes
        return self._stop or used_up or (steps is not None and self.progress.step >= steps)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop = True

    def _batches(self) -> Iterator[Batch]:
        while True:
            position = self.progress.position
            decaying = self.progress.seconds > 60 * self.plan.minutes * (1 - self.plan.decay_share)
            if decaying and position.batch == 0:
                position = Position(position.chunk, 0, position.used, True)
            for batch, after in self.stream.batches(position):
                yield batch
                self.progress.position = after

    def _one(self, batch: Batch) -> tuple[Tensor, ...]:
        losses = loss(self.network.read(batch), batch)
        torch.autograd.backward(torch.stack(losses).sum())
        progress = self.progress
        self.norm = self.masters.step(rate_at(self.plan, progress.step, progress.seconds))
        progress.step += 1
        progress.examples += len(batch.answerable)
        if progress.step % AVERAGE_EVERY == 0:
            early = min(self.plan.average, (1 + progress.step) / (10 + progress.step))
            self.masters.update_average(early**AVERAGE_EVERY)
        return losses

    def _status(self, losses: tuple[Tensor, ...], batch: Batch) -> dict[str, object]:
        progress = self.progress
        return {
            "step": progress.step,
            "examples": progress.examples,
            "minutes": round(progress.seconds / 60, 2),
            "chunk": progress.position.chunk,
            "rate": rate_at(self.plan, progress.step, progress.seconds),
            "span_loss": round(losses[0].item(), 3),
            "answerable_loss": round(losses[1].item(), 3),
            "support_loss": round(losses[2].item(), 3),
            "norm": round(self.norm, 2),
            "shape": tuple(batch.input_ids.shape),
        }

    def check(self) -> None:
        """Log the figures of the averaged weights on the held-out sample."""
        started = time.monotonic()
        self.masters.write(self.masters.average)
        self.network.eval()
        with torch.compiler.set_stance("force_eager"):
            result = figures(self.network, self.validation, self._tokenizer)
            result |= support_figures(self.network, self.support_checks)
        self.network.train()
        self.masters.write(self.masters.weights)
        rounded = {name: round(value, 3) for name, value in result.items()}
        took = round(time.monotonic() - started, 1)
        self.log({"check": self.progress.step, **rounded, "took_s": took})

    def save(self) -> None:
        """Write everything that a resumed run needs, and the usable weights, in one file."""
        state = {
            "plan": {name: str(value) for name, value in asdict(self.plan).items()},
            "progress": {**asdict(self.progress), "position": asdict(self.progress.position)},
            "weights": self.masters.weights,
            "average": self.masters.average,
            "optimiser": self.masters.optimiser.state_dict(),
            "model": {**self._base_weights, **self.masters.average},
        }
        part = self.plan.out / (CHECKPOINT + ".part")
        torch.save(state, part)
        part.replace(self.plan.out / CHECKPOINT)

    def _resume(self) -> None:
        file = self.plan.out / CHECKPOINT
        if not file.exists():
            return
        state = torch.load(file, weights_only=True)
        progress = state["progress"]
        self.progress = Progress(**{**progress, "position": Position(**progress["position"])})
        for name, weight in self.masters.weights.items():
            weight.copy_(state["weights"][name])
            self.masters.average[name].copy_(state["average"][name])
        self.masters.optimiser.load_state_dict(state["optimiser"])
        self.masters.write(self.masters.weights)
        self.log({"resumed": self.progress.step, "minutes": round(self.progress.seconds / 60, 2)})


class Clock:
    """Seconds of running, counted on from an earlier run's."""

    def __init__(self, before: float) -> None:
        self._before = before
        self._started = time.monotonic()

    def seconds(self) -> float:
        """Seconds so far, earlier runs included."""
        return self._before + time.monotonic() - self._started


def save_text(file: Path, text: str) -> None:
    """Write under a temporary name, then rename."""
    part = file.with_name(file.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
