"""A device's identity half made, not made, and taken away again."""

import os

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed")
pytest.importorskip("moto.iot.models", reason="moto is not installed")

import boto3
from botocore.exceptions import ClientError

from laughtrack import aws
from laughtrack.edge.deploy.iot import aws_resources, connect, remove, rule
from laughtrack.edge.deploy.iot import credentials_folder as iot_folder
from tests.edge.deploy.iot_cloud import BUCKET, REGION, attached, everything, options, stand_in


@pytest.fixture
def cloud(monkeypatch):
    """Stand in for AWS."""
    with stand_in(monkeypatch) as iot_client:
        yield iot_client


@pytest.mark.slow
def test_dry_run_changes_nothing(cloud, tmp_path):
    """Neither AWS nor the disk is touched, and every step is named."""
    lines = []
    connect.provision(options(tmp_path, bucket=BUCKET), lines.append, dry_run=True)
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

    for module in (connect, rule, remove):
        monkeypatch.setattr(module, "client", client)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_half_finished_run_is_carried_on(cloud, tmp_path, monkeypatch, step):
    """Ended at any step, the next run makes the rest and nothing twice."""
    full = options(tmp_path, bucket=BUCKET)
    with monkeypatch.context() as patch:
        breaking(patch, step)
        with pytest.raises(aws.AwsError, match=step):
            connect.provision(full, lambda line: None)
    connect.provision(full, lambda line: None)
    assert all(len(names) == 1 for names in everything(cloud).values()), everything(cloud)
    things, targets = attached(cloud)
    assert things == targets and len(things) == 1
    s3 = boto3.client("s3", REGION)
    block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert all(block.values())


@pytest.mark.slow
def test_full_disk_leaves_no_certificate_behind(cloud, tmp_path, monkeypatch):
    """A key that could not be kept is of no use, so its certificate goes too."""
    real = iot_folder.write

    def write(folder, name, text, mode=0o644):
        if name == iot_folder.KEY:
            raise OSError(f"cannot write {folder / name}: No space left on device")
        real(folder, name, text, mode)

    monkeypatch.setattr(iot_folder, "write", write)
    with pytest.raises(OSError, match="No space left"):
        connect.provision(options(tmp_path), lambda line: None)
    assert everything(cloud)["certificates"] == []


@pytest.mark.slow
def test_remove_takes_all_but_the_data(cloud, tmp_path):
    """Only the bucket stays; twice in a row is as good as once."""
    full = options(tmp_path, bucket=BUCKET)
    connect.provision(full, lambda line: None)
    for _ in range(2):
        remove.remove(full, lambda line: None)
        kept = everything(cloud)
        assert kept.pop("buckets") == [BUCKET]
        assert not any(kept.values()), kept
        assert os.listdir(tmp_path / "cam-1") == ["settings.ini"]
    connect.provision(full, lambda line: None)
    assert len(everything(cloud)["certificates"]) == 1


@pytest.mark.slow
def test_remove_without_a_bucket_leaves_the_rule(cloud, tmp_path):
    """The site's other devices go on being stored."""
    full = options(tmp_path, bucket=BUCKET)
    connect.provision(full, lambda line: None)
    remove.remove(full._replace(bucket=None), lambda line: None)
    assert everything(cloud)["rules"] == ["laughtrack_hall"]


@pytest.mark.slow
def test_remove_asks_for_the_site_whose_rule_it_is(cloud, tmp_path):
    """Another site's rule is not looked for in its place, and nothing is removed."""
    full = options(tmp_path, bucket=BUCKET)
    connect.provision(full, lambda line: None)
    before = everything(cloud)
    with pytest.raises(ValueError, match="site is 'hall', not 'default'"):
        remove.remove(full._replace(site="default"), lambda line: None)
    assert everything(cloud) == before


@pytest.mark.slow
def test_remove_spares_other_devices(cloud, tmp_path):
    """Another device keeps its certificate, and one that both share is only detached."""
    connect.provision(options(tmp_path), lambda line: None)
    other = aws_resources.IotOptions("cam-2", "hall", tmp_path / "cam-2", None, REGION)
    connect.provision(other, lambda line: None)
    (shared,) = cloud.list_thing_principals(thingName="cam-2")["principals"]
    cloud.attach_thing_principal(thingName="cam-1", principal=shared)
    lines = []
    remove.remove(options(tmp_path), lines.append)
    assert any("only detached" in line for line in lines)
    assert everything(cloud)["things"] == ["cam-2"]
    assert cloud.list_thing_principals(thingName="cam-2")["principals"] == [shared]
    description = cloud.describe_certificate(certificateId=shared.rpartition("/")[2])
    assert description["certificateDescription"]["status"] == "ACTIVE"


@pytest.mark.slow
def test_dry_remove_changes_nothing(cloud, tmp_path):
    """It names what would go."""
    full = options(tmp_path, bucket=BUCKET)
    connect.provision(full, lambda line: None)
    before, lines = everything(cloud), []
    remove.remove(full, lines.append, dry_run=True)
    assert everything(cloud) == before
    assert sum(line.startswith("would remove") for line in lines) == 6


@pytest.mark.slow
def test_half_finished_remove_is_carried_on(cloud, tmp_path, monkeypatch):
    """What an interrupted removal left is found again."""
    connect.provision(options(tmp_path), lambda line: None)
    with monkeypatch.context() as patch:
        breaking(patch, "DeleteCertificate")
        with pytest.raises(aws.AwsError):
            remove.remove(options(tmp_path), lambda line: None)
    remove.remove(options(tmp_path), lambda line: None)
    assert not any(everything(cloud).values())
