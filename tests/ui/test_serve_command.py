"""`groundwire serve` where it cannot serve: one line that says why, before anything is loaded."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.ui.conftest import Run
from ui.serve_command import AddressError, bound


def test_a_port_that_is_taken_is_an_error_with_a_remedy(run: Run, made_library: Path) -> None:
    with bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port), library=made_library)
    assert result.exit_code == 1
    assert result.stderr == (
        f"groundwire: 127.0.0.1 port {port} cannot be served: Address already in use."
        " Choose another with --port or --host, or end what has it.\n"
    )


@pytest.mark.parametrize("host", ["203.0.113.9", "nosuchhost.invalid", "2001:db8::9"])
def test_an_address_of_another_machine_is_an_error(host: str) -> None:
    with pytest.raises(AddressError, match="cannot be served"):
        bound(host, 0)


def test_a_free_port_is_there_at_once() -> None:
    with bound("127.0.0.1", 0) as sock:
        socket.create_connection(sock.getsockname(), timeout=5).close()
