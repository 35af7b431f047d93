"""The DeepLens Lambda's package: a zip with the handler on top, our code, weights, four packages.

OpenCV is left to the device: with it the package would be above what Lambda takes. The same input
gives the same bytes: names are sorted, times and permissions fixed.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zipfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.deploy import bundle
from laughtrack.edge.deploy.wheels import LOCKS, fetch, sha256

if TYPE_CHECKING:
    from collections.abc import Callable

LOCK = LOCKS / "lambda-py37.txt"
RUNTIME, HANDLER = "python3.7", "lambda_function.lambda_handler"
# AWS Lambda's limits, in bytes: unzipped; and zipped, unless it comes from S3.
MAX_UNZIPPED, MAX_DIRECT = 250 * 2**20, 50 * 2**20
# The kind of device whose wheels these are, in `edge.deploy.wheels`.
TARGET = "py37-x86_64"
MXNET = ("smilenet-symbol.json", "smilenet-0000.params")
# What a device has no use for of the packages: tests, headers and samples.
WHEELS_OUT = re.compile(r"/tests?/|/include/|\.(a|pyi|pxd|pyx|dat)$|\.dist-info/(RECORD|WHEEL)$")


class Package(NamedTuple):
    """A package that was built: where it lies, its sizes in bytes, and its SHA-256 in hex."""

    path: Path
    zipped: int
    unzipped: int
    sha256: str


def build(output: str | Path, wheels: str | Path | None = None) -> Package:
    """Build the package.

    Parameters
    ----------
    output : path
        The zip to write; replaced only by a whole one.
    wheels : path, optional
        Folder of wheels; missing ones are downloaded into it. The user's cache by default.

    Returns
    -------
    Package

    Raises
    ------
    ValueError
        If it is larger than AWS Lambda takes.
    OSError
        If a file cannot be read, downloaded or written.
    """
    output = Path(output)
    entries = _our_files()
    fetched = fetch(TARGET, wheels, LOCK)
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        with replacing(output) as part, ExitStack() as opened:
            for wheel in fetched:
                entries.update(_of_wheel(opened.enter_context(zipfile.ZipFile(wheel))))
            unzipped = _write(part, entries)
            if unzipped > MAX_UNZIPPED:
                raise ValueError(
                    f"the package has {unzipped / 2**20:.1f} MB unzipped: "
                    "AWS Lambda takes at most 250"
                )
    except OSError as error:
        raise OSError(f"cannot write {output}: {error.strerror or error}") from None
    return Package(output, output.stat().st_size, unzipped, sha256(output))


def _our_files() -> dict[str, Callable[[], bytes]]:
    """Names in the package, and functions that give their bytes."""
    paths = {"lambda_function.py": Path(__file__).with_name("lambda_function.py")}
    paths.update(bundle.sources(installs=False))
    for name in bundle.CASCADES:
        paths[bundle.CASCADE_FOLDER + name] = _cascade(name)
    return {name: path.read_bytes for name, path in paths.items()}


def _of_wheel(wheel: zipfile.ZipFile) -> dict[str, Callable[[], bytes]]:
    """The names in a wheel that the device has a use for, and functions that give their bytes."""
    return {
        name: partial(wheel.read, name)
        for name in wheel.namelist()
        if not name.endswith("/") and not WHEELS_OUT.search("/" + name)
    }


def _cascade(name: str) -> Path:
    """A face cascade: the device's own OpenCV may come without."""
    import cv2.data

    return Path(cv2.data.haarcascades) / name


def _write(path: Path, entries: dict[str, Callable[[], bytes]]) -> int:
    """Write a zip and return its size unzipped."""
    unzipped = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, bundle.EPOCH)
            info.create_system = 3  # Unix: the permissions below count
            info.external_attr = (0o100755 if ".so" in name else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            data = entries[name]()
            archive.writestr(info, data, compresslevel=6)
            unzipped += len(data)
    return unzipped


def model_archive() -> bytes:
    """Return the bytes of SmileNet's MXNet files as a tar.gz, as a model's import wants them."""
    archived, packed = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=archived, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in MXNET:
            data = (bundle.ROOT / "models" / "artifacts" / name).read_bytes()
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(archived.getvalue())
    return packed.getvalue()


def sizes(package: Package) -> str:
    """Describe how large a package is, and how it gets to AWS Lambda."""
    way = "through S3" if package.zipped > MAX_DIRECT else "directly"
    return (
        f"{package.path}: {package.zipped / 2**20:.1f} MB zipped (goes to Lambda {way}), "
        f"{package.unzipped / 2**20:.1f} MB of 250 MB unzipped"
    )
