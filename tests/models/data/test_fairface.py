"""FairFace as it is downloaded, and packed."""

import pytest

from laughtrack.models.data import labels, load
from laughtrack.models.data.fairface import fairface
from tests.models.data.test_packs import pack

LISTS = {
    "fairface_label_train.csv": (
        "file,age,gender,race,service_test\ntrain/1.jpg,50-59,Male,East Asian,True\n"
        "train/2.jpg,more than 70,Female,Latino_Hispanic,False\n"
    ),
    "fairface_label_val.csv": (
        "file,age,gender,race,service_test\nval/1.jpg,3-9,Male,East Asian,False\n"
    ),
}
EXPECTED = [
    ("train/1.jpg", "male", "50-59", "East Asian"),
    ("train/2.jpg", "female", "more than 70", "Latino_Hispanic"),
    ("val/1.jpg", "male", "3-9", "East Asian"),
]


@pytest.fixture
def release(tmp_path):
    """Return the set as it is downloaded: two lists beside two folders."""
    for name, text in LISTS.items():
        (tmp_path / name).write_text(text)
    for name, *_ in EXPECTED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def said(found):
    """Return what is known of each picture."""
    return [(p.person, p.sex, p.age, p.race) for p in found.pictures]


def test_the_release_is_read(release):
    """Sex, age and race; no smile."""
    found = fairface(release)
    assert said(found) == EXPECTED and not found.problems
    assert {(p.source, p.smile, labels.target(p)) for p in found.pictures} == {
        ("fairface", "", None)
    }
    assert all(p.split == labels.split_of(p.person, "fairface") for p in found.pictures)


def test_more_of_it_is_measured_than_of_other_sets():
    """Each group wants people enough; the others' splits stay as they were."""
    drawn = [labels.split_of(f"train/{n}.jpg", "fairface") for n in range(4000)]
    assert abs(drawn.count("test") / 4000 - 0.4) < 0.03
    assert abs(drawn.count("val") / 4000 - 0.1) < 0.02
    for n in range(500):
        if labels.split_of(f"train/{n}.jpg") != "train":
            assert labels.split_of(f"train/{n}.jpg", "fairface") == labels.split_of(
                f"train/{n}.jpg"
            )


def test_packed_pictures_are_the_same_people(tmp_path):
    """Known by the lists' names, whichever way they come."""
    pack(tmp_path / "fairface" / "pictures.npz")
    rows = [f'{name},{race},{sex.title()},{age},"1,2,3,4,0.9"' for name, sex, age, race in EXPECTED]
    (tmp_path / "fairface" / "labels.csv").write_text(
        "\n".join(["picture,race,gender,age,faces", *rows]) + "\n"
    )
    assert said(fairface(tmp_path / "fairface")) == EXPECTED
    assert [p.path.name for p in load.load_pictures(tmp_path)] == ["0", "1", "2"]


def test_rows_that_cannot_be_used_are_named(release):
    """A date that a spreadsheet made of an age, and a picture that isn't there."""
    file = release / "fairface_label_val.csv"
    file.write_text(
        "file,age,gender,race\nval/1.jpg,09-Mar,Male,East Asian\nval/2.jpg,3-9,Male,Indian\n"
    )
    found = fairface(release)
    assert said(found) == EXPECTED[:2]
    assert found.problems == [
        f"{file}, line 2: age is '09-Mar': expected one of 0-2, 3-9, 10-19, 20-29, 30-39, 40-49, "
        "50-59, 60-69, more than 70",
        f"{file}, line 3: {release / 'val/2.jpg'}: missing",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("file,age,gender\n", "has no column 'race', only file, age, gender"),
        ("file,age,gender,race\n", "it has no rows"),
        ("file,age,gender,race\ntrain/9.jpg,3-9,Male,Indian\n", "can be used: .*9.jpg: missing"),
    ],
)
def test_a_wrong_list_is_named(tmp_path, text, says):
    """With the file."""
    (tmp_path / "fairface_label_train.csv").write_text(text)
    with pytest.raises(ValueError, match=says):
        fairface(tmp_path)


def test_wrong_packs_and_other_folders_are_named(tmp_path):
    """A pack's labels are in its order: a row too few would shift all."""
    with pytest.raises(ValueError, match="is it FairFace"):
        fairface(tmp_path)
    pack(tmp_path / "pictures.npz")
    file = tmp_path / "labels.csv"
    file.write_text("picture,race,gender,age\ntrain/1.jpg,Black,Male,3-9\n")
    with pytest.raises(ValueError, match="1 rows, and 3 in"):
        fairface(tmp_path)
    file.write_text("picture,race,gender,age\n" + "train/1.jpg,Blue,Male,3-9\n" * 3)
    with pytest.raises(ValueError, match="line 2: race is 'Blue'"):
        fairface(tmp_path)
