"""What a damaged disk costs: `python -m tests.bench.bit_flips`.

One bit at a time is flipped in a file of a device's folder or of a store, its Delta log included;
or the file is cut off, a block of it is zeros, or two lines have changed places. Then the folder is
used as ever. Each time the results must be the same, or the damage be said and counted: nothing
other than what was written may come out, nothing twice, and nothing may be missing in silence.
"""

import argparse
import contextlib
import logging
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from laughtrack.analytics.ingest.arrivals import parse
from laughtrack.analytics.ingest.files import BatchFiles
from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.compaction import finish
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.sessions import load
from laughtrack.edge.checked_files import damaged_count
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.publish.file import FilePublisher
from laughtrack.edge.readings import COLUMNS, Batch, to_json
from laughtrack.edge.session.journal import Journal
from laughtrack.edge.session.session_names import SessionNames

SAME, SAID, SILENT, TWICE = "same results", "said and counted", "SILENT", "TWICE"
# The last frames of an open batch, which a power cut may take: a gap in the time looked at.
POWER_CUT = "as a power cut"
DAMAGES = ("bit", "cut off", "zeros", "lines")
ROOM = 60_000


def batch(seq, session="show", device="cam", last=False):
    """Make a batch of a few viewers; each number of it differs from batch to batch."""
    dice = random.Random(f"{seq} {session} {device}")
    times = [round(5 * seq + 0.5 * n, 3) for n in range(10) for _ in range(4)]
    columns = {"viewer_id": [1, 2, 3, 4] * 10, "t_s": times}
    for name in COLUMNS[2:6]:
        columns[name] = [dice.randrange(600) for _ in times]
    for name in COLUMNS[6:]:
        columns[name] = [round(dice.random(), 3) for _ in times]
    info = {"context": "screening", "title": "A show"} if seq == 0 else {}
    if last:
        info["complete"] = True
    start_s = 5.0 * seq
    return Batch(
        1, device, session, "2026-01-01T20:00:00Z", seq, start_s, start_s + 5, 10, columns, info
    )


def make_device(folder):
    """Lay a device's folder down as a killed program leaves it."""
    box = Outbox(folder / "outbox", ROOM)
    for seq in range(12):
        box.put(to_json(batch(seq)).encode())
    box.refuse(box.first()[0], "the broker will not have it")
    names = SessionNames(folder, "cam")
    names.begin("before")
    names.begin("show")
    journal = Journal(folder)
    journal.begin({"format": 2, "session": "show", "closed": batch(11)._asdict(), "state": [1.5]})
    for n in range(30):
        journal.add({"t_s": 60 + n / 10, "index": n, "readings": [[1, 60.5, [1, 2, 3, 4], 0.5]]})


def use_device(folder):
    """Start as the program does; return what comes out, what was kept aside, and the counts."""
    box = Outbox(folder / "outbox", ROOM)
    names = SessionNames(folder, "cam")
    saved = Journal(folder).read()
    sent = []
    while item := box.first():
        sent.append(item.payload)
        box.remove(item.key)
    lines = [] if saved is None else [saved.head, *saved.lines]
    found = [*sent, *map(str, lines), *map(str, names._names)]
    aside = damaged_count(folder) + damaged_count(folder / "outbox")
    return found, aside + box.refused, box.dropped


def make_lines(folder):
    """Write batches to a file, as a device does that has no broker."""
    publisher = FilePublisher(str(folder / "sent.jsonl"))
    for seq in range(12):
        publisher.send(to_json(batch(seq)).encode())
    publisher.close()


def use_lines(folder):
    """Read the file as ingest does; return what is a batch, and what was refused or left."""
    files, found, refused = BatchFiles([folder]), [], 0
    for arrival in files.new_arrivals():
        try:
            found.append(to_json(parse(arrival)))
        except ValueError:
            refused += 1
    return found, refused + len(files.unfinished), 0


def judge_device(folder, expected, damage):
    """Say what damage did to a device's folder, or to its file of batches."""
    use = use_lines if (folder / "sent.jsonl").exists() else use_device
    found, aside, dropped = use(folder)
    whole, whole_aside, whole_dropped = expected
    if len(found) != len(set(found)):
        return TWICE
    if set(found) - set(whole):
        return SILENT
    counted = aside > whole_aside
    if found == whole and (dropped == whole_dropped or counted):
        return SAID if counted else SAME
    if counted:
        return SAID
    lines_lost = all(each.startswith("{'t_s'") for each in set(whole) - set(found))
    return POWER_CUT if damage == "cut off" and lines_lost else SILENT


def make_store(folder):
    """Store two devices' batches one by one, one session finished, over two checkpoints."""
    store = str(folder)
    for seq in range(12):
        extend(store, [batch(seq), batch(seq, "other", "cam 2", seq == 11)])
    finish(store, "other", "cam 2")
    for seq in range(12, 24):
        extend(store, [batch(seq)])


def use_store(folder):
    """Read all that a store holds, as plain values."""
    known = list_sessions(str(folder))
    found = [known.to_csv()]
    for row in known.itertuples():
        session = load(str(folder), row.session, row.device)
        found += [session.readings.to_csv(), session.spans.to_csv(), str(session.info)]
    return found, int(known["missing_batches"].sum()), int(known["readings"].sum())


def judge_store(folder, expected):
    """Say what damage did to a store: first reading it, then storing old and new batches."""
    first = _judged(folder, expected[0])
    if first in (SILENT, TWICE):
        return first
    try:
        extend(str(folder), [batch(3), batch(23), batch(11, "other", "cam 2", True), batch(24)])
    except StoreError:
        return SAID
    second = _judged(folder, expected[1])
    return second if second in (SILENT, TWICE) else first


def _judged(folder, expected):
    try:
        found, missing, readings = use_store(folder)
    except StoreError:
        return SAID
    if found == expected[0]:
        return SAME
    if readings > expected[2]:
        return TWICE
    return SAID if missing > expected[1] else SILENT


def damaged(data, damage, dice):
    """Return a file's bytes with a damage."""
    at = dice.randrange(len(data))
    if damage == "bit":
        return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]
    if damage == "cut off":
        return data[:at]
    if damage == "zeros":
        start = at // 4096 * 4096
        return data[:start] + bytes(len(data[start : start + 4096])) + data[start + 4096 :]
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data
    first, second = sorted(dice.sample(range(len(lines)), 2))
    if dice.random() < 0.5:
        lines[first], lines[second] = lines[second], lines[first]
    else:
        lines.insert(second, lines[first])
    return b"".join(lines)


def kind_of(path):
    """Return what a file is, for the table."""
    name = path.name
    if "_tables" in path.parts:
        return "store: derived tables"
    if "_delta_log" in path.parts:
        return "log: checkpoint" if "checkpoint" in name else "log: commit"
    if path.suffix == ".parquet":
        return "store: rows"
    if path.parent.name in ("outbox", "refused") and name[0].isdigit():
        what = "reason" if path.suffix == ".txt" else "batch"
        return f"device: {path.parent.name} {what}"
    if path.parent.name == "_laughtrack":
        return "log: sums"
    named = {"session.jsonl": "device: journal", "sent.jsonl": "file of batches"}
    return named.get(name, f"device: {name}")


def one(whole, work, relative, damage, seed, expected):
    """Damage a file of a copy of a folder and use the copy; return what came of it."""
    logging.disable()
    # What a damaged file makes the library print.
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(whole, work)
    path = work / relative
    before = path.read_bytes()
    after = damaged(before, damage, random.Random(seed))
    path.write_bytes(after)
    if before == after:
        return SAME
    is_store = (whole / "_delta_log").is_dir()
    return judge_store(work, expected) if is_store else judge_device(work, expected, damage)


def _worker():
    # The library's threads do not come along with a fork.
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def prepare(folder):
    """Make both folders; return each with what is expected of it, undamaged."""
    device, lines, store = folder / "device", folder / "lines", folder / "store"
    device.mkdir()
    make_device(device)
    lines.mkdir()
    make_lines(lines)
    shutil.copytree(device, folder / "used")
    make_store(store)
    before = use_store(store)
    shutil.copytree(store, folder / "more")
    extend(str(folder / "more"), [batch(24)])
    return {
        device: use_device(folder / "used"),
        lines: use_lines(lines),
        store: (before, use_store(folder / "more")),
    }


def _damages(files):
    """Return the damages to try; a file of lines that is cut off is as long as it is."""
    if Path("sent.jsonl") in files:
        return ("bit", "zeros")
    return DAMAGES if Path("session.jsonl") in files else DAMAGES[:-1]


def campaign(folder, flips, seed):
    """Damage files at random; return by (kind, damage, result) how often, and the bad cases.

    Parameters
    ----------
    folder : Path
        Empty; everything goes here.
    flips : int
        For a device's folder and a store: so many bits, and a tenth as many of each other damage
        and of a file of batches.
    seed : int
    """
    dice = random.Random(seed)
    counts, bad = Counter(), []
    with contextlib.ExitStack() as stack:
        pool = None
        for whole, expected in prepare(folder).items():
            files = sorted(path for path in whole.rglob("*") if path.is_file())
            files = [path.relative_to(whole) for path in files if path.stat().st_size]
            dice.shuffle(files)
            for damage in _damages(files):
                bits = flips // 10 if len(files) == 1 else flips
                for n in range(bits if damage == "bit" else max(1, flips // 10)):
                    # Each file as often as the others.
                    relative = files[n % len(files)] if damage == "bit" else dice.choice(files)
                    if damage == "lines":
                        relative = Path("session.jsonl")
                    case = whole, folder / "work", relative, damage, dice.random(), expected
                    pool = pool or stack.enter_context(_worker())
                    try:
                        result = pool.submit(one, *case).result()
                    except BrokenProcessPool:
                        result, pool = "the process ended", None
                    counts[kind_of(relative), damage, result] += 1
                    if result not in (SAME, SAID, POWER_CUT):
                        bad.append((str(relative), damage, case[4], result))
    return counts, bad


def main():
    """Print a table by kind of file."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--flips", type=int, default=500, help="of bits in each folder (500)")
    options.add_argument("--seed", type=int, default=1, help="(1)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as made:
        counts, bad = campaign(Path(made), chosen.flips, chosen.seed)
    print(f"{'file':28}{'damage':10}{'result':20}{'times':>6}")
    for (kind, damage, result), times in sorted(counts.items()):
        print(f"{kind:28}{damage:10}{result:20}{times:6d}")
    for case in bad[:20]:
        print(*case)
    total = sum(counts.values())
    print(f"{total} damages, {len(bad)} neither said nor harmless")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
