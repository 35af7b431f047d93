"""Bundles that somebody made to do harm, and what they were unpacked to.

`unpacked` installs one as far as its files go, in a folder beside which others lie, and says what
became of the others: nothing, whatever the bundle.
"""

import hashlib
import io
import json
import shutil
import stat
import struct
import warnings
import zipfile
from unittest import mock

from hypothesis import strategies as st

from laughtrack.edge.deploy.on_device import release

# Names that lead out, that meet another's, that a shell, a unit or a terminal reads.
NASTY = (
    *("..", ".", "", "../x", "a/../../x", "/etc/cron.d/x", "//x", "a//b", "a/./b", "a/"),
    *("\\x", "..\\x", "~/x", "-rf", "a b", "a\nb", "a\0b", "\x1b[2J", "%h", "$(id)", "ä", "ａ"),
    *("installed.json", "venv/bin/python", "manifest.json", "INSTALLED.JSON", "Venv/x"),
    *("a/b", "A/b", "a", "laughtrack/x.py", "laughtrack/X.py", "wheels/pip-1.whl"),
    *(".hidden", "a/.." * 40, "x" * 300),
)
NAMES = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.just([]),
    st.just({}),
)


@st.composite
def bundles(draw):
    """Draw an archive's bytes, of the right structure but for what somebody changed."""
    files = draw(st.dictionaries(NAMES, st.binary(max_size=40), max_size=4))
    listed = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in files.items()
    }
    manifest = {"id": "new-1", "python": "3.11", "machine": "x86_64", "glibc": "2.17"}
    manifest.update(target="py311-x86_64", files=listed)
    if draw(st.booleans()):
        manifest["id"] = draw(st.one_of(NAMES, JUNK))
    if listed and draw(st.integers(0, 3)) == 0:
        facts = listed[draw(st.sampled_from(sorted(listed)))]
        facts[draw(st.sampled_from(("size", "sha256")))] = draw(st.one_of(JUNK, st.just(2**60)))
    if draw(st.integers(0, 5)) == 0:
        manifest[draw(st.sampled_from(sorted(manifest)))] = draw(JUNK)
    if draw(st.integers(0, 5)) == 0:
        files[draw(NAMES)] = b"not listed"
    return archive(draw, files, manifest)


def archive(draw, files, manifest):
    """Write the files as a ZIP: with links, packed and doubled files, flipped bytes."""
    whole = io.BytesIO()
    kinds = st.sampled_from(
        (0, stat.S_IFREG, stat.S_IFREG, stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR)
    )
    with warnings.catch_warnings(), zipfile.ZipFile(whole, "w") as out:
        warnings.simplefilter("ignore")  # of doubled names
        for name, data in [*files.items(), ("manifest.json", json.dumps(manifest).encode())]:
            for _ in range(2 if draw(st.integers(0, 19)) == 0 else 1):
                entry = zipfile.ZipInfo("x")
                entry.filename = name
                entry.external_attr = (draw(kinds) | 0o644) << 16
                if draw(st.integers(0, 19)) == 0:
                    entry.compress_type = zipfile.ZIP_DEFLATED
                try:
                    out.writestr(entry, data)
                except (ValueError, UnicodeError, struct.error):
                    continue
    data = bytearray(whole.getvalue())
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 4)))):
        data[draw(st.integers(0, len(data) - 1))] ^= 1 << draw(st.integers(0, 7))
    return bytes(data)


def unpacked(data, place):
    """Unpack a bundle's bytes in `place`; return its files by name, or None where it was refused.

    Raises
    ------
    AssertionError
        Something was written or deleted outside the release's folder.
    """
    place.mkdir(exist_ok=True)
    bundle = place / "bundle.zip"
    bundle.write_bytes(data)
    releases = place / "home" / "device" / "releases"
    (releases / "in-use").mkdir(parents=True, exist_ok=True)
    (releases / "in-use" / "mine").write_text("mine")
    (place / "home" / "key").write_text("mine")
    before = tree(place)
    found = None
    try:
        manifest = release.read_manifest(bundle)
        folder = releases / manifest["id"]
        with mock.patch.object(release, "_make_environment", environment):
            release.unpack(bundle, manifest, folder)
        found = tree(folder)
        assert folder.parent == releases and folder.resolve() == folder
        shutil.rmtree(folder)
    except release.BadBundle:
        pass
    assert tree(place) == before
    return found


def environment(folder):
    """Make what `unpack` takes away again, in place of minutes of pip."""
    (folder / "wheels").mkdir(parents=True, exist_ok=True)


def tree(place):
    """Return all that lies in a folder, with its content."""
    return {
        path.relative_to(place).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(place.rglob("*"))
    }
