"""Steps of a measurement in processes of their own, so that each peak of memory is its own."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

_KILOBYTE = 1024 if sys.platform != "darwin" else 1
_BYTES_PER_MB = 1e6


def in_process(
    module: str, step: str, folder: Path, request: dict[str, object]
) -> dict[str, float]:
    """What `python -m MODULE STEP FOLDER` answers to a request on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", module, step, str(folder)],
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ,
    )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peak_mb() -> float:
    """The most memory that this process has had, in MB. Linux says it of the program itself;
    `getrusage` would count the program that started it too, which elsewhere is all there is."""
    status = Path("/proc/self/status")
    if status.is_file():
        (peak,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
        return int(peak) * 1024 / _BYTES_PER_MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KILOBYTE / _BYTES_PER_MB


def folder_bytes(folder: Path) -> int:
    """The size of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
