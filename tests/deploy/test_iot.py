"""A device's identity in AWS IoT: made once, its own topics only, taken away again."""

import fnmatch
import functools
import hashlib
import json
import os
import re
import ssl

import pytest
import typer

boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
pytest.importorskip("moto.iot.models", reason="moto is not installed")

import moto.iot.models  # noqa: E402
from botocore.exceptions import ClientError, NoCredentialsError  # noqa: E402

from cli.deploy_iot import iot_command  # noqa: E402
from edge import settings  # noqa: E402
from edge.deploy import aws, iot, iot_folder, iot_parts, iot_remove, iot_rule  # noqa: E402

REGION, BUCKET = "eu-west-1", "laughtrack-test-batches"
ROOT_CA_1 = "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e"


@pytest.fixture
def cloud(monkeypatch):
    """Stand in for AWS, and know no credentials of whoever runs the test."""
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    # The real endpoint is one per account and region; the stand-in's is another at each question.
    ask = functools.lru_cache(None)(moto.iot.models.IoTBackend.describe_endpoint)
    monkeypatch.setattr(moto.iot.models.IoTBackend, "describe_endpoint", ask)
    with moto.mock_aws(config={"iot": {"use_valid_cert": True}}):
        yield boto3.client("iot", REGION)


def order(tmp_path, **words):
    """Return an order for cam-1 in the hall."""
    given = {"site": "hall", "folder": tmp_path / "cam-1", "region": REGION, **words}
    return iot_parts.Order("cam-1", **given)


def everything(cloud):
    """Return all that the stand-in holds that the command could have made."""
    iam, s3 = boto3.client("iam", REGION), boto3.client("s3", REGION)
    return {
        "things": [t["thingName"] for t in cloud.list_things()["things"]],
        "certificates": [c["certificateId"] for c in cloud.list_certificates()["certificates"]],
        "policies": [p["policyName"] for p in cloud.list_policies()["policies"]],
        "rules": [r["ruleName"] for r in cloud.list_topic_rules()["rules"]],
        "roles": [r["RoleName"] for r in iam.list_roles()["Roles"]],
        "buckets": [b["Name"] for b in s3.list_buckets()["Buckets"]],
    }


def attached(cloud):
    """Return what hangs on cam-1's thing, and what its policy hangs on."""
    things = cloud.list_thing_principals(thingName="cam-1")["principals"]
    return things, cloud.list_targets_for_policy(policyName="laughtrack-cam-1")["targets"]


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


def test_first_run_makes_a_device_that_can_speak(cloud, tmp_path, capsys):
    """Thing, certificate, policy and settings are there, joined, and readable by the device."""
    iot.provision(order(tmp_path))
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


def test_keys_are_for_their_owner_alone(cloud, tmp_path):
    """Folder 0700 and key 0600 whatever the mask, and no half-written file stays."""
    before = os.umask(0)
    try:
        iot.provision(order(tmp_path))
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


def test_certificate_and_key_load_into_tls(cloud, tmp_path):
    """OpenSSL takes the three files as they are."""
    iot.provision(order(tmp_path))
    folder = tmp_path / "cam-1"
    context = ssl.create_default_context(cafile=str(folder / "AmazonRootCA1.pem"))
    context.load_cert_chain(str(folder / "device.pem.crt"), str(folder / "private.pem.key"))


def test_authority_is_amazon_root_ca_1():
    """Its SHA-256 is the one that Amazon publishes."""
    der = ssl.PEM_cert_to_DER_cert(iot_folder.authority())
    assert hashlib.sha256(der).hexdigest() == ROOT_CA_1


def test_second_run_changes_nothing(cloud, tmp_path):
    """Twice in a row leaves one of each, the same keys, and the user's own settings."""
    full = order(tmp_path, bucket=BUCKET)
    iot.provision(full)
    path = tmp_path / "cam-1" / "settings.ini"
    path.write_text(path.read_text() + "source = /dev/video2\n")
    files = {f: f.read_bytes() for f in (tmp_path / "cam-1").iterdir()}
    first, lines = everything(cloud), []
    iot.provision(full, lines.append)
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
    document = iot_parts.policy(ARN, settings.Settings(device="cam-1", site="hall"))
    assert allowed(document, action, resource) is may


def test_policy_at_aws_is_that_policy(cloud, tmp_path):
    """Word for word, with the account's own number."""
    iot.provision(order(tmp_path), lambda line: None)
    text = cloud.get_policy(policyName="laughtrack-cam-1")["policyDocument"]
    own = settings.Settings(device="cam-1", site="hall")
    assert json.loads(text) == iot_parts.policy(ARN, own)
    assert json.loads(text)["Statement"][2] == {
        "Effect": "Allow",
        "Action": ["iot:RetainPublish"],
        "Resource": [f"{TOPIC}/hall/cam-1/status"],
    }


def test_policy_allows_last_will_and_lasting_session():
    """AWS refuses a will or a lasting session that the policy does not name."""
    own = settings.Settings(device="cam-1", site="hall")
    document = iot_parts.policy(ARN, own)
    will = ("LastWill", "PersistentConnect")
    assert allowed(document, "iot:Connect", f"{ARN}:client/cam-1", will)
    assert not any(c in json.dumps(document) for c in "*?$")


def test_changed_policy_becomes_a_new_version(cloud, tmp_path):
    """A policy that says something else is set right, however many versions it has."""
    iot.provision(order(tmp_path), lambda line: None)
    for n in range(4):
        text = json.dumps({"Version": "2012-10-17", "Statement": [], "Id": str(n)})
        cloud.create_policy_version(
            policyName="laughtrack-cam-1", policyDocument=text, setAsDefault=True
        )
    iot.provision(order(tmp_path), lambda line: None)
    text = cloud.get_policy(policyName="laughtrack-cam-1")["policyDocument"]
    assert json.loads(text) == iot_parts.policy(ARN, settings.Settings(device="cam-1", site="hall"))


def test_rule_stores_each_batch_by_itself(cloud, tmp_path):
    """The rule selects the site's batches whole; errors go to a place of their own."""
    iot.provision(order(tmp_path, bucket=BUCKET), lambda line: None)
    rule = cloud.get_topic_rule(ruleName="laughtrack_hall")["rule"]
    assert rule["sql"] == "SELECT * FROM 'laughtrack/hall/+/timeline'"
    assert rule["awsIotSqlVersion"] == "2016-03-23"
    assert not rule["ruleDisabled"]
    (put,) = rule["actions"]
    assert put["s3"]["bucketName"] == rule["errorAction"]["s3"]["bucketName"] == BUCKET
    batch = {"session": "show", "started_utc": "2026-01-31T20:15:00Z", "seq": 12}
    words = ["laughtrack", "hall", "cam-1", "timeline"]
    fill = {f"topic({n})": word for n, word in enumerate(words, 1)}
    key = re.sub(r"\$\{(.*?)\}", lambda m: str({**fill, **batch}[m[1]]), put["s3"]["key"])
    assert key == "raw/hall/cam-1/show/2026-01-31T20:15:00Z/12.json"
    assert rule["errorAction"]["s3"]["key"].startswith("errors/")


def test_role_may_only_put_below_two_prefixes(cloud, tmp_path):
    """AWS IoT alone may take the role, and it may not read, list or delete."""
    iot.provision(order(tmp_path, bucket=BUCKET), lambda line: None)
    iam = boto3.client("iam", REGION)
    name = f"laughtrack-{REGION}-hall"
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert [s["Principal"] for s in trust] == [{"Service": "iot.amazonaws.com"}]
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    (only,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    may = iam.get_role_policy(RoleName=name, PolicyName=only)["PolicyDocument"]["Statement"]
    assert [s["Action"] for s in may] == [["s3:PutObject"]]
    assert may[0]["Resource"] == [f"arn:aws:s3:::{BUCKET}/{p}/*" for p in ("raw", "errors")]


@pytest.mark.parametrize("region", ["us-east-1", REGION])
def test_new_bucket_is_closed_to_the_public(cloud, tmp_path, region):
    """Made in the device's region, with all four locks."""
    iot.provision(order(tmp_path, bucket=BUCKET, region=region), lambda line: None)
    s3 = boto3.client("s3", region)
    block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert all(block.values()) and len(block) == 4
    place = s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"]
    assert place == (None if region == "us-east-1" else region)


def test_bucket_from_before_is_left_as_it_is(cloud, tmp_path):
    """Somebody's open bucket stays open, and that is said."""
    s3 = boto3.client("s3", REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=BUCKET, Key="mine", Body=b"")
    lines = []
    iot.provision(order(tmp_path, bucket=BUCKET), lines.append)
    assert any("does not block public access" in line for line in lines)
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlock"):
        s3.get_public_access_block(Bucket=BUCKET)


def test_disabled_rule_stays_disabled(cloud, tmp_path):
    """Whoever switched storing off is not overruled, even where the rule changes."""
    full = order(tmp_path, bucket=BUCKET)
    iot.provision(full, lambda line: None)
    cloud.disable_topic_rule(ruleName="laughtrack_hall")
    lines = []
    iot.provision(full._replace(bucket="another-bucket-1"), lines.append)
    rule = cloud.get_topic_rule(ruleName="laughtrack_hall")["rule"]
    assert rule["ruleDisabled"] and rule["actions"][0]["s3"]["bucketName"] == "another-bucket-1"
    assert any("enable-topic-rule" in line for line in lines)


@pytest.mark.parametrize("site", ["a b", "a.b", "a_b", "x" * 100, "a-b"])
def test_sites_never_share_a_rule_or_a_role(site):
    """Names that AWS takes are made of any site's, each its own."""
    others = {"a b", "a.b", "a_b", "x" * 99 + "y", "a-b"} - {site}
    rule, role = iot_rule.rule_name(site), iot_rule.role_name(site, "ap-southeast-2")
    assert re.fullmatch(r"[A-Za-z0-9_]{1,128}", rule)
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", role)
    assert rule not in map(iot_rule.rule_name, others)
    assert role not in [iot_rule.role_name(o, "ap-southeast-2") for o in others]


def test_dry_run_changes_nothing(cloud, tmp_path):
    """Neither AWS nor the disk is touched, and every step is named."""
    lines = []
    iot.provision(order(tmp_path, bucket=BUCKET), lines.append, dry_run=True)
    assert not any(everything(cloud).values())
    assert list(tmp_path.iterdir()) == []
    assert len(lines) == 10 and all(line.startswith("would make") for line in lines)


STEPS = [
    "CreatePolicy",
    "CreateKeysAndCertificate",
    "AttachPolicy",
    "AttachThingPrincipal",
    "CreateBucket",
    "PutPublicAccessBlock",
    "CreateRole",
    "PutRolePolicy",
    "CreateTopicRule",
]


def breaking(monkeypatch, step):
    """Let AWS fail at one operation."""
    real = aws.client

    def client(service, region=None):
        made = real(service, region)

        def fail(**_):
            raise ClientError({"Error": {"Code": "ServiceFailure", "Message": "no"}}, step)

        made.meta.events.register(f"before-call.*.{step}", fail)
        return made

    for module in (iot, iot_rule, iot_remove):
        monkeypatch.setattr(module, "client", client)


@pytest.mark.parametrize("step", STEPS)
def test_half_finished_run_is_carried_on(cloud, tmp_path, monkeypatch, step):
    """Ended at any step, the next run makes the rest and nothing twice."""
    full = order(tmp_path, bucket=BUCKET)
    with monkeypatch.context() as patch:
        breaking(patch, step)
        with pytest.raises(aws.AwsError, match=step):
            iot.provision(full, lambda line: None)
    iot.provision(full, lambda line: None)
    assert all(len(names) == 1 for names in everything(cloud).values()), everything(cloud)
    things, targets = attached(cloud)
    assert things == targets and len(things) == 1
    s3 = boto3.client("s3", REGION)
    block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert all(block.values())


def test_full_disk_leaves_no_certificate_behind(cloud, tmp_path, monkeypatch):
    """A key that could not be kept is of no use, so its certificate goes too."""
    real = iot_folder.write

    def write(folder, name, text, mode=0o644):
        if name == iot_folder.KEY:
            raise OSError(f"cannot write {folder / name}: No space left on device")
        real(folder, name, text, mode)

    monkeypatch.setattr(iot_folder, "write", write)
    with pytest.raises(OSError, match="No space left"):
        iot.provision(order(tmp_path), lambda line: None)
    assert everything(cloud)["certificates"] == []


def test_lost_folder_gets_a_new_certificate(cloud, tmp_path):
    """The old one is named, with the command that revokes it."""
    iot.provision(order(tmp_path), lambda line: None)
    (old,) = attached(cloud)[0]
    lines = []
    iot.provision(order(tmp_path, folder=tmp_path / "again"), lines.append)
    assert len(attached(cloud)[0]) == 2
    text = "\n".join(lines)
    assert old in text and f"--certificate-id {old.rpartition('/')[2]}" in text
    assert "--new-status REVOKED" in text


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
    iot.provision(order(tmp_path), lambda line: None)
    before = everything(cloud)
    with pytest.raises(ValueError, match=says):
        iot.provision(order(tmp_path)._replace(**change), lambda line: None)
    assert everything(cloud) == before


def test_certificate_switched_off_is_not_used(cloud, tmp_path):
    """It says how to switch it on, or to get a new one."""
    iot.provision(order(tmp_path), lambda line: None)
    number = everything(cloud)["certificates"][0]
    cloud.update_certificate(certificateId=number, newStatus="INACTIVE")
    with pytest.raises(ValueError, match="is INACTIVE at AWS: remove the file"):
        iot.provision(order(tmp_path), lambda line: None)


def test_certificate_of_another_account_is_not_overwritten(cloud, tmp_path):
    """With the wrong profile, the key of the right one survives."""
    iot.provision(order(tmp_path), lambda line: None)
    key = (tmp_path / "cam-1" / "private.pem.key").read_text()
    iot_remove.remove(order(tmp_path, folder=tmp_path / "elsewhere"), lambda line: None)
    with pytest.raises(ValueError, match="is not of this AWS account"):
        iot.provision(order(tmp_path), lambda line: None)
    assert (tmp_path / "cam-1" / "private.pem.key").read_text() == key


def test_remove_takes_all_but_the_data(cloud, tmp_path):
    """Only the bucket stays; twice in a row is as good as once."""
    full = order(tmp_path, bucket=BUCKET)
    iot.provision(full, lambda line: None)
    for _ in range(2):
        iot_remove.remove(full, lambda line: None)
        kept = everything(cloud)
        assert kept.pop("buckets") == [BUCKET]
        assert not any(kept.values()), kept
        assert os.listdir(tmp_path / "cam-1") == ["settings.ini"]
    iot.provision(full, lambda line: None)
    assert len(everything(cloud)["certificates"]) == 1


def test_remove_without_a_bucket_leaves_the_rule(cloud, tmp_path):
    """The site's other devices go on being stored."""
    full = order(tmp_path, bucket=BUCKET)
    iot.provision(full, lambda line: None)
    iot_remove.remove(full._replace(bucket=None), lambda line: None)
    assert everything(cloud)["rules"] == ["laughtrack_hall"]


def test_remove_spares_other_devices(cloud, tmp_path):
    """Another device keeps its certificate, and one that both share is only detached."""
    iot.provision(order(tmp_path), lambda line: None)
    other = iot_parts.Order("cam-2", "hall", tmp_path / "cam-2", None, REGION)
    iot.provision(other, lambda line: None)
    (shared,) = cloud.list_thing_principals(thingName="cam-2")["principals"]
    cloud.attach_thing_principal(thingName="cam-1", principal=shared)
    lines = []
    iot_remove.remove(order(tmp_path), lines.append)
    assert any("only detached" in line for line in lines)
    assert everything(cloud)["things"] == ["cam-2"]
    assert cloud.list_thing_principals(thingName="cam-2")["principals"] == [shared]
    description = cloud.describe_certificate(certificateId=shared.rpartition("/")[2])
    assert description["certificateDescription"]["status"] == "ACTIVE"


def test_dry_remove_changes_nothing(cloud, tmp_path):
    """It names what would go."""
    full = order(tmp_path, bucket=BUCKET)
    iot.provision(full, lambda line: None)
    before, lines = everything(cloud), []
    iot_remove.remove(full, lines.append, dry_run=True)
    assert everything(cloud) == before
    assert sum(line.startswith("would remove") for line in lines) == 6


def test_half_finished_remove_is_carried_on(cloud, tmp_path, monkeypatch):
    """What an interrupted removal left is found again."""
    iot.provision(order(tmp_path), lambda line: None)
    with monkeypatch.context() as patch:
        breaking(patch, "DeleteCertificate")
        with pytest.raises(aws.AwsError):
            iot_remove.remove(order(tmp_path), lambda line: None)
    iot_remove.remove(order(tmp_path), lambda line: None)
    assert not any(everything(cloud).values())


@pytest.mark.parametrize("name", ["cam 1", "cam.1", "-cam", "cam/1", "", "*"])
def test_names_that_aws_cannot_take_are_refused(name, tmp_path):
    """Before anything is asked of AWS."""
    with pytest.raises(ValueError, match="device is"):
        iot.provision(iot_parts.Order(name, "hall", tmp_path), lambda line: None)


@pytest.mark.parametrize(
    "code, says",
    [
        ("AccessDeniedException", "may not DescribeEndpoint .*: ask for that permission"),
        ("UnrecognizedClientException", "does not accept the credentials"),
        ("ExpiredTokenException", "sign in again"),
        ("ThrottlingException", "run the same again"),
        ("SomethingNew", "answered DescribeEndpoint with SomethingNew: why"),
    ],
)
def test_refusals_are_one_plain_line(code, says, tmp_path):
    """What AWS answers comes out as what it means for the user."""
    with pytest.raises(aws.AwsError, match=says) as caught, aws.plain_errors():
        raise ClientError({"Error": {"Code": code, "Message": "why\nso"}}, "DescribeEndpoint")
    assert "\n" not in str(caught.value)


def test_bucket_of_another_account_is_said():
    """S3 answers 403 without a word of its own."""
    with pytest.raises(aws.AwsError, match="bucket is another account's"), aws.plain_errors():
        raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadBucket")


def test_impossible_bucket_name_is_one_line(cloud, tmp_path):
    """Nothing that boto3 says comes out in several lines."""
    with pytest.raises(aws.AwsError, match="Invalid bucket name") as caught:
        iot.provision(order(tmp_path, bucket="no bucket"), lambda line: None)
    assert "\n" not in str(caught.value)


def test_no_region_says_how_to_give_one(cloud, tmp_path, monkeypatch):
    """A machine without AWS's settings gets the option's name."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(aws.AwsError, match="give --region, like"):
        iot.provision(order(tmp_path, region=None))


def test_no_credentials_says_how_to_give_them():
    """The three ways are named."""
    ways = r"aws configure.*AWS_ACCESS_KEY_ID.*AWS_PROFILE"
    with pytest.raises(aws.AwsError, match=ways), aws.plain_errors():
        raise NoCredentialsError()


def test_wrong_region_is_a_plain_line(tmp_path, monkeypatch):
    """A region that is no name at all is named back."""
    with pytest.raises(aws.AwsError, match="no AWS region's name"):
        aws.client("iot", "eu west!")


def test_without_boto3_it_says_what_to_install(monkeypatch, tmp_path):
    """The extra is named."""
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(aws.AwsError, match=r"pip install 'laughtrack\[aws\]'"):
        iot.provision(order(tmp_path))


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
