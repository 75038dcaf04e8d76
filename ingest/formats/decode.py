"""Bytes -> text: byte-order marks, UTF-8, what the file declares, then the likeliest."""

from __future__ import annotations

import codecs
import re

from ingest.errors import UnreadableSource

# UTF-32 stands before UTF-16, whose little-endian mark begins the same way.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_SAMPLE_BYTES = 65_536
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_MOST_CONTROL = 0.02
_BYTE_CODEC = re.compile(r"(?:iso|cp|koi8|mac|big5|gb|hz|euc|shift|johab|tis)")
_WESTERN_SIGNS = "\xa0£¥€¢©®°·§«»‘’‚“”„–—…•™½¼¾¡¿´ª"
_WESTERN = re.compile(rf"[\x00-\x7f{_WESTERN_SIGNS}À-ÏÑ-ÖØ-Üà-ïñ-öø-üÿßŒœŠšŽžŸ]*")
_SIGN_INSIDE_WORD = re.compile(r"[^\W\d_][¡¿£¥¢€©®°§«»½¼¾ª][^\W\d_]")
_MOST_WESTERN_ACCENTS = 0.12


def decode(data: bytes, source: str, *, declared: str | None = None) -> str:
    """The text of `data`; `declared` is the encoding that the file itself names.

    UTF-8 with some damaged bytes is read as UTF-8 with U+FFFD in their place. Raises
    UnreadableSource if `data` is empty, blank or binary, or if its encoding cannot be told.
    """
    if not data.strip():
        raise UnreadableSource(f"{source!r} is empty.", remedy="Remove it, or save it again.")
    text = _marked(data)
    if text is None:
        _refuse_binary(data, source)
        text = _unmarked(data, declared)
    if text is None:
        raise UnreadableSource(
            f"{source!r} cannot be read: its character encoding cannot be told.",
            remedy="Save it as UTF-8.",
        )
    if not text.strip("\ufeff\x00 \t\r\n\v\f"):
        raise UnreadableSource(f"{source!r} is empty.", remedy="Remove it, or save it again.")
    return text


def _marked(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            return text if text.count("\ufffd") <= len(text) // 100 else None
    return None


def _refuse_binary(data: bytes, source: str) -> None:
    kind = next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)
    sample = data[:_SAMPLE_BYTES]
    controls = len(sample) - len(sample.translate(None, _CONTROL))
    if kind is None and (_bare_utf16(data) or controls <= _MOST_CONTROL * len(sample)):
        return
    raise UnreadableSource(
        f"{source!r} cannot be read: it is {kind or 'binary data'}, not text.",
        remedy="Save its text as .txt, .md or .html.",
    )


def _unmarked(data: bytes, declared: str | None) -> str | None:
    """The text of data without a mark, by the first way of reading it that fits."""
    utf16 = _bare_utf16(data)
    if utf16:
        return _strict(data, utf16)
    text = _strict(data, "utf-8")
    if text is None and declared:
        text = _strict(data, _codec(declared))
    if text is None:
        text = _damaged_utf8(data)
    if text is None:
        text = _western(data)
    return _likeliest(data) if text is None else text


def _strict(data: bytes, encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _codec(declared: str) -> str | None:
    """Python's name of a declared encoding, read as browsers do: Latin-1 means Windows-1252."""
    try:
        name = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        return None
    if name in ("iso8859-1", "ascii"):
        return "cp1252"
    return name if _BYTE_CODEC.match(name) else None


def _bare_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: in Latin script every second byte is zero."""
    sample = data[:_SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if (
        len(data) % 2
        or max(even, odd) < 0.3 * len(sample) / 2
        or 20 * min(even, odd) > max(even, odd)
    ):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _damaged_utf8(data: bytes) -> str | None:
    """UTF-8 in which damaged sequences are rare among the sound ones; else None."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    sound = sum(1 for character in text if character > "\x7f") - damaged
    return text if sound >= 4 * damaged else None


def _western(data: bytes) -> str | None:
    """Windows-1252 if it gives nothing but what Western European text holds; else None.

    On text that is nearly all ASCII, such as English, a statistical guess is no better than
    chance: of the pound sign and an accent it makes Central European letters.
    """
    text = _strict(data, "cp1252")
    if text is None or not _WESTERN.fullmatch(text) or _SIGN_INSIDE_WORD.search(text):
        return None
    letters = sum(1 for character in text if character.isalpha())
    accents = sum(1 for character in text if character > "\x7f" and character.isalpha())
    return text if accents <= _MOST_WESTERN_ACCENTS * letters else None


def _likeliest(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return None if best is None else str(best)
