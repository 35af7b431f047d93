"""A device's identity in AWS IoT: made once, its own topics only."""

import fnmatch
import hashlib
import json
import os
import ssl

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed")
pytest.importorskip("moto.iot.models", reason="moto is not installed")

import typer

from laughtrack.cli.commands.deploy.iot import iot_command
from laughtrack.edge import settings
from laughtrack.edge.deploy.iot import aws_resources, connect, remove
from laughtrack.edge.deploy.iot import credentials_folder as iot_folder
from tests.edge.deploy.iot_cloud import BUCKET, REGION, attached, everything, options, stand_in

ROOT_CA_1 = "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e"


@pytest.fixture
def cloud(monkeypatch):
    """Stand in for AWS."""
    with stand_in(monkeypatch) as iot_client:
        yield iot_client


def allowed(document, action, resource, attributes=()):
    """Tell whether a policy lets a device do something, as AWS reads it."""
    for statement in document["Statement"]:
        assert set(statement) <= {"Effect", "Action", "Resource", "Condition"}
        assert statement["Effect"] == "Allow"
        condition = statement.get("Condition", {})
        assert set(condition) <= {"ForAllValues:StringEquals"}
        may = condition.get("ForAllValues:StringEquals", {}).get("iot:ConnectAttributes")
        if may is None and attributes:
            continue
        named = action in statement["Action"] and set(attributes) <= set(may or ())
        if named and any(fnmatch.fnmatchcase(resource, r) for r in statement["Resource"]):
            return True
    return False


@pytest.mark.slow
def test_first_run_makes_a_device_that_can_speak(cloud, tmp_path, capsys):
    """Thing, certificate, policy and settings are there, joined, and readable by the device."""
    connect.provision(options(tmp_path))
    said = capsys.readouterr().out
    folder = tmp_path / "cam-1"
    der = ssl.PEM_cert_to_DER_cert((folder / "device.pem.crt").read_text().strip())
    number = hashlib.sha256(der).hexdigest()
    arn = cloud.describe_certificate(certificateId=number)["certificateDescription"]
    assert arn["status"] == "ACTIVE"
    assert attached(cloud) == ([arn["certificateArn"]], [arn["certificateArn"]])
    endpoint = cloud.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
    read = settings.load(str(folder / "settings.ini"), environ={})
    assert (read.device, read.site, read.broker) == ("cam-1", "hall", f"mqtts://{endpoint}:8883")
    for name in (read.ca_file, read.cert_file, read.key_file):
        assert (folder / name).exists()
    key = (folder / "private.pem.key").read_text()
    assert "PRIVATE KEY" in key
    assert not any(line in said for line in key.split("\n") if len(line) > 20)
    assert "PRIVATE KEY" not in said


@pytest.mark.slow
def test_keys_are_for_their_owner_alone(cloud, tmp_path):
    """Folder 0700 and key 0600 whatever the mask, and no half-written file stays."""
    before = os.umask(0)
    try:
        connect.provision(options(tmp_path))
    finally:
        os.umask(before)
    folder = tmp_path / "cam-1"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "private.pem.key").stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(folder)) == [
        "AmazonRootCA1.pem",
        "device.pem.crt",
        "private.pem.key",
        "settings.ini",
    ]


@pytest.mark.slow
def test_certificate_and_key_load_into_tls(cloud, tmp_path):
    """OpenSSL takes the three files as they are."""
    connect.provision(options(tmp_path))
    folder = tmp_path / "cam-1"
    context = ssl.create_default_context(cafile=str(folder / "AmazonRootCA1.pem"))
    context.load_cert_chain(str(folder / "device.pem.crt"), str(folder / "private.pem.key"))


def test_authority_is_amazon_root_ca_1():
    """Its SHA-256 is the one that Amazon publishes."""
    der = ssl.PEM_cert_to_DER_cert(iot_folder.authority())
    assert hashlib.sha256(der).hexdigest() == ROOT_CA_1


@pytest.mark.slow
def test_second_run_changes_nothing(cloud, tmp_path):
    """Twice in a row leaves one of each, the same keys, and the user's own settings."""
    full = options(tmp_path, bucket=BUCKET)
    connect.provision(full)
    path = tmp_path / "cam-1" / "settings.ini"
    path.write_text(path.read_text() + "source = /dev/video2\n")
    files = {f: f.read_bytes() for f in (tmp_path / "cam-1").iterdir()}
    first, lines = everything(cloud), []
    connect.provision(full, lines.append)
    assert everything(cloud) == first
    assert {f: f.read_bytes() for f in (tmp_path / "cam-1").iterdir()} == files
    assert all(len(names) == 1 for names in first.values())
    assert all(line.startswith("there") for line in lines), lines
    assert len(cloud.list_policy_versions(policyName="laughtrack-cam-1")["policyVersions"]) == 1


ARN = f"arn:aws:iot:{REGION}:123456789012"
TOPIC, FILTER = f"{ARN}:topic/laughtrack", f"{ARN}:topicfilter/laughtrack"


@pytest.mark.parametrize(
    "action, resource, may",
    [
        ("iot:Connect", f"{ARN}:client/cam-1", True),
        ("iot:Connect", f"{ARN}:client/cam-2", False),
        ("iot:Connect", f"{ARN}:client/cam-1x", False),
        ("iot:Publish", f"{TOPIC}/hall/cam-1/timeline", True),
        ("iot:Publish", f"{TOPIC}/hall/cam-1/status", True),
        ("iot:RetainPublish", f"{TOPIC}/hall/cam-1/status", True),
        ("iot:RetainPublish", f"{TOPIC}/hall/cam-1/timeline", False),
        ("iot:Publish", f"{TOPIC}/hall/cam-1/command", False),
        ("iot:Publish", f"{TOPIC}/hall/cam-2/timeline", False),
        ("iot:Publish", f"{TOPIC}/attic/cam-1/timeline", False),
        ("iot:Publish", f"{ARN}:topic/$aws/things/cam-1/shadow/update", False),
        ("iot:Subscribe", f"{FILTER}/hall/cam-1/command", True),
        ("iot:Receive", f"{TOPIC}/hall/cam-1/command", True),
        ("iot:Subscribe", f"{FILTER}/hall/cam-2/command", False),
        ("iot:Subscribe", f"{FILTER}/hall/+/command", False),
        ("iot:Subscribe", f"{FILTER}/hall/cam-1/timeline", False),
        ("iot:Receive", f"{TOPIC}/hall/cam-2/command", False),
        ("iot:Subscribe", f"{ARN}:topicfilter/#", False),
        ("iot:GetThingShadow", f"{ARN}:thing/cam-1", False),
    ],
)
def test_policy_lets_a_device_use_its_own_topics_only(action, resource, may):
    """What is not the device's own is refused."""
    document = aws_resources.policy(ARN, settings.Settings(device="cam-1", site="hall"))
    assert allowed(document, action, resource) is may


@pytest.mark.slow
def test_policy_at_aws_is_that_policy(cloud, tmp_path):
    """Word for word, with the account's own number."""
    connect.provision(options(tmp_path), lambda line: None)
    text = cloud.get_policy(policyName="laughtrack-cam-1")["policyDocument"]
    own = settings.Settings(device="cam-1", site="hall")
    assert json.loads(text) == aws_resources.policy(ARN, own)
    assert json.loads(text)["Statement"][2] == {
        "Effect": "Allow",
        "Action": ["iot:RetainPublish"],
        "Resource": [f"{TOPIC}/hall/cam-1/status"],
    }


def test_policy_allows_last_will_and_lasting_session():
    """AWS refuses a will or a lasting session that the policy does not name."""
    own = settings.Settings(device="cam-1", site="hall")
    document = aws_resources.policy(ARN, own)
    will = ("LastWill", "PersistentConnect")
    assert allowed(document, "iot:Connect", f"{ARN}:client/cam-1", will)
    assert not any(c in json.dumps(document) for c in "*?$")


@pytest.mark.slow
def test_changed_policy_becomes_a_new_version(cloud, tmp_path):
    """A policy that says something else is set right, however many versions it has."""
    connect.provision(options(tmp_path), lambda line: None)
    for n in range(4):
        text = json.dumps({"Version": "2012-10-17", "Statement": [], "Id": str(n)})
        cloud.create_policy_version(
            policyName="laughtrack-cam-1", policyDocument=text, setAsDefault=True
        )
    connect.provision(options(tmp_path), lambda line: None)
    text = cloud.get_policy(policyName="laughtrack-cam-1")["policyDocument"]
    expected = aws_resources.policy(ARN, settings.Settings(device="cam-1", site="hall"))
    assert json.loads(text) == expected


@pytest.mark.slow
def test_lost_folder_gets_a_new_certificate(cloud, tmp_path):
    """The old one is named, with the command that revokes it."""
    connect.provision(options(tmp_path), lambda line: None)
    (old,) = attached(cloud)[0]
    lines = []
    connect.provision(options(tmp_path, folder=tmp_path / "again"), lines.append)
    assert len(attached(cloud)[0]) == 2
    text = "\n".join(lines)
    assert old in text and f"--certificate-id {old.rpartition('/')[2]}" in text
    assert "--new-status REVOKED" in text


@pytest.mark.slow
@pytest.mark.parametrize("lost", [iot_folder.KEY, iot_folder.CERTIFICATE])
def test_certificate_without_its_key_is_replaced(cloud, tmp_path, lost):
    """Half of the two is of no use; the folder ends with two that belong together."""
    connect.provision(options(tmp_path), lambda line: None)
    (tmp_path / "cam-1" / lost).unlink()
    lines = []
    connect.provision(options(tmp_path), lines.append)
    assert any("is still good" in line for line in lines)
    test_certificate_and_key_load_into_tls(cloud, tmp_path)
    assert (tmp_path / "cam-1" / iot_folder.KEY).stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
@pytest.mark.parametrize(
    "change, says",
    [
        ({"site": "attic"}, "says site is 'hall', not 'attic'"),
        ({"device": "cam-2"}, "says device is 'cam-1', not 'cam-2'"),
        ({"region": "us-east-1"}, "says broker is"),
    ],
)
def test_folder_of_something_else_is_refused(cloud, tmp_path, change, says):
    """One folder is one device at one site of one region; nothing is made for another."""
    connect.provision(options(tmp_path), lambda line: None)
    before = everything(cloud)
    with pytest.raises(ValueError, match=says):
        connect.provision(options(tmp_path)._replace(**change), lambda line: None)
    assert everything(cloud) == before


@pytest.mark.slow
def test_certificate_switched_off_is_not_used(cloud, tmp_path):
    """It says how to switch it on, or to get a new one."""
    connect.provision(options(tmp_path), lambda line: None)
    number = everything(cloud)["certificates"][0]
    cloud.update_certificate(certificateId=number, newStatus="INACTIVE")
    with pytest.raises(ValueError, match="is INACTIVE at AWS: remove the file"):
        connect.provision(options(tmp_path), lambda line: None)


@pytest.mark.slow
def test_certificate_of_another_account_is_not_overwritten(cloud, tmp_path):
    """With the wrong profile, the key of the right one survives."""
    connect.provision(options(tmp_path), lambda line: None)
    key = (tmp_path / "cam-1" / "private.pem.key").read_text()
    remove.remove(options(tmp_path, folder=tmp_path / "elsewhere"), lambda line: None)
    with pytest.raises(ValueError, match="is not of this AWS account"):
        connect.provision(options(tmp_path), lambda line: None)
    assert (tmp_path / "cam-1" / "private.pem.key").read_text() == key


@pytest.mark.parametrize("name", ["cam 1", "cam.1", "-cam", "cam/1", "", "*"])
def test_names_that_aws_cannot_take_are_refused(name, tmp_path):
    """Before anything is asked of AWS."""
    with pytest.raises(ValueError, match="device is"):
        connect.provision(aws_resources.IotOptions(name, "hall", tmp_path), lambda line: None)


@pytest.mark.slow
def test_command_makes_and_removes(cloud, tmp_path, monkeypatch, capsys):
    """The words on the command line reach the work, and no secret reaches the screen."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command("iot")(iot_command)
    words = ["cam-1", "--site", "hall", "--region", REGION]
    app(args=[*words, "--bucket", BUCKET], standalone_mode=False)
    assert "deploy ssh HOST --settings cam-1/settings.ini" in capsys.readouterr().out
    assert (tmp_path / "cam-1" / "settings.ini").exists()
    app(args=[*words, "--bucket", BUCKET, "--remove"], standalone_mode=False)
    said = capsys.readouterr()
    assert f"stays   bucket {BUCKET}" in said.out and "KEY" not in said.out + said.err
    assert everything(cloud)["things"] == []


NO_HOSTS = [
    "",
    "a b",
    "host\nkey_file = /etc/shadow",
    "host:1/x",
    "\x1b[2Jhost",
    "x" * 300,
    "ä.aws",
]


@pytest.mark.parametrize("endpoint", NO_HOSTS)
def test_what_aws_names_is_no_line_of_the_settings(endpoint):
    """Nothing but a host's name is written there."""
    with pytest.raises(ValueError, match="expected a host name"):
        iot_folder.settings_text("cam-1", "hall", endpoint)
