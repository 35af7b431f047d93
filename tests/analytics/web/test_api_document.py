"""The page of the API: all that its document tells of is on it, and nothing from elsewhere."""

import re

from tests.analytics.web.serving import client


def test_page_tells_of_every_operation(tmp_path):
    """Each by its method and address."""
    asked = client(tmp_path)
    text = asked.get("/api").text
    document = asked.get("/api/v1/openapi.json").json()
    operations = [(path, method) for path, found in document["paths"].items() for method in found]
    assert len(operations) == text.count('<details class="operation">') > 25
    for path, method in operations:
        assert f"<b>{method.upper()}</b> <code>{path}</code>" in text
    assert not re.findall(r'(?:src|href)="(?![/#])', text)
