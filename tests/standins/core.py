"""A Greengrass V1 core of our own: a loopback HTTP server that keeps what a function publishes."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROUTER = "arn:aws:lambda:::function:GGRouter"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:deeplens-laughtrack:1"
TOKEN = "token-of-the-test"


class Core:
    """Takes messages, or refuses the next few.

    Attributes
    ----------
    messages : list of (str, bytes)
        Topic and payload, in order of arrival.
    full : int
        So many more messages are answered 429, "queue full".
    refused : int
        How many were.
    arrived : threading.Condition
        Notified at each request.
    """

    def __init__(self):
        self.messages, self.full, self.refused, self.wrong = [], 0, 0, []
        self.arrived = threading.Condition()
        core = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = core._take(self.path, self.headers, body)
                self.send_response(status)
                self.send_header("X-Amz-InvocationId", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def environ(self):
        """Return what the core tells its function through the environment."""
        return {
            "MY_FUNCTION_ARN": FUNCTION,
            "ROUTER_FUNCTION_ARN": ROUTER,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": TOKEN,
            "STANDIN_CORE_PORT": str(self._server.server_port),
        }

    def on(self, ending):
        """Return the payloads that came on topics that end so."""
        with self.arrived:
            return [payload for topic, payload in self.messages if topic.endswith(ending)]

    def wait(self, until, timeout_s):
        """Wait until a function of no arguments is true, asked after each request."""
        with self.arrived:
            return self.arrived.wait_for(until, timeout_s)

    def close(self):
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def _take(self, path, headers, body):
        context = json.loads(base64.b64decode(headers["X-Amz-Client-Context"]))["custom"]
        with self.arrived:
            if (
                path != "/2016-11-01/functions/" + ROUTER
                or headers["Authorization"] != TOKEN
                or headers["X-Amz-Invocation-Type"] != "Event"
                or context["source"] != FUNCTION
                or context["queueFullPolicy"] != "AllOrError"
            ):
                self.wrong.append((path, dict(headers)))
            self.arrived.notify_all()
            if self.full > 0:
                self.full, self.refused = self.full - 1, self.refused + 1
                return 429
            self.messages.append((context["subject"], body))
            return 200
