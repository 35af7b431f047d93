"""The API does what its document says, whatever it is asked."""

import base64
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
# Of these, answers with a table are among what is looked at.
TABLES = ("sessions", "curve", "peaks", "scores", "scenes", "pairs", "dial", "norms", "compare")
# Of each operation; what they cost is bounded by this.
EXAMPLES = 3


FILES = {
    "scenes": "start,end,name\n0,6,Joke\n6,12,Rest\n",
    "dial": "time,anna\n" + "".join(f"{t},{abs(6 - t)}\n" for t in range(12)),
    "groups": "viewer_id,side\n" + "".join(f"{v},{v % 2}\n" for v in range(1, 21)),
}


@pytest.fixture
def asked(tmp_path):
    """Return who asks a server of a store with two short sessions, one with all that comes."""
    for name in ("hall", "late"):
        room = pretend.Room(20, 12.0, ((6, 0.8),), seed=ord(name[0]))
        put(str(tmp_path / "store"), pretend.session(room, rate_hz=2.0, name=name))
    # Asked by another name than this machine has for itself.
    asked = client(tmp_path, host="0.0.0.0")
    for version, (kind, text) in enumerate(FILES.items()):
        content = base64.b64encode(text.encode()).decode()
        body = {"version": version, "name": f"{kind}.csv", "content": content}
        assert asked.put(f"/api/v1/sessions/hall/inputs/{kind}", json=body).status_code == 200
    return asked


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
            found.add((answer.status_code, operation.method, operation.path))
    done = {path for status, _, path in found if status == 200}
    assert {200, 404, 422} <= {status for status, _, _ in found}
    assert {path.rpartition("/")[2] for path in done} >= {*TABLES}


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
            case.query = {**case.query, **({"by": "file"} if "by" in case.query else {})}
        if len(cases) % 3 and "a" in case.query:
            case.query = {"a": "hall", "b": "late"}
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
