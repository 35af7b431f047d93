"""A device in AWS IoT Core: thing, certificate, policy, endpoint, and the folder that it needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laughtrack.aws import client, get_or_none, readable_errors
from laughtrack.edge.console import show
from laughtrack.edge.deploy.iot import credentials_folder as iot_folder
from laughtrack.edge.deploy.iot import rule
from laughtrack.edge.deploy.iot.aws_resources import (
    attached_to,
    check,
    delete_certificate,
    policies_of,
    policy,
    policy_name,
)
from laughtrack.edge.deploy.reconcile import Reconciler
from laughtrack.edge.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from laughtrack.edge.deploy.iot.aws_resources import IotOptions

# AWS keeps five versions of a policy; the oldest makes room for the sixth.
POLICY_VERSIONS = 5


def provision(
    options: IotOptions, say: Callable[[str], object] = show, dry_run: bool = False
) -> Path:
    """Make all that a device needs to reach AWS IoT Core; what is there already stays.

    Parameters
    ----------
    options : IotOptions
    say : function
        Gets each step as a line; never a key.
    dry_run : bool
        Change nothing, here or there; only say what would be done.

    Returns
    -------
    Path
        The settings file.

    Raises
    ------
    ValueError
        For a name that AWS cannot take, or a folder of another device.
    AwsError
        What AWS would not do, and the cure.
    OSError
        When the folder cannot be written.
    """
    check(options)
    reconciler = Reconciler(say, dry_run)
    iot_folder.check(options.folder, {"device": options.device, "site": options.site})
    iot = client("iot", options.region)
    with readable_errors(options.region):
        endpoint = iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
        names = options.device, options.site
        # Before anything is made: it refuses an endpoint that is none.
        text = iot_folder.settings_text(*names, endpoint, options.context)
        broker = {"broker": f"mqtts://{endpoint}:8883"}
        has_settings = iot_folder.check(options.folder, broker)
        account = _thing(iot, options, reconciler)
        _policy(iot, options, account, reconciler)
        arn = _certificate(iot, options, reconciler)
        _attach(iot, options, arn, reconciler)
        if options.bucket:
            rule.provision(iot, options, reconciler)
    return _settings(options, text, has_settings, reconciler)


def _thing(iot: Any, options: IotOptions, reconciler: Reconciler) -> str | None:
    """Make the thing; return what the account's ARNs begin with, None if only in a dry run."""
    thing = get_or_none(iot.describe_thing, thingName=options.device)
    made = reconciler.create(
        f"thing {options.device}",
        thing is not None,
        lambda: iot.create_thing(thingName=options.device),
    )
    arn = (thing or made or {}).get("thingArn")
    return arn and arn.rpartition(":")[0]


def _policy(iot: Any, options: IotOptions, account: str | None, reconciler: Reconciler) -> None:
    name = policy_name(options.device)
    existing = get_or_none(iot.get_policy, policyName=name)
    if existing and not account:
        account = existing["policyArn"].rpartition(":")[0]
    settings = Settings(device=options.device, site=options.site)
    text = json.dumps(policy(account, settings), indent=1) if account else ""
    if existing is None or json.loads(existing["policyDocument"]) == json.loads(text):
        reconciler.create(
            f"policy {name}: its own topics, nothing else",
            existing is not None,
            lambda: iot.create_policy(policyName=name, policyDocument=text),
        )
        return
    reconciler.create(f"a new version of policy {name}", False, lambda: _replace(iot, name, text))


def _replace(iot: Any, name: str, text: str) -> None:
    versions = iot.list_policy_versions(policyName=name)["policyVersions"]
    old = [v["versionId"] for v in versions if not v["isDefaultVersion"]]
    if len(versions) >= POLICY_VERSIONS:
        iot.delete_policy_version(policyName=name, policyVersionId=min(old, key=int))
    iot.create_policy_version(policyName=name, policyDocument=text, setAsDefault=True)


def _certificate(iot: Any, options: IotOptions, reconciler: Reconciler) -> str | None:
    """Make the certificate unless the folder has one; return its ARN, None if only in a dry run."""
    existing = _own(iot, options)
    arn = existing and existing["certificateArn"]
    what = f"certificate and key in {options.folder}"
    if not existing and Path(options.folder, iot_folder.CERTIFICATE).exists():
        reconciler.note(f"{options.folder} has a certificate without its key: it is replaced")
    made = reconciler.create(
        what, existing is not None, lambda: _new_certificate(iot, options.folder)
    )
    arn = arn or made
    for other in attached_to(iot, options.device):
        if other != arn:
            number = other.rpartition("/")[2]
            reconciler.note(
                f"an older certificate of {options.device} is still good: {other}\n"
                f"  to revoke it: aws iot update-certificate --new-status REVOKED"
                f" --certificate-id {number} --region {other.split(':')[3]}"
            )
    return arn


def _own(iot: Any, options: IotOptions) -> dict[str, Any] | None:
    """Describe the folder's certificate; None where there is none."""
    number = iot_folder.certificate_id(options.folder)
    if number is None:
        return None
    path = Path(options.folder, iot_folder.CERTIFICATE)
    answer = get_or_none(iot.describe_certificate, certificateId=number)
    if answer is None:
        raise ValueError(
            f"{path} is not of this AWS account and region: choose them with AWS_PROFILE and "
            "--region, give another folder with -o, or remove the file for a new certificate"
        )
    description = answer["certificateDescription"]
    if description["status"] != "ACTIVE":
        raise ValueError(
            f"{path} is {description['status']} at AWS: remove the file for a new certificate, or "
            f"run aws iot update-certificate --new-status ACTIVE --certificate-id {number}"
        )
    return description


def _new_certificate(iot: Any, folder: Path) -> str:
    # All that can fail here fails before there is a certificate that nobody has the key of.
    iot_folder.make(folder)
    iot_folder.write(folder, iot_folder.AUTHORITY, iot_folder.authority())
    made = iot.create_keys_and_certificate(setAsActive=True)
    try:
        iot_folder.write(folder, iot_folder.CERTIFICATE, made["certificatePem"])
        iot_folder.write(folder, iot_folder.KEY, made["keyPair"]["PrivateKey"], 0o600)
    except OSError:
        delete_certificate(iot, made["certificateId"])
        raise
    return made["certificateArn"]


def _attach(iot: Any, options: IotOptions, arn: str | None, reconciler: Reconciler) -> None:
    name = policy_name(options.device)
    existing = arn and name in policies_of(iot, arn)
    reconciler.create(
        "attachment of the policy to the certificate",
        bool(existing),
        lambda: iot.attach_policy(policyName=name, target=arn),
    )
    existing = arn and arn in attached_to(iot, options.device)
    reconciler.create(
        "attachment of the certificate to the thing",
        bool(existing),
        lambda: iot.attach_thing_principal(thingName=options.device, principal=arn),
    )


def _settings(options: IotOptions, text: str, there: bool, reconciler: Reconciler) -> Path:
    path = Path(options.folder, iot_folder.SETTINGS)

    def write() -> None:
        iot_folder.write(options.folder, iot_folder.SETTINGS, text)

    if there and not Path(options.folder, iot_folder.AUTHORITY).exists():
        reconciler.create(
            f"{options.folder}/{iot_folder.AUTHORITY}",
            False,
            lambda: iot_folder.write(options.folder, iot_folder.AUTHORITY, iot_folder.authority()),
        )
    reconciler.create(f"settings {path}", there, write)
    return path
