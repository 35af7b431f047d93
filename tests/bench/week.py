"""A week in an hour, whether the device program stays the size it is: `python -m tests.bench.week`.

The program runs as a process of its own on an endless stream, ten times as fast as its clock, of a
simulated audience that comes and goes; where the machine is too slow for that, as fast as it can.
The stream breaks now and then, and is there again. Batches go to a real broker and are counted
behind it. Memory, threads, open files and disk are those that the system sees.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import imageio_ffmpeg
import paho.mqtt.client as mqtt

from laughtrack.edge import resources
from laughtrack.edge.simulate.simulate import simulate

FILM_S, SIZE, FPS = 240, (480, 270), 12.5
# How often the stream breaks in a run.
BREAKS = 12
MOST_GROWTH = 1.05
# A disk's use goes up and down by a batch and a log line.
DISK_SLACK_MB = 1.0
START_S = 120
TOPIC = "laughtrack/bench/week/timeline"


def free_port():
    """Return a port of this machine that nobody has."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


class Stream:
    """An endless stream that breaks: ffmpeg plays the film in a loop, again and again.

    We pace it ourselves: however fast ffmpeg is told to read, it lets a packet through each 40 ms.
    """

    def __init__(self, film, speed, lasts_s):
        self._bytes_per_s = speed * film.stat().st_size / FILM_S
        self._lasts_s = lasts_s
        self._play = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "quiet", "-stream_loop", "-1"]
        self._play += ["-i", str(film), "-c", "copy", "-f", "matroska", "-"]
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.5)
        # What lies in buffers is still looked at after a break.
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        self.address = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"
        self.broken, self._over = 0, threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._over.is_set():
            with contextlib.suppress(socket.timeout, ConnectionError):
                reader, _ = self._server.accept()
                with reader, subprocess.Popen(self._play, stdout=subprocess.PIPE) as film:
                    try:
                        self._send(reader, film.stdout)
                    finally:
                        film.kill()
                self.broken += 1

    def _send(self, reader, film):
        reader.settimeout(60)
        began_s, sent = time.monotonic(), 0
        while time.monotonic() - began_s < self._lasts_s:
            piece = film.read(4096)
            reader.sendall(piece)
            sent += len(piece)
            ahead_s = sent / self._bytes_per_s - (time.monotonic() - began_s)
            if self._over.wait(max(0.0, ahead_s)):
                return

    def stop(self):
        """End it for good."""
        self._over.set()
        self._thread.join()
        self._server.close()


class Broker:
    """A real broker, and a subscriber that counts what arrives."""

    def __init__(self, folder):
        self.port = free_port()
        config = Path(folder) / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nlog_type none\n")
        server = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._process = subprocess.Popen([server, "-c", str(config)])
        self.numbers, self.end_s, self.readings = [], 0.0, 0
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe(TOPIC, qos=1)
        self._client.on_message = self._count
        for _ in range(100):
            with contextlib.suppress(OSError):
                self._client.connect("127.0.0.1", self.port)
                break
            time.sleep(0.1)
        self._client.loop_start()

    def _count(self, client, userdata, message):
        batch = json.loads(message.payload)
        self.numbers.append(batch["seq"])
        self.end_s = batch["end_s"]
        self.readings += len(batch["readings"]["t_s"])

    def missing(self):
        """How many batches of the session never came."""
        return len(set(range(max(self.numbers, default=-1) + 1)) - set(self.numbers))

    def stop(self):
        """End both."""
        self._client.disconnect()
        self._client.loop_stop()
        self._process.terminate()
        self._process.wait()


def start_device(folder, source, port, rate_hz):
    """Start the program as an operator would, but with settings of its own."""
    chosen = {
        "rate-hz": f"{rate_hz:g}",
        "device": "week",
        "site": "bench",
        "context": "screening",
        "source": source,
        "session": "start",
        "broker": f"mqtt://127.0.0.1:{port}",
        "folder": f"{folder}/device",
        "log-file": f"{folder}/device/log",
        "log-mb": "0.5",
        "status-s": "10",
    }
    flags = [word for name, value in chosen.items() for word in (f"--{name}", value)]
    environ = {k: v for k, v in os.environ.items() if not k.startswith("LAUGHTRACK_")}
    with open(f"{folder}/stderr", "w") as said:
        command = [sys.executable, "-m", "laughtrack.edge", "run", *flags]
        return subprocess.Popen(command, env=environ, stderr=said)


def disk_mb(folder):
    """Return what a folder's files take of the disk, in MB."""
    total = 0
    for path in Path(folder).rglob("*"):
        with contextlib.suppress(OSError):
            total += path.stat().st_blocks * 512
    return total / 1e6


def sample(device, folder):
    """Return memory in MB, threads, open files, and disk in MB of the running program."""
    threads, files = (len(os.listdir(f"/proc/{device.pid}/{what}")) for what in ("task", "fd"))
    return resources.memory_mb(device.pid), threads, files, disk_mb(folder)


def judge(samples):
    """Print the first and the last quarter's medians; whether all is flat."""
    quarter = max(1, len(samples) // 4)
    flat = True
    for n, name in enumerate(("memory MB", "threads", "files", "disk MB")):
        first = statistics.median(row[n] for row in samples[:quarter])
        last = statistics.median(row[n] for row in samples[-quarter:])
        if name == "memory MB":
            good = last <= MOST_GROWTH * first
        elif name == "disk MB":
            good = last <= MOST_GROWTH * first + DISK_SLACK_MB
        else:
            good = last == first
        flat = flat and good
        verdict = "flat" if good else "GROWS"
        print(f"{name:>10}  first quarter {first:8.1f}  last {last:8.1f}  {verdict}")
    return flat


def watch(device, broker, stream, folder, chosen):
    """Sample until the time is over; None when the program ended before."""
    began_s, samples = time.monotonic(), []
    while not broker.numbers:
        if device.poll() is not None or time.monotonic() - began_s > START_S:
            return None
        time.sleep(0.5)
    began_s = time.monotonic()
    names = ("real min", "session h", "batches", "breaks", "memory", "threads", "files", "disk MB")
    print("".join(f"{name:>10}" for name in names))
    while time.monotonic() - began_s < 60 * chosen.minutes:
        time.sleep(chosen.every)
        if device.poll() is not None:
            return None
        row = sample(device, f"{folder}/device")
        samples.append(row)
        at = (time.monotonic() - began_s) / 60, broker.end_s / 3600
        print(
            f"{at[0]:10.1f}{at[1]:10.2f}{len(broker.numbers):10}{stream.broken:10}"
            f"{row[0]:10.1f}{row[1]:10}{row[2]:10}{row[3]:10.2f}",
            flush=True,
        )
    return samples


def run(chosen, folder):
    """Run it all; the exit status."""
    film = Path(folder) / "film.mp4"
    simulate(film, chosen.viewers, FILM_S, SIZE, seed=5, fps=FPS)
    with contextlib.ExitStack() as stack:
        broker = Broker(folder)
        stack.callback(broker.stop)
        stream = Stream(film, chosen.speed, 60 * chosen.minutes / BREAKS)
        stack.callback(stream.stop)
        device = start_device(folder, stream.address, broker.port, chosen.rate)
        stack.callback(lambda: (device.kill(), device.wait()))
        samples = watch(device, broker, stream, folder, chosen)
        if not samples:
            print(f"the program ended or sent nothing: status {device.poll()}")
            for path in ("device/log", "stderr"):
                with contextlib.suppress(OSError):
                    print(Path(folder, path).read_text()[-2000:])
            return 1
        device.send_signal(signal.SIGTERM)
        status = device.wait(60)
        time.sleep(2)
    again = len(broker.numbers) - len(set(broker.numbers))
    minutes = broker.end_s / 60
    print(
        f"{minutes:.1f} minutes of session, {minutes / chosen.minutes:.1f} times as fast as the "
        f"clock: {len(broker.numbers)} batches, {broker.missing()} missing, {again} twice, "
        f"{broker.readings} readings; the program ended with {status}"
    )
    whole = broker.missing() == again == status == 0
    return 0 if judge(samples) and whole else 1


def main():
    """Run for so long, and judge."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--minutes", type=float, default=60, help="real ones (60)")
    options.add_argument("--speed", type=float, default=10, help="times as fast (10)")
    options.add_argument("--rate", type=float, default=10, help="looks a session's second (10)")
    options.add_argument("--viewers", type=int, default=5, help="(5)")
    options.add_argument("--every", type=float, default=30, help="seconds between samples (30)")
    with tempfile.TemporaryDirectory() as folder:
        return run(options.parse_args(), folder)


if __name__ == "__main__":
    sys.exit(main())
