"""Takes a device away from AWS IoT Core again: what `connect` made, and nothing else."""

from __future__ import annotations

from pathlib import Path

from laughtrack.aws import AwsError, client, error_code, get_or_none, readable_errors
from laughtrack.edge.deploy.iot import folder, rule
from laughtrack.edge.deploy.iot.parts import (
    attached_to,
    check,
    delete_certificate,
    policies_of,
    policy_name,
)
from laughtrack.edge.deploy.steps import Steps


def remove(order, say=print, dry_run=False):
    """Take a device away again: certificates, policy, thing, and the files of the folder.

    With a bucket, the rule that filled it goes too, and its role. The bucket and its data stay.

    Parameters
    ----------
    order, say, dry_run
        As for `provision`.

    Raises
    ------
    ValueError, AwsError, OSError
        As for `provision`.
    """
    check(order)
    steps = Steps(say, dry_run)
    # A rule is its site's: with another's name it would be "gone" and go on.
    site = {"site": order.site} if order.bucket else {}
    folder.check(order.folder, {"device": order.device, **site})
    iot = client("iot", order.region)
    with readable_errors(order.region):
        thing = get_or_none(iot.describe_thing, thingName=order.device)
        policy = get_or_none(iot.get_policy, policyName=policy_name(order.device))
        for arn in _principals(iot, order, thing, policy):
            _remove_certificate(iot, order, arn, steps)
        steps.remove(
            f"thing {order.device}",
            thing is not None,
            lambda: iot.delete_thing(thingName=order.device),
        )
        _remove_policy(iot, order, policy, steps)
        if order.bucket:
            rule.remove(iot, order, steps)
    if Path(order.folder, folder.KEY).exists():
        what = f"the certificate's files in {order.folder}"
        steps.remove(what, True, lambda: folder.clear(order.folder))


def _principals(iot, order, thing, policy):
    """List the device's certificates: of the thing, of the policy, and of the folder."""
    arns = attached_to(iot, order.device) if thing else []
    if policy:
        pages = iot.get_paginator("list_targets_for_policy")
        pages = pages.paginate(policyName=policy["policyName"])
        arns += [arn for page in pages for arn in page["targets"]]
    number = folder.certificate_id(order.folder)
    has = number and get_or_none(iot.describe_certificate, certificateId=number)
    if has:
        arns.append(has["certificateDescription"]["certificateArn"])
    return sorted(set(arns))


def _remove_certificate(iot, order, arn, steps):
    """Detach a certificate from this device; delete it unless something else uses it too."""
    name, number = policy_name(order.device), arn.rpartition("/")[2]
    things = iot.list_principal_things(principal=arn)["things"]
    policies = policies_of(iot, arn)
    others = sorted({*things, *policies} - {order.device, name})
    if ":cert/" not in arn:
        others.append("no certificate of ours")

    def do():
        if order.device in things:
            iot.detach_thing_principal(thingName=order.device, principal=arn)
        if name in policies:
            iot.detach_policy(policyName=name, target=arn)
        if not others:
            delete_certificate(iot, number)

    steps.remove(f"certificate {number[:12]}...", True, do)
    if others:
        steps.note(f"  it is only detached, not deleted: {', '.join(others)} uses it too")


def _remove_policy(iot, order, has, steps):
    name = policy_name(order.device)

    def do():
        for version in iot.list_policy_versions(policyName=name)["policyVersions"]:
            if not version["isDefaultVersion"]:
                iot.delete_policy_version(policyName=name, policyVersionId=version["versionId"])
        try:
            iot.delete_policy(policyName=name)
        except iot.exceptions.DeleteConflictException as error:
            raise AwsError(
                f"AWS still holds policy {name} ({error_code(error)}): it may take five minutes "
                "to see that nothing uses it; run the same again then"
            ) from None

    steps.remove(f"policy {name}", has is not None, do)
