"""What a device sends, keeps and is given: batches, settings, journals, outboxes, bundles.

The same form as in `tables`; folders are opened by the device's own classes.
"""

import hashlib
import json
import math
import os
import platform
import shutil
import zipfile
from pathlib import Path

from hypothesis import strategies as st

from laughtrack.analytics.ingest.arrivals import Arrival, parse
from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.sessions import load
from laughtrack.edge import settings as device_settings
from laughtrack.edge.deploy.on_device import release
from laughtrack.edge.device import commands
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.session.journal import Journal
from laughtrack.edge.session.schedule import Schedule
from laughtrack.edge.session.session import Session
from laughtrack.edge.session.session_names import SessionNames
from tests.analytics.store_batches import batch
from tests.bench.hostile.mutations import bytes_of, json_of, text_of
from tests.edge import session_cases

GROUP = 60
INFO = {"title": "The Night Bus", "context": "screening", "media_offset_s": 1.5}
INFO |= {"marks": [{"t_s": 3.0, "text": "film starts"}], "settings": {"rate_hz": 10.0}}
SETTINGS = """[laughtrack]
device = hall-2
site = default
title = The Night Bus
context = screening
rate_hz = 10
batch_s = 5.0
publisher = file
file = /tmp/batches.jsonl
topic = laughtrack/{site}/{device}/timeline
preview = 8080
outbox_mb = 512
"""
COMMAND = {"do": "mark", "text": "film starts", "id": "1"}


class Batches:
    """Batches into a real store, a group at a time; the store's rows compared with what was sent.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder):
        self._store = str(folder / "store")
        self._ingestor = BatchIngestor(
            self._store, Quarantine(folder / "quarantine"), lambda remark: None
        )
        self._group, self._number = [], 0
        example = batch(0, info=INFO)._asdict()
        self.inputs = json_of(json.loads(json.dumps(example)))

    def __call__(self, data):
        """Judge one payload; each group of them is stored, too."""
        arrival = Arrival(data, "fuzzed")
        self._group.append(arrival)
        if len(self._group) == GROUP:
            group, self._group = self._group, []
            wrong = self._ingest(group)
            if wrong:
                return wrong
        found = parse(arrival)
        plain = json.loads(data)
        # What a batch may leave out has its default.
        wanted = {**found._field_defaults, **plain}
        wanted = json.loads(json.dumps({name: wanted[name] for name in found._fields}))
        return None if wanted == json.loads(json.dumps(found._asdict())) else "other fields"

    def _ingest(self, group):
        """Store a group, and look that each accepted batch is there, once, with its readings."""
        before = self._ingestor.stored, self._ingestor.repeated, self._ingestor.refused
        self._ingestor.ingest(group)
        after = self._ingestor.stored, self._ingestor.repeated, self._ingestor.refused
        if sum(after) - sum(before) != len(group):
            return "a batch that was not counted once"
        stored = 0
        for session, device in list_sessions(self._store)[["session", "device"]].to_numpy():
            found = load(self._store, session, device)
            stored += len(found.spans)
            if found.spans["seq"].duplicated().any():
                return "a batch stored twice"
        return None if stored == self._ingestor.stored else "batches stored are not those counted"


def _settings(folder):
    path = folder / "device.ini"

    def judge(data):
        path.write_bytes(data)
        found = device_settings.load(str(path), environ={})
        text = data.decode("utf-8-sig").casefold()
        for name, value in found._asdict().items():
            default = device_settings.Settings._field_defaults[name]
            if isinstance(value, float) and not math.isfinite(value):
                return f"{name} is {value}"
            # What was taken stands in the file.
            taken = value.split("\n") if isinstance(value, str) and value != default else []
            if name != "device" and any(line.strip().casefold() not in text for line in taken):
                return f"{name} is {value!r}, which is not in the file"
        found.topics()
        return None

    return text_of(SETTINGS), judge


def _journals(folder):
    """The journal of a session that was killed, changed; the device goes on with it, or not."""
    kept = folder / "kept"
    kept.mkdir()
    session = Session(session_cases.services(kept), "show")
    for index in range(8):
        session.process(session_cases.grey(index, index / 10))
    (path,) = kept.glob("session.jsonl")
    good = path.read_bytes()
    lines = good.split(b"\n")
    left = Journal(kept).read()
    written = [left.head, *left.lines]
    place = folder / "device"

    @st.composite
    def changed(draw):
        if draw(st.booleans()):
            return draw(bytes_of(good))
        if draw(st.booleans()):
            return draw(text_of(good.decode()))
        at = draw(st.integers(0, len(lines) - 2))
        try:
            example = json.loads(lines[at])
        except ValueError:
            return draw(bytes_of(good))
        return b"\n".join([*lines[:at], draw(json_of(example)), *lines[at + 1 :]])

    def judge(data):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        (place / path.name).write_bytes(data)
        services = session_cases.services(place)
        saved = services.journal.read()
        schedule = Schedule(services, SessionNames(place, "cam"), lambda: None)
        schedule.resume()
        if schedule.session is None:
            raise ValueError("not gone on with")
        schedule.session.process(session_cases.grey(100, 10.0))
        # As far as it was read, it is what was written.
        taken = [saved.head, *saved.lines] if saved else []
        same = taken == written[: len(taken)]
        return None if same else "a changed line was taken for what was written"

    return changed(), judge


def _outboxes(folder):  # noqa: C901 - an input and its judge, side by side
    """Folders of waiting batches, of which names, counts and contents were changed."""
    kept, place = folder / "kept", folder / "outbox"
    box = Outbox(kept, 1e6)
    payloads = [json.dumps({"n": n, "x": "y" * n * 100}).encode() for n in range(8)]
    for payload in payloads:
        box.put(payload)
    box.refuse(1, "no")
    names = sorted(str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file())
    start = {name: (kept / name).read_bytes() for name in names}

    @st.composite
    def changed(draw):
        found = dict(start)
        for _ in range(draw(st.integers(1, 3))):
            name = draw(st.sampled_from(sorted(found)))
            what = draw(st.sampled_from(["bytes", "name", "gone", "copy", "json"]))
            if what == "bytes":
                found[name] = draw(bytes_of(found[name]))
            elif what == "gone" and len(found) > 1:
                del found[name]
            elif what == "json" and "counts" in "".join(found):
                counts = next(each for each in found if "counts" in each)
                values = {"dropped": 3, "refused": 1, "below": 1}
                found[counts] = draw(json_of(values))
            else:
                new = draw(text_of(name)).decode(errors="replace")
                new = new.replace("\0", "").replace("\n", "")[:200].strip("/. ") or "x"
                if ".." not in new and new not in found and not _clashes(new, found):
                    found[new] = found[name] if what == "copy" else found.pop(name)
        return found

    def judge(files):
        shutil.rmtree(place, ignore_errors=True)
        for name, data in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)
        again = Outbox(place, 1e6, keep_s=60.0)
        waiting, sent, before = again.waiting, 0, (again.dropped, again.refused)
        if min(*before, again.bytes) < 0:
            return "counts below none"
        while (each := again.first()) is not None:
            if each.payload not in payloads and each.payload not in files.values():
                return "a batch that nobody wrote"
            again.remove(each.key)
            sent += 1
        again.put(b"{}")
        if again.first().payload != b"{}" or sent > waiting:
            return "a new batch that does not come out"
        if sent + again.refused - before[1] < waiting:
            return "batches that are gone and not counted"
        return None

    return changed(), judge


def _clashes(name, files):
    """Return whether a name is another's folder, or the other way round."""
    parts = name.split("/")
    if any(len(part.encode()) > 200 or not part for part in parts):
        return True
    return any(each.startswith(name + "/") or name.startswith(each + "/") for each in files)


def _bundles(folder):  # noqa: C901 - as above
    """Archives whose manifest, names and bytes were changed; what is accepted is unpacked."""
    files = {f"laughtrack/{name}": name.encode() * 50 for name in ("a.py", "edge/b.py", "c.bin")}
    files["wheels/x-1.0-py3-none-any.whl"] = b"wheel"
    facts = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    }
    target = {"python": "3.7", "glibc": "2.17", "machine": platform.machine(), "target": "t"}
    manifest = {"id": "0.2.0-t-abcdef", "files": facts, "version": "0.2.0", **target}
    archive, place = folder / "bundle.zip", folder / "releases"
    names = ("../x", "/tmp/x", "laughtrack/../../x", "a/b", "laughtrack", ".lock", "installed.json")

    @st.composite
    def changed(draw):
        text = draw(json_of(manifest)) if draw(st.booleans()) else json.dumps(manifest).encode()
        found = dict(files)
        for _ in range(draw(st.integers(0, 2))):
            name = draw(st.sampled_from(sorted(found)))
            what = draw(st.sampled_from(["bytes", "name", "gone"]))
            if what == "bytes":
                found[name] = draw(bytes_of(found[name]))
            elif what == "gone" and len(found) > 1:
                del found[name]
            else:
                new = draw(st.sampled_from(names))
                found[new] = found.pop(name)
                if draw(st.booleans()):
                    # The manifest lies with it.
                    here = facts.get(name, facts["laughtrack/a.py"])
                    listed = {n: facts.get(n, here) for n in found if n in facts or n == new}
                    text = json.dumps({**manifest, "files": listed}).encode()
        if draw(st.booleans()) and draw(st.booleans()):
            bad = draw(
                st.sampled_from(["..", "../../x", "/etc", ".", "", "a/b", "current", "x" * 300])
            )
            text = json.dumps({**manifest, "id": bad}).encode()
        packed = _packed(archive, {**found, "manifest.json": text}, draw(st.booleans()))
        return draw(bytes_of(packed)) if draw(st.integers(0, 3)) == 0 else packed

    def judge(data):
        shutil.rmtree(place, ignore_errors=True)
        archive.write_bytes(data)
        found = release.read_manifest(archive)
        release.unpack(archive, found, place / found["id"])
        here = place / found["id"]
        for name, each in found["files"].items():
            if name.startswith("wheels/"):
                continue
            if hashlib.sha256((here / name).read_bytes()).hexdigest() != each["sha256"]:
                return f"{name} is not what the manifest says"
        return None

    # Minutes, and nothing in it is read from the archive.
    release._make_environment = lambda folder: None
    os.sync = lambda: None
    return changed(), judge


def _packed(path, files, stored):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            out.writestr(zipfile.ZipInfo(name), data)
    return path.read_bytes()


def _commands(folder):
    def judge(data):
        found = commands.parse(data)
        plain = json.loads(data)
        words = {name: (plain.get(name) or "") for name in found._fields}
        words["text"] = words["text"].strip()
        return None if words == found._asdict() else "another command"

    return json_of(COMMAND), judge


def kinds(folder, name):
    """Return how an input of a kind is made and what judges it, in an empty folder."""
    if name == "batches":
        made = Batches(Path(folder))
        return made.inputs, made
    makers = {
        "settings": _settings,
        "journals": _journals,
        "outboxes": _outboxes,
        "bundles": _bundles,
        "commands": _commands,
    }
    return makers[name](Path(folder))


NAMES = ("batches", "settings", "journals", "outboxes", "bundles", "commands")
