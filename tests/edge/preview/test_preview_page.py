"""The preview's page: for whoever was told its address, and for nobody else on the machine."""

import http.client
import re
import socket
import threading
import time
import urllib.request
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from laughtrack.edge.preview import page
from laughtrack.edge.preview.page import HEADERS, READERS, PagePreview
from laughtrack.edge.sources.frames import Frame

IMAGE = np.zeros((120, 160, 3), np.uint8)


@pytest.fixture(scope="module")
def served():
    """Return a page at a free port; a reader who leaves is noticed soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "LEFT_S", 0.05)
        preview = PagePreview(0)
        yield preview
        preview.discard()


@pytest.fixture
def preview(served):
    """Return the page when nobody looks at it any more."""
    wait_for(lambda: served._readers == 0)
    return served


@contextmanager
def showing(preview, image=IMAGE):
    """Show frames meanwhile."""
    stop = threading.Event()

    def show():
        while not stop.wait(0.01):
            preview.show(Frame(0, 0.0, image), [], [])

    thread = threading.Thread(target=show)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def port(preview):
    """Return where a preview is served."""
    return urlsplit(preview.address).port


def ask(preview, path=None, headers=(("Host", "localhost"),), verb="GET"):
    """Ask for a page; return the answer, open, and its connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port(preview), timeout=10)
    connection.putrequest(verb, path or preview.path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse(), connection


def status(preview, *args, **more):
    """Return an answer's status, and check that it gives nothing away."""
    answer, connection = ask(preview, *args, **more)
    with closing(connection), closing(answer):
        if answer.status == 200:
            return 200
        text = answer.read().decode() + str(answer.headers)
        assert preview.path.strip("/") not in text and "Access-Control" not in text
        assert "Python" not in text
    return answer.status


def wait_for(condition, longest_s=10.0):
    """Wait until a condition holds."""
    until_s = time.monotonic() + longest_s
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.005)


def test_page_shows_the_newest_frame(preview):
    """Who has the address gets Motion-JPEG from the loopback, which no one may keep or embed."""
    with urllib.request.urlopen(preview.address, timeout=10) as answer, showing(preview):
        head = [answer.readline() for _ in range(4)]
        data = answer.read(int(head[2].split(b":")[1]))
    assert answer.headers["Content-Type"].startswith("multipart/x-mixed-replace")
    assert HEADERS.items() <= dict(answer.headers).items()
    assert cv2.imdecode(np.frombuffer(data, np.uint8), 1).shape == IMAGE.shape


@pytest.mark.slow
def test_address_cannot_be_guessed(preview):
    """A key of 192 bits, another at each start."""
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", preview.address)
    other = PagePreview(0)
    other.close()
    assert other.path != preview.path


@pytest.mark.parametrize("change", ["", "/", "/?", "short", "long", "last", "upper", "query"])
def test_wrong_key_finds_nothing(preview, change):
    """Whatever the path: not there, without a word of what would be."""
    key = preview.path
    paths = {
        "": "/",
        "short": key[:-2],
        "long": key + "x",
        "last": key[:-2] + ("a" if key[-2] != "a" else "b") + "/",
        "upper": key.swapcase(),
        "query": f"/?key={key}",
    }
    assert status(preview, paths.get(change, change)) == 404


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hosts", "answer"),
    [
        (["127.0.0.1"], 200),
        (["127.0.0.1:8000"], 200),
        (["LOCALHOST:1"], 200),
        (["[::1]:8000"], 200),
        ([], 403),
        (["evil.example"], 403),
        (["evil.example:8000"], 403),
        (["127.0.0.1.evil.example"], 403),
        (["localhost.evil.example"], 403),
        (["127.0.0.1@evil.example"], 403),
        (["evil.example", "127.0.0.1"], 403),
        (["127.0.0.1", "evil.example"], 403),
        (["10.0.0.7"], 403),
        ([""], 403),
        (["127.0.0.1:"], 403),
    ],
)
def test_name_turned_to_this_machine_is_refused(preview, hosts, answer):
    """A page from elsewhere reaches the port by its own name, even with the right key."""
    assert status(preview, headers=[("Host", host) for host in hosts]) == answer


@pytest.mark.parametrize("verb", ["POST", "PUT", "OPTIONS", "HEAD", "CONNECT"])
def test_only_to_be_looked_at(preview, verb):
    """No other verb does anything; a browser that asks for leave for a page gets none."""
    origin = [("Host", "localhost"), ("Origin", "http://evil.example")]
    assert status(preview, headers=origin, verb=verb) == 501


@pytest.mark.slow
def test_readers_beyond_the_limit_are_told_so(preview):
    """One of those who look must go first; the others' pictures go on."""
    with ExitStack() as stack:
        answers = []
        for _ in range(READERS):
            answer, connection = ask(preview)
            stack.callback(connection.close)
            stack.callback(answer.close)
            answers.append((answer, connection))
        refused, connection = ask(preview)
        stack.callback(connection.close)
        assert refused.status == 503 and b"4 are looking" in refused.read()
        with showing(preview):
            assert all(answer.readline() == b"--frame\r\n" for answer, _ in answers)
        answer, connection = answers.pop()
        answer.close()
        connection.close()
        # Noticed without a frame, too.
        wait_for(lambda: preview._readers == READERS - 1)
        assert status(preview) == 200
    wait_for(lambda: preview._readers == 0)


@pytest.mark.slow
def test_reader_who_takes_nothing_holds_nobody_up(preview, monkeypatch):
    """Frames are shown as ever, one is kept, another reader sees them, and the slow one goes."""
    monkeypatch.setattr(page, "SEND_S", 0.5)
    noise = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with slow:
        slow.connect(("127.0.0.1", port(preview)))
        slow.sendall(f"GET {preview.path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        wait_for(lambda: preview._readers == 1)
        with urllib.request.urlopen(preview.address, timeout=10) as fast:
            for _ in range(40):
                began_s = time.monotonic()
                preview.show(Frame(0, 0.0, noise), [], [])
                assert time.monotonic() - began_s < 1.0
                fast.readline()
                length = int([fast.readline() for _ in range(3)][1].split(b":")[1])
                fast.read(length + 2)
        wait_for(lambda: preview._readers == 0)


@pytest.mark.slow
def test_who_never_finishes_asking_is_hung_up_on(preview, monkeypatch):
    """A byte now and then, or a head without an end: over in a while, and readers come through."""
    monkeypatch.setattr(page, "REQUEST_S", 0.6)
    with ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port(preview))))
            for _ in range(3)
        ]
        for each in slow:
            each.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        assert status(preview) == 200
        began_s = time.monotonic()
        while all(still_open(each) for each in slow):
            assert time.monotonic() - began_s < 5.0
            time.sleep(0.1)
            drip(slow)
    with socket.create_connection(("127.0.0.1", port(preview)), timeout=10) as large:
        large.sendall(b"GET / HTTP/1.1\r\n")
        with pytest.raises(OSError):
            for _ in range(1000):
                large.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")
                time.sleep(0.001)
    assert status(preview) == 200


def drip(connections):
    """Send one more byte of a header that never ends."""
    for each in connections:
        try:
            each.sendall(b"x")
        except OSError:
            return


def still_open(connection):
    """Tell whether the other side has not hung up."""
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.setblocking(True)


@pytest.mark.slow
def test_connections_are_bounded(preview):
    """However many come, so many threads serve them at most; then it goes on as before."""
    before = threading.active_count()
    with ExitStack() as stack:
        for _ in range(READERS + page.ASKING + 40):
            stack.enter_context(socket.create_connection(("127.0.0.1", port(preview))))
        time.sleep(0.2)
        assert threading.active_count() - before <= READERS + page.ASKING
    wait_for(lambda: threading.active_count() <= before)
    assert status(preview) == 200


@pytest.mark.slow
def test_nobody_looking_costs_nothing(preview, monkeypatch):
    """Frames are not even drawn; what the last reader saw is not kept."""
    with urllib.request.urlopen(preview.address, timeout=10), showing(preview):
        wait_for(lambda: preview._jpeg)
    wait_for(lambda: preview._readers == 0)
    assert preview._jpeg == b""
    monkeypatch.setattr(page, "draw", lambda *_: pytest.fail("drawn for nobody"))
    preview.show(Frame(0, 0.0, IMAGE), [], [])


@pytest.mark.slow
def test_nothing_of_a_request_is_written(preview, capfd):
    """Standard error may be a log that others read: neither the key nor a traceback."""
    status(preview)
    status(preview, "/\x1b[31mred".replace("\x1b", "%1b"))
    with socket.create_connection(("127.0.0.1", port(preview))) as rude:
        rude.sendall(b"\x16\x03\x01nonsense " + preview.path.encode() + b"\r\n\r\n")
        rude.recv(1000)
    assert capfd.readouterr() == ("", "")
