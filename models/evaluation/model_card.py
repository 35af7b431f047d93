"""The model card: one JSON of figures in, one page of Markdown out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from laughtrack.models.data import labels
from laughtrack.models.evaluation import error_model, label_sources, terms
from laughtrack.models.evaluation.files import save, to_json
from laughtrack.models.evaluation.page import body, figure, table
from laughtrack.models.training import smilenet

_CARD = """\
# SmileNet

Says how likely a person would call a face a smile: one probability from a grey crop, 64 x 64.
It measures a smile that can be seen. It doesn't say what anyone feels, or who they are.

| file | what |
|---|---|
| `smilenet-symbol.json`, `smilenet-0000.params` | MXNet, tidied for the DeepLens optimizer |
| `smilenet.onnx` | the same net, opset 13, IR version 7; `--scorer f32` runs it in OpenVINO |
| `smilenet-int8.xml`, `smilenet-int8.bin` | the same net in eight bits; hosts run it in OpenVINO |
| `smilenet.json` | crop size and preparation, calibration; checked when loading |
| `figures.json` | the figures below |
| `error_model.json` | how often a smile is missed or made up, by width and turn: for statistics |

The net: batch normalisation, four stages of two 3 x 3 convolutions ({channels} channels),
global average, one dense layer with two logits (no smile, smile); {adds:.1f} million multiply-adds
a face.

## Trained on

{trained_on}
The weights come from research-use pictures: ask before selling them. No picture is in this folder.

The score means that a person would call it a smile, a slight or closed-mouth one included. LFW's
two hand labels grade that: neither says yes (target {none}), only the second does, a slight smile
({slight}), both do ({broad}). GENKI's label means it, and weighs {genki:g} times as much. LFW's
faces that show another feeling and don't smile are few and weigh {grimace:g} times as much. Of
MTFL's smiles a fifth to a quarter cannot be seen (target {liberal}). Of FER+ every fourth picture
is used, where its voters and the second opinion agree; FairFace has no label of smiles.

Hand labels are wrong now and then, and say nothing of how much. So each training face also has a
second opinion: a logistic regression on how the face moves (the 52 blendshapes of MediaPipe's
landmarker, Apache-2.0; Google doesn't say what it was trained on), fitted to the training labels
of LFW and GENKI-4K, for FER+ to its own. Its log-odds are added to the label's; alone it labels
the faces of FairFace that it is sure of. In training only, further outputs learn the label of each
set by itself, the blendshapes and the landmarks; what ships is the mean of two outputs, of all
sets' graded label and of GENKI's own. No other network's weights are inside.

Split: SHA-256 of the person (LFW) or of the file (the others, which don't say who is who), modulo
ten: 0 chose the calibration, 1 is what is measured below (of FairFace 1 to 4), the rest trained.
No person of LFW is on two sides, and no picture of FER+ with a copy of it. `trained.txt` names, by
hash, who trained or chose.

## Made with

    laughtrack train --data FOLDER --landmarker FILE --epochs {epochs} --seed {seed} \\
        --out models/artifacts
    python -m laughtrack.models.export.fit_quality --data FOLDER
    python -m laughtrack.models.evaluation.label_sources --data FOLDER
    laughtrack evaluate --data FOLDER --card

{sources}## Measured

{measured_on}{body}
{int8}## Limits

- The figures are of the faces that were found, as said above. FinderNet, which hosts use unless
  told otherwise, finds tilted and turned ones, too; the cascades those seen from the front. Turned
  heads lower the score. Masks and hands before the mouth do, too, where they are not told: a face
  whose mouth MouthNet ([its card](mouthnet.md)) takes to be covered is abstained from.
- LFW's people are those in the news around 2003, all others are from the web.
{fairness}- Talking, grimacing and pain can look like a smile in a single frame.
- Still pictures trained it.
- Laughter: nothing here tells it from a broad smile. With silent pictures of small faces that isn't
  established.
- The pictures measured above, "val" among them, were looked at while the net was designed: the
  figures may be a little kind.
"""

_INT8 = """\
## In eight bits

Hosts score with the net in whole numbers of eight bits (int8), made by NNCF without any training:
it saw how large values become on {calibrated} faces of people who trained the net. Weights use
seven of the bits, so that a processor without VNNI gives the same scores as one with it. The
calibration is that of float32. It is OpenVINO's own form (IR), two files that it opens without
converting. `--scorer f32`, and `scorer = f32` on a device, score in float32; a DeepLens scores by
its own engine.

On {faces} faces of the split "test", as FinderNet finds them: probabilities differ by {mean} in
the mean and {most} at most, and {otherwise} of faces are on the other side of one half.

{sets}
Made, with these figures, by `python -m laughtrack.models.export.quantize --data FOLDER` (`make
quantize`).
"""

_MEASURED = ("genki4k", "lfw", "strict")
_SOURCES = """\
## What each source of labels adds

The same net, {epochs} plain epochs on one source's labels after another, nothing else taught;
measured on the split "test": right at one half, and the area under the ROC curve.

{sources}
The project that this one comes from trained on Rekognition's labels, by its own list of pictures,
and reported 79 to 80 % on its validation list. The same list, and the same net:

{lists}
"""


def write(folder: str | Path, figures: Mapping[str, Any]) -> None:
    """Write `figures.json`, `error_model.json` and `README.md`.

    Parameters
    ----------
    folder : path, with `smilenet.json`
    figures : dict, what `models.evaluation.evaluate.evaluate` returns
    """
    folder = Path(folder)
    settings = json.loads((folder / "smilenet.json").read_text(encoding="utf-8"))
    apart = ("unreadable", "errors")
    kept = {name: value for name, value in figures.items() if name not in apart}
    if kept["video"]:
        kept["video"] = {name: value for name, value in kept["video"].items() if name not in apart}
    if (folder / label_sources.FILE).is_file():
        figures = {
            **figures,
            "sources": json.loads((folder / label_sources.FILE).read_text("utf-8")),
        }
    save(folder / "figures.json", to_json(kept))
    # By either a session names the weights that scored it.
    measured = figures["measured"]
    weights = {"weights": measured["weights"], "scored_as": measured.get("precision", "")}
    # Pages say by them who is judged less well.
    errors = {**weights, **figures["errors"], "weak_groups": figures["worse_groups"]}
    save(folder / error_model.FILE, to_json(errors))
    save(folder / "README.md", render(figures, settings))


def render(figures: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Return the card as Markdown.

    Parameters
    ----------
    figures : dict, what `models.evaluation.evaluate.evaluate` returns
    settings : dict, what is in `smilenet.json`

    Returns
    -------
    str
    """
    return _CARD.format(
        channels=", ".join(str(c) for c in smilenet.CHANNELS),
        adds=smilenet.multiply_adds() / 1e6,
        none=labels.TARGETS["0", "other"],
        slight=labels.TARGETS["0", "happiness"],
        broad=labels.TARGETS["1", "happiness"],
        genki=labels.GENKI_WEIGHT,
        grimace=labels.GRIMACE_WEIGHT,
        liberal=labels.LIBERAL_TARGETS["1"],
        epochs=settings["trained"]["epochs"],
        seed=settings["trained"]["seed"],
        sources=_sources(figures.get("sources")),
        trained_on=terms.table_of(settings["trained"].get("sets", terms.FIRST_SETS)),
        measured_on=terms.measured_on(figures, settings["trained"].get("sets", terms.FIRST_SETS)),
        fairness=terms.limits_of_groups(figures),
        body=body(figures, "###"),
        int8=_int8(settings.get("int8")),
    )


def _sources(measured: Mapping[str, Any] | None) -> str:
    """Tables of what each source of labels is worth, or nothing if it wasn't measured."""
    if not measured:
        return ""
    names = {"strict": "LFW, strict label", "emotion": "LFW, happiness", "lfw": "LFW, both, graded"}
    names.update(genki4k="GENKI-4K", all="all of them")
    rows = [
        [text, figure(measured[name]["faces"]), *(_percent(measured[name][k]) for k in _MEASURED)]
        for name, text in names.items()
        if name in measured
    ]
    heading = ["trained on", "faces", "GENKI-4K", "LFW, smile", "LFW, strict"]
    lists = {"list_rekognition": "Rekognition's smile", "list_hand": "hand labels"}
    listed = [
        [text, figure(measured[name]["faces"]), *(_percent(measured[name][k]) for k in lists)]
        for name, text in lists.items()
        if name in measured
    ]
    return _SOURCES.format(
        epochs=measured["epochs"],
        sources=table(heading, rows),
        lists=table(["trained on", "faces", "by Rekognition's label", "by hand labels"], listed),
    )


def _int8(known: Mapping[str, Any] | None) -> str:
    """What rounding to eight bits changes, or nothing if there is no such net."""
    if not known:
        return ""
    parity = known["parity"]
    rows = [
        [
            name,
            figure(each["faces"]),
            *(f"{area:.4f}" for area in each["auc"]),
            *(f"{100 * right:.1f} %" for right in each["right"]),
        ]
        for name, each in parity["sets"].items()
    ]
    head = ["set", "faces", "area, f32", "area, int8", "right, f32", "right, int8"]
    return _INT8.format(
        calibrated=known["calibrated_on"],
        faces=figure(parity["faces"]),
        mean=f"{parity['mean']:.4f}",
        most=f"{parity['most']:.2f}",
        otherwise=f"{100 * parity['decided_otherwise']:.2f} %",
        sets=table(head, rows),
    )


def _percent(figure: Mapping[str, Any]) -> str:
    return f"{100 * figure['right']:.1f} % ({figure['auc']:.3f})"
