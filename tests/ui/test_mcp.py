"""MCP, as an assistant uses it: the official client, on stdio and over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from ingest.embed import Embedder
from tests.conftest import ARTICLES, make_library
from tests.ui.conftest import CONSOLE_SCRIPT, environment
from tests.ui.web_server import served

QUOTE = "The engineer Pavel Orlik designed the bridge."


async def use(client: Client) -> None:
    """Every tool, and what is said when one cannot do it."""

    async def call(tool: str, **arguments: Any) -> dict[str, Any]:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content

    tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == ["ask", "search", "read_article"]
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
    answer = await call("ask", question="Who designed the Tarn bridge?")
    (citation,) = answer["citations"]
    assert citation["quote"] == QUOTE
    (best, *_) = (await call("search", question="Tarn bridge designer", limit=2))["passages"]
    assert best["article"]["id"] == citation["article"]["id"]
    article = await call("read_article", id=best["article"]["id"], start=citation["start"])
    assert article["text"].startswith(QUOTE)
    assert article["next_start"] is None
    short = await call("read_article", id=best["article"]["id"], limit=5)
    assert (len(short["text"]), short["next_start"]) == (5, 5)
    missing = await client.call_tool("read_article", {"id": "nothing"})
    assert missing.is_error
    assert "no article 'nothing'" in str(missing.content)
    dated = await client.call_tool("ask", {"question": "Who?", "published_from": "May"})
    assert dated.is_error
    assert "is not a date" in str(dated.content)


async def test_an_assistant_uses_the_tools_on_stdio(made_library: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-c", CONSOLE_SCRIPT, "mcp", "--library", str(made_library)],
        env=environment(),
    )
    async with Client(stdio_client(command)) as client:
        await use(client)


async def test_an_assistant_uses_the_tools_over_http(tmp_path: Path, embedder: Embedder) -> None:
    folder = make_library(tmp_path / "library", ARTICLES, embedder)
    with served(folder, embedder) as running:
        async with Client(f"{running.url}/mcp") as client:
            await use(client)
