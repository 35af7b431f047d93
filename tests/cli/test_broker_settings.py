"""Broker and site that `tell` and `ingest` are not given: the environment's, else the file's."""

import json
import os

import pytest

from laughtrack.cli import app, broker_settings
from tests import brokers
from tests.test_tell import Device, yes

EVERYTHING = {name: f"value-of-{name}" for name in broker_settings.NAMES}
EVERYTHING["broker"] = "mqtt://one"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch, tmp_path):
    """Know nothing but what the test says."""
    for name in broker_settings.NAMES:
        monkeypatch.delenv("LAUGHTRACK_" + name.upper(), raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


def write(text, encoding="utf-8"):
    """Write the user's file."""
    broker_settings.file().parent.mkdir(parents=True, exist_ok=True)
    broker_settings.file().write_bytes(text.encode(encoding))


def known(given=(), device=""):
    """Return what is to be used, as texts."""
    found = broker_settings.complete(dict(given), device)
    return {name: value.text for name, value in found.items()}


@pytest.mark.parametrize("name", broker_settings.NAMES)
def test_option_before_environment_before_file(name, monkeypatch):
    """For every setting that there is."""
    values = {place: f"mqtt://{place}" for place in ("option", "variable", "line")}
    assert name not in known()
    write(f"[laughtrack]\n{name} = {values['line']}\n")
    from_file = known()[name]
    assert from_file.endswith(values["line"].replace("//", "/")[5:])
    monkeypatch.setenv("LAUGHTRACK_" + name.upper(), values["variable"])
    assert known()[name] == values["variable"]
    assert known({name: values["option"]})[name] == values["option"]
    assert known({name: None})[name] == values["variable"]


def test_a_devices_own_section_goes_first():
    """Two sites are no trouble; another device's section is none of ours."""
    write("[laughtrack]\nbroker = mqtt://one\nsite = hall\n\n[cafe]\nsite = bar\n")
    assert known(device="cafe") == {"broker": "mqtt://one", "site": "bar"}
    assert known(device="lobby") == known() == {"broker": "mqtt://one", "site": "hall"}


@pytest.mark.parametrize("layer", ["file", "environment"])
def test_a_login_goes_to_no_other_broker(layer, monkeypatch):
    """One broker's password is not shown to the next; site and topic are no secrets."""
    if layer == "file":
        write("[laughtrack]\n" + "".join(f"{n} = {v}\n" for n, v in EVERYTHING.items()))
    else:
        for name, value in EVERYTHING.items():
            monkeypatch.setenv("LAUGHTRACK_" + name.upper(), value)
    assert set(known({"broker": "mqtt://one"})) == set(EVERYTHING)
    assert set(known({"broker": "mqtt://two"})) == {"broker", "site", "topic"}


def test_files_count_from_the_settings_file_on(monkeypatch, tmp_path):
    """Wherever one works; a home is one's home."""
    monkeypatch.setenv("HOME", "/home/ann")
    write("[laughtrack]\nca_file = ca.pem\nkey_file = ~/key.pem\ncert_file = /etc/cert.pem\n")
    assert known() == {
        "ca_file": str(tmp_path / "config" / "laughtrack" / "ca.pem"),
        "key_file": "/home/ann/key.pem",
        "cert_file": "/etc/cert.pem",
    }


BROKEN = {
    # the file -> the line, and what is said of it
    "no section": ("broker = mqtt://one\n", 1, "write [laughtrack] above"),
    "no value": ("[laughtrack]\n\nbroker =\n", 3, "expected NAME = VALUE"),
    "no name": ("[laughtrack]\n= x\n", 2, "expected NAME = VALUE"),
    "a word": ("[laughtrack]\nbroker\n", 2, "expected NAME = VALUE"),
    "misspelt": ("[laughtrack]\n# me\nbrokr = mqtt://one\n", 3, "no such setting 'brokr'"),
    "twice": ("[laughtrack]\nsite = a\nsite = b\n", 3, "stands twice"),
    "a password": ("[laughtrack]\npassword = secret\n", 2, "password_file"),
    "no broker": ("[laughtrack]\nsite = a\nbroker = one\n", 3, "expected mqtt://HOST"),
    "no site": ("[laughtrack]\nbroker = mqtt://one\nsite = a/b\n", 3, "site is 'a/b'"),
}


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text, line, words", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_with_its_line(text, line, words, encoding, capsys):
    """By both commands; nobody is connected to."""
    write(text, encoding)
    commands = [["tell", "cam", "status"]]
    commands += [["ingest"]] if words != "site is 'a/b'" else []
    for command in commands:
        assert app.main(command) == 1
        said = capsys.readouterr().err
        assert f"{broker_settings.file()}, line {line}" in said and words in said
        assert "secret" not in said


@pytest.mark.slow
def test_what_is_wrong_in_the_environment_is_named(monkeypatch, capsys):
    """By the variable."""
    monkeypatch.setenv("LAUGHTRACK_BROKER", "one")
    for command in (["tell", "cam", "status"], ["ingest"]):
        assert app.main(command) == 1
        assert "LAUGHTRACK_BROKER is 'one': expected mqtt://HOST" in capsys.readouterr().err


@pytest.mark.slow
def test_no_broker_anywhere_says_where_one_may_be(capsys):
    """Ingest asks no machine that nobody named."""
    assert app.main(["ingest"]) == 2
    said = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "LAUGHTRACK_BROKER" in said and "broker.ini" in said.replace(" ", "")


def test_help_says_where_it_looks(capsys):
    """And in which order."""
    assert app.main(["tell", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "LAUGHTRACK_BROKER" in said and "broker.ini" in said and "--remember" in said


def test_remembering_keeps_what_is_there(tmp_path):
    """One's own lines and other devices' sections; names of files are whole; its owner alone reads
    it.
    """
    write("# mine\n[laughtrack]\nsite = a\n; more\n\n[cafe]\nsite = bar\n")
    given = {"broker": "mqtt://one", "site": "b", "user": None, "ca_file": "ca.pem"}
    assert broker_settings.remember(given) == broker_settings.file()
    text = broker_settings.file().read_text()
    for line in ("# mine", "; more", "[cafe]", "site = bar", "broker = mqtt://one"):
        assert line in text.splitlines()
    assert known() == {"broker": "mqtt://one", "site": "b", "ca_file": str(tmp_path / "ca.pem")}
    assert known(device="cafe")["site"] == "bar"
    assert broker_settings.file().stat().st_mode & 0o777 == 0o600
    write("[laughtrack]\nbrokr = 1\n")
    with pytest.raises(ValueError, match="line 2"):
        broker_settings.remember(given)
    assert broker_settings.file().read_text() == "[laughtrack]\nbrokr = 1\n"


@pytest.mark.broker
def test_told_once_it_is_known_from_then_on(tmp_path, capsys, monkeypatch):
    """At the command line, to a real broker; by `ingest`, too."""
    with brokers.Broker(tmp_path / "broker") as broker:
        url = f"mqtt://127.0.0.1:{broker.port}"
        device = Device(url, "cam", yes("so be it"))
        words = ["--broker", url, "--site", "hall", "--wait", "25"]
        assert app.main(["tell", "cam", "stop", *words, "--remember"]) == 0
        assert f"{broker_settings.file()} keeps broker, site" in capsys.readouterr().err
        assert app.main(["tell", "cam", "mark", "film starts"]) == 0
        assert capsys.readouterr().out == "cam: so be it\n"
        assert app.main(["tell", "cam", "stop", "--site", "bar", "--wait", "2"]) == 1
        assert "nobody listens to laughtrack/bar/cam/command" in capsys.readouterr().err
        monkeypatch.setenv("LAUGHTRACK_SITE", "cafe")
        assert app.main(["tell", "cam", "stop", "--wait", "2"]) == 1
        assert "laughtrack/cafe/cam/command" in capsys.readouterr().err
        assert [json.loads(json.dumps(order))["do"] for order, _ in device.heard] == [
            "stop",
            "mark",
        ]
        assert app.main(["ingest", "--until-idle", "0.5"]) == 0
        assert f"on {url}" in "".join(capsys.readouterr())
        device.close()
    assert os.listdir(tmp_path / "config" / "laughtrack") == ["broker.ini"]
