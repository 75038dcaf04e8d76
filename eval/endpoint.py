"""A model behind an OpenAI-compatible endpoint, given numbered passages, as a system under test."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eval.errors import EvalError
from eval.system import Cited, Found, Reply, System
from ingest.article import Article

if TYPE_CHECKING:
    import httpx

ABSTENTION = "NOT IN THE PASSAGES"
PROMPT = (
    "Answer the question from the numbered passages alone, in at most three sentences. After each"
    " sentence write the numbers of the passages it rests on, as [1] or [2][3]. If the passages do"
    f" not answer the question, write exactly: {ABSTENTION}"
)
_KEY_VARIABLE = "OPENAI_API_KEY"
_PASSAGES = 10
_TIMEOUT_S = 300.0
_MARK = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")


class EndpointSystem:
    """Any model that speaks `POST {url}/chat/completions`, asked at temperature 0.

    It gets the passages that `retriever` finds, or those that come with the question, and cites
    them by number. It gives no confidence. The key is read from OPENAI_API_KEY, if it is set. The
    model sees the questions and passages: they leave the machine if the endpoint is elsewhere.

    With `bare` the question is asked alone, as of a system that has the articles itself; which
    passages its marks name is not known then, and it counts as one that cites nothing.
    """

    def __init__(
        self,
        url: str,
        model: str | None,
        *,
        retriever: System | None = None,
        articles: Mapping[str, Article] | None = None,
        passages: int = _PASSAGES,
        bare: bool = False,
        silence: str = ABSTENTION,
        workers: int = 4,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        """`articles` are those that the retriever's passages are of. An answer that has the words
        `silence` is an abstention."""
        if not model:
            raise EvalError("The endpoint needs the name of a model.", remedy="Use --model.")
        self.name = f"endpoint {model}"
        self.workers = workers
        self.cites = not bare
        self._bare = bare
        self._silence = silence
        self._url = url.rstrip("/")
        self._model = model
        self._retriever = retriever
        self._articles = articles or {}
        self._passages = passages
        self._client = _client(timeout_s)

    def settings(self) -> Mapping[str, str]:
        """The retriever's settings too, for its passages shape the answers."""
        found = self._retriever.settings() if self._retriever else {}
        retrieval = {name: found[name] for name in ("embedding", "passage_tokens") if name in found}
        how = {"asked": "bare"} if self._bare else {"passages": str(self._passages), **retrieval}
        return {"model": self._model, "silence": self._silence, **how}

    def ask(self, question: str, context: Sequence[Article] | None = None) -> Reply:
        """The model's answer. Raises EvalError if the endpoint gives none, and for passages that
        one which is asked bare cannot be given."""
        from ingest.tokens import count_tokens

        if self._bare and context is not None:
            raise EvalError("A question that brings its passages cannot be asked bare.")
        started = time.perf_counter()
        passages: Sequence[Cited] = ()
        if not self._bare:
            passages = self._found(question) if context is None else _whole(context)
        text, tokens = self._complete(self._messages(question, passages))
        elapsed = time.perf_counter() - started
        answered = bool(text) and self._silence.lower() not in text.lower()
        return Reply(
            text=text,
            answered=answered,
            citations=_citations(text, passages) if answered else (),
            latency_s=elapsed,
            tokens=tokens if tokens is not None else count_tokens(text),
        )

    def search(self, question: str, limit: int) -> list[Found] | None:
        """The retriever's passages; None of a system that finds its own."""
        if self._retriever is None or self._bare:
            return None
        return self._retriever.search(question, limit)

    def close(self) -> None:
        """Let go of the connection and of the retriever."""
        self._client.close()
        if self._retriever:
            self._retriever.close()

    def _found(self, question: str) -> list[Cited]:
        found = self.search(question, self._passages) or []
        return [
            Cited(one.article, one.start, one.end, article.text[one.start : one.end])
            for one in found
            if (article := self._articles.get(one.article)) is not None
        ]

    def _messages(self, question: str, passages: Sequence[Cited]) -> list[dict[str, str]]:
        if self._bare:
            return [{"role": "user", "content": question}]
        return [
            {"role": "system", "content": PROMPT},
            {"role": "user", "content": _message(question, passages)},
        ]

    def _complete(self, messages: Sequence[Mapping[str, str]]) -> tuple[str, int | None]:
        """The text that the model writes, and how many tokens it counts."""
        body = {"model": self._model, "temperature": 0, "messages": messages}
        import httpx

        try:
            response = self._client.post(f"{self._url}/chat/completions", json=body)
            response.raise_for_status()
            answer: Any = response.json()
            text = answer["choices"][0]["message"]["content"]
            tokens = (answer.get("usage") or {}).get("completion_tokens")
        except httpx.HTTPStatusError as error:
            raise EvalError(
                f"{self._url!r} answered {error.response.status_code}:"
                f" {error.response.text[:200]!r}."
            ) from error
        except httpx.HTTPError as error:
            raise EvalError(f"{self._url!r} does not answer: {error}.") from error
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise EvalError(f"{self._url!r} sent no chat completion: {error!r}.") from error
        if not isinstance(text, str):
            raise EvalError(f"{self._url!r} sent no text: {text!r:.100}.")
        return text.strip(), tokens if isinstance(tokens, int) else None


def _client(timeout_s: float) -> httpx.Client:
    import httpx

    key = os.environ.get(_KEY_VARIABLE)
    return httpx.Client(
        timeout=timeout_s, headers={"Authorization": f"Bearer {key}"} if key else {}
    )


def _whole(articles: Sequence[Article]) -> list[Cited]:
    return [Cited(one.source, 0, len(one.text), one.text) for one in articles]


def _message(question: str, passages: Sequence[Cited]) -> str:
    numbered = [f"[{number}] {one.quote}" for number, one in enumerate(passages, start=1)]
    return "\n\n".join([*numbered, f"Question: {question}"])


def _citations(text: str, passages: Sequence[Cited]) -> tuple[Cited, ...]:
    """The passages whose numbers stand in the answer, each once; other numbers cite nothing."""
    numbers = [int(n) for mark in _MARK.finditer(text) for n in mark[1].split(",")]
    return tuple(passages[n - 1] for n in dict.fromkeys(numbers) if 1 <= n <= len(passages))
