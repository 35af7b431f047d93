"""The API does what its document says, whatever it is asked."""

import json

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.analytics import pretend
from tests.analytics.web.serving import client
from tests.cli.test_statistics import put

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
# Of each operation; what they cost is bounded by this.
EXAMPLES = 3


@pytest.fixture
def asked(tmp_path):
    """Return who asks a server of a store with one short session."""
    room = pretend.Room(viewers=6, seconds=12.0, jokes=((6, 0.8),))
    put(str(tmp_path / "store"), pretend.session(room, rate_hz=2.0, name="hall"))
    # Asked by another name than this machine has for itself.
    return client(tmp_path, host="0.0.0.0")


@pytest.mark.slow
def test_document_is_kept(asked):
    """Neither an error of the server's own, nor an answer that the document does not tell of."""
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", asked.app)
    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) >= 25
    found = set()
    for operation in operations:
        for case in _cases(operation):
            answer = case.call()
            case.validate_response(answer, checks=CHECKS)
            found.add(answer.status_code)
    assert {200, 404, 422} <= found


def _cases(operation):
    """Return what is asked of an operation: of any session, and of the one that is there."""
    cases = []

    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[*hypothesis.HealthCheck],
    )
    @hypothesis.given(operation.as_strategy())
    def gather(case):
        if len(cases) % 3 and "session" in case.path_parameters:
            case.path_parameters["session"] = "hall"
            case.query.pop("device", None)
        cases.append(case)

    gather()
    return cases


def test_document_loads_nothing_and_names_every_table(asked):
    """Its page is of links; the document itself is JSON."""
    document = json.loads(asked.get("/api/v1/openapi.json").text)
    tables = [path for path in document["paths"] if path.startswith("/api/v1/sessions/{session}/")]
    assert {"curve", "peaks", "scores", "timelines", "smiles"} <= {
        path.rpartition("/")[2] for path in tables
    }
