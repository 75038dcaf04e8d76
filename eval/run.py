"""Run a benchmark over a system: resumable, signed, and with nothing dropped."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from eval.benchmark import DRAWING_SEED, Asked, Benchmark, Item, contexts
from eval.errors import EvalError, RunStopped
from eval.figures import figure
from eval.measure_table import MEASURES
from eval.records import Record, Results, record_from_json, signature_line, write_results
from eval.signature import code_version, models_digest, same_run, sources_digest
from eval.system import Converses, Decides, Found, Reply, System
from ingest.article import Article

_READING = frozenset({"reader", "passages", "sentences", "threshold"})


def run(
    benchmark: Benchmark,
    system: System,
    out: str | Path,
    *,
    fresh: bool = False,
    progress: bool = True,
) -> Results:
    """Ask every question, score the answers, and write the results to the file `out`.

    What was answered is kept beside it in `NAME.partial.jsonl` until the end: the same call goes
    on after an interruption and gives the same figures. `fresh` begins anew. Raises EvalError if
    what was kept belongs to another run. An error of the system is the question's, not the run's,
    but for RunStopped.
    """
    out = Path(out)
    signature = sign(benchmark, system)
    partial = partial_of(out)
    if fresh:
        partial.unlink(missing_ok=True)
    kept = _resume(partial, signature)
    with _open_for_more(partial, signature) as stream:
        for record in _ask_all(benchmark, system, kept, progress=progress):
            kept[record.id] = record
            _append(stream, record.json())
    records = [kept[item.id] for item in benchmark.items]
    results = Results(
        signature=signature,
        figures=_figures(benchmark.measures, records),
        records=records,
        articles=_spoken_of(records, benchmark),
        notes=benchmark.notes,
    )
    write_results(results, out)
    partial.unlink()
    return results


def sign(benchmark: Benchmark, system: System) -> dict[str, str]:
    """Everything that shapes the figures, by name, in the order of the signature line.

    `sources` is a digest of the code that can have shaped them, `code` the commit for a person to
    look up. Where passages are only looked for, nothing of the reader is named; where rules decide,
    no setting is.
    """
    settings = {
        name: _one_line(value)
        for name, value in system.settings().items()
        if benchmark.task == "answer" or (benchmark.task == "retrieve" and name not in _READING)
    }
    reads = benchmark.task == "answer" or any(item.context for item in benchmark.items)
    models = models_digest() if reads else None
    count = str(len(benchmark.items))
    if benchmark.drawn_from is not None:
        count += f" of {benchmark.drawn_from} (seed {DRAWING_SEED})"
    return {
        "benchmark": benchmark.name,
        "split": benchmark.split,
        "questions": count,
        "data": benchmark.data[:12],
        "items": _digest_of_items(benchmark),
        "system": system.name,
        **settings,
        **({"models": models} if models else {}),
        "sources": _sources(benchmark, system),
        "code": code_version(),
    }


def _digest_of_items(benchmark: Benchmark) -> str:
    """Of the questions as the loader made them, so that another loader is another run."""
    whole = hashlib.sha256(repr((benchmark.measures, benchmark.search_depth)).encode())
    for item in benchmark.items:
        whole.update(repr(item).encode("utf-8", "surrogatepass"))
    return whole.hexdigest()[:12]


def _sources(benchmark: Benchmark, system: System) -> str:
    if benchmark.task != "answer":
        shaping = ["eval.scoring", "eval.figures"]
        if benchmark.task == "retrieve":
            shaping.append("rag.retrieve")
        if any(item.history for item in benchmark.items):
            shaping += ["rag.conversation", "rag.resolve"]
        if any(item.context for item in benchmark.items):
            shaping.append("rag.support")
        return sources_digest(tuple(shaping), ("rag.assistant", "eval.system"))
    return sources_digest(("eval.run", type(system).__module__))


def ask(benchmark: Benchmark, system: System, item: Item) -> Asked:
    """What the system does with one item. Whatever it raises is the item's error."""
    started = time.perf_counter()
    try:
        if benchmark.task == "decide":
            decision = _decision(system, item)
            return Asked(latency_s=time.perf_counter() - started, decision=decision)
        if benchmark.task == "retrieve":
            ranked = _search(system, item, benchmark.search_depth)
            elapsed = time.perf_counter() - started
            return Asked(found=None if ranked is None else tuple(ranked), latency_s=elapsed)
        reply = _reply(system, item)
        found: Sequence[Found] | None = None
        if benchmark.search_depth and item.context is None:
            found = reply.given
            if found is None or len(found) < benchmark.search_depth:
                found = _search(system, item, benchmark.search_depth)
        kept = None if found is None else tuple(found[: benchmark.search_depth])
        return Asked(replace(reply, given=None), kept, latency_s=reply.latency_s)
    except RunStopped:
        raise
    except Exception as error:
        return Asked(error=f"{type(error).__name__}: {error}")


def _reply(system: System, item: Item) -> Reply:
    if item.history:
        return _conversing(system).converse(item.history, item.question)
    return system.ask(item.question, item.context)


def _search(system: System, item: Item, limit: int) -> list[Found] | None:
    if item.history:
        return _conversing(system).search_after(item.history, item.question, limit)
    return system.search(item.question, limit)


def _decision(system: System, item: Item) -> bool:
    if not isinstance(system, Decides):
        raise EvalError(f"The system {system.name!r} does not decide such things.")
    if item.context is not None:
        return system.supports(item.question, item.context)
    return system.leans(list(zip(item.history, item.said, strict=True)), item.question)


def _conversing(system: System) -> Converses:
    if not isinstance(system, Converses):
        raise EvalError(f"The system {system.name!r} holds no conversations.")
    return system


def _figures(names: Sequence[str], records: Sequence[Record]) -> dict[str, Any]:
    known = {name: figure(MEASURES[name], records) for name in names}
    return {name: interval for name, interval in known.items() if interval is not None}


def _ask_all(
    benchmark: Benchmark, system: System, kept: Mapping[str, Record], *, progress: bool
) -> Iterator[Record]:
    from tqdm import tqdm

    pending = [item for item in benchmark.items if item.id not in kept]
    records = _ask_side_by_side if system.workers > 1 else _ask_in_turn
    yield from tqdm(
        records(benchmark, system, pending),
        desc=f"{benchmark.name} {benchmark.split}",
        total=len(benchmark.items),
        initial=len(benchmark.items) - len(pending),
        unit="question",
        disable=not progress,
    )


def _record(benchmark: Benchmark, system: System, item: Item) -> Record:
    asked = ask(benchmark, system, item)
    articles = contexts([item]) or benchmark.articles
    scores = benchmark.score(item, asked, articles, cites=system.cites)
    return Record.of(item, asked, scores)


def _ask_in_turn(benchmark: Benchmark, system: System, items: Sequence[Item]) -> Iterator[Record]:
    for item in items:
        yield _record(benchmark, system, item)


def _ask_side_by_side(
    benchmark: Benchmark, system: System, items: Sequence[Item]
) -> Iterator[Record]:
    """As they are answered; an interruption waits for no more than is under way."""
    with ThreadPoolExecutor(system.workers) as pool:
        futures = [pool.submit(_record, benchmark, system, item) for item in items]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


# The work file


def partial_of(out: Path) -> Path:
    """Where a run keeps what was answered until its results are whole."""
    return out.with_name(f"{out.stem}.partial.jsonl")


def begun_by(out: Path) -> Mapping[str, str] | None:
    """The signature of the run that was interrupted; None where none was, or it is unreadable."""
    try:
        with partial_of(out).open(encoding="utf-8") as stream:
            signature = json.loads(stream.readline())["signature"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return signature if isinstance(signature, dict) else None


def _resume(partial: Path, signature: Mapping[str, str]) -> dict[str, Record]:
    """The records of an interrupted run, by id; a last line that was cut off is removed."""
    try:
        data = partial.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise EvalError(
            f"{str(partial)!r} cannot be read: {error.strerror}.",
            remedy="Check the permissions, or begin anew with --fresh.",
        ) from error
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(partial, len(whole))
    if not whole:
        return {}
    first, *lines = whole.decode("utf-8").splitlines()
    try:
        kept = json.loads(first)["signature"]
        records = [record_from_json(json.loads(line)) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise EvalError(
            f"{str(partial)!r} is no work file of a run: {error!r}.",
            remedy="Delete it, or begin anew with --fresh.",
        ) from error
    if not same_run(kept, signature):
        raise EvalError(
            f"{str(partial)!r} belongs to another run:\n  {signature_line(kept)}\n"
            f"This one is:\n  {signature_line(signature)}\n",
            remedy="Begin anew with --fresh, or write to another file with --out.",
        )
    return {record.id: record for record in records}


def _open_for_more(partial: Path, signature: Mapping[str, str]) -> IO[str]:
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        stream = partial.open("a", encoding="utf-8", newline="\n")
    except OSError as error:
        raise EvalError(
            f"{str(partial)!r} cannot be written: {error.strerror}.",
            remedy="Name another file with --out.",
        ) from error
    if not stream.tell():
        _append(stream, {"signature": dict(signature)})
    return stream


def _append(stream: IO[str], entry: Mapping[str, Any]) -> None:
    stream.write(json.dumps(entry) + "\n")
    stream.flush()


def _spoken_of(records: Sequence[Record], benchmark: Benchmark) -> dict[str, Article]:
    """The articles that gold or citations speak of, for whoever reads the results."""
    known = benchmark.articles
    named = {span.article for record in records for span in record.gold.spans}
    for record in records:
        if record.reply:
            said = (record.reply, record.reply.unsaid)
            named |= {cited.article for reply in said if reply for cited in reply.citations}
    return {source: known[source] for source in sorted(named & set(known))}


def _one_line(value: str) -> str:
    return " ".join(value.replace("|", "/").split())
