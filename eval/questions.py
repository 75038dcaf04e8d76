"""Question files: typed records, and a loader that refuses what is malformed, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from eval.errors import EvalError, MalformedFile

if TYPE_CHECKING:
    from pydantic import ConfigDict, TypeAdapter, ValidationError

LOCAL_QUESTIONS = Path(__file__).parent / "questions" / "local.jsonl"
WRITTEN_CHAINS = Path(__file__).parent / "questions" / "chains.jsonl"
LOCAL_ARTICLES = Path(__file__).parent.parent / "ingest" / "samples"

Split = Literal["dev", "test"]
NearMiss = Literal["relation", "place", "premise"]
QuestionType = Literal[
    "who",
    "what",
    "when",
    "where",
    "how_many",
    "why",
    "how",
    "yes_no",
    "list",
    "two_sided",
    "latest",
    "multi_article",
    "attribution",
]
TYPES: tuple[str, ...] = get_args(QuestionType)
SPLITS: tuple[str, ...] = get_args(Split)
NEAR_MISSES: tuple[str, ...] = get_args(NearMiss)


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of an article that answer: a whole sentence, list item or table row, as printed.

    `article` is the article's path below its folder, without the suffix.
    """

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid", "strict": True}

    article: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its gold.

    `answers` are the parts that a right answer names, each a list of aliases, any of which will
    do; `derived` says that the answer's own words stand in no quote (yes or no, a sum). A question
    that the articles do not answer has neither answers nor quotes but an `abstention`; `near_miss`
    says what makes it look answerable. A turn of a chain has its `standalone` form.
    """

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid", "strict": True}

    id: str
    story: str
    split: Split
    type: QuestionType
    question: str
    answerable: bool
    answers: tuple[tuple[str, ...], ...]
    derived: bool
    quotes: tuple[Quote, ...]
    near_miss: NearMiss | None = None
    abstention: str | None = None
    chain: str | None = None
    turn: int | None = None
    standalone: str | None = None

    @property
    def asked(self) -> str:
        """The form of the question that needs no earlier turn."""
        return self.standalone or self.question


def load_questions(path: str | Path = LOCAL_QUESTIONS) -> list[Question]:
    """The questions of a JSON Lines file, in order; blank lines are passed over.

    Raises EvalError that names every malformed line and what is wrong with it.
    """
    path = Path(path)
    questions: list[Question] = []
    problems: list[str] = []
    adapter = _adapter()
    for number, line in _lines(path):
        found = _question(line, adapter)
        if isinstance(found, Question):
            questions.append(found)
        else:
            problems.extend(f"{path.name}:{number}: {reason}" for reason in found)
    if problems:
        raise MalformedFile(path, problems, remedy="docs/questions.md describes the format.")
    if not questions:
        raise EvalError(f"{str(path)!r} holds no questions.", remedy="One JSON object a line.")
    return questions


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(
            f"The question file {str(path)!r} cannot be read: {error}.",
            remedy="Name a UTF-8 file with one JSON object a line.",
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _adapter() -> TypeAdapter[Question]:
    from pydantic import TypeAdapter

    return TypeAdapter(Question)


def _question(line: str, adapter: TypeAdapter[Question]) -> Question | list[str]:
    """The question of a line, or what is wrong with it."""
    from pydantic import ValidationError

    try:
        json.loads(line)
    except ValueError as error:
        return [f"this is not JSON: {error}"]
    try:
        question = adapter.validate_json(line)
    except ValidationError as error:
        return _reasons(error)
    return list(_contradictions(question)) or question


def _reasons(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, problem['loc'])) or 'the line'}: {problem['msg']}"
        f" (found {problem['input']!r:.80})"
        for problem in error.errors(include_url=False)
    ]


def _contradictions(question: Question) -> Iterator[str]:
    """Fields that cannot stand side by side, and fields that are empty."""
    empty = [name for name in ("id", "story", "question") if not getattr(question, name).strip()]
    if empty:
        yield f"{', '.join(empty)} must not be empty"
    if question.answerable:
        if not question.answers or not all(question.answers):
            yield "an answerable question needs answers, each with at least one alias"
        if not question.quotes:
            yield "an answerable question needs quotes"
        if question.near_miss or question.abstention:
            yield "near_miss and abstention belong to questions that cannot be answered"
    else:
        if question.answers or question.quotes or question.derived:
            yield "a question that cannot be answered has no answers and quotes, and derives none"
        if not (question.abstention or "").strip():
            yield "a question that cannot be answered needs its abstention"
    if any(not alias.strip() for part in question.answers for alias in part):
        yield "an alias is empty"
    yield from _chain_contradictions(question)


def _chain_contradictions(question: Question) -> Iterator[str]:
    given = [question.chain is not None, question.turn is not None, question.standalone is not None]
    if any(given) and not all(given):
        yield "chain, turn and standalone go together"
    if question.turn is not None and question.turn < 1:
        yield f"turns are counted from 1, not {question.turn}"
    if question.turn == 1 and question.standalone != question.question:
        yield "the stand-alone form of a first turn is the question itself"
