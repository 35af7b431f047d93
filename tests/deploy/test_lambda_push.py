"""Pushing the Lambda package: against a stand-in AWS, twice, and where AWS says that it is gone."""

import io
import json
import zipfile

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from moto.greengrass.models import greengrass_backends
from typer.testing import CliRunner

from edge.deploy import lambda_push
from edge.deploy import wheels as pinned
from edge.deploy.aws import AwsError
from edge.deploy.lambda_package import Package
from edge.deploy.lambda_push import Order, push
from edge.deploy.steps import Steps

REGION = "us-east-1"
THING = "deeplens_4Xz"
OTHER = "arn:aws:lambda:us-east-1:123456789012:function:deeplens_version_poller:3"
OLD = "arn:aws:lambda:us-east-1:123456789012:function:deeplens-laughtrack:7"
GONE = (
    "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda "
    "functions. We recommend you use a supported runtime while creating or updating functions."
)


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    """An AWS of our own, empty, without waiting for anything."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv("AWS_" + name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def role():
    """Return the ARN of the function's role."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    policy = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
    iam = boto3.client("iam")
    made = iam.create_role(RoleName="lens", AssumeRolePolicyDocument=json.dumps(policy))
    return made["Role"]["Arn"]


@pytest.fixture
def order(role):
    """Return an order for the group of a registered device, which has others' functions too."""
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
    return Order("deeplens-laughtrack", role, "deeplens-of-ours", "lens", REGION, {"site": "hall"})


def package(folder, content="print(1)"):
    """Return a small package, different for each content."""
    path = folder / "package.zip"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("lambda_function.py"), content)
    path.write_bytes(data.getvalue())
    return Package(path, path.stat().st_size, len(content), pinned.sha256(path))


def run(order, built, dry_run=False):
    """Push; return what was said."""
    said = []
    push(order, built, Steps(said.append, dry_run))
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


def test_dry_run_touches_nothing(order, tmp_path):
    """It says each step, and AWS is as it was."""
    before = state()
    said = run(order, package(tmp_path), dry_run=True)
    assert state() == before
    assert [line for line in said if not line.startswith("would make")] == []
    for word in ("function", "version", "alias", "bucket", "smilenet", "group", "deployment"):
        assert any(word in line for line in said), word


def test_a_second_push_changes_nothing(order, tmp_path):
    """The same order twice: the same version, group version and deployment."""
    run(order, package(tmp_path))
    once = state()
    said = run(order, package(tmp_path))
    assert state() == once
    assert [line for line in said if not line.startswith("there")] == []
    versions, aliases = once["functions"]["deeplens-laughtrack"]
    assert [v for v, _ in versions] == ["$LATEST", "1"] and aliases == [("device", "1")]
    assert run(order, package(tmp_path), dry_run=True) == said


def test_new_code_is_a_new_version_everywhere(order, tmp_path):
    """Function, alias, group and deployment follow the code; nothing else does."""
    run(order, package(tmp_path))
    once = state()
    said = run(order, package(tmp_path, "print(2)"))
    twice = state()
    versions, aliases = twice["functions"]["deeplens-laughtrack"]
    assert len({sha for _, sha in versions}) == 2 and aliases == [("device", "2")]
    assert definition("Function")["laughtrack"]["FunctionArn"].endswith(":deeplens-laughtrack:2")
    assert len(twice["groups"][0][2]) == len(once["groups"][0][2]) + 1
    assert twice["objects"] == once["objects"] and twice["resource"] == once["resource"]
    assert run(order, package(tmp_path, "print(2)")) != said and state() == twice


def test_group_has_what_the_function_needs(order, tmp_path):
    """Pinned, with memory, settings, rights and topics; what others have there stays."""
    run(order, package(tmp_path))
    functions = definition("Function")
    assert functions["poller"] == {"Id": "poller", "FunctionArn": OTHER}
    config = functions["laughtrack"]["FunctionConfiguration"]
    assert config["Pinned"] is True and config["MemorySize"] == 2 * 1024 * 1024
    assert config["Environment"]["Variables"] == {"LAUGHTRACK_SITE": "hall"}
    resources = definition("Resource")
    paths = {}
    for each in config["Environment"]["ResourceAccessPolicies"]:
        (data,) = resources[each["ResourceId"]]["ResourceDataContainer"].values()
        paths[data["SourcePath"]] = each["Permission"]
    assert paths == {
        "/opt/awscam/artifacts": "rw",
        "/dev/dri/renderD128": "rw",
        "/tmp": "rw",
        "/opt/awscam/out": "ro",
    }
    # A path that the group had already is not there twice.
    assert len(resources) == 4 and "theirs" in resources
    arn = functions["laughtrack"]["FunctionArn"]
    base = f"laughtrack/hall/{THING}"
    assert {
        (s["Source"], s["Subject"], s["Target"]) for s in definition("Subscription").values()
    } == {
        (arn, f"{base}/timeline", "cloud"),
        (arn, f"{base}/status", "cloud"),
        ("cloud", f"{base}/command", arn),
        (OTHER, "a", "cloud"),
        (arn, f"$aws/things/{THING}/infer", "cloud"),
    }


def test_a_large_package_goes_through_s3(order, tmp_path, monkeypatch):
    """What is above the limit for the call is put into the bucket first."""
    monkeypatch.setattr(lambda_push, "MAX_DIRECT", 10)
    said = run(order._replace(group=None), package(tmp_path))
    keys = [o["Key"] for o in state()["objects"]["deeplens-of-ours"]]
    assert sorted(key.rpartition(".")[2] for key in keys) == ["gz", "zip"]
    assert said[-1] == "no --group is given, so no device gets it"
    once = state()
    run(order._replace(group=None), package(tmp_path))
    assert state() == once


OPERATIONS = [
    ("lambda", "PublishVersion"),
    ("lambda", "CreateAlias"),
    ("s3", "CreateBucket"),
    ("s3", "PutObject"),
    ("greengrass", "CreateResourceDefinitionVersion"),
    ("greengrass", "CreateFunctionDefinitionVersion"),
    ("greengrass", "CreateSubscriptionDefinitionVersion"),
    ("greengrass", "CreateGroupVersion"),
    ("greengrass", "CreateDeployment"),
]


@pytest.mark.parametrize("service, operation", OPERATIONS)
def test_a_push_that_broke_off_is_finished_by_the_next(
    order, tmp_path, monkeypatch, service, operation
):
    """One version, one alias, one deployment, as if nothing had happened."""
    with monkeypatch.context() as patch:
        answer(patch, service, (operation,), refused)
        with pytest.raises(AwsError, match=f"may not {operation} .*not yours"):
            run(order, package(tmp_path))
    run(order, package(tmp_path))
    finished = state()
    versions, aliases = finished["functions"]["deeplens-laughtrack"]
    assert [v for v, _ in versions] == ["$LATEST", "1"] and aliases == [("device", "1")]
    assert len(finished["groups"][0][2]) == 1
    run(order, package(tmp_path))
    assert state() == finished


def test_a_deployment_that_failed_is_made_again(order, tmp_path):
    """Of the same version of the group, and it is said that the last one failed."""
    run(order, package(tmp_path))
    once = state()
    (last,) = greengrass_backends["123456789012"][REGION].deployments.values()
    last.deployment_status = "Failure"
    said = run(order, package(tmp_path))
    assert any("the last deployment failed" in line for line in said)
    assert state()["groups"][0][:2] == once["groups"][0][:2]
    assert len(state()["groups"][0][2]) == 2


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


@pytest.mark.parametrize("first", [True, False], ids=["new function", "old function"])
def test_says_plainly_that_the_runtime_is_gone(order, tmp_path, monkeypatch, first):
    """AWS's own words, the way that works, and nothing half done."""
    if not first:
        run(order, package(tmp_path))
    before = state()
    operations = ("CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration")
    answer(monkeypatch, "lambda", operations, runtime_gone)
    with pytest.raises(AwsError, match=r"is no longer supported.*laughtrack deploy ssh") as caught:
        run(order, package(tmp_path, "print(3)"))
    assert "\n" not in str(caught.value) and GONE in str(caught.value)
    assert state() == before


def unreachable(operation):
    """The endpoint's name is gone."""
    return EndpointConnectionError(endpoint_url="https://greengrass.us-east-1.amazonaws.com/")


def ended(operation):
    """The endpoint says that it ended."""
    said = {"Code": "GoneException", "Message": "AWS IoT Greengrass V1 is no longer available."}
    return ClientError({"Error": said, "ResponseMetadata": {"HTTPStatusCode": 410}}, operation)


@pytest.mark.parametrize("error", [unreachable, ended])
def test_says_plainly_that_greengrass_is_gone(order, tmp_path, monkeypatch, error):
    """The function is in place by then; the message names the date and the way that works."""
    answer(monkeypatch, "greengrass", (), error)
    with pytest.raises(AwsError, match=r"7 October 2026.*laughtrack deploy ssh"):
        run(order, package(tmp_path))
    assert "deeplens-laughtrack" in state()["functions"]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"function": "laughtrack"}, "--function laughtrack: .*begins with deeplens"),
        ({"bucket": "ours"}, "--bucket ours: .*begins with deeplens-"),
        ({"role": "lens"}, "--role lens: expected a role's ARN"),
        ({"group": "attic"}, "--group attic: no such .*us-east-1; there: lens"),
        ({"settings": {"batch_s": "0"}}, "batch_s is 0"),
        ({"settings": {"colour": "red"}}, "--colour: no such setting"),
    ],
)
def test_refuses_what_cannot_work(order, tmp_path, change, message):
    """Each refusal names the option, its value and what is expected."""
    with pytest.raises(ValueError, match=message):
        run(order._replace(**change), package(tmp_path))


def test_a_group_with_a_device_alone_gets_its_definitions(order, tmp_path):
    """What it lacks is made new, once."""
    green = boto3.client("greengrass")
    full = green.list_groups()["Groups"][0]
    words = {"GroupId": full["Id"], "GroupVersionId": full["LatestVersion"]}
    core = green.get_group_version(**words)["Definition"]["CoreDefinitionVersionArn"]
    green.create_group(Name="bare", InitialVersion={"CoreDefinitionVersionArn": core})
    run(order._replace(group="bare"), package(tmp_path))
    once = state()
    assert [len(versions) for _, versions, _ in once["groups"]] == [1, 2]
    assert all(len(once[kind]) == 2 for kind in ("function", "resource", "subscription"))
    run(order._replace(group="bare"), package(tmp_path))
    assert state() == once


def test_a_group_without_a_device_is_refused(order, tmp_path):
    """There would be nothing to deploy to."""
    green = boto3.client("greengrass")
    green.create_group(Name="empty", InitialVersion={})
    with pytest.raises(ValueError, match="group empty has no core"):
        run(order._replace(group="empty"), package(tmp_path))


def test_the_command_says_first_that_it_is_gone():
    """Before anyone tries: in the help, with the way that works."""
    import typer

    from cli.deploy_lambda import lambda_command

    app = typer.Typer(rich_markup_mode=None)
    app.command("lambda")(lambda_command)
    text = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    for words in ("31 January 2024", "refuses new Python 3.7", "7 October 2026", "deploy ssh"):
        assert words in text


@pytest.mark.parametrize(
    "words, message",
    [
        (["--push"], "--push needs --role"),
        (["--yes"], "--yes: needs --push"),
        (["--set", "site=hall"], "--set: needs --push"),
        (["--push", "--role", "x", "--bucket", "y"], "--role x"),
    ],
)
def test_wrong_use_is_told_before_anything_is_built(words, message, tmp_path):
    """Exit 2, and no file."""
    import typer

    from cli.deploy_lambda import lambda_command

    app = typer.Typer(rich_markup_mode=None)
    app.command("lambda")(lambda_command)
    done = CliRunner().invoke(app, ["-o", str(tmp_path / "p.zip"), *words])
    assert done.exit_code == 2 and message in done.output
    assert not list(tmp_path.iterdir())
