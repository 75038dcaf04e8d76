"""Counting tokens as language models count them, with tiktoken and without a network.

tiktoken downloads its tables at first use; llama-index-core ships them, and they are used here.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

ENCODING = "o200k_base"
_LONGEST_SPACE = 10_000
_LONG_SPACE = re.compile(rf"\s{{{_LONGEST_SPACE + 1},}}")


def count_tokens(text: str) -> int:
    """The number of `o200k_base` tokens of `text`; special-token names in it are plain text.

    A run of white space too long for tiktoken is counted as its beginning is.
    """
    shortened = _LONG_SPACE.sub(lambda space: space[0][:_LONGEST_SPACE], text)
    return len(_encoding().encode(shortened, disallowed_special=()))


@lru_cache(maxsize=1)
def _encoding() -> Encoding:
    spec = find_spec("llama_index.core")
    if spec is not None and spec.origin is not None:
        tables = Path(spec.origin).parent / "_static" / "tiktoken_cache"
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(tables))
    import tiktoken

    return tiktoken.get_encoding(ENCODING)
