"""MTFL (Zhang et al., ECCV 2014): smile, sex, glasses and head pose of faces from the web.

Two sets come of it: "mtfl", the pictures of `net_7876`, and "aflw", those of AFLW, in which more
heads are turned. Its third part, `lfw_5590`, is LFW's and left out: `lfw` reads that with better
labels. A fifth to a quarter of its smiles cannot be seen, and are left without a label: see
`models.data.agreement`. Who is said not to smile doesn't.
"""

from __future__ import annotations

import math
from pathlib import Path

from laughtrack.models.data import agreement, csv_files, labels, packs
from laughtrack.models.data.labels import Picture
from laughtrack.models.data.public_datasets import Dataset
from laughtrack.tracker.mot.text_numbers import number
from laughtrack.tracker.text_files import read_text

LISTS = ("training.txt", "testing.txt")
SOURCES = {"net_7876": "mtfl", "AFLW": "aflw"}
LEFT_OUT = "lfw_5590"
STEP = math.radians(30)  # its poses 1 to 5 are 60 and 30 degrees left, front, 30 and 60 right
# A line's last cells, each with what its codes mean.
CODES = {
    "gender": {"1": "male", "2": "female"},
    "smile": {"1": "1", "2": "0"},
    "glasses": {"1": "1", "2": "0"},
    "pose": {code: code for code in "12345"},
}
EXPECTED = "PATH, ten coordinates, gender, smile and glasses (1 or 2 each) and pose (1 to 5)"


def mtfl(folder: str | Path) -> Dataset:
    """List MTFL's pictures.

    Parameters
    ----------
    folder : path
        As it is downloaded: `training.txt` and `testing.txt` beside the folders that they name. Or
        packed: `pictures.npz` and `labels.csv`.

    Returns
    -------
    Dataset
        Each picture is a person of its own, by its name in the lists.

    Raises
    ------
    ValueError
        If there is neither, none of the pictures is there, or a line is wrong.
    """
    folder = Path(folder)
    pack = folder / "pictures.npz"
    if pack.is_file():
        return _packed(pack)
    found = [folder / name for name in LISTS if (folder / name).is_file()]
    if not found:
        raise ValueError(f"no {LISTS[0]}, {LISTS[1]} or {pack.name} in {folder}: is it MTFL?")
    listed = [picture for file in found for picture in _list(file)]
    present = agreement.apply(p for p in listed if p.source and p.path.is_file())
    missing = [p for p in listed if p.source and not p.path.is_file()]
    if not present:
        first = f": {missing[0].path}" if missing else ""
        raise ValueError(f"none of the pictures that {found[0]} names is there{first}")
    ours = sum(not p.source for p in listed)
    notes = (f"{ours:,} pictures of {LEFT_OUT} left out: they are LFW's",) if ours else ()
    problems = [f"{p.path}: missing, a list names it" for p in missing]
    return Dataset(present, problems, (*notes, *agreement.note(present)))


def _list(file: Path) -> list[Picture]:
    """Return a list's pictures; LFW's have no source."""
    found = []
    for n, line in enumerate(read_text(file).split("\n"), 1):
        if not line.strip():
            continue
        name, *cells = line.strip().rsplit(None, 14)
        try:
            if len(cells) != 14:
                raise ValueError
            for cell in cells[:10]:
                number(cell)
            codes = [CODES[column][cell] for column, cell in zip(CODES, cells[10:], strict=True)]
        except (KeyError, ValueError):
            raise ValueError(f"{file}, line {n}: {line.strip()!r}, expected {EXPECTED}") from None
        name = name.replace("\\", "/")
        part = name.split("/")[0]
        if part not in SOURCES and part != LEFT_OUT:
            known = ", ".join((*SOURCES, LEFT_OUT))
            raise ValueError(f"{file}, line {n}: a picture of {part!r}, expected one of {known}")
        sex, smile, glasses, pose = codes
        found.append(_picture(file.parent / name, name, (sex, smile, glasses, pose)))
    return found


def _packed(pack: Path) -> Dataset:
    file = pack.with_name("labels.csv")
    rows = csv_files.read(file, ["picture", "smile", "gender", "glasses", "pose"], complete=True)
    if len(rows) != packs.count(pack):
        raise ValueError(f"{file}: {len(rows):,} rows, and {packs.count(pack):,} in {pack.name}")
    found = []
    for index, (line, row) in enumerate(rows):
        cells = tuple(row[name] for name in ("gender", "smile", "glasses", "pose"))
        right = all(
            cell in codes.values() for cell, codes in zip(cells, CODES.values(), strict=True)
        )
        if not right or row["picture"].split("/")[0] not in SOURCES:
            raise ValueError(
                f"{file}, line {line}: {row['picture']}, gender {cells[0]!r}, smile {cells[1]!r}, "
                f"glasses {cells[2]!r}, pose {cells[3]!r}: expected one of {', '.join(SOURCES)}, "
                "male or female, 0 or 1, 0 or 1, 1 to 5"
            )
        found.append(_picture(pack / str(index), row["picture"], cells))
    found = agreement.apply(found)
    return Dataset(found, [], agreement.note(found))


def _picture(path: Path, name: str, cells: tuple[str, ...]) -> Picture:
    sex, smile, glasses, pose = cells
    source = SOURCES.get(name.split("/")[0], "")
    return Picture(
        path,
        source,
        name,
        labels.split_of(name, source),
        smile=smile,
        pose=((int(pose) - 3) * STEP, math.nan, math.nan),
        sex=sex,
        glasses=glasses,
    )
