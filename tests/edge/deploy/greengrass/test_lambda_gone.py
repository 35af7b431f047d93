"""Pushing the Lambda package where AWS says that it is gone, and orders that cannot work."""

import boto3
import pytest
import typer
from typer.testing import CliRunner

from laughtrack.aws import AwsError
from laughtrack.cli.commands.deploy.awslambda import lambda_command
from tests.edge.deploy import lambda_aws
from tests.edge.deploy.lambda_aws import (
    GONE,
    answer,
    ended,
    package,
    run,
    runtime_gone,
    state,
    unreachable,
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
@pytest.mark.parametrize("first", [True, False], ids=["new function", "old function"])
def test_says_plainly_that_the_runtime_is_gone(options, tmp_path, monkeypatch, first):
    """AWS's own words, the way that works, and nothing half done."""
    if not first:
        run(options, package(tmp_path))
    before = state()
    operations = ("CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration")
    answer(monkeypatch, "lambda", operations, runtime_gone)
    with pytest.raises(AwsError, match=r"is no longer supported.*laughtrack deploy ssh") as caught:
        run(options, package(tmp_path, "print(3)"))
    assert "\n" not in str(caught.value) and GONE in str(caught.value)
    assert state() == before


@pytest.mark.slow
@pytest.mark.parametrize("error", [unreachable, ended])
def test_says_plainly_that_greengrass_is_gone(options, tmp_path, monkeypatch, error):
    """The function is in place by then; the message names the date and the way that works."""
    answer(monkeypatch, "greengrass", (), error)
    with pytest.raises(AwsError, match=r"7 October 2026.*laughtrack deploy ssh"):
        run(options, package(tmp_path))
    assert "deeplens-laughtrack" in state()["functions"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change, message",
    [
        ({"function": "laughtrack"}, "--function laughtrack: .*begins with deeplens"),
        ({"bucket": "ours"}, "--bucket ours: .*begins with deeplens-"),
        ({"role": "lens"}, "--role lens: expected a role's ARN"),
        ({"group": "attic"}, "--group attic: no such .*us-east-1; there: lens"),
        ({"settings": {"batch_s": "0"}}, "--set: .*batch.s is 0"),
        ({"settings": {"colour": "red"}}, "--set: .*colour: no such setting"),
        ({"settings": {"site": "hall"}}, "--set: the settings name no context"),
    ],
)
def test_refuses_what_cannot_work(options, tmp_path, change, message):
    """Each refusal names the option, its value and what is expected."""
    with pytest.raises(ValueError, match=message):
        run(options._replace(**change), package(tmp_path))


@pytest.mark.slow
def test_a_group_without_a_device_is_refused(options, tmp_path):
    """There would be nothing to deploy to."""
    green = boto3.client("greengrass")
    green.create_group(Name="empty", InitialVersion={})
    with pytest.raises(ValueError, match="group empty has no core"):
        run(options._replace(group="empty"), package(tmp_path))


def test_the_command_says_first_that_it_is_gone():
    """Before anyone tries: in the help, with the way that works."""
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
    app = typer.Typer(rich_markup_mode=None)
    app.command("lambda")(lambda_command)
    done = CliRunner().invoke(app, ["-o", str(tmp_path / "p.zip"), *words])
    assert done.exit_code == 2 and message in done.output
    assert not list(tmp_path.iterdir())
