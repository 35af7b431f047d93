"""The shipped network: its size and its symbol."""

import json

import pytest

from laughtrack.edge.smile import smilenet as smile
from laughtrack.models.training import smilenet

FILES = ("smilenet-symbol.json", "smilenet-0000.params", "smilenet.onnx", "smilenet.json")


def test_network_is_small_enough():
    """At most 60 million multiply-adds a face, 3 MB of files, lists of pictures apart."""
    assert smilenet.multiply_adds() < 60e6
    files = (file for file in smile.ARTIFACTS.iterdir() if file.is_file())
    there = [
        file for file in files if not file.name.startswith("findernet") and file.suffix != ".txt"
    ]
    assert {*FILES, "README.md", "figures.json"} <= {file.name for file in there}
    assert sum(file.stat().st_size for file in there) < 3e6


def test_shipped_symbol_is_one_the_device_reads():
    """No `_fwd`, a stride on each pooling, `attr` on each node, two logits at the end."""
    nodes = json.loads((smile.ARTIFACTS / "smilenet-symbol.json").read_text())["nodes"]
    for node in nodes:
        assert node["op"] in smilenet.SUPPORTED
        assert "attr" in node and "attrs" not in node
        assert not node["name"].endswith("_fwd")
        assert node["op"] != "Pooling" or "stride" in node["attr"]
    assert nodes[-1]["op"] == "FullyConnected" and nodes[-1]["attr"]["num_hidden"] == "2"


def symbol(*nodes):
    """Return a symbol's JSON with these nodes."""
    return json.dumps({"nodes": list(nodes), "heads": [[0, 0, 0]]})


@pytest.mark.parametrize(
    ("node", "wanted"),
    [
        (
            {"op": "null", "name": "data_fwd", "inputs": []},
            {"op": "null", "name": "data_fwd", "inputs": [], "attr": {}},
        ),
        (
            {"op": "Activation", "name": "relu0_fwd", "attrs": {"act_type": "relu"}},
            {"op": "Activation", "name": "relu0", "attr": {"act_type": "relu"}},
        ),
        (
            {"op": "Pooling", "name": "pool0_fwd", "attrs": {"global_pool": "True"}},
            {"op": "Pooling", "name": "pool0", "attr": {"global_pool": "True", "stride": "(1, 1)"}},
        ),
        (
            {"op": "Pooling", "name": "pool1", "attrs": {"stride": "(2, 2)"}},
            {"op": "Pooling", "name": "pool1", "attr": {"stride": "(2, 2)"}},
        ),
    ],
)
def test_symbol_is_tidied_for_the_device(node, wanted):
    """Names of layers lose `_fwd`, pooling gains a stride, settings move to `attr`."""
    assert json.loads(smilenet.for_device(symbol(node)))["nodes"] == [wanted]


@pytest.mark.parametrize("op", ["Dropout", "softmax", "LeakyReLU"])
def test_layers_the_device_lacks_are_refused(op):
    """The error names the layer."""
    with pytest.raises(ValueError, match="layer 'x' is " + op):
        smilenet.for_device(symbol({"op": op, "name": "x", "inputs": []}))
