"""In place of the DeepLens's own `mo`, its model optimizer: the same call and the same habits.

LAUGHTRACK_AWSCAM_ARTIFACTS   in place of /opt/awscam/artifacts, which the real one reads and writes
LAUGHTRACK_STANDIN_MO         how it fails: "1", "2" (statuses), "TypeError" or "bad_alloc"

What it writes is no network: the `awscam` beside it computes the shipped one. It needs nothing but
Python 3.7.
"""

import json
import os
import shutil

AUX_INPUTS = {
    "--epoch",
    "--precision",
    "--img-channels",
    "--img-format",
    "--scale",
    "--mean_values",
    "--fuse",
    "--models-dir",
    "--output-dir",
    "--input",
    "--output",
    "--extensions",
}
LARGEST = 1024


def optimize(model_name, input_width, input_height, platform="mxnet", aux_inputs={}):  # noqa: B006
    """Return (status, path of the .xml): 0 done, 1 the platform is unknown, 2 it failed."""
    failing = os.environ.get("LAUGHTRACK_STANDIN_MO", "")
    if platform.lower() not in ("mxnet", "tf", "tensorflow", "caffe") or failing == "1":
        return 1, ""
    if failing == "2" or max(input_width, input_height) > LARGEST:
        return 2, ""
    if failing == "bad_alloc":
        raise MemoryError("std::bad_alloc")
    folder = os.environ.get("LAUGHTRACK_AWSCAM_ARTIFACTS", "/opt/awscam/artifacts")
    stem = os.path.join(folder, model_name)
    params = "{}-{:04d}.params".format(stem, int(aux_inputs.get("--epoch", 0)))
    wrong = set(aux_inputs) - AUX_INPUTS
    if failing == "TypeError" or wrong or not os.path.isfile(params) or _odd(stem + "-symbol.json"):
        _report_failure(b"ERROR: model optimizer failed")
    channels = int(aux_inputs.get("--img-channels", 3))
    precision = aux_inputs.get("--precision", "FP16")
    with open(stem + ".xml", "w") as file:
        file.write(_NET.format(model_name, precision, channels, input_height, input_width))
    shutil.copyfile(params, stem + ".bin")
    return 0, stem + ".xml"


_NET = """<?xml version="1.0" ?>
<net name="{}" precision="{}" version="2" batch="1">
<layers><layer id="0" name="data" type="Input"><output><port id="0">
<dim>1</dim><dim>{}</dim><dim>{}</dim><dim>{}</dim>
</port></output></layer></layers>
</net>
"""


def _odd(path):
    """Say whether a symbol file has what the real optimizer cannot read."""
    try:
        with open(path) as file:
            nodes = json.load(file)["nodes"]
    except (OSError, ValueError, KeyError):
        return True
    for node in nodes:
        settings = node.get("attr")
        if node["op"] != "null" and node["name"].endswith("_fwd"):
            return True
        if node["op"] == "Pooling" and "stride" not in (settings or {}):
            return True
        if node["op"] == "SoftmaxOutput" and settings is None:
            return True
        if node["op"] in ("Dropout", "softmax"):
            return True
    return False


def _report_failure(output):
    # The real one joins what the optimizer printed, bytes on Python 3, to its own text.
    return "Model optimizer: " + output
