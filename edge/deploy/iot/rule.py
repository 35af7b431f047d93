"""The rule that stores a site's batches in S3: bucket, role, rule. One object per batch."""

from __future__ import annotations

import hashlib
import json
import re

from laughtrack.aws import client, get_or_none
from laughtrack.edge.settings import Settings

# The batch's own fields make the key: a batch sent twice is one object, and a device that began
# anew under an old session's name overwrites nothing.
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


def provision(iot, order, steps):
    """Make the bucket, the role and the rule of a site; what is there already stays.

    Parameters
    ----------
    iot : boto3 client
    order : iot.Order
        With a bucket.
    steps : Steps
    """
    s3, iam = client("s3", order.region), client("iam", order.region)
    region = iot.meta.region_name
    partition = iot.meta.partition
    _bucket(s3, order.bucket, region, steps)
    role_arn = _role(iam, order, region, partition, steps)
    _rule(iot, order, role_arn, steps)


def remove(iot, order, steps):
    """Remove the rule and the role of a site; the bucket and what is in it stay."""
    iam, name = client("iam", order.region), rule_name(order.site)
    has = get_or_none(iot.get_topic_rule, NO_RULE, ruleName=name)
    steps.remove(f"rule {name}", has is not None, lambda: iot.delete_topic_rule(ruleName=name))
    role = role_name(order.site, iot.meta.region_name)
    has = get_or_none(iam.get_role, RoleName=role)

    def do():
        if get_or_none(iam.get_role_policy, RoleName=role, PolicyName=ROLE_POLICY):
            iam.delete_role_policy(RoleName=role, PolicyName=ROLE_POLICY)
        iam.delete_role(RoleName=role)

    steps.remove(f"role {role}", has is not None, do)
    steps.note(f"stays   bucket {order.bucket} with all that is in it")


def rule_name(site):
    """Return the name of a site's rule: letters, digits, underscores."""
    return "laughtrack_" + _plain(site, r"[^A-Za-z0-9_]", 100)


def role_name(site, region):
    """Return the name of a site's role; roles are shared by all regions, so it names its own."""
    return f"laughtrack-{region}-" + _plain(site, r"[^A-Za-z0-9_.-]", 64 - 12 - len(region))


def _plain(name, not_allowed, longest):
    """Write a name with what is allowed only; a changed one gets a mark of its own."""
    plain = re.sub(not_allowed, "_", name)
    if plain == name and len(name) <= longest:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{plain[: longest - 9]}_{mark}"


def role_policy(bucket, partition="aws"):
    """Return what the rule may do: put objects under `raw/` and `errors/`, nothing else."""
    resources = [f"arn:{partition}:s3:::{bucket}/{prefix}/*" for prefix in ("raw", "errors")]
    statement = {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": resources}
    return {"Version": "2012-10-17", "Statement": [statement]}


def rule(order, role_arn):
    """Return the rule of a site.

    Parameters
    ----------
    order : iot.Order
    role_arn : str

    Returns
    -------
    dict
        As `create_topic_rule` takes it.
    """
    topic = Settings(device="+", site=order.site).topics()[0]

    def put(key):
        return {"s3": {"roleArn": role_arn, "bucketName": order.bucket, "key": key}}

    return {
        "sql": f"SELECT * FROM '{topic}'",
        "awsIotSqlVersion": "2016-03-23",
        "description": "Laughtrack: one object per batch",
        "ruleDisabled": False,
        "actions": [put(KEY)],
        "errorAction": put(ERROR_KEY),
    }


def _bucket(s3, name, region, steps):
    has = get_or_none(s3.head_bucket, Bucket=name)

    def make():
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **({} if region == "us-east-1" else place))
        close()

    def close():
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=PRIVATE)

    closed = ", closed to the public" if has is None else ""
    steps.make(f"bucket {name}{closed}", has is not None, make)
    if has is None:
        return
    block = get_or_none(s3.get_public_access_block, Bucket=name)
    if block is None and not s3.list_objects_v2(Bucket=name, MaxKeys=1).get("KeyCount"):
        # Empty and open: a run that ended between the two calls above.
        steps.make(f"bucket {name} closed to the public", False, close)
    elif block is None or block["PublicAccessBlockConfiguration"] != PRIVATE:
        steps.note(
            f"  mind: bucket {name} is yours from before and does not block public access;"
            " see that nobody else can read it"
        )


def _role(iam, order, region, partition, steps):
    name = role_name(order.site, region)
    has = get_or_none(iam.get_role, RoleName=name)
    who = {"Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}}
    trust = {"Version": "2012-10-17", "Statement": [{**who, "Action": "sts:AssumeRole"}]}
    made = steps.make(
        f"role {name} for AWS IoT",
        has is not None,
        lambda: iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust)),
    )
    may = role_policy(order.bucket, partition)
    now = has and get_or_none(iam.get_role_policy, RoleName=name, PolicyName=ROLE_POLICY)
    steps.make(
        f"its permission to put into {order.bucket}, under raw/ and errors/",
        bool(now) and now["PolicyDocument"] == may,
        lambda: iam.put_role_policy(
            RoleName=name, PolicyName=ROLE_POLICY, PolicyDocument=json.dumps(may)
        ),
    )
    return (has or made or {}).get("Role", {}).get("Arn")


def _rule(iot, order, role_arn, steps):
    name = rule_name(order.site)
    wanted = rule(order, role_arn)
    has = get_or_none(iot.get_topic_rule, NO_RULE, ruleName=name)
    if has is None:
        what = f"rule {name}: batches of {order.site} into {order.bucket}/raw/"
        steps.make(
            what, False, lambda: iot.create_topic_rule(ruleName=name, topicRulePayload=wanted)
        )
        return
    now = has["rule"]
    if now.get("ruleDisabled"):
        # Whoever switched it off had a reason.
        steps.note(f"  mind: rule {name} is switched off; to switch it on:")
        steps.note(f"  aws iot enable-topic-rule --rule-name {name}")
        wanted["ruleDisabled"] = True
    same = all(now.get(field) == wanted[field] for field in ("sql", "actions", "errorAction"))
    steps.make(
        f"rule {name}: batches of {order.site} into {order.bucket}/raw/",
        same,
        lambda: iot.replace_topic_rule(ruleName=name, topicRulePayload=wanted),
    )
