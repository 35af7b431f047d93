"""Events for who was away: each that was missed, once, or how everything stands."""

import asyncio
import json

from laughtrack.analytics.web.live.event_ring import EventRing
from laughtrack.analytics.web.live.event_stream import _events


def parsed(data):
    """Return (id, kind, data) of each event in what was sent."""
    found = []
    for block in data.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


def filled(count, most_bytes=10_000):
    """Return a ring with so many events."""
    ring = EventRing(most_bytes)
    for number in range(1, count + 1):
        ring.add("look", {"number": number})
    return ring


def test_each_missed_event_comes_once():
    """From the ID of the last one that was seen, to the newest."""
    ring = filled(20)
    events = parsed(ring.after(0))
    assert [data["number"] for _, _, data in events] == [*range(1, 21)]
    seen = ring.position(events[4][0])
    assert [data["number"] for _, _, data in parsed(ring.after(seen))] == [*range(6, 21)]
    assert ring.after(ring.position(events[-1][0])) == b""


def test_what_is_too_old_is_not_kept():
    """The memory is bounded; who needs older ones is told how everything stands."""
    ring = filled(1000, most_bytes=2_000)
    assert ring.after(5) is None
    kept = parsed(ring.after(980))
    assert len(kept) == 20 and len(ring.after(980)) < 2_000


def test_ids_of_another_run_or_of_nobody_mean_nothing():
    """A server that was started anew counts from the beginning."""
    ring, other = filled(5), filled(5)
    (first, *_) = parsed(other.after(0))
    for text in (first[0], "", "x", "-", "5", f"{first[0]}x", "a-" + "9" * 5000):
        assert ring.position(text) is None
    own = parsed(ring.after(0))[0][0]
    assert ring.position(own.partition("-")[0] + "-" + "9" * 5000) == ring.last


def test_what_was_forgotten_is_told_to_nobody():
    """Whoever comes back gets a snapshot, and none of the old events."""
    ring = filled(5)
    ring.forget()
    assert ring.after(3) is None and ring.after(4) is None and ring.after(ring.last) == b""


def test_stream_tells_all_of_it_over_two_connections():
    """The first one breaks; the second begins where it was."""

    async def watch():
        ring, told = EventRing(), []

        async def take(number, count):
            events = _events(ring, lambda: ring.snapshot({"number": ring.last}), number)
            async for data in events:
                told.extend(parsed(data))
                if len(told) >= count:
                    break
            await events.aclose()

        async def fill(numbers):
            for number in numbers:
                ring.add("look", {"number": number})
                await asyncio.sleep(0)

        await asyncio.gather(take(None, 6), fill(range(1, 7)))
        await fill(range(7, 20))
        # Of the connection that broke, some may have been on its way: the ID is what counts.
        await take(ring.position(told[-1][0]), 20)
        return told

    told = asyncio.run(watch())
    kinds = [kind for _, kind, _ in told]
    assert kinds[0] == "snapshot" and set(kinds[1:]) == {"look"}
    first = told[0][2]["number"]
    assert [data["number"] for _, _, data in told[1:]] == [*range(first + 1, 20)]


def test_closed_ring_lets_its_watchers_go():
    """A server that ends waits for none of them."""

    async def watch():
        ring = EventRing()
        asyncio.get_running_loop().call_later(0.05, ring.close)
        return [data async for data in _events(ring, lambda: b"", 0)]

    assert asyncio.run(asyncio.wait_for(watch(), 5)) == [b"retry: 1000\n\n"]
