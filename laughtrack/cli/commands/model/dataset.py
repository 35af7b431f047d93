"""`laughtrack dataset ...`: labelled faces, from the sets as they are to record files and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from laughtrack.cli import outputs
from laughtrack.cli.commands.model.dataset_label import label
from laughtrack.cli.locks import holding
from laughtrack.cli.terminal import counting, save, say, show

if TYPE_CHECKING:
    from laughtrack.models.data.labels import Picture
    from laughtrack.models.data.public_datasets import Dataset

app = typer.Typer(
    help="Gather labelled faces: pictures into one table, the table into record files.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command()(label)
SHOWN = 40  # so many are named on the terminal, all in a file

Out = Annotated[
    Path,
    typer.Option(
        "-o",
        "--out",
        metavar="FACES.csv",
        callback=outputs.named(".csv"),
        help="Label table; pictures are added.",
    ),
]
Source = Annotated[str, typer.Option(help="The set's name. [the folder's or file's]")]
TABLE = Path("faces.csv")


@app.command()
def lfw(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Has PERSON/PERSON_0001.jpg.")],
    labels: Annotated[
        list[Path] | None,
        typer.Option(metavar="CSV", help="Label file, like legend.csv. [FOLDER/labels.csv]"),
    ] = None,
    out: Out = TABLE,
) -> None:
    """Add Labeled Faces in the Wild, as it is downloaded; without labels too."""
    from laughtrack.models.data import public_datasets

    _add(public_datasets.lfw(folder, labels or ()), out)


@app.command()
def genki(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Has files and labels.txt or labels.csv.")
    ],
    out: Out = TABLE,
) -> None:
    """Add GENKI-4K, as it is downloaded."""
    from laughtrack.models.data import public_datasets

    _add(public_datasets.genki(folder), out)


@app.command()
def mtfl(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Has training.txt, testing.txt and net_7876, AFLW."),
    ],
    out: Out = TABLE,
) -> None:
    """Add MTFL, as it is downloaded: AFLW's pictures for measuring alone, LFW's left out."""
    from laughtrack.models.data.mtfl import mtfl

    _add(mtfl(folder), out)


@app.command()
def fairface(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Has fairface_label_train.csv, train; or _val."),
    ],
    out: Out = TABLE,
) -> None:
    """Add FairFace, as it is downloaded: sex, age and race, no smiles."""
    from laughtrack.models.data.fairface import fairface

    _add(fairface(folder), out)


@app.command()
def ferplus(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Has fer2013new.csv and fer2013.csv, or pictures."),
    ],
    out: Out = TABLE,
) -> None:
    """Add FER+, as it is downloaded: votes for happiness on FER2013's pictures."""
    from laughtrack.models.data.ferplus import ferplus

    _add(ferplus(folder), out)


@app.command()
def folders(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Has one folder a class.")],
    smile: Annotated[
        list[str] | None,
        typer.Option(metavar="CLASS", help="A class that smiles; all others then don't."),
    ] = None,
    source: Source = "",
    out: Out = TABLE,
) -> None:
    """Add pictures that lie in one folder for each class, like smile and no_smile."""
    from laughtrack.models.data import custom_datasets

    _add(custom_datasets.from_folders(folder, source, smile or ()), out)


# A command's options are its arguments.
@app.command("csv")
def csv_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a column of pictures.")],
    picture: Annotated[str, typer.Option(metavar="COLUMN", help="Paths.")] = "picture",
    smile: Annotated[
        str, typer.Option(metavar="COLUMN", help="1 or 0, yes or no; '' for none.")
    ] = "smile",
    person: Annotated[str, typer.Option(metavar="COLUMN", help="Who it is.")] = "",
    strict: Annotated[str, typer.Option(metavar="COLUMN", help="1 for broad smiles only.")] = "",
    emotion: Annotated[str, typer.Option(metavar="COLUMN", help="happiness, neutral, ...")] = "",
    yes: Annotated[
        list[str] | None, typer.Option(metavar="WORD", help="A cell that means a smile.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the pictures lie. [beside FILE]")
    ] = None,
    source: Source = "",
    out: Out = TABLE,
) -> None:
    """Add the pictures that any CSV file names."""
    from laughtrack.models.data import custom_datasets

    columns = custom_datasets.Columns(picture, smile, person, strict, emotion)
    _add(custom_datasets.from_csv(file, columns, folder, source, yes or ()), out)


@app.command()
def pack(
    table: Annotated[Path, typer.Argument(metavar="FACES.csv", help="A label table.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", file_okay=False, metavar="FOLDER", help="Record files.")
    ],
    crops: Annotated[
        bool, typer.Option("--crops", help="Each picture is a ready crop: find no faces.")
    ] = False,
) -> None:
    """Cut each picture's face as the loop does, and write MXNet record files, split by person.

    Stopped at any point, the same command carries on. Pictures without a label are left out.
    """
    from laughtrack.cli.training_env import run, training_python
    from laughtrack.models.data import label_table, labels
    from laughtrack.models.export import mxnet_records

    training_python()  # before the long work, not after it
    mxnet_records.check_place(table, out)
    pictures = label_table.read(table)
    labelled = [picture for picture in pictures if labels.target(picture) is not None]
    if not labelled:
        raise ValueError(f"{table}: none of its {len(pictures):,} pictures has a label to pack")
    with holding(out):
        problems, faceless = _cut_missing(table, labelled, out, crops)
        _say_problems(
            [*problems, *(f"{path}: no face found" for path in faceless)], out / "left-out.txt"
        )
        say(
            f"left out: {len(problems):,} missing or broken, {len(faceless):,} without a face "
            f"found, {len(pictures) - len(labelled):,} without a label"
        )
        if len(problems) + len(faceless) == len(labelled):  # what was packed before stays
            raise ValueError(f"{table}: a face in none of its {len(labelled):,} pictures to pack")
        run("laughtrack.models.export.mxnet_records", ["--", "pack", table, out])
    if problems:
        raise typer.Exit(1)


def _cut_missing(
    table: Path, labelled: list[Picture], out: Path, crops: bool
) -> tuple[list[str], list[Path]]:
    """Cut what isn't cut yet; return what is wrong, and the pictures without a face."""
    from laughtrack.models.faces import crop_cache

    place = out / crop_cache.FILE
    try:
        with counting(f"cutting faces of {table.name}", len(labelled)) as step:
            problems = crop_cache.cut_crops(
                labelled, place, step, crop_cache.whole_picture if crops else None
            )
    except KeyboardInterrupt:
        raise ValueError("stopped: the same command carries on from here") from None
    done = crop_cache.load_crops(place)
    cached = {p.path: done.get(crop_cache.picture_key(p)) for p in labelled}
    faceless = [path for path, crop in cached.items() if crop is not None and crop.png is None]
    return problems, faceless


@app.command()
def unpack(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What pack made.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", file_okay=False, metavar="FOLDER", help="Crops, table.")
    ],
) -> None:
    """Write packed faces as PNG files, with a label table of them."""
    from laughtrack.cli.training_env import run

    run("laughtrack.models.export.mxnet_records", ["--", "unpack", folder, out])


def _add(found: Dataset, out: Path) -> None:
    """Add what a set holds to a table; say what is in the table then, and what is wrong."""
    from laughtrack.models.data import table_merge

    merged = table_merge.add_pictures(out, found.pictures)
    _say_problems([*found.problems, *merged.conflicts], out.with_suffix(".left-out.txt"))
    for note in found.notes:
        say(note)
    smiles = [picture.smile for picture in merged.pictures]
    filled = f", {merged.filled:,} known ones got labels" if merged.filled else ""
    show(
        f"{out}: {merged.added:,} pictures added{filled}; {len(smiles):,} in all: "
        f"{smiles.count('1'):,} smile, {smiles.count('0'):,} don't, {smiles.count(''):,} not known"
    )
    if found.problems:
        say(f"{len(found.problems):,} could not be done")
        raise typer.Exit(1)


def _say_problems(problems: list[str], file: Path) -> None:
    """Name what is wrong: on the terminal, or if that is much, the rest in a file."""
    for problem in problems[:SHOWN]:
        say(problem)
    file.unlink(missing_ok=True)
    if len(problems) > SHOWN:
        save(file, "".join(f"{each}\n" for each in problems).encode("utf-8", "backslashreplace"))
        say(f"and {len(problems) - SHOWN:,} more: {file} names all")
