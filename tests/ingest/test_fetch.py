"""What fetching a page promises: public addresses only, wherever names and redirects lead, and
limits that hold against a server that means harm."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingest.errors import UnreadableSource
from ingest.fetch import FetchLimits, fetch, is_public
from ingest.library import LibraryWriter
from ingest.pipeline import ingest
from tests.conftest import WordEmbedder, open_library, with_embedder

PAGE = (
    b"<html><head><title>Ferry sinks</title><link rel=canonical href=https://other.example/x>"
    b"</head><body><article><h1>Ferry sinks</h1><p>The ferry Calder sank at dawn on Monday off"
    b" the island, and all aboard were saved.</p><p>The captain said that the engine had failed"
    b" twice before.</p></article></body></html>"
)
Answer = Callable[[BaseHTTPRequestHandler], None]
LOCAL = FetchLimits(private_addresses=True, timeout_s=5)


class Site:
    """A web site on this machine whose pages are functions; it notes who was asked for what."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.headers["Host"], self.path))
                site.pages[self.path](self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # clients of these tests go away early

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def page(self, path: str, body: bytes = PAGE, **headers: str) -> str:
        self.pages[path] = lambda to: send(to, 200, body, **headers)
        return self.url(path)

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        self.pages[path] = lambda handler: send(handler, status, b"", Location=to)
        return self.url(path)


def send(to: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    to.send_response(status)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {"Content-Type": "text/html", **named}.items():
        to.send_header(name, value)
    to.send_header("Content-Length", str(len(body)))
    to.end_headers()
    to.wfile.write(body)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


def names(**known: str | list[str]) -> Callable[[str, int], list[str]]:
    """A name server that knows these hosts; `_` stands for a dot."""

    def resolver(host: str, _: int) -> list[str]:
        found = known[host.replace(".", "_").replace("-", "_")]
        return found if isinstance(found, list) else [found]

    return resolver


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.9.9", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254"),
        *("ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1"),
    ],
)
def test_an_address_that_is_not_of_the_open_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433"])
def test_this_machine_is_refused_under_every_name_before_anything_is_sent(
    site: Site, host: str
) -> None:
    site.page("/")
    with pytest.raises(UnreadableSource, match=r"not a public address|is not known"):
        fetch(site.url("/", host))
    assert site.asked == []


def test_a_name_that_leads_to_a_private_address_is_refused(site: Site) -> None:
    site.page("/")
    for addresses in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"]):
        with pytest.raises(UnreadableSource, match="not a public address"):
            fetch(site.url("/", "news.example"), resolver=names(news_example=addresses))
    assert site.asked == []


def test_the_connection_goes_to_the_address_that_was_checked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers twice, first well and then badly, gains nothing by it."""
    answers = iter([["127.0.0.1"]])
    url = site.page("/")
    monkeypatch.setattr(socket, "getaddrinfo", only_numbers(socket.getaddrinfo))
    named = url.replace("127.0.0.1", "news.example")
    assert fetch(named, LOCAL, resolver=lambda *_: next(answers)).data == PAGE
    assert site.asked == [(f"news.example:{site.port}", "/")]


def only_numbers(resolve: Callable[..., object]) -> Callable[..., object]:
    def checked(host: str, *rest: object, **named: object) -> object:
        assert host[0].isdigit(), f"{host} was looked up again"
        return resolve(host, *rest, **named)

    return checked


def test_a_redirect_to_a_private_address_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first host is public, as far as the check can tell, and answers with a redirect."""
    first = site.redirect("/", site.url("/secret", "inside.example"))
    site.page("/secret")
    monkeypatch.setattr("ingest.fetch.is_public", lambda address: address != "127.0.0.2")
    known = names(news_example="127.0.0.1", inside_example="127.0.0.2")
    with pytest.raises(UnreadableSource, match=r"'inside.example' .* 127.0.0.2 is not a public"):
        fetch(first.replace("127.0.0.1", "news.example"), resolver=known)
    assert [path for _, path in site.asked] == ["/"]


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://a.example/", "gopher://a.example/"])
def test_a_redirect_to_another_scheme_is_refused(site: Site, to: str) -> None:
    with pytest.raises(UnreadableSource, match="only http and https are fetched"):
        fetch(site.redirect("/", to), LOCAL)


def test_a_redirect_to_what_is_no_address_is_refused(site: Site) -> None:
    with pytest.raises(UnreadableSource, match="redirects to what is not a web address"):
        fetch(site.redirect("/", "http://[x/"), LOCAL)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "only http and https are fetched, not 'file'"),
        ("http://", "it names no host"),
        ("http:///etc/passwd", "it names no host"),
        ("http://user:secret@a.example/", "it holds a name or a password"),
        ("http://a.example:99999/", "it is not a web address"),
        ("http://[::1", "it is not a web address"),
        ("http://a..example/", "it is not a web address"),
    ],
)
def test_what_is_no_address_of_a_page_is_refused(url: str, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=reason) as caught:
        fetch(url, LOCAL)
    assert caught.value.remedy


def test_line_ends_in_an_address_do_not_reach_the_server(site: Site) -> None:
    site.pages["/a%20Host:%20x"] = lambda to: send(to, 200, PAGE)
    fetch(site.url("/a Host: x"), LOCAL)
    with pytest.raises(UnreadableSource):
        fetch(f"http://127.0.0.1:{site.port}\r\nX: y/", LOCAL)
    assert site.asked == [(f"127.0.0.1:{site.port}", "/a%20Host:%20x")]


def test_redirects_are_followed_and_the_last_address_is_the_source(site: Site) -> None:
    site.page("/b")
    site.redirect("/a", "b?x=1#part")
    site.pages["/b?x=1"] = site.pages["/b"]
    document = fetch(site.redirect("/", "/a", 301), LOCAL)
    assert document.source == document.url == site.url("/b?x=1")
    assert (document.suffix, document.data) == (".html", PAGE)


def test_redirects_without_end_are_ended(site: Site) -> None:
    with pytest.raises(UnreadableSource, match="redirects more than 3 times"):
        fetch(site.redirect("/", "/"), replace(LOCAL, max_redirects=3))
    assert len(site.asked) == 4


@pytest.mark.parametrize("packed", [False, True])
def test_a_page_over_the_limit_is_refused_packed_or_not(site: Site, packed: bool) -> None:
    limits = replace(LOCAL, max_bytes=len(PAGE))
    packing = {"Content_Encoding": "gzip"} if packed else {}
    pack = gzip.compress if packed else bytes
    assert fetch(site.page("/", pack(PAGE), **packing), limits).data == PAGE
    with pytest.raises(UnreadableSource, match="bytes, over"):
        fetch(site.page("/", pack(PAGE + b"x" * 10_000_000), **packing), limits)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not packed at all", "incorrect header"),
        (gzip.compress(PAGE * 50)[:-20], "ended before the page"),
    ],
)
def test_a_page_that_does_not_unpack_is_refused(site: Site, body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSource, match=reason) as caught:
        fetch(site.page("/", body, Content_Encoding="gzip"), LOCAL)
    assert "cannot be fetched" in caught.value.message


def test_a_server_that_drips_is_cut_off_at_the_deadline(site: Site) -> None:
    def drip(to: BaseHTTPRequestHandler) -> None:
        for byte in b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE:
            to.wfile.write(bytes([byte]))
            to.wfile.flush()
            time.sleep(0.05)

    site.pages["/"] = drip
    started = time.monotonic()
    with pytest.raises(UnreadableSource, match="it took too long"):
        fetch(site.url("/"), replace(LOCAL, timeout_s=0.5))
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("kind", ["image/png", "application/pdf", "application/octet-stream"])
def test_a_page_of_another_type_is_refused(site: Site, kind: str) -> None:
    with pytest.raises(UnreadableSource, match=f"it is {kind}, not a page or a text"):
        fetch(site.page("/", Content_Type=kind), LOCAL)


def test_a_page_that_is_not_there_is_said_to_be_so(site: Site) -> None:
    site.pages["/"] = lambda to: send(to, 404, PAGE)
    with pytest.raises(UnreadableSource, match="the server answers 404"):
        fetch(site.url("/"), LOCAL)


@pytest.mark.parametrize(
    ("path", "kind", "suffix"),
    [
        ("/a.html", "text/html; charset=utf-8", ".html"),
        ("/a.md", "text/plain", ".md"),
        ("/a.md", "text/html", ".html"),
        ("/a.json", "text/plain", ".txt"),
        ("/a", "text/markdown", ".md"),
    ],
)
def test_the_type_says_how_a_page_is_read(site: Site, path: str, kind: str, suffix: str) -> None:
    assert fetch(site.page(path, Content_Type=kind), LOCAL).suffix == suffix


def test_the_encoding_that_the_server_names_is_used(site: Site) -> None:
    text = "Жители острова"
    url = site.page("/", text.encode("koi8-r"), Content_Type="text/plain; charset=koi8-r")
    assert fetch(url, LOCAL).data.decode("utf-8-sig") == text


def test_a_page_becomes_an_article_under_the_address_it_came_from(
    site: Site, tmp_path: Path
) -> None:
    url = site.page("/ferry")
    with with_embedder(LibraryWriter.open(tmp_path / "library"), WordEmbedder()) as writer:
        first = ingest([url], writer, private_addresses=True)
        moved = ingest([site.redirect("/old", "/ferry")], writer, private_addresses=True)
        refused = ingest([url], writer)
        again = ingest([url], writer, private_addresses=True)
    assert (first.added, moved.unchanged, first.failed) == ([url], [url], [])
    assert "not a public address" in str(refused.failed[0])
    assert again.unchanged == [url]
    with open_library(tmp_path / "library") as library:
        (entry,) = library.entries()
        article = library.article(entry.id)
    assert (article.source, article.url, article.title) == (url, url, "Ferry sinks")
