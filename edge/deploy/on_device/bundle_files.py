"""A bundle's files, read as what they may be: a stranger's.

Nothing is believed that the archive says of itself before it is checked: names stay inside the
release's folder, sizes are bounded, and what is read is what the manifest's sums are of.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from laughtrack.edge.deploy.on_device.paths import NAME

if TYPE_CHECKING:
    from types import TracebackType

# Written last: a release without it was never finished, and goes at the next install.
MARK = "installed.json"
# A bundle has 100 files and 160 MB.
MOST_FILES, MOST_BYTES, MOST_MANIFEST, MOST_NAME = 20_000, 2**31, 2**23, 200
# What the installer makes in a release beside the bundle's files.
RESERVED = frozenset((MARK, "manifest.json", "venv"))
# What of a manifest is read later on, and what it may be.
FIELDS = {"python": r"\d+\.\d+", "glibc": r"\d+\.\d+", "machine": r"\w+", "target": r"[\w-]+"}


class BadBundle(ValueError):
    """The bundle is not what its manifest says, or not for this device."""


class BundleFiles:
    """An open bundle, whether it is still a ZIP or unpacked.

    Parameters
    ----------
    bundle : Path
        The ZIP, or the folder that it was unpacked into.

    Raises
    ------
    BadBundle
        It cannot be opened, or holds what no bundle holds.
    """

    def __init__(self, bundle: Path) -> None:
        self._bundle, self._file = Path(bundle), None  # type: Path, Any
        self._zip: zipfile.ZipFile | None = None
        self._entries: dict[str, zipfile.ZipInfo] = {}
        if not self._bundle.is_dir():
            try:
                self._file = open(str(bundle), "rb")  # noqa: SIM115 - read until `__exit__`
                self._zip = zipfile.ZipFile(self._file)
                self._check_entries(self._zip.infolist())
            except BadBundle:
                self.close()
                raise
            except Exception as error:  # whatever a damaged archive leads zipfile to
                self.close()
                reason = f"{bundle} is no whole bundle ({error}): copy it again"
                raise BadBundle(reason) from None

    def __enter__(self) -> BundleFiles:
        """Return the bundle itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def check_sha256(self, expected: str) -> None:
        """Compare the archive with a sum that came another way than the archive.

        Parameters
        ----------
        expected : str
            64 hexadecimal digits.

        Raises
        ------
        BadBundle
            It is another archive, or unpacked, so that it has no sum.
        """
        if not self._file:
            raise BadBundle(f"{self._bundle} is a folder: --sha256 is of the ZIP")
        digest = hashlib.sha256()
        self._file.seek(0)
        for block in iter(lambda: self._file.read(1 << 20), b""):
            digest.update(block)
        if digest.hexdigest() != expected.strip().lower():
            raise BadBundle(
                f"{self._bundle} has the SHA-256 {digest.hexdigest()}, not {expected}: it is not"
                " the bundle that was meant; copy it again"
            )

    def manifest(self) -> dict[str, Any]:
        """Read the manifest, and compare each file with it.

        Returns
        -------
        dict

        Raises
        ------
        BadBundle
            Naming the file that is missing, changed, not listed, or has no business here.
        """
        try:
            manifest = json.loads(self._read("manifest.json", MOST_MANIFEST).decode())
            listed: dict[str, dict[str, Any]] = manifest["files"]
            _check_manifest(manifest)
        except BadBundle as error:
            raise BadBundle(f"{self._bundle}: {error}: build it again") from None
        except Exception as error:  # as above
            reason = f"{self._bundle} has no manifest to read ({error}): copy it again"
            raise BadBundle(reason) from None
        more = self._names() - set(listed) - {"manifest.json"}
        if more:
            name = sorted(more)[0]
            shown = name if re.fullmatch(r"[\w./+-]+", name, re.ASCII) else repr(name)
            raise BadBundle(f"{self._bundle}: {shown:.200} is not in its manifest: build it again")
        for name, facts in listed.items():
            self.copy(name, facts, None)
        return manifest

    def copy(self, name: str, facts: dict[str, Any], out: IO[bytes] | None) -> None:
        """Read one file, and see that it is what the manifest says.

        Parameters
        ----------
        name : str
        facts : dict
            Its `size` and `sha256`.
        out : file or None
            What is written to.

        Raises
        ------
        BadBundle
        OSError
            It cannot be written.
        """
        digest, left = hashlib.sha256(), facts["size"]
        try:
            with self._open(name) as file:
                while left >= 0:
                    block = file.read(min(1 << 20, left + 1))
                    if not block:
                        break
                    left -= len(block)
                    digest.update(block)
                    if out and left >= 0:
                        _write(out, block)
        except _CannotWrite as error:
            raise error.args[0] from None
        except Exception as error:  # as above
            reason = f"{self._bundle}: cannot read {name} ({error}): copy it again"
            raise BadBundle(reason) from None
        if left or digest.hexdigest() != facts["sha256"]:
            raise BadBundle(f"{self._bundle}: {name} is not what was built: copy it again")

    def _check_entries(self, entries: list[zipfile.ZipInfo]) -> None:
        size = os.fstat(self._file.fileno()).st_size
        if size > MOST_BYTES or len(entries) > MOST_FILES:
            raise BadBundle(f"{self._bundle} is larger than any bundle: build it again")
        for entry in entries:
            kind = stat.S_IFMT(entry.external_attr >> 16)
            plain = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1
            # Stored as they are, so that nothing becomes larger than what was sent.
            if not plain or kind not in (0, stat.S_IFREG) or entry.filename in self._entries:
                raise BadBundle(
                    f"{self._bundle}: {entry.filename!r:.200} is there twice, compressed, encrypted"
                    " or no file: copy it again, or build it again"
                )
            self._entries[entry.filename] = entry
        if sum(entry.file_size for entry in entries) > size:
            raise BadBundle(f"{self._bundle}: its files overlap: build it again")

    def _names(self) -> set[str]:
        if self._zip:
            return set(self._entries)
        found: set[str] = set()
        for root, folders, names in os.walk(str(self._bundle)):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names + [name for name in folders if Path(root, name).is_symlink()]:
                found.add(Path(root, name).relative_to(self._bundle).as_posix())
                if len(found) > MOST_FILES:
                    raise BadBundle(f"{self._bundle} is larger than any bundle")
        return found

    def _open(self, name: str) -> IO[bytes]:
        if self._zip:
            return self._zip.open(self._entries[name])
        path = self._bundle / name
        links = [place for place in (path, *path.parents) if place.is_symlink()]
        if any(self._bundle in place.parents for place in links):
            raise OSError("a symbolic link")
        # A FIFO would be waited for.
        return os.fdopen(os.open(str(path), os.O_RDONLY | os.O_NONBLOCK), "rb")

    def _read(self, name: str, most: int) -> bytes:
        with self._open(name) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise OSError(f"{name} is too large")
        return data


class _CannotWrite(Exception):
    """Tells a full disk here from a damaged archive there."""


def _write(out: IO[bytes], block: bytes) -> None:
    try:
        out.write(block)
    except OSError as error:
        raise _CannotWrite(error) from None


def _check_manifest(manifest: dict[str, Any]) -> None:
    """Raise BadBundle for what the manifest of no bundle says."""
    name = manifest["id"]
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadBundle(f"its manifest's id is {name!r:.200}")
    for field, form in FIELDS.items():
        value = manifest[field]
        if not isinstance(value, str) or not re.fullmatch(form, value, re.ASCII):
            raise BadBundle(f"its manifest's {field} is {value!r:.200}")
    total = 0
    spelt: dict[str, str] = {}
    for name, facts in manifest["files"].items():
        size, digest = facts["size"], facts["sha256"]
        _check_name(name, spelt)
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise BadBundle(f"its manifest has {name} with the size {size!r:.200}")
        if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
            raise BadBundle(f"its manifest has {name} with the SHA-256 {digest!r:.200}")
        total += size
    if total > MOST_BYTES or len(manifest["files"]) > MOST_FILES:
        raise BadBundle("its manifest lists more than any bundle holds")


def _check_name(name: str, spelt: dict[str, str]) -> None:
    """Refuse a file's name that leads out of a release, or meets another's."""
    parts = name.split("/")
    whole = all(NAME.fullmatch(part) for part in parts)
    if not whole or len(name) > MOST_NAME or parts[0].lower() in RESERVED:
        raise BadBundle(f"its manifest names the file {name!r:.200}")
    for i in range(1, len(parts) + 1):
        part = "/".join(parts[:i])
        kind = part + ("/" if i < len(parts) else "")
        # Once as it is written: neither A beside a, nor a beside a/b.
        if spelt.setdefault(part.lower(), kind) != kind:
            raise BadBundle(f"its manifest names {name!r} beside {spelt[part.lower()]!r}")
