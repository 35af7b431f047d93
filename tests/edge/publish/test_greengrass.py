"""Publishing through Greengrass: 1 by its real SDK to a core of ours, 2 by a stand-in nucleus."""

import importlib.util
import json
import logging
import sys
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import pytest

from laughtrack.edge.deploy import wheels
from laughtrack.edge.deploy.greengrass.lambda_package import LOCK, TARGET
from laughtrack.edge.publish import greengrass_v2
from laughtrack.edge.publish.errors import Refused, Unsent
from laughtrack.edge.publish.open_publisher import open_publisher
from laughtrack.edge.settings import load

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
STANDINS = ROOT / "tests" / "standins"
TOPIC = "laughtrack/hall/lens"


def settings(version):
    """Return a device's settings for a version of Greengrass."""
    return load(
        None, {"publisher": f"greengrass{version}", "site": "hall", "device": "lens"}, environ={}
    )


@pytest.fixture(scope="module")
def sdk_wheel():
    """Return the wheel of greengrasssdk 1.6.1: Python reads packages from it as it is."""
    try:
        fetched = wheels.fetch(TARGET, ROOT / "build" / "wheels" / TARGET, LOCK)
    except OSError as error:
        pytest.skip(f"no greengrasssdk: {error}")
    return next(str(path) for path in fetched if path.name.startswith("greengrasssdk"))


@pytest.fixture
def core():
    """Return a Greengrass core that keeps what it is given."""
    spec = importlib.util.spec_from_file_location("standin_core", STANDINS / "core.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    core = module.Core()
    yield core
    core.close()


@pytest.fixture
def device(monkeypatch, core, sdk_wheel):
    """Make this process a function of that core: environment, SDK, and what the core brings."""

    def forget():
        for name in [n for n in sys.modules if n.startswith("greengrass")]:
            del sys.modules[name]

    for name, value in core.environ().items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(STANDINS))
    monkeypatch.syspath_prepend(sdk_wheel)
    forget()
    yield monkeypatch
    forget()
    logging.getLogger("greengrasssdk").setLevel(logging.NOTSET)


@pytest.mark.slow
def test_v1_hands_batches_to_the_core(device, core):
    """Topic and bytes arrive as they are, and the core is asked to say when its queue is full."""
    publisher = open_publisher(settings(1), print)
    for payload in (b'{"seq":0}', b'{"seq":1}'):
        publisher.send(payload)
    publisher.status({"online": True})
    publisher.close({"online": False})
    assert core.messages == [
        (f"{TOPIC}/timeline", b'{"seq":0}'),
        (f"{TOPIC}/timeline", b'{"seq":1}'),
        (f"{TOPIC}/status", b'{"online":true}'),
        (f"{TOPIC}/status", b'{"online":false}'),
    ]
    assert core.wrong == [] and publisher.connected and publisher.trouble == ""


@pytest.mark.slow
def test_v1_survives_a_full_queue(device, core, caplog):
    """Its 429 is Unsent, one line, and the same batch goes out when there is room."""
    publisher = open_publisher(settings(1), print)
    core.full = 2
    with pytest.raises(Unsent, match=r"queue is full.*429"):
        publisher.send(b"batch")
    assert not publisher.connected and "429" in publisher.trouble
    publisher.status({"online": True})
    publisher.send(b"batch")
    assert core.messages == [(f"{TOPIC}/timeline", b"batch")] and core.refused == 2
    assert publisher.connected and publisher.trouble == ""
    assert [r.name for r in caplog.records if r.name.startswith("greengrasssdk")] == []


@pytest.mark.slow
def test_v1_survives_a_core_that_is_down(device, core):
    """A batch is Unsent; a status is let go in silence."""
    publisher = open_publisher(settings(1), print)
    core.close()
    with pytest.raises(Unsent, match="core is down"):
        publisher.send(b"batch")
    publisher.status({"online": True})
    publisher.close({"online": False})
    assert not publisher.connected


@pytest.mark.slow
def test_v1_refuses_what_the_cloud_would_drop(device, core):
    """Greengrass would take 128 KB and a byte, and IoT Core would not."""
    publisher = open_publisher(settings(1), print)
    publisher.send(b"x" * 131_072)
    with pytest.raises(Refused, match=r"131073 bytes.*at most 131072"):
        publisher.send(b"x" * 131_073)
    assert len(core.messages) == 1


@pytest.mark.slow
def test_v1_without_its_name_would_drop_in_silence(device, core):
    """The SDK reports success for what it drops, so opening is refused."""
    device.delenv("MY_FUNCTION_ARN")
    with pytest.raises(ValueError, match=r"MY_FUNCTION_ARN is not set.*publisher to mqtt"):
        open_publisher(settings(1), print)
    # The trap itself, in the real SDK: no error, nothing sent.
    import greengrasssdk

    greengrasssdk.client("iot-data").publish(topic="t", payload=b"lost")
    assert core.messages == []


@pytest.mark.slow
def test_v1_says_that_there_is_no_core(device, core):
    """The SDK alone imports anywhere; what the core brings is missing elsewhere."""
    device.setattr(sys, "path", [p for p in sys.path if p != str(STANDINS)])
    with pytest.raises(ValueError, match=r"not Greengrass version 1 .*greengrass_common.*mqtt"):
        open_publisher(settings(1), print)


def test_v1_says_that_its_sdk_is_missing(monkeypatch):
    """Outside the Lambda's package."""
    monkeypatch.setitem(sys.modules, "greengrasssdk", None)
    with pytest.raises(ValueError, match=r"SDK is missing.*laughtrack deploy lambda"):
        open_publisher(settings(1), print)


class Nucleus:
    """In place of awsiotsdk's client and of the nucleus behind it.

    `fails` is raised by the next calls, by name of the call; `silent` answers nothing.
    """

    def __init__(self):
        self.sent, self.fails, self.silent = [], {}, False
        self.opened = self.closed = 0
        self.listener = None

    def connect(self):
        """Be the constructor."""
        self._fail("connect")
        self.opened += 1
        return self

    def publish_to_iot_core_async(self, **words):
        """Take a message."""
        self._fail("publish_at_once")
        return self._answer("publish", lambda: self.sent.append(words))

    def subscribe_to_iot_core_async(self, topic_name, qos, on_stream_event, on_stream_error):
        """Keep who listens."""
        assert (topic_name, qos) == (f"{TOPIC}/command", "1")
        answer = self._answer("subscribe", lambda: setattr(self, "listener", on_stream_event))
        return answer, None

    def close(self):
        """Count."""
        self.closed += 1

    def _answer(self, name, do):
        future = Future()
        if not self.silent:
            try:
                self._fail(name)
                future.set_result(do())
            except Exception as error:
                future.set_exception(error)
        return future

    def _fail(self, name):
        if name in self.fails:
            raise self.fails.pop(name)


class ServiceError(Exception):
    """As awsiotsdk's: the nucleus could not."""


class UnauthorizedError(Exception):
    """As awsiotsdk's: the recipe does not allow it."""


@pytest.fixture
def nucleus():
    """Return a nucleus that takes everything."""
    return Nucleus()


def test_v2_sends_acknowledged_and_hears_commands(nucleus):
    """QoS 1 for batches, retained for status, and each command once."""
    heard = []
    publisher = greengrass_v2.open_v2(settings(2), heard.append, nucleus.connect)
    publisher.send(b"batch")
    publisher.status({"online": True})
    nucleus.listener(SimpleNamespace(message=SimpleNamespace(payload=b'{"do":"status"}')))
    publisher.close({"online": False})
    assert heard == [b'{"do":"status"}'] and nucleus.closed == 1
    assert [(m["topic_name"], m["qos"], m.get("retain", False)) for m in nucleus.sent] == [
        (f"{TOPIC}/timeline", "1", False),
        (f"{TOPIC}/status", "1", True),
        (f"{TOPIC}/status", "1", True),
    ]
    assert [m["payload"] for m in nucleus.sent[:1]] == [b"batch"]
    assert json.loads(nucleus.sent[-1]["payload"]) == {"online": False}


@pytest.mark.parametrize(
    "error, message, opened",
    [
        (ServiceError("spool full"), "queue is full.*ServiceError: spool full", 1),
        (UnauthorizedError("no"), "accessControl", 1),
        (RuntimeError("connection closed"), "core is down.*connection closed", 2),
    ],
)
@pytest.mark.parametrize("call", ["publish", "publish_at_once"])
def test_v2_keeps_what_is_not_taken(nucleus, call, error, message, opened):
    """It is Unsent with the cure, then sent; a broken connection is opened anew, with commands."""
    publisher = greengrass_v2.open_v2(settings(2), print, nucleus.connect)
    nucleus.fails[call], nucleus.listener = error, None
    with pytest.raises(Unsent, match=message):
        publisher.send(b"batch")
    assert not publisher.connected and publisher.trouble
    publisher.send(b"batch")
    assert publisher.connected and publisher.trouble == ""
    assert [m["payload"] for m in nucleus.sent] == [b"batch"]
    assert nucleus.opened == opened and (nucleus.listener is not None) == (opened == 2)


def test_v2_does_not_wait_forever(nucleus, monkeypatch):
    """A nucleus that never answers makes a batch Unsent."""
    publisher = greengrass_v2.open_v2(settings(2), print, nucleus.connect)
    monkeypatch.setattr(greengrass_v2, "ANSWER_S", 0.05)
    nucleus.silent = True
    publisher.status({"online": True})
    with pytest.raises(Unsent, match="TimeoutError"):
        publisher.send(b"batch")


def test_v2_may_come_up_later(nucleus):
    """A nucleus that is not there yet is no reason to stop."""
    nucleus.fails["connect"] = ConnectionRefusedError("no socket")
    publisher = greengrass_v2.open_v2(settings(2), print, nucleus.connect)
    publisher.status({"online": True})
    assert not publisher.connected and "no socket" in publisher.trouble
    publisher.send(b"batch")
    assert publisher.connected and len(nucleus.sent) == 1


def test_v2_sends_where_it_may_not_listen(nucleus, caplog):
    """A recipe without the command topic still lets batches out."""
    nucleus.fails["subscribe"] = UnauthorizedError("no")
    publisher = greengrass_v2.open_v2(settings(2), print, nucleus.connect)
    publisher.send(b"batch")
    assert len(nucleus.sent) == 1 and "no commands: " in caplog.text


def test_v2_outside_greengrass_is_told(nucleus):
    """What awsiotsdk raises there is only a variable's name."""
    nucleus.fails["connect"] = KeyError("AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT")
    with pytest.raises(ValueError, match=r"SOCKET_FILEPATH.*laughtrack deploy greengrass.*mqtt"):
        greengrass_v2.open_v2(settings(2), print, nucleus.connect)


def test_v2_says_that_its_sdk_is_missing(monkeypatch):
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "awsiot", None)
    with pytest.raises(ValueError, match=r"awsiotsdk is missing.*pip install"):
        open_publisher(settings(2), print)
