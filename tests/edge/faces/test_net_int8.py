"""FinderNet in eight bits: used where it is known and whole, and as near to float32 as is said."""

import json
import shutil

import numpy as np
import pytest

from laughtrack.edge import inference
from laughtrack.edge.faces import net_settings, net_weights, second_look
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source
from laughtrack.tracker.boxes import overlap

SETTINGS = json.loads((inference.ARTIFACTS / net_settings.SETTINGS).read_text(encoding="utf-8"))
F32_FILES = "findernet.onnx", second_look.FILE


@pytest.fixture
def folder(tmp_path):
    """Copy the weights."""
    for name in (net_settings.SETTINGS, *F32_FILES, *net_settings.INT8_FILES):
        shutil.copy(inference.ARTIFACTS / name, tmp_path)
    return tmp_path


def opened(folder):
    """Names of the files that would be opened."""
    return [each.name for each in net_weights._chosen(folder, net_settings.load_settings(folder))]


def test_eight_bits_where_openvino_can(folder, monkeypatch):
    """OpenVINO 2022.3, which a DeepLens has, gets float32; so does a folder without the others."""
    assert opened(folder) == ["findernet-int8.xml", "findernet_second-int8.xml"]
    with monkeypatch.context() as patch:
        patch.setattr(inference, "is_current", lambda: False)
        assert opened(folder) == [*F32_FILES]
    for name in net_settings.INT8_FILES:
        (folder / name).unlink()
    assert opened(folder) == [*F32_FILES]


def test_new_weights_have_no_eight_bits_of_the_old_ones(folder):
    """A training writes settings that know none: what is left in the folder is not used."""
    kept = {name: value for name, value in SETTINGS.items() if name != "int8"}
    (folder / net_settings.SETTINGS).write_text(json.dumps(kept))
    assert opened(folder) == [*F32_FILES]


@pytest.mark.parametrize("name", net_settings.INT8_FILES)
def test_damage_is_told(folder, name):
    """One bit, a file that is cut off, and one of four that is gone: each with what to do."""
    whole = (folder / name).read_bytes()
    for data in (whole[:500] + bytes([whole[500] ^ 1]) + whole[501:], whole[: len(whole) // 2]):
        (folder / name).write_bytes(data)
        with pytest.raises(ValueError, match=r"damaged.*choose haar"):
            net_weights.load_finder_net(folder)
    (folder / name).unlink()
    with pytest.raises(ValueError, match=rf"{name}.*choose haar"):
        net_weights.load_finder_net(folder)


def test_no_sum_is_told(folder):
    """Settings that name eight bits without their sum are refused."""
    (folder / net_settings.SETTINGS).write_text(json.dumps({**SETTINGS, "int8": {}}))
    with pytest.raises(ValueError, match="int8 sha256 is None"):
        net_weights.load_finder_net(folder)


@pytest.mark.slow
def test_a_room_is_found_as_in_float32(folder):
    """Nearly all the same viewers in nearly the same boxes, not the same numbers."""
    simulate(folder / "room.mp4", 12, 2, (960, 540), seed=3)
    rounded = net_weights.load_finder_net(folder)
    for name in net_settings.INT8_FILES:
        (folder / name).unlink()
    whole = net_weights.load_finder_net(folder)
    faces, missed, more = 0, 0, 0
    for frame in Source(folder / "room.mp4", rate_hz=4):
        ours, theirs = (each.find(frame.in_grey()) for each in (rounded, whole))
        alike = overlap(ours.boxes, theirs.boxes)
        same = alike.max(axis=1) > 0.5
        assert same.sum() >= 10 and alike[same].max(axis=1).min() > 0.85
        assert not np.array_equal(ours.boxes, theirs.boxes)
        faces += len(theirs.boxes)
        missed += len(theirs.boxes) - int(same.sum())
        more += int((~same).sum())
    assert max(missed, more) <= 0.03 * faces


def test_the_card_has_its_figures():
    """Few faces are found otherwise, of enough, as many more as less; the card says how many."""
    parity = SETTINGS["int8"]["parity"]
    assert parity["faces"] > 1000 and parity["overlap"] > 0.97
    assert max(parity["missed"], parity["more"]) < 0.01 * parity["faces"]
    card = (inference.ARTIFACTS / "findernet.md").read_text(encoding="utf-8")
    said = f"{parity['faces']:,}\nfaces are found in float32; eight bits miss {parity['missed']} of"
    assert said in card and f"and find {parity['more']} others" in card
