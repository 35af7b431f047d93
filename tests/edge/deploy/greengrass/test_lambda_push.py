"""Pushing the Lambda package to a stand-in AWS: once, twice, and after it broke off."""

import boto3
import pytest
from moto.greengrass.models import greengrass_backends

from laughtrack.aws import AwsError
from laughtrack.edge.deploy.greengrass import lambda_push
from tests.edge.deploy import lambda_aws
from tests.edge.deploy.lambda_aws import (
    OTHER,
    REGION,
    THING,
    answer,
    definition,
    package,
    refused,
    run,
    state,
)


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    """An AWS of our own, empty."""
    with lambda_aws.stand_in(monkeypatch):
        yield


@pytest.fixture
def options():
    """Return options for the group of a registered device, which has others' functions too."""
    return lambda_aws.options()


@pytest.mark.slow
def test_dry_run_touches_nothing(options, tmp_path):
    """It says each step, and AWS is as it was."""
    before = state()
    said = run(options, package(tmp_path), dry_run=True)
    assert state() == before
    assert [line for line in said if not line.startswith("would make")] == []
    for word in ("function", "version", "alias", "bucket", "smilenet", "group", "deployment"):
        assert any(word in line for line in said), word


@pytest.mark.slow
def test_a_second_push_changes_nothing(options, tmp_path):
    """The same options twice: the same version, group version and deployment."""
    run(options, package(tmp_path))
    once = state()
    said = run(options, package(tmp_path))
    assert state() == once
    assert [line for line in said if not line.startswith("there")] == []
    versions, aliases = once["functions"]["deeplens-laughtrack"]
    assert [v for v, _ in versions] == ["$LATEST", "1"] and aliases == [("device", "1")]
    assert run(options, package(tmp_path), dry_run=True) == said


@pytest.mark.slow
def test_new_code_is_a_new_version_everywhere(options, tmp_path):
    """Function, alias, group and deployment follow the code; nothing else does."""
    run(options, package(tmp_path))
    once = state()
    said = run(options, package(tmp_path, "print(2)"))
    twice = state()
    versions, aliases = twice["functions"]["deeplens-laughtrack"]
    assert len({sha for _, sha in versions}) == 2 and aliases == [("device", "2")]
    assert definition("Function")["laughtrack"]["FunctionArn"].endswith(":deeplens-laughtrack:2")
    assert len(twice["groups"][0][2]) == len(once["groups"][0][2]) + 1
    assert twice["objects"] == once["objects"] and twice["resource"] == once["resource"]
    assert run(options, package(tmp_path, "print(2)")) != said and state() == twice


@pytest.mark.slow
def test_group_has_what_the_function_needs(options, tmp_path):
    """Pinned, with memory, settings, rights and topics; what others have there stays."""
    run(options, package(tmp_path))
    functions = definition("Function")
    assert functions["poller"] == {"Id": "poller", "FunctionArn": OTHER}
    config = functions["laughtrack"]["FunctionConfiguration"]
    assert config["Pinned"] is True and config["MemorySize"] == 2 * 1024 * 1024
    settings = {"LAUGHTRACK_SITE": "hall", "LAUGHTRACK_CONTEXT": "screening"}
    assert config["Environment"]["Variables"] == settings
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


@pytest.mark.slow
def test_a_large_package_goes_through_s3(options, tmp_path, monkeypatch):
    """What is above the limit for the call is put into the bucket first."""
    monkeypatch.setattr(lambda_push, "MAX_DIRECT", 10)
    said = run(options._replace(group=None), package(tmp_path))
    keys = [o["Key"] for o in state()["objects"]["deeplens-of-ours"]]
    assert sorted(key.rpartition(".")[2] for key in keys) == ["gz", "zip"]
    assert said[-1] == "no --group is given, so no device gets it"
    once = state()
    run(options._replace(group=None), package(tmp_path))
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


@pytest.mark.slow
@pytest.mark.parametrize("service, operation", OPERATIONS)
def test_a_push_that_broke_off_is_finished_by_the_next(
    options, tmp_path, monkeypatch, service, operation
):
    """One version, one alias, one deployment, as if nothing had happened."""
    with monkeypatch.context() as patch:
        answer(patch, service, (operation,), refused)
        with pytest.raises(AwsError, match=f"may not {operation} .*not yours"):
            run(options, package(tmp_path))
    run(options, package(tmp_path))
    finished = state()
    versions, aliases = finished["functions"]["deeplens-laughtrack"]
    assert [v for v, _ in versions] == ["$LATEST", "1"] and aliases == [("device", "1")]
    assert len(finished["groups"][0][2]) == 1
    run(options, package(tmp_path))
    assert state() == finished


@pytest.mark.slow
def test_a_deployment_that_failed_is_made_again(options, tmp_path):
    """Of the same version of the group, and it is said that the last one failed."""
    run(options, package(tmp_path))
    once = state()
    (last,) = greengrass_backends["123456789012"][REGION].deployments.values()
    last.deployment_status = "Failure"
    said = run(options, package(tmp_path))
    assert any("the last deployment failed" in line for line in said)
    assert state()["groups"][0][:2] == once["groups"][0][:2]
    assert len(state()["groups"][0][2]) == 2


@pytest.mark.slow
def test_a_group_with_a_device_alone_gets_its_definitions(options, tmp_path):
    """What it lacks is made new, once."""
    green = boto3.client("greengrass")
    full = green.list_groups()["Groups"][0]
    words = {"GroupId": full["Id"], "GroupVersionId": full["LatestVersion"]}
    core = green.get_group_version(**words)["Definition"]["CoreDefinitionVersionArn"]
    green.create_group(Name="bare", InitialVersion={"CoreDefinitionVersionArn": core})
    run(options._replace(group="bare"), package(tmp_path))
    once = state()
    assert [len(versions) for _, versions, _ in once["groups"]] == [1, 2]
    assert all(len(once[kind]) == 2 for kind in ("function", "resource", "subscription"))
    run(options._replace(group="bare"), package(tmp_path))
    assert state() == once
