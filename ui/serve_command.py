"""`groundwire serve`: the page, the HTTP API and MCP from one process; `groundwire mcp`."""

from __future__ import annotations

import logging
import os
import socket
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import click

from ingest.errors import GroundwireError
from ui.options import debug_option, library_option, llm_option
from ui.terminal import say

if TYPE_CHECKING:
    from ui.settings import Settings
    from ui.web.guard import Access

DEFAULT_KEY_VARIABLE = "GROUNDWIRE_API_KEY"
_GRACE_S = 5
_PORT = 8000


class AccessError(GroundwireError):
    """A server that would be open to more than it should be."""


class AddressError(GroundwireError):
    """An address that no server can be at: it is taken, or not of this machine."""


def _server_options(command: Any) -> Any:
    for option in (
        click.option("--host", default="127.0.0.1", help="Address to bind. Default: 127.0.0.1."),
        click.option(
            "--port", type=click.IntRange(0, 65_535), default=_PORT, help="Default: 8000."
        ),
        click.option(
            "--api-key-env",
            metavar="NAME",
            default=DEFAULT_KEY_VARIABLE,
            help=f"Environment variable with the API key. Default: {DEFAULT_KEY_VARIABLE}.",
        ),
        click.option(
            "--allow-host",
            multiple=True,
            metavar="NAME",
            help="A name by which this server is called, besides localhost; repeatable.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@library_option
@llm_option
@_server_options
@click.option("--conversations", metavar="FILE", help="Where the chat keeps conversations.")
@click.option("--page/--no-page", default=True, help="Whether the chat is at /. Default: it is.")
@click.option("--log-questions", is_flag=True, default=None, help="Write questions into the log.")
@debug_option
def serve(
    host: str, port: int, api_key_env: str, allow_host: tuple[str, ...], page: bool, **flags: Any
) -> None:
    """Serve the chat, the HTTP API and MCP.

    Only this machine can reach it, unless --host says otherwise; then an API key is needed, which
    programs send with each request and people give once at /login.
    """
    from ui.settings import load_settings

    access = access_for(host, api_key_env, allow_host)
    run_server(load_settings(**flags), access, host, port, page=page)


@click.command()
@library_option
@llm_option
@click.option("--http", is_flag=True, help="Serve at /mcp over HTTP instead of on stdio.")
@_server_options
@debug_option
def mcp(
    host: str, port: int, api_key_env: str, allow_host: tuple[str, ...], http: bool, **flags: Any
) -> None:
    """Serve assistants that speak MCP.

    They get the tools ask, search and read_article.
    """
    from ui.settings import load_settings

    settings = load_settings(**flags)
    if http:
        access = access_for(host, api_key_env, allow_host)
        run_server(settings, access, host, port, page=False)
        return
    import asyncio

    from ingest.library import Library
    from ui.mcp_server import mcp_server
    from ui.web.desk import Desk

    Library.open(settings.library).close()  # none of the tools could put anything into a new one
    desk = Desk.open(settings)
    try:
        asyncio.run(mcp_server(desk).run_stdio_async())
    finally:
        desk.close()


def access_for(host: str, api_key_env: str, names: tuple[str, ...] = ()) -> Access:
    """Who may come in at that address. Raises AccessError if that would be anybody at all."""
    from ui.web.guard import SHORTEST_KEY, Access

    key = os.environ.get(api_key_env) or None
    if key is not None and (len(key) < SHORTEST_KEY or not key.isascii() or key != key.strip()):
        raise AccessError(
            f"The API key in {api_key_env} is too weak.",
            remedy=f"Use at least {SHORTEST_KEY} ASCII characters, as `openssl rand -hex 32` does.",
        )
    if key is None and not is_loopback(host):
        raise AccessError(
            f"Everybody who reaches {host} could read the articles.",
            remedy=f"Put an API key into the environment variable {api_key_env},"
            " or leave --host at 127.0.0.1.",
        )
    return Access(key, frozenset(name.lower() for name in names))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name may stand for anything
        return False


def run_server(
    settings: Settings, access: Access, host: str, port: int, *, page: bool = True
) -> None:
    """Serve until somebody ends it. Raises AddressError for an address that cannot be had."""
    import uvicorn

    from rag.sessions import Conversations
    from ui.web.app import create_app
    from ui.web.desk import Desk

    with bound(host, port) as sock:
        if page:
            Conversations.open(settings.conversations).close()  # an error now, not on the page
        _log_to_stderr()
        app = create_app(Desk.open(settings), access, page=page)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        shown = f"[{host}]" if ":" in host else host
        say(f"groundwire: http://{shown}:{sock.getsockname()[1]}{_kind(access)}. Ctrl-C ends it.")
        uvicorn.Server(config).run([sock])


def bound(host: str, port: int) -> socket.socket:
    """A socket at the address; port 0 is any that is free. Raises AddressError if it cannot be
    had."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen()
    except OSError as error:
        sock.close()
        raise AddressError(
            f"{host} port {port} cannot be served: {error.strerror}.",
            remedy="Choose another with --port or --host, or end what has it.",
        ) from error
    return sock


def _kind(access: Access) -> str:
    return ", with an API key" if access.key else ", for this machine only, without a key"


def _log_to_stderr() -> None:
    from ui.web.log import JsonLines

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("ui.web")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
