"""A server of a store for tests, asked without a network."""

import re

from fastapi.testclient import TestClient

from laughtrack.analytics.web.app import create_app
from laughtrack.analytics.web.settings import ServeSettings

ADDRESS = "http://127.0.0.1:8080"


def client(folder, **settings):
    """Return who asks a server whose store and state are below a folder.

    Used in a `with`, it runs what the server runs beside its answers, too.
    """
    store = settings.pop("store", str(folder / "store"))
    app = create_app(ServeSettings(store, folder / "state", **settings))
    # As a browser asks for a page.
    headers = {"accept": "text/html,*/*;q=0.8"}
    return TestClient(app, base_url=ADDRESS, follow_redirects=False, headers=headers)


def csrf_token(client, path="/sessions"):
    """Return the token that a page shows to this browser."""
    text = client.get(path).text
    return re.search('name="csrf-token" content="([0-9a-f]+)"', text)[1]
