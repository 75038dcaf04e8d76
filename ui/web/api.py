"""`/ask`, `/articles`, and what an operator watches."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.responses import JSONResponse, Response

from ingest.article import Article, Span, article_id
from ingest.errors import GroundwireError, QuestionError, UnreadableSource
from ingest.filter import Filter
from ingest.pipeline import Report
from ui.web.desk import Desk
from ui.web.disconnect import while_connected
from ui.web.question import asked_of
from ui.web.reading import reading_page
from ui.web.schemas import Ask, JsonObject, Text

_MOST_ADDRESSES = 20
_ERROR: dict[str, Any] = {
    "description": "An error, in OpenAI's form.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"type": "object", "required": ["message", "type"]}},
            }
        }
    },
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: _ERROR}
_BUSY: dict[int | str, dict[str, Any]] = {413: _ERROR, 503: _ERROR}
_PAGE: dict[str, Any] = {
    "description": "The article; as a page to read where HTML is accepted or asked for.",
    "content": {"text/html": {"schema": {"type": "string"}}},
}
Offset = Annotated[int, Query(ge=0, le=10**9)]

asking = APIRouter(tags=["Answers"])
articles = APIRouter(prefix="/articles", tags=["Articles"])
watching = APIRouter(tags=["Operation"])


@asking.post("/ask", responses={413: _ERROR, 503: _ERROR, 504: _ERROR})
async def ask(body: Ask, request: Request) -> JsonObject:
    """Answer a question: the documented JSON of an answer. With a history it is a follow-up."""
    asked = asked_of(request, body.question, body.where.filter(), body.history)
    answer = await while_connected(request, asked.answer())
    return answer.json()


@articles.get("")
async def list_articles(
    request: Request,
    search: Annotated[Text, Query(description="Words of title, outlet, author, source.")] = "",
    source: Text | None = None,
    author: Text | None = None,
    published_from: Annotated[Text | None, Query(alias="from")] = None,
    published_to: Annotated[Text | None, Query(alias="to")] = None,
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> JsonObject:
    """The articles, newest first: `limit` of them from `offset`, and how many there are."""
    where = Filter(source, author, published_from, published_to)
    found = await _desk(request).read(_desk(request).articles, search, where=where)
    shown = [asdict(entry) for entry in found[offset : offset + limit]]
    return {"total": len(found), "offset": offset, "limit": limit, "articles": shown}


@articles.get("/{article}", responses={200: _PAGE, **_NOT_FOUND}, response_model=None)
async def read_article(
    request: Request,
    article: str,
    start: Offset | None = None,
    end: Offset | None = None,
    version: Text | None = None,
    as_: Annotated[Literal["json", "html"] | None, Query(alias="format")] = None,
) -> Response | JsonObject:
    """One article with its text; `start` and `end` count Unicode code points.

    A browser gets a page with those characters highlighted; `format` asks for one of the two.
    With `version` nothing is highlighted if the text has become another.
    """
    found = await _desk(request).read(_desk(request).article, article)
    changed = version is not None and version != found.version
    mark = None if changed else _mark(found, start, end)
    if as_ == "html" or (as_ is None and "text/html" in request.headers.get("accept", "")):
        return reading_page(found, mark, changed=changed)
    quote = {"start": mark.start, "end": mark.end, "quote": mark.of(found.text)} if mark else None
    return {
        **found.metadata(),
        "version": found.version,
        "text": found.text,
        "highlight": quote,
        "changed": changed,
    }


@articles.post("", status_code=201, responses={200: {"description": "Nothing new."}, **_BUSY})
async def add_articles(
    request: Request,
    files: Annotated[list[UploadFile], File(description="Files with articles.")] = [],  # noqa: B006
    urls: Annotated[list[Text], Form(max_length=_MOST_ADDRESSES)] = [],  # noqa: B006
) -> Response:
    """Add articles from files and from web addresses. What cannot be read is reported, and the
    rest goes on; if there is nothing else, that is a 422."""
    if not files and not urls:
        raise QuestionError("There is nothing to add.", remedy="Send `files` or `urls`.")
    desk, total = _desk(request), Report()
    for file in files:
        data = await file.read()
        await _add(total, desk.write(desk.add_upload, file.filename or "", data))
    for url in urls:
        await _add(total, desk.write(desk.add_url, url))
    if total.failed and not (total.added or total.updated or total.unchanged):
        raise total.failed[0]
    return JSONResponse(_told(total), 201 if total.added or total.updated else 200)


@articles.delete("/{article}", status_code=204, responses={**_NOT_FOUND, **_BUSY})
async def remove_article(request: Request, article: str) -> None:
    """Remove an article and everything of it."""
    desk = _desk(request)
    await desk.write(desk.remove, article)


@watching.get("/healthz")
async def healthz() -> JsonObject:
    """The process is there."""
    return {"status": "ok"}


@watching.get("/readyz", responses={503: {"description": "Not yet, or no longer."}})
async def readyz(request: Request) -> Response:
    """The models are loaded and the library can be read."""
    if not request.app.state.ready:
        return JSONResponse({"status": "starting"}, 503)
    try:
        await _desk(request).read(_desk(request).library.count_articles)
    except GroundwireError:
        return JSONResponse({"status": "the library cannot be read"}, 503)
    return JSONResponse({"status": "ready"})


@watching.get("/metrics", responses={200: {"content": {"text/plain": {}}}}, response_model=None)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    text = await _desk(request).read(request.app.state.metrics.text)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _mark(article: Article, start: int | None, end: int | None) -> Span | None:
    """The characters that are to be marked. Raises QuestionError if the text has no such ones."""
    if start is None and end is None:
        return None
    if start is None or end is None or not start < end <= len(article.text):
        raise QuestionError(
            f"The article has no characters {start}:{end}.",
            remedy=f"Give start and end between 0 and {len(article.text):,}.",
        )
    return Span(start, end)


async def _add(total: Report, adding: Any) -> None:
    """Add one source's report to the total."""
    try:
        report: Report = await adding
    except UnreadableSource as error:
        total.failed.append(error)
        return
    total.added += report.added
    total.updated += report.updated
    total.unchanged += report.unchanged
    total.failed += report.failed
    total.passages += report.passages


def _told(report: Report) -> JsonObject:
    def articles_of(sources: list[str]) -> list[JsonObject]:
        return [{"id": article_id(source), "source": source} for source in sources]

    return {
        "added": articles_of(report.added),
        "updated": articles_of(report.updated),
        "unchanged": articles_of(report.unchanged),
        "failed": [{"message": e.message, "remedy": e.remedy} for e in report.failed],
        "passages": report.passages,
    }
