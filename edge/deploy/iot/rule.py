"""The rule that stores a site's batches in S3: bucket, role, rule. One object per batch."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from laughtrack.aws import client, get_or_none
from laughtrack.edge.settings import Settings

if TYPE_CHECKING:
    from laughtrack.edge.deploy.iot.aws_resources import IotOptions
    from laughtrack.edge.deploy.reconcile import Reconciler

# The batch's own fields make the key: a batch sent twice is one object, and a device that began
# again under an old session's name overwrites nothing.
KEY = "raw/${topic(2)}/${topic(3)}/${session}/${started_utc}/${seq}.json"
ERROR_KEY = "errors/${topic(2)}/${topic(3)}/${timestamp()}-${newuuid()}.json"
ROLE_POLICY = "put-batches"
PRIVATE = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
# AWS answers so, and not "not found", for a rule that is not there.
NO_RULE = ("UnauthorizedException",)


def provision(iot: Any, options: IotOptions, reconciler: Reconciler) -> None:
    """Make the bucket, the role and the rule of a site; what is there already stays.

    Parameters
    ----------
    iot : boto3 client
    options : edge.deploy.iot.aws_resources.IotOptions
        With a bucket.
    reconciler : Reconciler
    """
    s3, iam = client("s3", options.region), client("iam", options.region)
    bucket, region = options.bucket or "", iot.meta.region_name
    _bucket(s3, bucket, region, reconciler)
    name, policy = role_name(options.site, region), role_policy(bucket, iot.meta.partition)
    role_arn = _role(iam, name, bucket, policy, reconciler)
    _rule(iot, options, role_arn, reconciler)


def remove(iot: Any, options: IotOptions, reconciler: Reconciler) -> None:
    """Remove the rule and the role of a site; the bucket and what is in it stay."""
    iam, name = client("iam", options.region), rule_name(options.site)
    existing = get_or_none(iot.get_topic_rule, NO_RULE, ruleName=name)
    reconciler.remove(
        f"rule {name}", existing is not None, lambda: iot.delete_topic_rule(ruleName=name)
    )
    role = role_name(options.site, iot.meta.region_name)
    role_exists = get_or_none(iam.get_role, RoleName=role) is not None

    def delete() -> None:
        if get_or_none(iam.get_role_policy, RoleName=role, PolicyName=ROLE_POLICY):
            iam.delete_role_policy(RoleName=role, PolicyName=ROLE_POLICY)
        iam.delete_role(RoleName=role)

    reconciler.remove(f"role {role}", role_exists, delete)
    reconciler.note(f"stays   bucket {options.bucket} with all that is in it")


def rule_name(site: str) -> str:
    """Return the name of a site's rule: letters, digits, underscores."""
    return "laughtrack_" + _sanitized(site, r"[^A-Za-z0-9_]", 100)


def role_name(site: str, region: str) -> str:
    """Return the name of a site's role; roles are shared by all regions, so it names its own."""
    return f"laughtrack-{region}-" + _sanitized(site, r"[^A-Za-z0-9_.-]", 64 - 12 - len(region))


def _sanitized(name: str, not_allowed: str, longest: int) -> str:
    """Write a name with what is allowed only; a changed one gets a mark of its own."""
    sanitized = re.sub(not_allowed, "_", name)
    if sanitized == name and len(name) <= longest:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{sanitized[: longest - 9]}_{mark}"


def role_policy(bucket: str, partition: str = "aws") -> dict[str, Any]:
    """Return what the rule may do: put objects under `raw/` and `errors/`, nothing else."""
    resources = [f"arn:{partition}:s3:::{bucket}/{prefix}/*" for prefix in ("raw", "errors")]
    statement = {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": resources}
    return {"Version": "2012-10-17", "Statement": [statement]}


def rule(options: IotOptions, role_arn: str | None) -> dict[str, Any]:
    """Return the rule of a site.

    Parameters
    ----------
    options : edge.deploy.iot.aws_resources.IotOptions
    role_arn : str

    Returns
    -------
    dict
        As `create_topic_rule` takes it.
    """
    topic = Settings(device="+", site=options.site).topics()[0]

    def put(key: str) -> dict[str, Any]:
        return {"s3": {"roleArn": role_arn, "bucketName": options.bucket, "key": key}}

    return {
        "sql": f"SELECT * FROM '{topic}'",
        "awsIotSqlVersion": "2016-03-23",
        "description": "Laughtrack: one object per batch",
        "ruleDisabled": False,
        "actions": [put(KEY)],
        "errorAction": put(ERROR_KEY),
    }


def _bucket(s3: Any, name: str, region: str, reconciler: Reconciler) -> None:
    existing = get_or_none(s3.head_bucket, Bucket=name)

    def create() -> None:
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **({} if region == "us-east-1" else place))
        close()

    def close() -> None:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=PRIVATE)

    suffix = ", closed to the public" if existing is None else ""
    reconciler.create(f"bucket {name}{suffix}", existing is not None, create)
    if existing is None:
        return
    block = get_or_none(s3.get_public_access_block, Bucket=name)
    if block is None and not s3.list_objects_v2(Bucket=name, MaxKeys=1).get("KeyCount"):
        # Empty and open: a run that ended between the two calls above.
        reconciler.create(f"bucket {name} closed to the public", False, close)
    elif block is None or block["PublicAccessBlockConfiguration"] != PRIVATE:
        reconciler.note(
            f"  mind: bucket {name} is yours from before and does not block public access;"
            " see that nobody else can read it"
        )


def _role(
    iam: Any, name: str, bucket: str, policy: dict[str, Any], reconciler: Reconciler
) -> str | None:
    existing = get_or_none(iam.get_role, RoleName=name)
    who = {"Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}}
    trust = {"Version": "2012-10-17", "Statement": [{**who, "Action": "sts:AssumeRole"}]}
    made = reconciler.create(
        f"role {name} for AWS IoT",
        existing is not None,
        lambda: iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust)),
    )
    now = existing and get_or_none(iam.get_role_policy, RoleName=name, PolicyName=ROLE_POLICY)
    reconciler.create(
        f"its permission to put into {bucket}, under raw/ and errors/",
        now is not None and now["PolicyDocument"] == policy,
        lambda: iam.put_role_policy(
            RoleName=name, PolicyName=ROLE_POLICY, PolicyDocument=json.dumps(policy)
        ),
    )
    return (existing or made or {}).get("Role", {}).get("Arn")


def _rule(iot: Any, options: IotOptions, role_arn: str | None, reconciler: Reconciler) -> None:
    name = rule_name(options.site)
    wanted = rule(options, role_arn)
    existing = get_or_none(iot.get_topic_rule, NO_RULE, ruleName=name)
    if existing is None:
        what = f"rule {name}: batches of {options.site} into {options.bucket}/raw/"
        reconciler.create(
            what, False, lambda: iot.create_topic_rule(ruleName=name, topicRulePayload=wanted)
        )
        return
    now = existing["rule"]
    if now.get("ruleDisabled"):
        # It was switched off on purpose.
        reconciler.note(f"  mind: rule {name} is switched off; to switch it on:")
        reconciler.note(f"  aws iot enable-topic-rule --rule-name {name}")
        wanted["ruleDisabled"] = True
    same = all(now.get(field) == wanted[field] for field in ("sql", "actions", "errorAction"))
    reconciler.create(
        f"rule {name}: batches of {options.site} into {options.bucket}/raw/",
        same,
        lambda: iot.replace_topic_rule(ruleName=name, topicRulePayload=wanted),
    )
