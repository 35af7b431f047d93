"""Putting the Lambda package where a DeepLens gets it from: AWS Lambda, S3, Greengrass V1.

Every step looks first and changes only what differs, so a second run changes nothing. AWS refuses
most of this since the service closed; its answers become one plain line with the way that works.
"""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import contextmanager
from typing import NamedTuple

from laughtrack.aws import AwsError, client, error_code, get_or_none, readable_errors
from laughtrack.edge.deploy.greengrass import group_v1
from laughtrack.edge.deploy.greengrass.lambda_package import (
    HANDLER,
    MAX_DIRECT,
    RUNTIME,
    model_archive,
)
from laughtrack.edge.settings import load

ALIAS = "device"
MODEL_KEY = "laughtrack/smilenet.tar.gz"
# What counts on the device stands in the group; these are what AWS Lambda itself wants to know.
TIMEOUT_S, MEMORY_MB = 25, 512
SSH = "`laughtrack deploy ssh HOST` puts the same program onto the same device without AWS"
RUNTIME_GONE = (
    f"AWS Lambda takes no {RUNTIME} functions any more, neither new ones nor new code (it says: "
    f"{{}}); newer runtimes do not run on a DeepLens. {SSH}"
)
GREENGRASS_GONE = f"Greengrass V1 does not answer ({{}}): AWS ended it on 7 October 2026. {SSH}"


class Order(NamedTuple):
    """What to put where.

    `function`, its `role` and the model's `bucket` by name, ARN and name; `group` a Greengrass V1
    group's name or ID, or None for none; `settings` of the device program by name, as strings.
    """

    function: str
    role: str
    bucket: str
    group: str | None = None
    region: str | None = None
    settings: dict = {}  # noqa: RUF012, never changed


def check(order):
    """Raise ValueError for what AWS or the DeepLens would not take, with what is expected."""
    if not re.fullmatch(r"deeplens[A-Za-z0-9_-]{0,56}", order.function):
        raise ValueError(
            f"--function {order.function}: expected a name that begins with deeplens, of at most "
            "64 letters, digits, dashes, underscores: DeepLens's roles allow no other"
        )
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+", order.role):
        raise ValueError(
            f"--role {order.role}: expected a role's ARN, like "
            "arn:aws:iam::123456789012:role/service-role/AWSDeepLensLambdaRole"
        )
    if not re.fullmatch(r"deeplens-[a-z0-9.-]{1,53}[a-z0-9]", order.bucket):
        raise ValueError(
            f"--bucket {order.bucket}: expected a bucket's name that begins with deeplens-: "
            "DeepLens's role may read no other"
        )
    if order.group:
        # A setting that could never work is told now, not by a silent device.
        try:
            load(None, order.settings, {"AWS_IOT_THING_NAME": "device"})
        except ValueError as error:
            raise ValueError(f"--set: {error}") from None


def push(order, package, steps):
    """Put the package and the model in place, and deploy the group.

    Parameters
    ----------
    order : Order
    package : edge.deploy.greengrass.lambda_package.Package
    steps : edge.deploy.steps.Steps
        Takes the steps, or in a dry run says which there are.

    Raises
    ------
    ValueError
        For an order that `check` refuses, and for a group that is not there.
    AwsError
        What AWS refuses, with the cure; the steps before it are done, and said.
    """
    check(order)
    with readable_errors(order.region):
        with _runtime_gone():
            arn = _function(order, package, steps)
        s3 = client("s3", order.region)
        _bucket(order, s3, steps)
        _object(s3, order.bucket, MODEL_KEY, model_archive(), steps)
        if order.group:
            with _greengrass_gone():
                group_v1.update(order, arn, client("greengrass", order.region), steps)
        else:
            steps.note("no --group is given, so no device gets it")


def _function(order, package, steps):
    """Create or update the function, publish a version, alias it; return the version's ARN."""
    aws, name = client("lambda", order.region), order.function
    data = package.path.read_bytes()
    sha = base64.b64encode(hashlib.sha256(data).digest()).decode()
    there = get_or_none(aws.get_function, FunctionName=name)
    config = there["Configuration"] if there else {}
    if config.get("CodeSha256") != sha:
        where = _place(order, data, package.sha256, steps)
    wanted = {"Runtime": RUNTIME, "Handler": HANDLER, "Role": order.role}
    wanted.update(Timeout=TIMEOUT_S, MemorySize=MEMORY_MB)
    size = f"{len(data) / 2**20:.1f} MB"
    if not there:
        steps.make(
            f"function {name} ({RUNTIME}, {size})",
            False,
            lambda: aws.create_function(FunctionName=name, Code=where, Publish=False, **wanted),
        )
    else:
        same = all(config.get(key) == value for key, value in wanted.items())
        change = lambda: aws.update_function_configuration(FunctionName=name, **wanted)  # noqa: E731
        steps.make(f"function {name}: runtime, handler, role", same, change)
        _settle(aws, name, steps)
        change = lambda: aws.update_function_code(FunctionName=name, **where)  # noqa: E731
        steps.make(f"function {name}: code ({size})", config["CodeSha256"] == sha, change)
    _settle(aws, name, steps)
    return _version(aws, name, sha, steps)


def _settle(aws, name, steps):
    """Wait until AWS has taken in the last change: it refuses the next one before."""
    if not steps.dry_run:
        aws.get_waiter("function_active_v2").wait(FunctionName=name)
        aws.get_waiter("function_updated_v2").wait(FunctionName=name)


def _place(order, data, sha256, steps):
    """Return how AWS Lambda gets the code: in the call, or from S3 if it is larger."""
    if len(data) <= MAX_DIRECT:
        return {"ZipFile": data}
    s3, key = client("s3", order.region), f"laughtrack/lambda-{sha256[:16]}.zip"
    _bucket(order, s3, steps)
    _object(s3, order.bucket, key, data, steps)
    return {"S3Bucket": order.bucket, "S3Key": key}


def _version(aws, name, sha, steps):
    """Publish a version if none has this code, and point the alias to it; return its ARN."""
    versions = []
    if not steps.dry_run or get_or_none(aws.get_function, FunctionName=name):
        pages = aws.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        versions = [v for page in pages for v in page["Versions"] if v["Version"] != "$LATEST"]
    same = [v for v in versions if v["CodeSha256"] == sha]
    newest = max(same, key=lambda v: int(v["Version"]), default=None)
    # AWS publishes only if the code is still this one: nobody else's change gets in between.
    made = steps.make(
        f"version {newest['Version']}" if newest else "a new version",
        bool(newest),
        lambda: aws.publish_version(FunctionName=name, CodeSha256=sha),
    )
    newest = newest or made or {"Version": "NEW", "FunctionArn": f"{name}:NEW"}
    alias = {"FunctionName": name, "Name": ALIAS, "FunctionVersion": newest["Version"]}
    there = get_or_none(aws.get_alias, FunctionName=name, Name=ALIAS)
    steps.make(
        f"alias {ALIAS} for " + (f"version {newest['Version']}" if made or same else "it"),
        bool(there) and there["FunctionVersion"] == newest["Version"],
        lambda: (aws.update_alias if there else aws.create_alias)(**alias),
    )
    return newest["FunctionArn"]


def _bucket(order, s3, steps):
    region = s3.meta.region_name
    where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    steps.make(
        f"bucket {order.bucket}",
        get_or_none(s3.head_bucket, Bucket=order.bucket) is not None,
        lambda: s3.create_bucket(Bucket=order.bucket, **({} if region == "us-east-1" else where)),
    )


def _object(s3, bucket, key, data, steps):
    """Put an object whose bytes are not there yet."""
    sha = hashlib.sha256(data).hexdigest()
    there = get_or_none(s3.head_object, Bucket=bucket, Key=key)
    steps.make(
        f"s3://{bucket}/{key} ({len(data) / 2**20:.1f} MB)",
        bool(there) and there["Metadata"].get("sha256") == sha,
        lambda: s3.put_object(Bucket=bucket, Key=key, Body=data, Metadata={"sha256": sha}),
    )


@contextmanager
def _runtime_gone():
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        said = error.response["Error"].get("Message", "")
        if re.search("runtime.*no longer supported", said, re.IGNORECASE):
            raise AwsError(RUNTIME_GONE.format(said)) from None
        raise


@contextmanager
def _greengrass_gone():
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = error.response["Error"].get("Message", "") or error_code(error)
        status = error.response["ResponseMetadata"].get("HTTPStatusCode")
        gone = r"no longer|discontinued|deprecated|end of (life|support)|UnknownOperation"
        if status == 410 or re.search(gone, f"{said} {error_code(error)}", re.IGNORECASE):
            raise AwsError(GREENGRASS_GONE.format(said)) from None
        raise
    except BotoCoreError as error:
        # Lambda and S3 just answered, so it is not the network.
        kind = type(error).__name__
        if re.search("Endpoint|Connect|Timeout|SSL", kind):
            raise AwsError(GREENGRASS_GONE.format(error)) from None
        raise
