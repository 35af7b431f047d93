"""What setting up a device in AWS IoT and removing it share: its names, its policy, look-ups."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.aws import get_or_none
from laughtrack.edge.readings import check_name

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings


class IotOptions(NamedTuple):
    """What to set up: `device` at `site`, its files in `folder`, its batches into `bucket`.

    `bucket` and `region` may be None: no rule, and the region that AWS's own settings name.
    `context` is what kind of event it watches; "" leaves that to be written into the settings.
    """

    device: str
    site: str
    folder: Path
    bucket: str | None = None
    region: str | None = None
    context: str = ""


def check(options: IotOptions) -> None:
    """Raise ValueError for a device or a site whose name AWS IoT cannot take."""
    check_name("device", options.device)
    check_name("site", options.site)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", options.device):
        raise ValueError(
            f"device is {options.device!r}: AWS IoT takes letters, digits, dashes and underscores "
            "only; choose another name"
        )


def policy_name(device: str) -> str:
    """Return the name of a device's policy."""
    return f"laughtrack-{device}"


def policy(account: str, settings: Settings) -> dict[str, Any]:
    """Return the policy of a device: connect as itself, use its own topics, nothing else.

    Parameters
    ----------
    account : str
        What every ARN of this account and region begins with, `arn:aws:iot:REGION:ACCOUNT`.
    settings : Settings
        Of which the device, the site and the topic count.

    Returns
    -------
    dict
    """
    timeline, status, command = settings.topics()

    def allow(actions: list[str], kind: str, *names: str) -> dict[str, Any]:
        resources = [f"{account}:{kind}/{name}" for name in names]
        return {"Effect": "Allow", "Action": actions, "Resource": resources}

    connect = allow(["iot:Connect"], "client", settings.device)
    # A last will and a persistent session are refused unless they are named.
    attributes = {"iot:ConnectAttributes": ["PersistentConnect", "LastWill"]}
    connect["Condition"] = {"ForAllValues:StringEquals": attributes}
    statements = [
        connect,
        allow(["iot:Publish"], "topic", timeline, status),
        allow(["iot:RetainPublish"], "topic", status),
        allow(["iot:Subscribe"], "topicfilter", command),
        allow(["iot:Receive"], "topic", command),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def attached_to(iot: Any, device: str) -> list[str]:
    """List the ARNs of the certificates attached to a thing; empty where there is no thing."""
    if get_or_none(iot.describe_thing, thingName=device) is None:
        return []
    pages = iot.get_paginator("list_thing_principals").paginate(thingName=device)
    return [arn for page in pages for arn in page["principals"]]


def policies_of(iot: Any, arn: str) -> list[str]:
    """List the names of the policies attached to a certificate."""
    pages = iot.get_paginator("list_attached_policies").paginate(target=arn)
    return [p["policyName"] for page in pages for p in page["policies"]]


def delete_certificate(iot: Any, number: str) -> None:
    """Switch a certificate off, and delete it; it must not be attached to anything.

    Parameters
    ----------
    iot : boto3 client
    number : str
        64 hexadecimal digits.
    """
    iot.update_certificate(certificateId=number, newStatus="INACTIVE")
    iot.delete_certificate(certificateId=number)
