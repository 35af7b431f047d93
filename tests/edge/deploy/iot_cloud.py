"""A stand-in for AWS, and what a test of `deploy iot` asks of it."""

import functools
import os
from contextlib import contextmanager

import boto3
import moto.iot.models

from laughtrack.edge.deploy.iot import aws_resources

REGION, BUCKET = "eu-west-1", "laughtrack-test-batches"


@contextmanager
def stand_in(monkeypatch):
    """Stand in for AWS, and know no credentials of whoever runs the test; yield IoT's client."""
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    # The real endpoint is one per account and region; the stand-in's is another at each question.
    ask = functools.lru_cache(None)(moto.iot.models.IoTBackend.describe_endpoint)
    monkeypatch.setattr(moto.iot.models.IoTBackend, "describe_endpoint", ask)
    with moto.mock_aws(config={"iot": {"use_valid_cert": True}}):
        yield boto3.client("iot", REGION)


def options(tmp_path, **words):
    """Return options for cam-1 in the hall."""
    given = {"site": "hall", "folder": tmp_path / "cam-1", "region": REGION, **words}
    return aws_resources.IotOptions("cam-1", **given)


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
