"""Settings come from defaults, a file, the environment and flags, and each wrong one is named."""

import socket

import pytest

from laughtrack.edge.settings import HELP, Settings, load


def ini(folder, text, encoding="utf-8"):
    """Write a settings file."""
    path = folder / "settings.ini"
    path.write_bytes(text.encode(encoding))
    return str(path)


# flags, environment, file -> site
SOURCES = [
    (None, None, None, "default"),
    (None, None, "file", "file"),
    (None, "environ", "file", "environ"),
    ("flag", "environ", "file", "flag"),
    ("flag", None, None, "flag"),
    (None, "", "file", "file"),  # an empty variable is none
]


@pytest.mark.parametrize("flag, variable, written, expected", SOURCES)
def test_flag_beats_environment_beats_file(tmp_path, flag, variable, written, expected):
    """The nearer to the command, the stronger."""
    path = ini(tmp_path, f"[laughtrack]\nsite = {written}\n") if written else None
    environ = {} if variable is None else {"LAUGHTRACK_SITE": variable}
    assert load(path, {"site": flag}, environ).site == expected


def test_every_setting_can_be_given_everywhere(tmp_path):
    """What a file says of each setting is what the environment or a flag could say."""
    default = load(None, {"device": "cam"}, {})
    written = {
        name: f"{value:g}" if isinstance(value, float) else value
        for name, value in default._asdict().items()
    }
    text = "[laughtrack]\n" + "".join(f"{k} = {v}\n" for k, v in written.items())
    environ = {"LAUGHTRACK_" + k.upper(): v for k, v in written.items()}
    assert load(ini(tmp_path, text), None, {}) == load(None, None, environ) == default
    assert load(None, written, {}) == default


def test_help_is_there_for_each():
    """No setting without a word on it."""
    assert set(HELP) == set(Settings._fields)


def test_notepad_may_write_the_file(tmp_path):
    """A byte order mark and Windows line ends do no harm."""
    text = "\ufeff[laughtrack]\r\nsite = hall\r\n"
    assert load(ini(tmp_path, text), None, {}).site == "hall"


# device given, environment -> name
NAMES = [
    ("wall", {"AWS_IOT_THING_NAME": "thing"}, "wall"),
    ("", {"AWS_IOT_THING_NAME": "thing"}, "thing"),
    ("", {"AWS_IOT_THING_NAME": "a/b:c"}, "a-b-c"),
    ("", {"AWS_IOT_THING_NAME": "-_."}, "device"),
]


@pytest.mark.parametrize("given, environ, expected", NAMES)
def test_device_has_the_things_name_unless_it_has_its_own(given, environ, expected):
    """A name of Greengrass is made one that the topics take."""
    assert load(None, {"device": given}, environ).device == expected


def test_device_has_the_hosts_name_last(monkeypatch):
    """Whatever that has in it."""
    monkeypatch.setattr(socket, "gethostname", lambda: "Deepcam.local lan")
    assert load(None, None, {}).device == "Deepcam.local-lan"


TOPICS = [
    ("laughtrack/{site}/{device}/timeline", "laughtrack/hall/cam/timeline", "laughtrack/hall/cam"),
    ("a/b", "a/b", "a"),
    ("alone", "alone", "alone"),
]


@pytest.mark.parametrize("topic, timeline, base", TOPICS)
def test_topics_are_neighbours(topic, timeline, base):
    """Status and command stand beside the batches."""
    settings = load(None, {"topic": topic, "site": "hall", "device": "cam"}, {})
    assert settings.topics() == (timeline, f"{base}/status", f"{base}/command")


BAD = [
    ("device", "a/b", "letters, digits"),
    ("site", "+", "letters, digits"),
    ("source", "", "camera index"),
    ("folder", "", "outbox"),
    ("rate_hz", "ten", "expected a number"),
    ("rate_hz", "-1", "expected a number from 0"),
    ("rate_hz", "nan", "expected a number from 0"),
    ("rate_hz", "inf", "expected a number from 0"),
    ("rate_hz", "0", "above 0"),
    ("batch_s", "0", "above 0"),
    ("status_s", "1e300", "to 1000000"),
    ("stuck_s", "0", "above 0"),
    ("drain_hz", "0", "above 0"),
    ("outbox_mb", "0", "above 0"),
    ("log_mb", "1e300", "from 0 to"),
    ("session", "hour", "one of day, start, command"),
    ("publisher", "kafka", "one of mqtt"),
    ("finder", "yunet", "one of haar, net, both"),
    ("scorer", "cloud", "one of auto"),
    ("context", "Work-place", "AI Act"),
    ("context", " ", "expected a word"),
    ("context", "x" * 201, "up to 200"),
    ("title", "x" * 201, "up to 200"),
    ("title", "half \ud800", "expected UTF-8"),
    ("publisher", "file", "set file"),
    ("broker", "127.0.0.1", "expected mqtt://HOST"),
    ("preview", "show.mp4", "off, fifo or a port"),
    ("preview", "²", "off, fifo or a port"),
    ("preview", "fifo:", "off, fifo or a port"),
    ("preview", "fifo:a b", "off, fifo or a port"),
    ("topic", "{siet}", "no braces but"),
    ("topic", "{site.x}", "no braces but"),
    ("topic", "{site[x]}", "no braces but"),
    ("topic", "{0}", "no braces but"),
    ("topic", "{", "no braces but"),
    ("topic", "", "1 to 248 bytes"),
    ("topic", "a/#", "no \\+ or #"),
    ("topic", "a//b", "1 to 248 bytes"),
    ("topic", "x" * 249, "1 to 248 bytes"),
    ("topic", "ä" * 125, "1 to 248 bytes"),
    ("topic", "a/a/a/a/a/a/a/a/a", "at most 7 slashes"),
]


@pytest.mark.parametrize("name, value, cure", BAD)
def test_wrong_value_is_named_by_its_flag(name, value, cure):
    """The flag, the value and what is expected."""
    flag = "--" + name.replace("_", "-")
    with pytest.raises(ValueError, match=f"^{flag} is .*{cure}"):
        load(None, {"device": "cam", name: value}, {})


@pytest.mark.parametrize("name, value, cure", [row for row in BAD if row[1].isalnum()])
def test_wrong_value_is_named_by_its_file(tmp_path, name, value, cure):
    """The file and the option."""
    path = ini(tmp_path, f"[laughtrack]\ndevice = cam\n{name} = {value}\n")
    with pytest.raises(ValueError, match=f"^{path}: {name} is .*{cure}"):
        load(path, None, {})


def test_wrong_value_is_named_by_its_variable():
    """The variable, not the setting."""
    with pytest.raises(ValueError, match=r"^LAUGHTRACK_SESSION is 'hour'"):
        load(None, None, {"LAUGHTRACK_SESSION": "hour"})


FILES = [
    ("[laughtrack]\nrate = 5\n", "ini: rate: no such setting; there are device"),
    ("[other]\nsite = x\n", r"no section \[laughtrack\]"),
    ("", r"no section \[laughtrack\]"),
    ("site = x\n", "line: 1"),
    ("[laughtrack]\nsite = x\nsite = y\n", r"\[line  3\]"),
    ("[laughtrack]\n???\n", r"\[line  2\]"),
]


@pytest.mark.parametrize("text, said", FILES)
def test_wrong_file_is_named(tmp_path, text, said):
    """What is wrong with it, and where, in one line."""
    with pytest.raises(ValueError, match=said) as error:
        load(ini(tmp_path, text), None, {})
    assert "settings.ini" in str(error.value) and "\n" not in str(error.value)


def test_file_in_another_coding_is_read(tmp_path):
    """Windows' and UTF-16 are read as they are; what is no text is no settings file."""
    text = "[laughtrack]\ntitle = Märchen\n"
    for coding in ("cp1252", "utf-16", "utf-8-sig"):
        assert load(ini(tmp_path, text, coding), None, {}).title == "Märchen"
    with pytest.raises(ValueError, match=r"cannot read the settings .*no text file"):
        load(ini(tmp_path, text + "\0" * 9), None, {})


def test_absent_file_is_named(tmp_path):
    """One that was asked for has to be there."""
    with pytest.raises(ValueError, match=r"cannot read the settings .*none\.ini: No such file"):
        load(str(tmp_path / "none.ini"), None, {})
