"""The model card: one JSON of figures in, one page of Markdown out."""

from __future__ import annotations

import json

from models import labels, smilenet

_CARD = """\
# SmileNet

Says how likely a person would call a face a smile: one probability from a grey crop, 48 x 48.
It measures a smile that can be seen. It doesn't say what anyone feels, or who they are.

| file | what |
|---|---|
| `smilenet-symbol.json`, `smilenet-0000.params` | MXNet, tidied for the DeepLens optimizer |
| `smilenet.onnx` | the same net, opset 13, IR version 7; what the loop runs, in OpenVINO |
| `smilenet.json` | crop size and preparation, calibration; checked when loading |
| `figures.json` | the figures below |

The net: batch normalisation, four stages of two 3 x 3 convolutions ({channels} channels),
global average, one dense layer with two logits (no smile, smile); {adds:.1f} million multiply-adds
a face.

## Trained on

| set | terms |
|---|---|
| Labeled Faces in the Wild (University of Massachusetts) | research use |
| its labels: hromi/SMILEsmileD; muxspace/facial_expressions | none stated; Apache-2.0 |
| GENKI-4K (http://mplab.ucsd.edu, The MPLab GENKI-4K Dataset) | free use with citation |

The weights come from research-use pictures: ask before selling them. No picture is in this folder.

LFW's two hand labels grade a smile: neither says yes (target {none}), only the second does, a
slight or closed-mouth smile ({slight}), both do ({broad}). GENKI's label is taken as it is and
weighs {genki:g} times as much: what it calls a smile is what the probability means. LFW's faces
that show another feeling and don't smile are few and weigh {grimace:g} times as much.

Split: SHA-256 of the person (LFW) or of the file (GENKI-4K), modulo ten: 0 chose the weights and
the calibration, 1 is what is measured below, the rest trained. No person of LFW is on two sides;
GENKI doesn't say who is who.

## Made with

    python -m models.train --data FOLDER --epochs {epochs} --seed {seed}
    python -m models.export --data FOLDER
    python -m models.evaluate --data FOLDER --card

## Measured

Faces found by the loop's own scan of the whole picture. "Right" counts pictures on the right side
of one half where a face was found, "of all" counts a face not found as wrong. LFW: a smile is a yes
from either label, pictures with both.

| set | pictures | found | right | right of all | area under ROC | calibration error |
|---|---|---|---|---|---|---|
{sets}
{degrees}{small}{clips}
## Limits

- Faces seen from the front: the cascade finds no others. Turned heads, hands before the mouth and
  masks lower the score.
- LFW's people are those in the news around 2003, GENKI's are from the web. No figure here is by
  age, skin or gender: the sets don't say.
- Talking, grimacing and pain can look like a smile in a single frame.
- Still pictures trained it.
- Four nets in turn, these weights the last, were measured on the pictures that gave the figures
  above. Validation faces chose among them, but the figures may still be a little kind.
"""


def write(folder, figures):
    """Write `figures.json` and `README.md`.

    Parameters
    ----------
    folder : path, with `smilenet.json`
    figures : dict, what `models.evaluate` prints
    """
    settings = json.loads((folder / "smilenet.json").read_text(encoding="utf-8"))
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    text = render(figures, settings)
    (folder / "README.md").write_text(text, encoding="utf-8")


def render(figures, settings):
    """Return the card as Markdown.

    Parameters
    ----------
    figures : dict, what `models.evaluate` prints
    settings : dict, what is in `smilenet.json`

    Returns
    -------
    str
    """
    sets = {name: figures[name] for name in ("genki4k", "lfw") if name in figures}
    return _CARD.format(
        channels=", ".join(str(c) for c in smilenet.CHANNELS),
        adds=smilenet.multiply_adds() / 1e6,
        none=labels.TARGETS["0", "other"],
        slight=labels.TARGETS["0", "happiness"],
        broad=labels.TARGETS["1", "happiness"],
        genki=labels.GENKI_WEIGHT,
        grimace=labels.GRIMACE_WEIGHT,
        epochs=settings["trained"]["epochs"],
        seed=settings["trained"]["seed"],
        sets="\n".join(_row(name, of) for name, of in sets.items()),
        degrees=_degrees(sets.get("lfw")),
        small=_small(sets),
        clips=_clips(figures.get("clips")),
    )


def _row(name, of):
    name = {"genki4k": "GENKI-4K", "lfw": "LFW"}[name]
    shares = [_percent(of["right"]), _percent(of["right_of_all"]), of["auc"], of["ece"]]
    return "| " + " | ".join(str(x) for x in [name, of["pictures"], of["found"], *shares]) + " |"


def _percent(share):
    return "-" if share is None else f"{100 * share:.1f} %"


def _degrees(lfw):
    if lfw is None:
        return ""
    means = [f"{name} {lfw['mean_score_' + name]}" for name in ("none", "slight", "broad")]
    return "\nMean score on LFW by degree of smile: " + ", ".join(means) + ".\n"


def _small(sets):
    widths = next(iter(sets.values()), {"right_at_face_px": {}})["right_at_face_px"]
    if not widths:
        return ""
    lines = ["| set, right at face width | " + " | ".join(f"{px} px" for px in widths) + " |"]
    lines.append("|---" * (len(widths) + 1) + "|")
    for name, of in sets.items():
        shares = " | ".join(_percent(share) for share in of["right_at_face_px"].values())
        lines.append(f"| {name} | {shares} |")
    return "\nThe same faces, the picture shrunk:\n\n" + "\n".join(lines) + "\n"


def _clips(clips):
    if clips is None:
        return ""
    return (
        f"\nFive short clips, {clips['frames']} frames labelled by eye, a face found in "
        f"{clips['found']}: the smoothed\nscore separates smile from neutral with an area under "
        f"the ROC curve of {clips['auc_smoothed']}.\n"
    )
