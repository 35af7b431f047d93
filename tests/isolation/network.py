"""A machine without a network, on which every question and every connection is written down.

``python -m tests.isolation.network FOLDER GROUP``, started by `unshare` in network and mount
namespaces of its own: only the loopback is up, and the one name server is ours. It runs a group of
`commands.py` there, and leaves in FOLDER what came of them (`results.json`), the names that were
asked for (`questions.json`), and, where there is strace, the addresses that were connected or sent
to (`trace`).
"""

import fcntl
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path


def strace():
    """Return strace's words, that stop a program at the traced calls alone; none where it fails."""
    path = shutil.which("strace")
    # Before 5.3 it knows no --seccomp-bpf; a container may forbid both.
    for words in ([path, "-f", "-qq", "--seccomp-bpf"], [path, "-f", "-qq"]):
        if path and not subprocess.run([*words, "true"], capture_output=True).returncode:
            return words
    return []


STRACE = strace()
CALLS = "connect,sendto,sendmsg,sendmmsg"
# Names of this end are marks in the list of questions: what follows is a command's.
MARK = ".command-begins"
SET_FLAGS, UP = 0x8914, 0x41  # SIOCSIFFLAGS; IFF_UP and IFF_RUNNING
PLACES = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TMPDIR")
# What a user's own settings would lead elsewhere, and by what OpenVINO's makers know a test.
DROPPED = re.compile(
    "AWS_|PIP_|LAUGHTRACK_(?!DATA|TRAIN)|MPL|.*_PROXY|.*_proxy|CI$|TF_BUILD|JENKINS_URL|.*_CI$"
)


class NameServer(threading.Thread):
    """Writes down each question and answers that there is no such name."""

    def __init__(self):
        super().__init__(daemon=True)
        self.questions = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))

    def run(self):
        """Answer for ever."""
        while True:
            data, asker = self._socket.recvfrom(4096)
            name, at = [], 12
            while data[at]:
                name.append(data[at + 1 : at + 1 + data[at]].decode("latin-1"))
                at += 1 + data[at]
            self.questions.append(".".join(name))
            header = data[:2] + struct.pack(">5H", 0x8183, 1, 0, 0, 0)
            self._socket.sendto(header + data[12 : at + 5], asker)


def label(name):
    """Return a command's name as it stands in a mark."""
    return re.sub("[^a-z0-9]+", "-", name.lower())


def mark(name):
    """Note in both records that a command begins."""
    encoded = b"".join(
        bytes([len(each)]) + each for each in (label(name).encode(), MARK[1:].encode())
    )
    question = struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + encoded + b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.sendto(question, ("127.0.0.1", 53))
    with socket.socket(socket.AF_UNIX) as nowhere:
        nowhere.connect_ex("/no/" + label(name) + MARK)


def by_command(lines, mark_of):
    """Sort what was written down by the command whose mark came before it."""
    found, current = {}, "before"
    for line in lines:
        begins = mark_of(line)
        current = begins or current
        if not begins:
            found.setdefault(current, []).append(line)
    return found


def questions(folder):
    """Return the names that each command asked for."""

    def mark_of(name):
        return name.removesuffix(MARK) if name.endswith(MARK) else None

    return by_command(json.loads((folder / "questions.json").read_text()), mark_of)


def connections(folder):
    """Return the lines of the trace in which each command spoke to anything but this machine."""
    path = folder / "trace"
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []

    def mark_of(line):
        found = re.search(rf'sun_path="/no/(.*){MARK}"', line)
        return found and found[1]

    wanted = [line for line in lines if mark_of(line) or "sa_family=AF_INET" in line]
    local = re.compile(r'inet_addr\("(127\.|0\.0\.0\.0")|"(::1?|::ffff:127\..*)", &sin6_addr')
    return by_command([line for line in wanted if mark_of(line) or not local.search(line)], mark_of)


def main(folder, group):
    """Run a group's commands, and write down what they did to the network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))
    for path, text in (
        ("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"),
        ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    ):
        (folder / Path(path).name).write_text(text)
        if Path(path).exists():
            subprocess.run(["mount", "--bind", folder / Path(path).name, path], check=True)
    server = NameServer()
    server.start()
    environ = {name: value for name, value in os.environ.items() if not DROPPED.match(name)}
    for name in PLACES:
        (folder / name).mkdir()
        environ[name] = str(folder / name)
    tracing = [*STRACE, "-e", f"trace={CALLS}", "-o", folder / "trace"] if STRACE else []
    words = [sys.executable, "-m", "tests.isolation.commands", folder, group]
    with (folder / "log").open("wb") as log:
        subprocess.run([*tracing, *words], env=environ, stdout=log, stderr=log)
    (folder / "questions.json").write_text(json.dumps(server.questions))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
