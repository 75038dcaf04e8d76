"""The OpenAPI document against the running server: whatever it allows gives no server error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from ingest.embed import Embedder
from tests.conftest import ARTICLES, make_library
from tests.ui.web_server import Served, served


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Served]:
    folder = make_library(tmp_path_factory.mktemp("contract") / "library", ARTICLES, embedder)
    with served(folder, embedder) as server:
        yield server


@pytest.fixture(scope="module")
def api_schema(running: Served) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{running.url}/openapi.json")


schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_gives_a_server_error(case: schemathesis.Case) -> None:
    case.call_and_validate(
        checks=(not_a_server_error, status_code_conformance, response_schema_conformance)
    )
