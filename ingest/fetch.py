"""A web address -> the bytes of its page, from public addresses only and within limits.

A page may name any address, and a redirect or a name server may lead anywhere: to this machine, to
the network behind it, to a cloud's metadata. So every name is resolved here, each of its addresses
is checked, and the connection goes to the very address that was checked.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from types import MappingProxyType
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from ingest.errors import UnreadableSource
from ingest.formats import READERS
from ingest.sources import MAX_BYTES, Document, too_large

_NAT64 = IPv6Network("64:ff9b::/96")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PART = 65_536
_SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        "text/html": ".html",
        "application/xhtml+xml": ".html",
        "text/plain": ".txt",
        "text/markdown": ".md",
        "text/x-markdown": ".md",
    }
)
"""How a page of a type is read. JSON is not among them: its articles may name any source."""

Resolver = Callable[[str, int], Sequence[str]]
"""From a host and a port to IP addresses; raises OSError if there are none."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What a page may cost, redirects included, and whether it may be on a private network."""

    max_bytes: int = MAX_BYTES
    timeout_s: float = 30.0
    max_redirects: int = 5
    private_addresses: bool = False


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Message
    body: bytes


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses that this machine knows for a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def fetch(url: str, limits: FetchLimits | None = None, *, resolver: Resolver = resolve) -> Document:
    """The page at an http or https address; its source is the address it was found at last.

    Environment settings for proxies are not followed, since a proxy resolves names by itself.
    Raises UnreadableSource for a page that is refused, too large, too slow, of another type, or
    not there.
    """
    limits = limits or FetchLimits()
    deadline = time.monotonic() + limits.timeout_s
    address = url
    for _ in range(limits.max_redirects + 1):
        parts = _checked(address, url)
        try:
            reply = _get(parts, limits, deadline, resolver)
        except UnreadableSource:
            raise
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            raise _failed(url, error, deadline) from error
        location = reply.headers.get("Location")
        if reply.status not in _REDIRECTS or location is None:
            return _document(reply, parts, url)
        address = _joined(parts.geturl(), location, url)
    raise _refused(url, f"it redirects more than {limits.max_redirects} times")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, in whichever way it is written."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        ip = _inside(ip)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _inside(ip: IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address carries; else itself."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def _joined(address: str, location: str, url: str) -> str:
    """Where a redirect leads."""
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise _refused(url, "it redirects to what is not a web address") from error


def _checked(address: str, url: str) -> SplitResult:
    """The parts of an address that may be asked for, without its fragment."""
    try:
        parts = urlsplit(address.strip())
        parts = parts._replace(scheme=parts.scheme.lower(), fragment="")
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port
    except (ValueError, UnicodeError) as error:
        raise _refused(url, "it is not a web address") from error
    if parts.scheme not in ("http", "https"):
        raise _refused(url, f"only http and https are fetched, not {parts.scheme!r}")
    if not host:
        raise _refused(url, "it names no host")
    if "@" in parts.netloc:
        raise _refused(url, "it holds a name or a password")
    shown = f"[{host}]" if ":" in host else host
    return parts._replace(
        netloc=shown if port is None else f"{shown}:{port}",
        path=quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._"),
        query=quote(parts.query, safe="/?%:@!$&'()*+,;=~-._"),
    )


def _addresses(host: str, port: int, limits: FetchLimits, resolver: Resolver) -> Sequence[str]:
    """The host's addresses; one that is not public spoils them all."""
    try:
        found = resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise OSError(f"the host {host!r} is not known") from error
    if not limits.private_addresses:
        for address in found:
            if not is_public(address):
                raise UnreadableSource(
                    f"{host!r} cannot be fetched: {address} is not a public address.",
                    remedy="Set private_addresses if pages of your own network may be fetched.",
                )
    return found


def _get(parts: SplitResult, limits: FetchLimits, deadline: float, resolver: Resolver) -> _Reply:
    """One request, over one connection, done before the deadline."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = _addresses(host, port, limits, resolver)
    with _connected(addresses, port, deadline) as plain:
        connection = http.client.HTTPConnection(host, port)
        secure = parts.scheme == "https"
        connection.sock = _secured(plain, host) if secure else plain
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc, "User-Agent": "groundwire", "Connection": "close"}
        accepted = ", ".join(_SUFFIXES)
        connection.request("GET", target, headers={**headers, "Accept": accepted})
        response = connection.getresponse()
        try:
            wanted = response.status not in _REDIRECTS
            body = _body(response, limits.max_bytes, parts.geturl()) if wanted else b""
            if time.monotonic() >= deadline:
                raise TimeoutError
            return _Reply(response.status, response.headers, body)
        finally:
            response.close()
            connection.close()


@contextlib.contextmanager
def _connected(addresses: Sequence[str], port: int, deadline: float) -> Iterator[socket.socket]:
    """A connection to the first address that takes it, which is cut off at the deadline however
    slowly the other side speaks."""
    sock = _connect(addresses, port, deadline)
    handle = sock.dup()
    cut = Timer(max(deadline - time.monotonic(), 0), _cut_off, [handle])
    cut.daemon = True
    cut.start()
    try:
        yield sock
    finally:
        cut.cancel()
        handle.close()
        sock.close()


def _connect(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    failure: OSError = OSError("the host has no address")
    for address in addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError as error:
            failure = error
    raise failure


def _cut_off(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _secured(sock: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(sock, server_hostname=host)


def _body(response: http.client.HTTPResponse, max_bytes: int, address: str) -> bytes:
    """The whole body, unpacked; never more than `max_bytes` and a part are in memory."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "deflate", ""):
        raise _refused(address, f"it is packed in a way that was not asked for, {encoding!r}")
    unpack = zlib.decompressobj(wbits=47) if encoding in ("gzip", "deflate") else None
    body = bytearray()
    while part := response.read1(_PART):
        body += unpack.decompress(part, max_bytes + 1 - len(body)) if unpack else part
        if len(body) > max_bytes:
            raise too_large(address, len(body), max_bytes)
    if response.length or (unpack and body and not unpack.eof):
        raise OSError("the connection ended before the page")
    return bytes(body)


def _document(reply: _Reply, parts: SplitResult, url: str) -> Document:
    if reply.status != 200:
        raise UnreadableSource(
            f"{url!r} cannot be fetched: the server answers {reply.status}.",
            remedy="Check the address, or save the page as .html and name that file.",
        )
    if not reply.body.strip():
        raise _refused(url, "the page is empty")
    source = parts.geturl()
    return Document(_marked(reply), source, _suffix(reply, parts, url), url=source)


def _suffix(reply: _Reply, parts: SplitResult, url: str) -> str:
    """How the page is read: by its type; plain text by the suffix of its name, if it has one."""
    kind = reply.headers.get_content_type() if "Content-Type" in reply.headers else "text/html"
    if kind not in _SUFFIXES:
        raise _refused(url, f"it is {kind}, not a page or a text")
    named = f".{parts.path.rpartition('.')[2].lower()}"
    markdown = READERS.get(named) is READERS[".md"]
    return ".md" if kind == "text/plain" and markdown else _SUFFIXES[kind]


def _marked(reply: _Reply) -> bytes:
    """The body, in UTF-8 with its mark where the server names another encoding that fits."""
    charset = reply.headers.get_content_charset()
    if charset is None or charset.replace("_", "-") in ("utf-8", "utf8"):
        return reply.body
    with contextlib.suppress(LookupError, UnicodeError):
        text = reply.body.decode("cp1252" if charset == "iso-8859-1" else charset)
        return text.encode("utf-8-sig")
    return reply.body


def _refused(url: str, reason: str) -> UnreadableSource:
    return UnreadableSource(
        f"{url!r} cannot be fetched: {reason}.",
        remedy="Save the page as .html and name that file.",
    )


def _failed(url: str, error: Exception, deadline: float) -> UnreadableSource:
    late = time.monotonic() >= deadline or isinstance(error, TimeoutError)
    reason = "it took too long" if late else str(error) or type(error).__name__
    return UnreadableSource(
        f"{url!r} cannot be fetched: {reason}.", remedy="Check the address, or try again later."
    )
