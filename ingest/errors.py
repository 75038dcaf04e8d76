"""The errors that Groundwire raises on purpose: each says what, where and the remedy."""

from __future__ import annotations


class GroundwireError(Exception):
    """Base of every error that a caller may want to catch.

    `remedy` is a sentence that says what to do; `retryable` tells whether the same call can
    succeed later with nothing changed.
    """

    retryable = False

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class UnreadableSource(GroundwireError):
    """A file or address that yields no article; the rest of an ingest goes on without it."""


class LibraryError(GroundwireError):
    """The library's folder is missing, damaged, or of another format or model."""


class UnknownArticle(LibraryError):
    """An article that the library does not have."""

    def __init__(self, article_id: str) -> None:
        super().__init__(
            f"The library has no article {article_id!r}.",
            remedy="`groundwire articles list` shows the ids.",
        )


class LibraryBusy(LibraryError):
    """Another process is writing to the library."""

    retryable = True


class ModelError(GroundwireError):
    """A model that is missing, altered, or that cannot be loaded."""


class QuestionError(GroundwireError):
    """A question that cannot be asked: empty, too long, or with a filter that cannot hold."""


class StatementError(GroundwireError):
    """A statement or evidence that cannot be checked: it has no words, or is too long."""
