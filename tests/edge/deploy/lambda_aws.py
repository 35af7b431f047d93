"""An AWS of our own for pushing the Lambda package: a device's group, and all that is there."""

import io
import json
import zipfile
from contextlib import contextmanager

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from laughtrack.edge.deploy.greengrass import lambda_options, lambda_push
from laughtrack.edge.deploy.greengrass.lambda_package import Package
from laughtrack.edge.deploy.reconcile import Reconciler
from laughtrack.edge.deploy.wheels import sha256

REGION = "us-east-1"
THING = "deeplens_4Xz"
OTHER = "arn:aws:lambda:us-east-1:123456789012:function:deeplens_version_poller:3"
OLD = "arn:aws:lambda:us-east-1:123456789012:function:deeplens-laughtrack:7"
GONE = (
    "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda "
    "functions. We recommend you use a supported runtime while creating or updating functions."
)


@contextmanager
def stand_in(monkeypatch):
    """Be AWS: empty, for everyone in this process."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv("AWS_" + name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


def role():
    """Return the ARN of the function's role."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    policy = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
    iam = boto3.client("iam")
    made = iam.create_role(RoleName="lens", AssumeRolePolicyDocument=json.dumps(policy))
    return made["Role"]["Arn"]


def options():
    """Return options for the group of a registered device, which has others' functions too."""
    green = boto3.client("greengrass")
    core = {
        "Id": "core",
        "ThingArn": f"arn:aws:iot:{REGION}:123456789012:thing/{THING}",
        "CertificateArn": f"arn:aws:iot:{REGION}:123456789012:cert/{'0' * 64}",
    }
    cores = green.create_core_definition(Name="c", InitialVersion={"Cores": [core]})
    functions = green.create_function_definition(
        Name="f", InitialVersion={"Functions": [{"Id": "poller", "FunctionArn": OTHER}]}
    )
    volume = {"SourcePath": "/opt/awscam/artifacts", "DestinationPath": "/opt/awscam/artifacts"}
    resource = {"Id": "theirs", "Name": "theirs"}
    resource["ResourceDataContainer"] = {"LocalVolumeResourceData": volume}
    resources = green.create_resource_definition(Name="r", InitialVersion={"Resources": [resource]})
    theirs = [
        {"Id": "a", "Source": OTHER, "Subject": "a", "Target": "cloud"},
        {"Id": "b", "Source": OLD, "Subject": f"$aws/things/{THING}/infer", "Target": "cloud"},
    ]
    subscriptions = green.create_subscription_definition(
        Name="s", InitialVersion={"Subscriptions": theirs}
    )
    green.create_group(
        Name="lens",
        InitialVersion={
            "CoreDefinitionVersionArn": cores["LatestVersionArn"],
            "FunctionDefinitionVersionArn": functions["LatestVersionArn"],
            "ResourceDefinitionVersionArn": resources["LatestVersionArn"],
            "SubscriptionDefinitionVersionArn": subscriptions["LatestVersionArn"],
        },
    )
    settings = {"site": "hall", "context": "screening"}
    return lambda_options.LambdaOptions(
        "deeplens-laughtrack", role(), "deeplens-of-ours", "lens", REGION, settings
    )


def package(folder, content="print(1)"):
    """Return a small package, different for each content."""
    path = folder / "package.zip"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("lambda_function.py"), content)
    path.write_bytes(data.getvalue())
    return Package(path, path.stat().st_size, len(content), sha256(path))


def run(options, built, dry_run=False):
    """Push; return what was said."""
    said = []
    lambda_push.push(options, built, Reconciler(said.append, dry_run))
    return said


def state():
    """Return all that is at AWS, to compare: names, versions and counts."""
    lam, s3, green = (boto3.client(name) for name in ("lambda", "s3", "greengrass"))
    buckets = [b["Name"] for b in s3.list_buckets()["Buckets"]]
    found = {
        "objects": {b: s3.list_objects_v2(Bucket=b).get("Contents", []) for b in buckets},
        "functions": {},
        "groups": [],
    }
    for function in lam.list_functions()["Functions"]:
        name = function["FunctionName"]
        versions = lam.list_versions_by_function(FunctionName=name)["Versions"]
        aliases = lam.list_aliases(FunctionName=name)["Aliases"]
        found["functions"][name] = (
            [(v["Version"], v["CodeSha256"]) for v in versions],
            [(a["Name"], a["FunctionVersion"]) for a in aliases],
        )
    for group in green.list_groups()["Groups"]:
        versions = green.list_group_versions(GroupId=group["Id"])["Versions"]
        deployments = green.list_deployments(GroupId=group["Id"])["Deployments"]
        found["groups"].append((group["LatestVersion"], versions, deployments))
    for kind in ("function", "resource", "subscription"):
        listed = getattr(green, f"list_{kind}_definitions")()["Definitions"]
        found[kind] = [
            getattr(green, f"list_{kind}_definition_versions")(
                **{f"{kind.capitalize()}DefinitionId": each["Id"]}
            )["Versions"]
            for each in listed
        ]
    return found


def definition(kind):
    """Return the entries of the group's newest definition of a kind."""
    green = boto3.client("greengrass")
    (group,) = green.list_groups()["Groups"]
    newest = green.get_group_version(GroupId=group["Id"], GroupVersionId=group["LatestVersion"])
    parts = newest["Definition"][f"{kind}DefinitionVersionArn"].split("/")
    read = getattr(green, f"get_{kind.lower()}_definition_version")
    words = {f"{kind}DefinitionId": parts[-3], f"{kind}DefinitionVersionId": parts[-1]}
    return {e["Id"]: e for e in read(**words)["Definition"][kind + "s"]}


def refused(operation):
    """AWS's answer to somebody who may not."""
    said = {"Code": "AccessDeniedException", "Message": "not yours"}
    return ClientError({"Error": said, "ResponseMetadata": {"HTTPStatusCode": 403}}, operation)


def answer(monkeypatch, service, operations, error):
    """Let AWS answer calls as it really does, where the stand-in AWS would not."""
    real = lambda_push.client

    def client(name, region=None):
        made = real(name, region)
        if name == service:

            def refuse(params, model, **_):
                if not operations or model.name in operations:
                    raise error(model.name)

            made.meta.events.register_first(f"before-call.{service}.*", refuse)
        return made

    monkeypatch.setattr(lambda_push, "client", client)


def runtime_gone(operation):
    """AWS Lambda's answer since 2024."""
    said = {"Code": "InvalidParameterValueException", "Message": GONE}
    return ClientError({"Error": said, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation)


def unreachable(operation):
    """The endpoint's name is gone."""
    return EndpointConnectionError(endpoint_url="https://greengrass.us-east-1.amazonaws.com/")


def ended(operation):
    """The endpoint says that it ended."""
    said = {"Code": "GoneException", "Message": "AWS IoT Greengrass V1 is no longer available."}
    return ClientError({"Error": said, "ResponseMetadata": {"HTTPStatusCode": 410}}, operation)
