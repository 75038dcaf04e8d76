"""What a change of topic costs: questions that stand alone, asked in the middle of a conversation.

`python -m eval.switches [CHAINS.jsonl | MT-RAG-DOMAIN ...] [--split dev]`: every question of the
chains in its stand-alone form, asked after the questions of a chain of another story, beside the
same question asked alone; and the first turn of each of MT-RAG's conversations, searched for after
the turns of another one. A question that no rule takes to lean is the same by construction.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from eval.benchmark import Asked, Benchmark, Item
from eval.benchmarks import load_benchmark
from eval.libraries import library_of
from eval.questions import LOCAL_QUESTIONS, load_questions
from eval.system import AssistantSystem

_PASSAGES = 5
_TURNS_BEFORE = 3


class Switch(NamedTuple):
    """A question that stands alone, and the questions of another conversation to ask before it."""

    item: Item
    before: tuple[str, ...]


class Compared(NamedTuple):
    """Whether the same was said, or the same five passages found; and how right it was, 0 to 1,
    alone and after the switch."""

    same: bool
    alone: float
    after: float


def chain_switches(path: str | Path, split: str | None) -> tuple[Benchmark, list[Switch]]:
    """The questions of the chains in their stand-alone form, each after a chain of another story,
    the next one in the file."""
    benchmark = load_benchmark("local", path, split=split)
    items = {item.id: item for item in benchmark.items}
    turns = [q for q in load_questions(path) if q.chain and q.id in items]
    chains = [list(chain) for _, chain in groupby(turns, key=lambda q: q.chain)]
    switches = []
    for place, chain in enumerate(chains):
        others = (*chains[place + 1 :], *chains[:place])
        other = next((one for one in others if one[0].story != chain[0].story), None)
        if other:
            before = tuple(turn.question for turn in other)
            switches += [Switch(items[turn.id], before) for turn in chain]
    return benchmark, switches


def mtrag_switches(folder: str | Path, split: str | None) -> tuple[Benchmark, list[Switch]]:
    """The first turns of a domain's conversations, each after the last turns of the next one."""
    benchmark = load_benchmark("mtrag-conversation", folder, split=split)
    told = [
        max(turns, key=lambda item: len(item.history))
        for turns in (list(t) for _, t in groupby(benchmark.items, key=lambda i: i.cluster))
    ]
    other = {
        one.cluster: next_one for one, next_one in zip(told, [*told[1:], *told[:1]], strict=True)
    }
    firsts = [item for item in benchmark.items if not item.history]
    return benchmark, [
        Switch(item, (*other[item.cluster].history, other[item.cluster].question)[-_TURNS_BEFORE:])
        for item in firsts
    ]


def compare_answers(system: AssistantSystem, benchmark: Benchmark, switch: Switch) -> Compared:
    """The answer alone and after the switch."""
    item = switch.item
    replies = system.ask(item.question), system.converse(switch.before, item.question)
    alone, after = (
        benchmark.score(item, Asked(reply), benchmark.articles, cites=True)["right"]
        for reply in replies
    )
    return Compared(replies[0].text == replies[1].text, alone or 0.0, after or 0.0)


def compare_passages(system: AssistantSystem, benchmark: Benchmark, switch: Switch) -> Compared:
    """The passages found alone and after the switch."""
    item, depth = switch.item, benchmark.search_depth
    found = (
        system.search(item.question, depth),
        system.search_after(switch.before, item.question, depth),
    )
    alone, after = (
        benchmark.score(item, Asked(found=tuple(one or ())), benchmark.articles, cites=True)[
            "recall@5"
        ]
        for one in found
    )
    same = (found[0] or [])[:_PASSAGES] == (found[1] or [])[:_PASSAGES]
    return Compared(same, alone or 0.0, after or 0.0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row for each file of chains and each folder of MT-RAG."""
    parser = argparse.ArgumentParser(prog="python -m eval.switches")
    parser.add_argument("places", nargs="*", default=[str(LOCAL_QUESTIONS)])
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    asked = parser.parse_args(arguments)
    print("questions  n  same  right or recall@5 alone  after another topic")
    for place in asked.places:
        print(_row(place, asked.split), flush=True)


def _row(place: str, split: str) -> str:
    of_mtrag = Path(place).is_dir()
    benchmark, switches = (mtrag_switches if of_mtrag else chain_switches)(place, split)
    compare = compare_passages if of_mtrag else compare_answers
    system = AssistantSystem.open(library_of(benchmark))
    try:
        found = [compare(system, benchmark, switch) for switch in switches]
    finally:
        system.close()
    means = (sum(values) / len(found) for values in zip(*found, strict=True))
    return "  ".join([Path(place).stem, str(len(found)), *(f"{mean:.3f}" for mean in means)])


if __name__ == "__main__":
    main()
