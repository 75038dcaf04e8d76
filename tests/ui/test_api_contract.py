"""The OpenAPI document against the running server: whatever it allows gives no server error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from ingest.embed import Embedder
from tests.conftest import ARTICLES, make_library
from tests.ui.web_server import Served, served

EXAMPLES = 15
OPERATIONS = [
    ("/ask", "POST"),
    ("/v1/chat/completions", "POST"),
    ("/v1/models", "GET"),
    ("/v1/models/{name}", "GET"),
    ("/articles", "GET"),
    ("/articles", "POST"),
    ("/articles/{article}", "GET"),
    ("/articles/{article}", "DELETE"),
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/metrics", "GET"),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Served]:
    """A server that is asked for everything its document allows."""
    folder = make_library(tmp_path_factory.mktemp("contract") / "library", ARTICLES, embedder)
    with served(folder, embedder) as server:
        yield server


def test_the_document_has_these_operations(running: Served) -> None:
    paths = running.app.openapi()["paths"]
    assert {(path, method.upper()) for path, found in paths.items() for method in found} == set(
        OPERATIONS
    )


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_request_gives_a_server_error(running: Served, path: str, method: str) -> None:
    operation = schemathesis.openapi.from_dict(running.app.openapi())[path][method]

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: schemathesis.Case) -> None:
        response = case.call(base_url=running.url)
        checks = [not_a_server_error, status_code_conformance, response_schema_conformance]
        case.validate_response(response, checks=checks)

    check()
