"""How live the Live page is, and what watching costs.

``python -m tests.bench.live latency|reconnect|cost|memory [--seconds N] [--viewers N]
[--clients N] [--browsers] [--pairs N]``. A pretend room of `viewers` is streamed as a camera
would, 10 pictures a second, and a server of its own process looks at it.

- latency: from a frame to the screen of a Chromium, every look, in s.
- reconnect: a connection that breaks for 30 s: what was missed, and what came twice.
- cost: looks a second with nobody watching and with `clients` of them, run about; what the server
  itself takes of a processor, which says more where others use the machine; and of memory. With
  `--browsers` each of them is a Chromium that draws the page; whoever watches has a machine of
  their own, so all of Chromium runs at the lowest priority here.
- memory: what a server holds at the beginning, and after an hour of a session of `viewers` that
  `clients` watch; the hour's looks are put in as fast as they are taken.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

from laughtrack.analytics.store.sessions import load
from laughtrack.edge.simulate.simulate import simulate
from tests.analytics.browsing import ask, browsing
from tests.analytics.web.running import camera, serving
from tests.analytics.web.serving import csrf_token
from tests.bench.tables import say, table
from tests.brokers import free_port, until

FILM_S, BREAK_S, HOUR_S, RATE_HZ = 30, 30.0, 3600, 10
# After the picture that a look changed was painted.
OBSERVE = """
window.late = [];
const place = document.getElementById("now");
new MutationObserver(() => {
  const taken = Date.parse(place.dateTime);
  requestAnimationFrame(() => window.late.push((Date.now() - taken) / 1000));
}).observe(place, { attributes: true, attributeFilter: ["datetime"] });
"""


@contextmanager
def server(folder):
    """Run `laughtrack serve` in a process of its own; yield it and who asks it."""
    port = free_port()
    words = ["--store", str(folder / "store"), "--state", str(folder / "state")]
    command = [sys.executable, "-m", "laughtrack", "serve", "--port", str(port), *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=address, timeout=120) as asking:
            until(lambda: _answers(asking))
            asking.headers["X-CSRF-Token"] = csrf_token(asking, "/live")
            yield process, asking
    finally:
        process.terminate()
        process.wait(60)


def _answers(asking):
    try:
        return asking.get("/healthz").status_code == 200
    except httpx.HTTPError:
        return False


def begin(asking, source, name):
    """Begin a session; return its path."""
    answer = asking.post("/live/start", json={"source": source.address, "session": name})
    assert answer.status_code == 200, answer.text
    return answer.json()["path"]


def latency(options, film, folder):
    """Print how late looks are on the screen."""
    with camera(film) as source, server(folder) as (_, asking), browsing() as browser:
        browser.get(str(asking.base_url) + begin(asking, source, "x"))
        until(lambda: ask(browser, "document.getElementById('now').dateTime !== ''"))
        time.sleep(5)
        browser.execute_script(OBSERVE)
        time.sleep(options.seconds)
        late = np.array(ask(browser, "window.late"))
        asking.post("/live/live/x/stop", json={})
    row = (len(late), f"{len(late) / options.seconds:.1f}")
    row += tuple(f"{each:.3f}" for each in (np.median(late), np.quantile(late, 0.95), late.max()))
    print(table(("looks shown", "a second", "median s", "95th percentile s", "most s"), [row]))


def events(asking, path, until_s, last=""):
    """Return (id, kind, data) of the events until a time; the connection breaks then."""
    found = []
    headers = {"last-event-id": last} if last else {}
    with asking.stream("GET", f"{path}/events", headers=headers) as answer:
        fields = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            fields[name] = value
            if name == "data":
                found.append((fields["id"], fields["event"], json.loads(value)))
            if time.monotonic() > until_s:
                return found
    return found


def reconnect(options, film, folder):
    """Print what a break of `BREAK_S` cost."""
    with camera(film) as source, server(folder) as (_, asking):
        path = begin(asking, source, "x")
        first = events(asking, path, time.monotonic() + 15)
        time.sleep(BREAK_S)
        second = events(asking, path, time.monotonic() + 15, first[-1][0])
        asking.post(f"{path}/stop", json={})
        second += events(asking, path, time.monotonic() + 3, second[-1][0])
        session = load(str(folder / "store"), "x", "live")
    told = [
        (data["t_s"], seat[0])
        for _, kind, data in first + second
        if kind == "look"
        for seat in data["seats"]
    ]
    readings = session.readings
    # The snapshot tells of what was before the connection.
    from_s = next(data for _, kind, data in first if kind == "look")["t_s"]
    readings = readings[readings["t_s"] >= from_s]
    stored = [*zip(readings["t_s"], readings["viewer_id"], strict=True)]
    seconds = first[0][2]["seconds"]["t_s"]
    seconds = seconds + [s for _, kind, d in first + second if kind == "seconds" for s in d["t_s"]]
    missing = (
        len(set(stored) - set(told)),
        int(np.ceil(session.spans["end_s"].max())) - len(set(seconds)),
    )
    twice = len(told) - len(set(told)), len(seconds) - len(set(seconds))
    names = ("what", "in the store", "told", "missing", "twice")
    rows = [
        ("readings", len(stored), len(told), missing[0], twice[0]),
        ("seconds", max(seconds) + 1, len(seconds), missing[1], twice[1]),
    ]
    print(table(names, rows))


def watch(asking, path, count):
    """Watch with so many connections until the process that holds them is ended."""
    code = (
        "import sys, threading, urllib.request\n"
        "def read():\n"
        "    with urllib.request.urlopen(sys.argv[1]) as answer:\n"
        "        while answer.read1(65536): pass\n"
        "threads = [threading.Thread(target=read) for _ in range(int(sys.argv[2]))]\n"
        "[each.start() for each in threads]\n"
    )
    address = f"{str(asking.base_url).rstrip('/')}{path}/events"
    return subprocess.Popen([sys.executable, "-c", code, address, str(count)])


def watch_in_browsers(asking, path, count):
    """Watch with so many browsers until the process that holds them is ended."""
    code = (
        "import contextlib, os, sys, time\n"
        "from tests.analytics.browsing import ask, browsing\n"
        "from tests.brokers import until\n"
        "os.nice(19)\n"
        "group = '/proc/self/autogroup'\n"
        "os.path.exists(group) and open(group, 'w').write('19')\n"
        "with contextlib.ExitStack() as stack:\n"
        "    for _ in range(int(sys.argv[2])):\n"
        "        each = stack.enter_context(browsing())\n"
        "        each.get(sys.argv[1])\n"
        "        until(lambda: ask(each, \"document.getElementById('now').dateTime !== ''\"), 60)\n"
        "    print('watched', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    address = f"{str(asking.base_url).rstrip('/')}{path}"
    command = [sys.executable, "-c", code, address, str(count)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True)
    assert process.stdout.readline() == b"watched\n"
    return process


def cost(options, film, folder):
    """Print looks a second without and with those who watch, in pairs."""
    rows = []
    for pair in range(options.pairs):
        found = {}
        # Now these first, now those.
        for clients in (0, options.clients) if pair % 2 else (options.clients, 0):
            name = f"x{pair}-{clients}"
            with camera(film) as source, server(folder) as (process, asking):
                path = begin(asking, source, name)
                start = watch_in_browsers if options.browsers else watch
                watching = start(asking, path, clients) if clients else None
                before_s, looks = processor_s(process.pid), looks_now(asking)
                time.sleep(options.seconds)
                took = (processor_s(process.pid) - before_s) / options.seconds
                looks = (looks_now(asking) - looks) / options.seconds
                holds_mb = resident_mb(process.pid)
                asking.post(f"{path}/stop", json={})
                if watching is not None:
                    watching.communicate() if options.browsers else watching.kill()
                    watching.wait()
            found[clients] = looks, took, holds_mb
            say(f"{name}: {looks:.2f} looks a second, server {took:.1%}, {holds_mb:.0f} MB")
        rows.append((found[0], found[options.clients]))
    shown = [
        (
            *(f"{looks:.2f}" for looks, _, _ in pair),
            f"{1 - pair[1][0] / pair[0][0]:.1%}",
            *(f"{took:.1%}" for _, took, _ in pair),
            *(f"{holds_mb:.0f}" for _, _, holds_mb in pair),
        )
        for pair in rows
    ]
    many = f"{options.clients} watch"
    beside = ("server, nobody", many, "MB, nobody", many)
    print(table(("looks/s, nobody", many, "lost", *beside), shown))


def looks_now(asking):
    """Return how many looks the server was told of in its one session."""
    (text,) = re.findall(
        r"^laughtrack_session_looks_total{.*} (.*)$", asking.get("/metrics").text, re.M
    )
    return float(text)


def processor_s(pid):
    """Return the seconds of a processor that a process has taken."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid="self"):
    """Return what a process holds in memory."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


def memory(options, film, folder):
    """Print what a server holds, before and after an hour's session that is watched."""
    command = [sys.executable, "-m", "tests.bench.live", "hour", "--clients", str(options.clients)]
    command += ["--viewers", str(options.viewers)]
    subprocess.run(command, check=True)


def hour(options, film, folder):
    """Put an hour's looks into a server of this process, and print what it holds."""
    from laughtrack.analytics.web.live.watched_session import Facts, Piece, WatchedSession
    from laughtrack.edge.readings import COLUMNS

    rng = np.random.default_rng(1)
    with serving(folder) as one, httpx.Client(base_url=one.address, timeout=120) as asking:
        hub = one.app.state.hub
        watched = WatchedSession(Facts("x", "live", "camera"))
        one.call(hub._add, watched)
        asking.get("/live/live/x")
        watching = watch(asking, "/live/live/x", options.clients)
        rows = [("0", f"{resident_mb():.0f}")]
        ids = [*range(1, options.viewers + 1)]
        left = [60 * each for each in ids]

        def minute(first_s):
            for look in range(60 * RATE_HZ):
                t_s = round(first_s + look / RATE_HZ, 3)
                smile = np.clip(rng.normal(0.3, 0.3, len(ids)), 0, 1).round(3).tolist()
                values = (ids, [t_s] * len(ids), left, left, left, left, smile, smile, smile)
                piece = Piece(dict(zip(COLUMNS, values, strict=True)), t_s, t_s + 0.001)
                watched.look(piece, (2000, 2000), "2026-01-31T20:15:00.000Z")

        for number in range(HOUR_S // 60):
            one.call(minute, 60 * number)
            until(lambda: not watched._waiting)
            until(lambda number=number: watched.told_s >= 60 * number + 58)
            if (number + 1) % 15 == 0:
                rows.append((str(number + 1), f"{resident_mb():.0f}"))
        watching.kill()
        watching.wait()
    print(table(("minutes", "MB"), rows))


PARTS = {each.__name__: each for each in (latency, reconnect, cost, memory, hour)}


def main():
    """Measure a part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--viewers", type=int, default=24)
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--browsers", action="store_true")
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "room.mp4"
        if options.part not in ("memory", "hour"):
            say(f"filming {options.viewers} pretend viewers")
            simulate(film, options.viewers, FILM_S, (1280, 720))
        say(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
        PARTS[options.part](options, film, Path(folder))


if __name__ == "__main__":
    main()
