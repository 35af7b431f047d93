"""AWS's clients, and its errors as one plain line with the cure."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

_NOT_THERE = (
    "ResourceNotFoundException",
    "NoSuchEntity",
    "NoSuchBucket",
    "NoSuchPublicAccessBlockConfiguration",
    "404",
)
_NOT_ALLOWED = (
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedException",
    "ForbiddenException",
    "UnauthorizedOperation",
    "AllAccessDisabled",
    "403",
)
_NOT_KNOWN = (
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "AuthFailure",
)


class AwsError(OSError):
    """AWS could not, or would not; the message says what to do."""


def client(service: str, region: str | None = None) -> Any:
    """Open a client of an AWS service.

    Parameters
    ----------
    service : str
        As boto3 calls it: "iot", "s3", "iam".
    region : str, optional
        Else the one that AWS's own settings name.

    Returns
    -------
    boto3 client

    Raises
    ------
    AwsError
        Without boto3, a region or a readable profile.
    """
    try:
        import boto3
        import botocore.session
        from botocore.config import Config
    except ImportError:
        raise AwsError("AWS needs the package boto3: pip install 'laughtrack[aws]'") from None
    config = Config(
        connect_timeout=10, read_timeout=60, retries={"max_attempts": 4, "mode": "standard"}
    )
    with readable_errors(region):
        core = botocore.session.Session()
        core.register_component("data_loader", _descriptions(core.get_config_variable("data_path")))
        session = boto3.session.Session(botocore_session=core, region_name=region)
        return session.client(service, config=config)


@functools.cache
def _descriptions(folder: str | None) -> Any:
    """Return what reads AWS's descriptions of its services: once, which takes a fifth of a second.

    The user's own settings are read anew for each client.
    """
    from botocore.loaders import create_loader

    return create_loader(folder)


def error_code(error: BaseException) -> str:
    """Return the code of a botocore ClientError, "" of any other exception."""
    response: dict[str, dict[str, str]] = getattr(error, "response", {})
    return response.get("Error", {}).get("Code", "")


def get_or_none(
    call: Callable[..., dict[str, Any]], also: tuple[str, ...] = (), **words: object
) -> dict[str, Any] | None:
    """Call AWS; None where it answers that there is no such thing.

    Parameters
    ----------
    call : function
        A method of a client.
    also : tuple of str
        More codes that mean "not there" for this call.
    **words
        The call's arguments.

    Returns
    -------
    dict or None
    """
    from botocore.exceptions import ClientError

    try:
        return call(**words)
    except ClientError as error:
        if error_code(error) in (*_NOT_THERE, *also):
            return None
        raise


@contextmanager
def readable_errors(region: str | None = None) -> Iterator[None]:
    """Turn botocore's errors into AwsError with the cure; let all others pass.

    Parameters
    ----------
    region : str, optional
        What the user gave, for messages.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise AwsError(_refusal(error)) from None
    except BotoCoreError as error:
        raise AwsError(_failure(error, region)) from None


def _refusal(error: ClientError) -> str:
    code, name = error_code(error), error.operation_name
    message = error.response.get("Error", {}).get("Message", "")
    message = " ".join(message.split()) or "no reason given"
    if code in _NOT_KNOWN:
        return (
            f"AWS does not accept the credentials ({code}: {message}): sign in again, or choose "
            "others with AWS_PROFILE"
        )
    if code == "403" and name == "HeadBucket":
        return (
            "the bucket is another account's, or these AWS credentials may not see it: choose "
            "another with --bucket, or other credentials with AWS_PROFILE"
        )
    if code in _NOT_ALLOWED:
        return (
            f"these AWS credentials may not {name} ({message}): ask for that permission, or choose "
            "others with AWS_PROFILE"
        )
    if code in ("BucketAlreadyExists", "InvalidBucketName"):
        return f"AWS refuses the bucket's name ({message}): choose another with --bucket"
    if code in ("ThrottlingException", "Throttling", "LimitExceededException", "LimitExceeded"):
        return f"AWS answered {name} with {code}: {message}: wait a minute and run the same again"
    return f"AWS answered {name} with {code}: {message}"


def _failure(error: BotoCoreError, region: str | None) -> str:
    kind = type(error).__name__
    if kind == "NoRegionError":
        return "no AWS region is set: give --region, like --region eu-west-1"
    if kind == "InvalidRegionError":
        return f"--region {region}: no AWS region's name; expected one like eu-west-1"
    if kind in ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"):
        return (
            "no AWS credentials: run `aws configure`, or set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        )
    if "SSO" in kind or "Token" in kind or "Login" in kind:
        return f"the AWS sign-in has ended ({error}): sign in again with `aws sso login`"
    if kind == "ProfileNotFound":
        return f"{error}: set AWS_PROFILE to one that `aws configure list-profiles` shows"
    if "Timeout" in kind or "Connect" in kind or kind in ("ProxyConnectionError", "SSLError"):
        return f"cannot reach AWS ({error}): is the region's name right, and the network up?"
    if kind == "ParamValidationError":
        return f"AWS would not take this: {' '.join(str(error).split())}"
    return f"AWS: {' '.join(str(error).split())}"
