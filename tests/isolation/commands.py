"""Every command once, on little, with its exit code: what `network.py` runs without a network.

Most run one after the other in one process, for speed; those that are programs of their own run as
such. A new command fails `test_no_strangers.py` until it has a case here.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from tests import brokers
from tests.isolation import network
from tests.tools import BROWSER, MOSQUITTO, SSHD

EDGE = [sys.executable, "-m", "laughtrack.edge"]
# A busy machine may take long for anything.
PATIENCE_S = 300
# Nobody listens there.
CLOSED = "127.0.0.1:9"

# Footage that is nothing but other machines' addresses.
LINKS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://192.0.2.2/x.ts\n",
    "concat.mp4": "ffconcat version 1.0\nfile http://192.0.2.2/x.mp4\n",
    "sdp.mp4": "v=0\no=- 0 0 IN IP4 192.0.2.2\ns=x\nc=IN IP4 192.0.2.2\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
}


class Result(NamedTuple):
    """What came of a command: its exit code, its last words, and files that it left elsewhere."""

    code: int
    said: str
    left: list


def files_of(folder):
    """Return the files in the home folder, its like, and the temporary folder."""
    places = (folder / name for name in network.PLACES)
    return {str(p.relative_to(folder)) for at in places for p in at.rglob("*") if not p.is_dir()}


class Runner:
    """Runs commands and keeps what came of each, by its name."""

    def __init__(self, folder):
        self.folder, self.results = folder, {}

    @contextlib.contextmanager
    def case(self, name):
        """Note what one command does; yields a list for its exit code."""
        network.mark(name)
        print(f"== {name}", flush=True)
        before, code = files_of(self.folder), []
        said = self.folder / f"{name}.said"
        with said.open("w+b") as file, redirected(file):
            try:
                yield code
            except Exception as error:
                print(f"{type(error).__name__}: {error}", flush=True)
        text = said.read_text(errors="replace")
        print(text, flush=True)
        left = sorted(files_of(self.folder) - before)
        self.results[name] = Result(code[0] if code else -1, text[-2000:], left)

    def run(self, name, *words):
        """Run a command of `laughtrack` in this process; what follows a colon tells it apart."""
        from laughtrack.cli import app

        with self.case(name) as code:
            code.append(app.main([*name.split(":")[0].split(), *map(str, words)]))

    def start(self, name, *words):
        """Run a command as a process of its own."""
        with self.case(name) as code:
            code.append(subprocess.run([*map(str, words)], timeout=PATIENCE_S).returncode)


@contextlib.contextmanager
def redirected(file):
    """Send what this process and its children print into a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(number, os.dup(number)) for number in (1, 2)]
    for number, _ in kept:
        os.dup2(file.fileno(), number)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)


def footage(run):
    """Film, record, take in what a device wrote, and ask a device."""
    run.run("simulate", "film.mp4", "--viewers", 3, "--seconds", 4, "--size", "640x360")
    words = ["replay", "film.mp4", "--session", "night", "--context", "screening"]
    run.start("replay", sys.executable, "-m", "laughtrack", *words)
    by_net = ["--finder", "net", "--session", "by-net", "--context", "screening"]
    run.run("replay: by FinderNet", "film.mp4", *by_net)
    for name, text in LINKS.items():
        Path(name).write_text(text)
        run.run(f"replay: {name}", name, "--context", "screening")
    from tests.edge.device_cases import plugged

    with plugged() as camera:
        run.run("live", camera.place, "--duration", 1, "--context", "screening")
    device = ["--source", "film.mp4", "--session", "start", "--context", "screening"]
    device += ["--device", "cam"]
    by_file = ["--publisher", "file", "--file", "batches.jsonl", "--folder", "first"]
    run.start("edge run", *EDGE, "run", *device, *by_file)
    run.start("edge doctor", *EDGE, "doctor", *device, *by_file)
    run.start("edge self-test", *EDGE, "self-test", *device, *by_file)
    run.run("ingest", "batches.jsonl")


def broker(run):
    """A device that talks to a broker, one who listens to it, and one who tells it things."""
    with brokers.Broker(run.folder / "broker") as one:
        place = f"mqtt://127.0.0.1:{one.port}"
        run.run("ingest: from now on", "--broker", place, "--for", 0.3)
        words = [*EDGE, "run", "--source", "film.mp4", "--speed", "0.1", "--session", "command"]
        words += ["--device", "cam", "--broker", place, "--folder", "second", "--preview"]
        words += [str(brokers.free_port()), "--context", "screening"]
        with run.case("edge run: a broker") as code:
            device = subprocess.Popen(words)
            brokers.until(Path("second/status.json").exists, PATIENCE_S)
            run.run("tell", "cam", "status", "--broker", place, "--wait", PATIENCE_S)
            device.terminate()
            code.append(device.wait(PATIENCE_S))
        run.run("ingest: what came", "--broker", place, "--until-idle", 0.5)


def audience(store, name, seed):
    """Put an audience into the store: twelve viewers, 40 s, a laugh in the middle."""
    from laughtrack.analytics.store.batches import extend
    from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
    from laughtrack.edge.readings import Reading

    rng = np.random.default_rng(seed)
    info = {"title": "The Night Bus", "context": "screening"}
    batcher = Batcher(BatchHeader("cam", name, "2026-01-31T20:15:00Z"), info)
    batches = []
    for t_s in (np.arange(160) / 4).tolist():
        laugh = 0.1 + 0.8 * max(np.cos(np.clip((t_s - 20) / 3, -0.5, 0.5) * np.pi), 0) ** 2
        scores = np.clip(rng.normal(laugh, 0.1, 12), 0, 1).round(3).tolist()
        readings = [
            Reading(v + 1, t_s, (v % 6 * 120, v // 6 * 120, v % 6 * 120 + 60, 60), 0.9, s, s)
            for v, s in enumerate(scores)
        ]
        batches.append(batcher.add(t_s, readings))
    extend(store, [*filter(None, batches), batcher.close({"complete": True})])


def results(run):
    """All that is worked out from what the store holds."""
    audience("laughtrack-data", "first", 1)
    audience("laughtrack-data", "second", 2)
    Path("scenes.csv").write_text("scene,start_s,end_s\nbus,0,20\nstop,20,40\n")
    dial = "".join(f"{t},{t % 9},{t % 7}\n" for t in range(40))
    Path("dial.csv").write_text("t_s,ann,bob\n" + dial)
    run.run("sessions")
    for name in ("viewers", "timelines", "curve", "peaks", "synchrony"):
        run.run(name, "first")
    run.run("scenes", "first", "scenes.csv")
    run.run("groups", "first", "--by", "row")
    words = ["-m", "laughtrack", "fleet", "summarize", "--workers", "1"]
    run.start("fleet summarize", sys.executable, *words)
    run.run("fleet norms")
    run.run("fleet reports", "nobody", "-o", "pages")
    run.run("fleet compare", "nobody")
    run.run("norms", "first")
    run.run("dial", "first", "dial.csv")
    run.run("compare", "first", "second", "-o", "compare.html")
    run.run("export", "first", "--as", "otio", "--fps", "25", "-o", "peaks.otio")
    run.run("export: faces", "first", "--as", "openface", "-o", "faces")
    files = sorted(Path("faces").glob("*.csv")) if Path("faces").is_dir() else ["faces"]
    words = ["--as", "openface", "--session", "third", "--context", "screening"]
    run.run("import", *files, *words)
    run.run("rooms", "first", "second", "third", "-o", "rooms.html")
    run.run("report", "first", "--scenes", "scenes.csv", "--dial", "dial.csv", "--groups", "row")
    if BROWSER:
        run.run("report: printed", "first", "-o", "page.pdf")
    run.run("correct", "first", "exclude", 1)
    run.run("title", "second", "The Day Bus")
    run.run("tag", "second", "film=The Day Bus")
    run.run("retain", "--older-than", "90y", "--yes")
    run.run("forget", "second")
    run.run("demo", "--viewers", 3, "--seconds", 6)


def server(run):
    """Serve what there is, have a page asked for, and stop."""
    import urllib.request

    port = brokers.free_port()
    words = [sys.executable, "-m", "laughtrack", "serve", "--port", str(port)]

    def is_up():
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/sessions").status == 200

    with run.case("serve") as code:
        process = subprocess.Popen([*words, "--state", str(run.folder / "serve-state")])
        brokers.until(is_up, PATIENCE_S)
        process.terminate()
        code.append(process.wait(PATIENCE_S))


def pictures(run):
    """The smile model and the tracker by themselves, on pictures of nothing."""
    rng = np.random.default_rng(1)
    for n in range(8):
        coarse = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
        image = cv2.resize(coarse, (96, 96))
        for place in ("lfw/Al_Bo/Al_Bo_000{}.jpg", "mine/{1}/{0}.png", "genki4k/files/{0}.png"):
            path = Path(place.format(n, ("smile", "no_smile")[n % 2]))
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), image)
    lines = ["file,smile,yaw_rad,pitch_rad,roll_rad"]
    lines += [f"{n}.png,{n % 2},0.1,0,0" for n in range(8)]
    Path("genki4k/labels.csv").write_text("\n".join(lines) + "\n")
    Path("mine/l.csv").write_text("picture,smile\nsmile/0.png,yes\n")
    Path("det.txt").write_text("".join(f"{n},-1,{9 + n},9,40,40,1,-1,-1,-1\n" for n in range(1, 9)))
    run.run("track", "det.txt", "-o", "tracks.txt")
    run.run("faces", "mine/smile/0.png", "--context", "screening")
    run.run("dataset lfw", "lfw")
    run.run("dataset genki", "genki4k")
    sets(run)
    run.run("dataset folders", "mine")
    run.run("dataset csv", "mine/l.csv")
    run.run("dataset pack", "faces.csv", "-o", "packed", "--crops")
    run.run("dataset unpack", "packed", "-o", "unpacked")
    run.run("evaluate", "--data", ".", "--split", "all", "--crops")
    run.run("train", "--data", "faces.csv", "--work", "work", "--epochs", 1)
    run.run("train-env", "--at", "environment", "--python", "/no/python")


def sets(run):
    """The sets of other layouts, a picture each: one that is there already."""
    for name in ("mtfl/net_7876", "fairface/train", "ferplus/FER2013Train"):
        Path(name).mkdir(parents=True)
        Path(name, "0.jpg").write_bytes(Path("genki4k/files/0.png").read_bytes())
    line = " ".join(["net_7876\\0.jpg", *["9"] * 10, "1", "1", "1", "3"])
    Path("mtfl/training.txt").write_text(line + "\n")
    lines = "file,age,gender,race\ntrain/0.jpg,3-9,Male,Black\n"
    Path("fairface/fairface_label_train.csv").write_text(lines)
    names = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    votes = f"Usage,Image name,{names}\nTraining,0.jpg,3,7,0,0,0,0,0,0,0,0\n"
    Path("ferplus/fer2013new.csv").write_text(votes)
    run.run("dataset mtfl", "mtfl")
    run.run("dataset fairface", "fairface")
    run.run("dataset ferplus", "ferplus")


def aws(run):
    """Commands that talk to AWS, which is told to be where nobody listens."""
    told = {"AWS_ENDPOINT_URL": f"http://{CLOSED}", "AWS_MAX_ATTEMPTS": "1"}
    told |= {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    os.environ.update(told, AWS_DEFAULT_REGION="eu-west-1")
    run.run("deploy iot", "cam", "--dry-run")
    run.run("dataset label", "faces.csv", "--with", "rekognition", "--yes")
    run.run("ingest: S3", "s3://bucket/prefix")
    for name in (*told, "AWS_DEFAULT_REGION"):
        del os.environ[name]


def deploying(run):
    """Make bundles of lent packages, and bring one to this machine over a real sshd."""
    from laughtrack.edge.deploy import wheels
    from laughtrack.edge.deploy.greengrass import lambda_package  # noqa: F401  # reads its own lock
    from tests.edge.deploy import lent_bundle

    wheels.LOCKS = lent = lent_bundle.lend(run.folder / "wheels")
    target = ["--target", lent_bundle.TARGET]
    run.run("deploy bundle", *target, "--wheels", lent, "-o", "bundle.zip")
    wheels.cache().mkdir(parents=True)
    (wheels.cache() / lent_bundle.TARGET).symlink_to(lent)
    run.run("deploy greengrass", *target)
    os.environ.update(PIP_RETRIES="0", PIP_CONFIG_FILE=os.devnull)
    run.run("deploy lambda")
    film = cv2.VideoWriter("room.avi", cv2.VideoWriter_fourcc(*"MJPG"), 5, (160, 120))
    for n in range(50):
        film.write(np.full((120, 160, 3), 90 + n, np.uint8))
    film.release()
    Path("cam.ini").write_text(
        f"[laughtrack]\nsource = {run.folder}/room.avi\nspeed = 0.01\ndevice = cam\n"
        "context = screening\npublisher = file\nfile = out.jsonl\n"
    )
    with sshd(run.folder / "sshd") as there:
        there += ["--user-folder", str(run.folder / "device")]
        bundle = ["--bundle", "bundle.zip", "--python", lent_bundle.PYTHON]
        words = ["--settings", "cam.ini", "--service", "plain", "--wait", PATIENCE_S]
        run.run("deploy ssh", "127.0.0.1", *there, *bundle, *words)
        run.run("deploy status", "127.0.0.1", *there)
        run.run("deploy logs", "127.0.0.1", *there)
        run.run("deploy stop", "127.0.0.1", *there)
        run.run("deploy start", "127.0.0.1", *there, "--wait", PATIENCE_S)
        run.run("deploy restart", "127.0.0.1", *there, "--wait", PATIENCE_S)
        run.run("deploy update", "127.0.0.1", *there, *bundle, "--wait", PATIENCE_S)
        run.run("deploy remove", "127.0.0.1", *there, "--yes", "--purge")


@contextlib.contextmanager
def sshd(place):
    """Run an sshd with keys of its own on the loopback; yield ssh's options for it."""
    place.mkdir()
    for name in ("host", "me"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / name)]
        subprocess.run(words, check=True)
    port = brokers.free_port()
    (place / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {place}/host\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {place}/me.pub\nStrictModes no\nPasswordAuthentication no\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([SSHD, "-D", "-f", str(place / "config"), "-E", place / "log"])
    brokers.until(lambda: (place / "log").exists() and "listening" in (place / "log").read_text())
    try:
        options = ["StrictHostKeyChecking=no", f"UserKnownHostsFile={place}/known"]
        more = [word for option in options for word in ("--ssh-option", option)]
        yield ["--port", str(port), "--identity", str(place / "me"), *more]
    finally:
        server.terminate()
        server.wait()


# What OpenVINO sends by itself, and a packet to an address that is kept for examples.
TELEMETRY = """
import openvino, socket, time
time.sleep(1)
socket.socket().connect_ex(("192.0.2.1", 80))
"""


def control(run):
    """Do what laughtrack does not, so that it is seen that it would be found out."""
    run.start("control", sys.executable, "-c", TELEMETRY)


# Two that take as long as each other.
GROUPS = {
    "audience": [footage, *([broker] if MOSQUITTO else []), results, server],
    "others": [pictures, aws, *([deploying] if SSHD else []), control],
}


def main(folder, group):
    """Run a group's commands, in order."""
    os.chdir(folder)
    run = Runner(folder)
    for step in GROUPS[group]:
        began_s = time.monotonic()
        step(run)
        print(f"-- {step.__name__}: {time.monotonic() - began_s:.1f} s", flush=True)
        (folder / "results.json").write_text(json.dumps(run.results))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
