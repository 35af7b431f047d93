"""Putting the Lambda package where a DeepLens gets it from: AWS Lambda, S3, Greengrass V1.

Every step looks first and changes only what differs, so a second run changes nothing. AWS refuses
most of this since the service closed; its answers become one plain line with the way that works.
"""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from laughtrack.aws import AwsError, client, error_code, get_or_none, readable_errors
from laughtrack.edge.deploy.greengrass import group_v1
from laughtrack.edge.deploy.greengrass.lambda_options import LambdaOptions, check
from laughtrack.edge.deploy.greengrass.lambda_package import (
    HANDLER,
    MAX_DIRECT,
    RUNTIME,
    model_archive,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from laughtrack.edge.deploy.greengrass.lambda_package import Package
    from laughtrack.edge.deploy.reconcile import Reconciler

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


def push(options: LambdaOptions, package: Package, reconciler: Reconciler) -> None:
    """Put the package and the model in place, and deploy the group.

    Parameters
    ----------
    options : LambdaOptions
    package : edge.deploy.greengrass.lambda_package.Package
    reconciler : edge.deploy.reconcile.Reconciler
        Makes the changes, or in a dry run says which there are.

    Raises
    ------
    ValueError
        For an order that `check` refuses, and for a group that is not there.
    AwsError
        What AWS refuses, with the cure; the changes before it are made, and reported.
    """
    check(options)
    with readable_errors(options.region):
        with _runtime_gone():
            arn = _function(options, package, reconciler)
        s3 = client("s3", options.region)
        _bucket(options, s3, reconciler)
        _object(s3, options.bucket, MODEL_KEY, model_archive(), reconciler)
        if options.group:
            with _greengrass_gone():
                group_v1.update(options, arn, client("greengrass", options.region), reconciler)
        else:
            reconciler.note("no --group is given, so no device gets it")


def _function(options: LambdaOptions, package: Package, reconciler: Reconciler) -> str:
    """Create or update the function, publish a version, alias it; return the version's ARN."""
    aws, name = client("lambda", options.region), options.function
    data = package.path.read_bytes()
    sha = base64.b64encode(hashlib.sha256(data).digest()).decode()
    existing = get_or_none(aws.get_function, FunctionName=name)
    config = existing["Configuration"] if existing else {}
    if config.get("CodeSha256") != sha:
        location = _code_location(options, data, package.sha256, reconciler)
    wanted: dict[str, Any] = {"Runtime": RUNTIME, "Handler": HANDLER, "Role": options.role}
    wanted.update(Timeout=TIMEOUT_S, MemorySize=MEMORY_MB)
    size = f"{len(data) / 2**20:.1f} MB"
    if not existing:
        reconciler.create(
            f"function {name} ({RUNTIME}, {size})",
            False,
            lambda: aws.create_function(FunctionName=name, Code=location, Publish=False, **wanted),
        )
    else:
        same = all(config.get(key) == value for key, value in wanted.items())
        change = lambda: aws.update_function_configuration(FunctionName=name, **wanted)  # noqa: E731
        reconciler.create(f"function {name}: runtime, handler, role", same, change)
        _settle(aws, name, reconciler)
        change = lambda: aws.update_function_code(FunctionName=name, **location)  # noqa: E731
        reconciler.create(f"function {name}: code ({size})", config["CodeSha256"] == sha, change)
    _settle(aws, name, reconciler)
    return _version(aws, name, sha, reconciler)


def _settle(aws: Any, name: str, reconciler: Reconciler) -> None:
    """Wait until AWS has taken in the last change: it refuses the next one before."""
    if not reconciler.dry_run:
        aws.get_waiter("function_active_v2").wait(FunctionName=name)
        aws.get_waiter("function_updated_v2").wait(FunctionName=name)


def _code_location(
    options: LambdaOptions, data: bytes, sha256: str, reconciler: Reconciler
) -> dict[str, Any]:
    """Return how AWS Lambda gets the code: in the call, or from S3 if it is larger."""
    if len(data) <= MAX_DIRECT:
        return {"ZipFile": data}
    s3, key = client("s3", options.region), f"laughtrack/lambda-{sha256[:16]}.zip"
    _bucket(options, s3, reconciler)
    _object(s3, options.bucket, key, data, reconciler)
    return {"S3Bucket": options.bucket, "S3Key": key}


def _version(aws: Any, name: str, sha: str, reconciler: Reconciler) -> str:
    """Publish a version if none has this code, and point the alias to it; return its ARN."""
    versions = []
    if not reconciler.dry_run or get_or_none(aws.get_function, FunctionName=name):
        pages = aws.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        versions = [v for page in pages for v in page["Versions"] if v["Version"] != "$LATEST"]
    same = [v for v in versions if v["CodeSha256"] == sha]
    newest = max(same, key=lambda v: int(v["Version"]), default=None)
    # AWS publishes only if the code is still this one: nobody else's change gets in between.
    made = reconciler.create(
        f"version {newest['Version']}" if newest else "a new version",
        bool(newest),
        lambda: aws.publish_version(FunctionName=name, CodeSha256=sha),
    )
    newest = newest or made or {"Version": "NEW", "FunctionArn": f"{name}:NEW"}
    alias = {"FunctionName": name, "Name": ALIAS, "FunctionVersion": newest["Version"]}
    existing = get_or_none(aws.get_alias, FunctionName=name, Name=ALIAS)
    reconciler.create(
        f"alias {ALIAS} for " + (f"version {newest['Version']}" if made or same else "it"),
        existing is not None and existing["FunctionVersion"] == newest["Version"],
        lambda: (aws.update_alias if existing else aws.create_alias)(**alias),
    )
    return newest["FunctionArn"]


def _bucket(options: LambdaOptions, s3: Any, reconciler: Reconciler) -> None:
    region = s3.meta.region_name
    location = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    reconciler.create(
        f"bucket {options.bucket}",
        get_or_none(s3.head_bucket, Bucket=options.bucket) is not None,
        lambda: s3.create_bucket(
            Bucket=options.bucket, **({} if region == "us-east-1" else location)
        ),
    )


def _object(s3: Any, bucket: str, key: str, data: bytes, reconciler: Reconciler) -> None:
    """Put an object whose bytes are not there yet."""
    sha = hashlib.sha256(data).hexdigest()
    existing = get_or_none(s3.head_object, Bucket=bucket, Key=key)
    reconciler.create(
        f"s3://{bucket}/{key} ({len(data) / 2**20:.1f} MB)",
        existing is not None and existing["Metadata"].get("sha256") == sha,
        lambda: s3.put_object(Bucket=bucket, Key=key, Body=data, Metadata={"sha256": sha}),
    )


@contextmanager
def _runtime_gone() -> Iterator[None]:
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        message = error.response["Error"].get("Message", "")
        if re.search("runtime.*no longer supported", message, re.IGNORECASE):
            raise AwsError(RUNTIME_GONE.format(message)) from None
        raise


@contextmanager
def _greengrass_gone() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        message = error.response["Error"].get("Message", "") or error_code(error)
        status = error.response["ResponseMetadata"].get("HTTPStatusCode")
        gone = r"no longer|discontinued|deprecated|end of (life|support)|UnknownOperation"
        if status == 410 or re.search(gone, f"{message} {error_code(error)}", re.IGNORECASE):
            raise AwsError(GREENGRASS_GONE.format(message)) from None
        raise
    except BotoCoreError as error:
        # Lambda and S3 just answered, so it is not the network.
        kind = type(error).__name__
        if re.search("Endpoint|Connect|Timeout|SSL", kind):
            raise AwsError(GREENGRASS_GONE.format(error)) from None
        raise
