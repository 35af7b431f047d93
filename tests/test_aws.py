"""What AWS, or the way to it, refuses: one plain line with the cure."""

import pytest

pytest.importorskip("boto3", reason="boto3 is not installed")
pytest.importorskip("moto.iot.models", reason="moto is not installed")

from botocore.exceptions import ClientError, NoCredentialsError

from laughtrack import aws
from laughtrack.edge.deploy.iot import connect
from tests.edge.deploy.iot_cloud import options, stand_in


@pytest.fixture
def cloud(monkeypatch):
    """Stand in for AWS."""
    with stand_in(monkeypatch) as iot_client:
        yield iot_client


@pytest.mark.parametrize(
    "code, says",
    [
        ("AccessDeniedException", "may not DescribeEndpoint .*: ask for that permission"),
        ("UnrecognizedClientException", "does not accept the credentials"),
        ("ExpiredTokenException", "sign in again"),
        ("ThrottlingException", "run the same again"),
        ("SomethingNew", "answered DescribeEndpoint with SomethingNew: why"),
    ],
)
def test_refusals_are_one_plain_line(code, says, tmp_path):
    """What AWS answers comes out as what it means for the user."""
    with pytest.raises(aws.AwsError, match=says) as caught, aws.readable_errors():
        raise ClientError({"Error": {"Code": code, "Message": "why\nso"}}, "DescribeEndpoint")
    assert "\n" not in str(caught.value)


def test_bucket_of_another_account_is_said():
    """S3 answers 403 without a word of its own."""
    with pytest.raises(aws.AwsError, match="bucket is another account's"), aws.readable_errors():
        raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadBucket")


@pytest.mark.slow
def test_impossible_bucket_name_is_one_line(cloud, tmp_path):
    """Nothing that boto3 says comes out in several lines."""
    with pytest.raises(aws.AwsError, match="Invalid bucket name") as caught:
        connect.provision(options(tmp_path, bucket="no bucket"), lambda line: None)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_no_region_says_how_to_give_one(cloud, tmp_path, monkeypatch):
    """A machine without AWS's settings gets the option's name."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(aws.AwsError, match="give --region, like"):
        connect.provision(options(tmp_path, region=None))


def test_no_credentials_says_how_to_give_them():
    """The three ways are named."""
    ways = r"aws configure.*AWS_ACCESS_KEY_ID.*AWS_PROFILE"
    with pytest.raises(aws.AwsError, match=ways), aws.readable_errors():
        raise NoCredentialsError()


def test_wrong_region_is_a_plain_line(tmp_path, monkeypatch):
    """A region that is no name at all is named back."""
    with pytest.raises(aws.AwsError, match="no AWS region's name"):
        aws.client("iot", "eu west!")


def test_without_boto3_it_says_what_to_install(monkeypatch, tmp_path):
    """The extra is named."""
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(aws.AwsError, match=r"pip install 'laughtrack\[aws\]'"):
        connect.provision(options(tmp_path))
