"""What reads passages for a question: the protocol that every reader follows, and the choice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, overload

from ingest.errors import ModelError
from ingest.library import Library
from rag.answer import Evidence
from rag.confidence import Caution
from rag.retrieve import Hit

if TYPE_CHECKING:
    from rag.trained import TrainedReader

_WITHOUT_WEIGHTS = frozenset({"none", "overlap"})


class Reader(Protocol):
    """Reads passages for a question. `threshold` is the confidence below which to abstain."""

    name: str
    threshold: float

    def read(
        self, question: str, hits: Sequence[Hit], *, typed: str | None = None
    ) -> list[Evidence]:
        """The sentences of the passages as evidence, most relevant first.

        `typed` is the question in its asker's words where a conversation has put others into it.
        """


@overload
def load_reader(
    name: Path | None = None, *, caution: Caution = "medium", threads: int | None = None
) -> TrainedReader: ...
@overload
def load_reader(
    name: str | Path | None,
    *,
    library: Library | None = None,
    caution: Caution = "medium",
    threads: int | None = None,
) -> Reader: ...
def load_reader(
    name: str | Path | None = None,
    *,
    library: Library | None = None,
    caution: Caution = "medium",
    threads: int | None = None,
) -> Reader:
    """The bundled trained reader, or another one by name; its weights are loaded when it reads.

    The bundled one with a `library` weighs in how passages are found and worded there.
    `name` is an .onnx file, a folder or hub name of any extractive question-answering model, or
    "none" for the reader without weights, which needs the `library`. With more `caution` it is
    more silent. Raises ModelError for a reader that cannot be had.
    """
    from rag.trained import BUNDLED, TrainedReader

    if isinstance(name, str) and name in _WITHOUT_WEIGHTS:
        from rag.overlap import OverlapReader

        if library is None:
            raise ModelError(
                f"The reader {name!r} counts words in a library.", remedy="Give it a library."
            )
        return OverlapReader(library)
    if name is None and library is not None:
        from rag.blend import BlendedReader

        return BlendedReader(TrainedReader(threads=threads), library, caution=caution)
    path = BUNDLED if name is None else Path(name).expanduser()
    if path.suffix == ".onnx":
        if name is not None and not path.is_file():
            raise ModelError(f"There is no reader {str(path)!r}.", remedy="Name an .onnx file.")
        return TrainedReader(path, caution=caution, threads=threads)
    from rag.hub import HubReader

    return HubReader(str(name), caution=caution)
