"""Groundwire as LlamaIndex components: a retriever and a query engine.

Import it by name (`from rag.integrations import GroundwireRetriever`): `import rag` does without
LlamaIndex.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.callbacks.base import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    ObjectType,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from ingest.article import Article, Span
from ingest.errors import QuestionError
from ingest.filter import Filter
from ingest.library import Library
from rag.answer import Answer, Citation
from rag.assistant import AnswerEvent, Assistant, Event

_SHOWN_TO_LLM = frozenset({"title", "outlet", "author", "published"})
_EMBEDDED = frozenset({"title"})


class GroundwireRetriever(BaseRetriever):
    """The passages of a library as nodes, best first.

    A node's text is the exact words of the article `node.ref_doc_id` from `start_char_idx` to
    `end_char_idx`, and its id stays the same while the article does. The score is that of both
    searches fused: it orders the nodes of one question and is no probability.

    The question is `query_str`; a bundle's own embedding strings, vector or image are not used,
    because the library searches words as well, and with its own model. Raises QuestionError for
    what is no question.
    """

    def __init__(
        self,
        source: Assistant | Library,
        *,
        limit: int = 10,
        where: Filter | None = None,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """At most `limit` passages, of the articles that `where` lets through."""
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit!r}.")
        super().__init__(callback_manager=callback_manager)
        self._assistant = source if isinstance(source, Assistant) else Assistant(source)
        self._limit = limit
        self._where = where

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question = _question(query_bundle)
        hits = self._assistant.search(question, limit=self._limit, where=self._where)
        return [
            NodeWithScore(node=_node(hit.article, hit.passage.span), score=hit.score)
            for hit in hits
        ]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class GroundwireQueryEngine(BaseQueryEngine):
    """Cited answers as responses.

    The response's text is the answer with its [1] marks. `source_nodes` are its citations by
    number (`metadata["citation"]`), each the exact quote with its place in the article, scored
    with the answer's confidence. `metadata["answer"]` is the answer's JSON. When the articles do
    not say, the text says so and there are no source nodes. Raises QuestionError for what is no
    question.

    With `streaming` the response gives each sentence when it has passed every check, and has its
    nodes and metadata when the last has come, as LlamaIndex's chat engines want it for
    `stream_chat` and `astream_chat`.
    """

    def __init__(
        self,
        assistant: Assistant,
        *,
        where: Filter | None = None,
        streaming: bool = False,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """Only the articles that `where` lets through may answer."""
        super().__init__(callback_manager)
        self._assistant = assistant
        self._where = where
        self._streaming = streaming

    def _query(self, query_bundle: QueryBundle) -> Response | StreamingResponse:
        question = _question(query_bundle)
        if not self._streaming:
            return _response(self._assistant.ask(question, where=self._where))
        found = _Found([], {})
        return StreamingResponse(self._sentences(question, found), *found)

    async def _aquery(self, query_bundle: QueryBundle) -> Response | AsyncStreamingResponse:
        question = _question(query_bundle)
        if not self._streaming:
            return _response(await self._assistant.aask(question, where=self._where))
        found = _Found([], {})
        return AsyncStreamingResponse(self._asentences(question, found), *found)

    def _sentences(self, question: str, found: _Found) -> Generator[str, None, None]:
        events = self._assistant.stream(question, where=self._where)
        for number, event in enumerate(events):
            yield from _told(event, number, found)

    async def _asentences(self, question: str, found: _Found) -> AsyncGenerator[str, None]:
        number = 0
        async for event in self._assistant.astream(question, where=self._where):
            for text in _told(event, number, found):
                yield text
            number += 1

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def _question(bundle: QueryBundle) -> str:
    """What a bundle asks; LlamaIndex does not check that it is text."""
    question: object = bundle.query_str
    if not isinstance(question, str):
        raise QuestionError(
            f"The question is not text: {question!r}.", remedy="Write what you want to know."
        )
    return question


def _response(answer: Answer) -> Response:
    return Response(answer.text, _nodes(answer), {"answer": answer.json()})


class _Found(NamedTuple):
    """What a streaming response is to have when its text is complete."""

    nodes: list[NodeWithScore]
    metadata: dict[str, Any]


def _told(event: Event, number: int, found: _Found) -> Iterator[str]:
    """What event number `number`, from 0, adds to the text; the last one fills `found`."""
    if isinstance(event, AnswerEvent):
        found.nodes.extend(_nodes(event.answer))
        found.metadata["answer"] = event.answer.json()
    else:
        sentence = f"{event.sentence.text} {event.sentence.marks}".strip()
        yield f" {sentence}" if number else sentence


def _nodes(answer: Answer) -> list[NodeWithScore]:
    return [NodeWithScore(node=_cited(c), score=answer.confidence) for c in answer.citations]


def _cited(citation: Citation) -> TextNode:
    """A citation as a node that knows its number."""
    node = _node(citation.article, Span(citation.start, citation.end))
    node.metadata["citation"] = citation.number
    for hidden in (node.excluded_llm_metadata_keys, node.excluded_embed_metadata_keys):
        hidden.append("citation")
    return node


def _node(article: Article, span: Span) -> TextNode:
    """The words of a span as a node. Models see of its metadata what is known and says something;
    the rest is for programs."""
    about = article.metadata()
    metadata = {"article_id": about.pop("id"), **about, "version": article.version}
    known = {key for key, value in metadata.items() if value is not None}
    place = f"groundwire:{article.id}:{article.version}:{span.start}-{span.end}"
    document = RelatedNodeInfo(
        node_id=article.id, node_type=ObjectType.DOCUMENT, hash=article.version
    )
    return TextNode(
        id_=str(uuid5(NAMESPACE_URL, place)),
        text=span.of(article.text),
        start_char_idx=span.start,
        end_char_idx=span.end,
        metadata=metadata,
        excluded_llm_metadata_keys=[key for key in metadata if key not in known & _SHOWN_TO_LLM],
        excluded_embed_metadata_keys=[key for key in metadata if key not in known & _EMBEDDED],
        relationships={NodeRelationship.SOURCE: document},
    )
