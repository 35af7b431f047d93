"""Posts to the core on this machine, as the real client does; the port is the test's."""

import os
import urllib.error
import urllib.request


class IPCException(Exception):
    """The core's answer was no success."""


class IPCClient:
    """What `greengrasssdk.Lambda` makes for itself."""

    def __init__(self, endpoint="localhost", port=None):
        port = port or os.environ.get("STANDIN_CORE_PORT", "8000")
        self._url = f"http://127.0.0.1:{port}/2016-11-01/functions/"

    def post_work(self, function_arn, input_bytes, client_context, invocation_type="Event"):
        """Hand over a message and return the invocation's name."""
        if isinstance(client_context, bytes):
            client_context = client_context.decode()
        request = urllib.request.Request(self._url + function_arn, data=input_bytes)
        request.add_header("Authorization", os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
        request.add_header("X-Amz-Invocation-Type", invocation_type)
        request.add_header("X-Amz-Client-Context", client_context)
        request.add_header("Content-Type", "application/octet-stream")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.headers["X-Amz-InvocationId"]
        except urllib.error.HTTPError as error:
            raise IPCException(f"{error.code}: {error.read().decode()}") from None

    def get_work_result(self, function_arn, invocation_id):
        """Nothing here asks for answers."""
        raise IPCException("the stand-in core gives no results")
