"""The model card: one JSON of figures in, one page of Markdown out."""

from __future__ import annotations

import json
from pathlib import Path

from models import labels, smilenet
from models.evaluate_files import save, to_json
from models.evaluate_page import body

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
    laughtrack evaluate --data FOLDER --card

## Measured

{body}
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
    figures : dict, what `models.evaluate.evaluate` returns
    """
    folder = Path(folder)
    settings = json.loads((folder / "smilenet.json").read_text(encoding="utf-8"))
    kept = {name: value for name, value in figures.items() if name != "unreadable"}
    save(folder / "figures.json", to_json(kept))
    save(folder / "README.md", render(figures, settings))


def render(figures, settings):
    """Return the card as Markdown.

    Parameters
    ----------
    figures : dict, what `models.evaluate.evaluate` returns
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
        epochs=settings["trained"]["epochs"],
        seed=settings["trained"]["seed"],
        body=body(figures, "###"),
    )
