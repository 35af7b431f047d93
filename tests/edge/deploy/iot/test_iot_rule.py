"""The rule that stores a site's batches in S3, with its bucket and its role."""

import re

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed")
pytest.importorskip("moto.iot.models", reason="moto is not installed")

import boto3
from botocore.exceptions import ClientError

from laughtrack.edge.deploy.iot import connect
from laughtrack.edge.deploy.iot import rule as iot_rule
from tests.edge.deploy.iot_cloud import BUCKET, REGION, options, stand_in


@pytest.fixture
def cloud(monkeypatch):
    """Stand in for AWS."""
    with stand_in(monkeypatch) as iot_client:
        yield iot_client


@pytest.mark.slow
def test_rule_stores_each_batch_by_itself(cloud, tmp_path):
    """The rule selects the site's batches whole; errors go to a place of their own."""
    connect.provision(options(tmp_path, bucket=BUCKET), lambda line: None)
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


@pytest.mark.slow
def test_role_may_only_put_below_two_prefixes(cloud, tmp_path):
    """AWS IoT alone may take the role, and it may not read, list or delete."""
    connect.provision(options(tmp_path, bucket=BUCKET), lambda line: None)
    iam = boto3.client("iam", REGION)
    name = f"laughtrack-{REGION}-hall"
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert [s["Principal"] for s in trust] == [{"Service": "iot.amazonaws.com"}]
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    (only,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    may = iam.get_role_policy(RoleName=name, PolicyName=only)["PolicyDocument"]["Statement"]
    assert [s["Action"] for s in may] == [["s3:PutObject"]]
    assert may[0]["Resource"] == [f"arn:aws:s3:::{BUCKET}/{p}/*" for p in ("raw", "errors")]


@pytest.mark.slow
@pytest.mark.parametrize("region", ["us-east-1", REGION])
def test_new_bucket_is_closed_to_the_public(cloud, tmp_path, region):
    """Made in the device's region, with all four locks."""
    connect.provision(options(tmp_path, bucket=BUCKET, region=region), lambda line: None)
    s3 = boto3.client("s3", region)
    block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert all(block.values()) and len(block) == 4
    place = s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"]
    assert place == (None if region == "us-east-1" else region)


@pytest.mark.slow
def test_bucket_from_before_is_left_as_it_is(cloud, tmp_path):
    """Somebody's open bucket stays open, and that is said."""
    s3 = boto3.client("s3", REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=BUCKET, Key="mine", Body=b"")
    lines = []
    connect.provision(options(tmp_path, bucket=BUCKET), lines.append)
    assert any("does not block public access" in line for line in lines)
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlock"):
        s3.get_public_access_block(Bucket=BUCKET)


@pytest.mark.slow
def test_disabled_rule_stays_disabled(cloud, tmp_path):
    """Whoever switched storing off is not overruled, even where the rule changes."""
    full = options(tmp_path, bucket=BUCKET)
    connect.provision(full, lambda line: None)
    cloud.disable_topic_rule(ruleName="laughtrack_hall")
    lines = []
    connect.provision(full._replace(bucket="another-bucket-1"), lines.append)
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
