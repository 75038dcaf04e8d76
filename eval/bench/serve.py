"""`python -m eval.bench.serve LIBRARY`: a running server under load, on loopback.

Starts `groundwire serve` on a free port, waits until it is ready, and lets 1, 8 and 32 clients ask
one question after the other, each number for some seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from eval.measures.speed import latency_percentile

QUESTIONS = (
    "Who claimed the Jalalabad attacks?",
    "Who denied that tally?",
    "Why was the ferry late?",
    "How many people were ill?",
    "When does the museum open?",
    "What did the union ask for?",
)
_ASKERS = (1, 8, 32)
_START_S = 120.0
_CLIENT_TIMEOUT_S = 120.0
_SAMPLE_S = 0.2


@dataclass(frozen=True, slots=True)
class Load:
    """What one number of askers met. Times in milliseconds, memory of the server in MB."""

    askers: int
    seconds: float
    answers: int
    errors: int
    per_second: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Server:
    """A server under measurement."""

    host: str
    port: int
    process: int
    ready_s: float


@contextmanager
def serving(library: Path, *, page: bool) -> Iterator[Server]:
    """`groundwire serve` in a process of its own, from its start to its being ready."""
    page_flag = "--page" if page else "--no-page"
    command = [sys.executable, "-m", "ui", "serve", "--port", "0", page_flag]
    with tempfile.TemporaryFile("w+") as log:
        started = time.perf_counter()
        process = subprocess.Popen([*command, "--library", str(library)], stderr=log)
        try:
            address = urlsplit(_when(lambda: _address(log.fileno(), process)))
            host, port = address.hostname or "", address.port or 0
            _when(lambda: _is_ready(host, port))
            yield Server(host, port, process.pid, time.perf_counter() - started)
        finally:
            process.terminate()
            process.wait()


def load(server: Server, askers: int, seconds: float) -> Load:
    """Let `askers` ask for that long, each the next question when it has its answer."""
    times: list[float] = []
    errors: list[str] = []
    started = time.perf_counter()
    end = started + seconds
    with _peak_memory(server.process) as peak:
        threads = [
            threading.Thread(target=_ask_until, args=(server, number, end, times, errors))
            for number in range(askers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    taken = time.perf_counter() - started
    return Load(
        askers,
        round(taken, 1),
        len(times),
        len(errors),
        round(len(times) / taken, 2),
        _milliseconds(times, 50),
        _milliseconds(times, 95),
        _milliseconds(times, 99),
        peak_mb=round(peak[0] / 1024**2, 1),
    )


def _milliseconds(times: Sequence[float], percent: float) -> float | None:
    seconds = latency_percentile(times, percent)
    return None if seconds is None else round(1000 * seconds, 1)


def _ask_until(
    server: Server, number: int, end: float, times: list[float], errors: list[str]
) -> None:
    connection = HTTPConnection(server.host, server.port, timeout=_CLIENT_TIMEOUT_S)
    turn = number
    while time.perf_counter() < end:
        body = json.dumps({"question": QUESTIONS[turn % len(QUESTIONS)]})
        turn += 1
        started = time.perf_counter()
        try:
            connection.request("POST", "/ask", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
            if response.status != 200:
                errors.append(text.decode("utf-8", "replace"))
                continue
        except (OSError, HTTPException) as error:
            errors.append(repr(error))
            connection.close()
            continue
        times.append(time.perf_counter() - started)
    connection.close()


@contextmanager
def _peak_memory(process: int) -> Iterator[list[int]]:
    """The largest resident memory of a process meanwhile, in bytes, as the one item of a list."""
    import psutil

    watched, peak, done = psutil.Process(process), [0], threading.Event()

    def watch() -> None:
        while not done.wait(_SAMPLE_S):
            peak[0] = max(peak[0], watched.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _address(log: int, process: subprocess.Popen[bytes]) -> str | None:
    """The address that the server says, if it has said it. Raises RuntimeError if it ended."""
    said = os.pread(log, 100_000, 0).decode("utf-8", "replace")
    if process.poll() is not None:
        raise RuntimeError(f"The server ended: {said}")
    found = re.search(r"groundwire: (http://\S+?)[,\s]", said)
    return found[1] if found else None


def _is_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _when(look: Callable[[], str | bool | None]) -> str:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + _START_S
    while not (found := look()):
        if time.monotonic() > end:
            raise RuntimeError(f"The server was not ready within {_START_S:g} seconds.")
        time.sleep(0.02)
    return str(found)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table and, with `--out`, write it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.serve")
    parser.add_argument("library", type=Path)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--askers", type=int, nargs="+", default=_ASKERS)
    parser.add_argument("--no-page", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    with serving(options.library, page=not options.no_page) as server:
        print(f"ready after {server.ready_s:.1f} s")
        loads = [load(server, askers, options.seconds) for askers in options.askers]
    for each in loads:
        print("  ".join(f"{name} {value}" for name, value in asdict(each).items()))
    if options.out:
        found = {"ready_s": round(server.ready_s, 2), "loads": [asdict(each) for each in loads]}
        options.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
