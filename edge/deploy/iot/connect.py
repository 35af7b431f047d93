"""A device in AWS IoT Core: thing, certificate, policy, endpoint, and the folder that it needs."""

from __future__ import annotations

import json
from pathlib import Path

from laughtrack.aws import client, get_or_none, readable_errors
from laughtrack.edge.deploy.iot import folder as iot_folder
from laughtrack.edge.deploy.iot import rule
from laughtrack.edge.deploy.iot.parts import (
    attached_to,
    check,
    delete_certificate,
    policies_of,
    policy,
    policy_name,
)
from laughtrack.edge.deploy.steps import Steps
from laughtrack.edge.settings import Settings

# AWS keeps five versions of a policy; the oldest makes room for the sixth.
POLICY_VERSIONS = 5


def provision(order, say=print, dry_run=False):
    """Make all that a device needs to reach AWS IoT Core; what is there already stays.

    Parameters
    ----------
    order : Order
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
    check(order)
    steps = Steps(say, dry_run)
    iot_folder.check(order.folder, {"device": order.device, "site": order.site})
    iot = client("iot", order.region)
    with readable_errors(order.region):
        endpoint = iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
        broker = {"broker": f"mqtts://{endpoint}:8883"}
        has_settings = iot_folder.check(order.folder, broker)
        account = _thing(iot, order, steps)
        _policy(iot, order, account, steps)
        arn = _certificate(iot, order, steps)
        _attach(iot, order, arn, steps)
        if order.bucket:
            rule.provision(iot, order, steps)
    text = iot_folder.settings_text(order.device, order.site, endpoint)
    return _settings(order, text, has_settings, steps)


def _thing(iot, order, steps):
    """Make the thing; return what the account's ARNs begin with, None if only in a dry run."""
    thing = get_or_none(iot.describe_thing, thingName=order.device)
    made = steps.make(
        f"thing {order.device}",
        thing is not None,
        lambda: iot.create_thing(thingName=order.device),
    )
    arn = (thing or made or {}).get("thingArn")
    return arn and arn.rpartition(":")[0]


def _policy(iot, order, account, steps):
    name = policy_name(order.device)
    has = get_or_none(iot.get_policy, policyName=name)
    account = account or (has and has["policyArn"].rpartition(":")[0])
    settings = Settings(device=order.device, site=order.site)
    text = json.dumps(policy(account, settings), indent=1) if account else ""
    if has is None or json.loads(has["policyDocument"]) == json.loads(text):
        steps.make(
            f"policy {name}: its own topics, nothing else",
            has is not None,
            lambda: iot.create_policy(policyName=name, policyDocument=text),
        )
        return
    steps.make(f"a new version of policy {name}", False, lambda: _replace(iot, name, text))


def _replace(iot, name, text):
    versions = iot.list_policy_versions(policyName=name)["policyVersions"]
    old = [v["versionId"] for v in versions if not v["isDefaultVersion"]]
    if len(versions) >= POLICY_VERSIONS:
        iot.delete_policy_version(policyName=name, policyVersionId=min(old, key=int))
    iot.create_policy_version(policyName=name, policyDocument=text, setAsDefault=True)


def _certificate(iot, order, steps):
    """Make the certificate unless the folder has one; return its ARN, None if only in a dry run."""
    has = _own(iot, order)
    arn = has and has["certificateArn"]
    what = f"certificate and key in {order.folder}"
    if not has and Path(order.folder, iot_folder.CERTIFICATE).exists():
        steps.note(f"{order.folder} has a certificate without its key: it is replaced")
    made = steps.make(what, has is not None, lambda: _new_certificate(iot, order.folder))
    arn = arn or made
    for other in attached_to(iot, order.device):
        if other != arn:
            number = other.rpartition("/")[2]
            steps.note(
                f"an older certificate of {order.device} is still good: {other}\n"
                f"  to revoke it: aws iot update-certificate --new-status REVOKED"
                f" --certificate-id {number} --region {other.split(':')[3]}"
            )
    return arn


def _own(iot, order):
    """Describe the folder's certificate; None where there is none."""
    number = iot_folder.certificate_id(order.folder)
    if number is None:
        return None
    path = Path(order.folder, iot_folder.CERTIFICATE)
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


def _new_certificate(iot, folder):
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


def _attach(iot, order, arn, steps):
    name = policy_name(order.device)
    has = arn and name in policies_of(iot, arn)
    steps.make(
        "attachment of the policy to the certificate",
        bool(has),
        lambda: iot.attach_policy(policyName=name, target=arn),
    )
    has = arn and arn in attached_to(iot, order.device)
    steps.make(
        "attachment of the certificate to the thing",
        bool(has),
        lambda: iot.attach_thing_principal(thingName=order.device, principal=arn),
    )


def _settings(order, text, there, steps):
    path = Path(order.folder, iot_folder.SETTINGS)

    def write():
        iot_folder.write(order.folder, iot_folder.SETTINGS, text)

    if there and not Path(order.folder, iot_folder.AUTHORITY).exists():
        steps.make(
            f"{order.folder}/{iot_folder.AUTHORITY}",
            False,
            lambda: iot_folder.write(order.folder, iot_folder.AUTHORITY, iot_folder.authority()),
        )
    steps.make(f"settings {path}", there, write)
    return path
