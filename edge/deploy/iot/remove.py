"""Takes a device away from AWS IoT Core again: what `connect` made, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from laughtrack.aws import AwsError, client, error_code, get_or_none, readable_errors
from laughtrack.edge.console import show
from laughtrack.edge.deploy.iot import credentials_folder, rule
from laughtrack.edge.deploy.iot.aws_resources import (
    attached_to,
    check,
    delete_certificate,
    policies_of,
    policy_name,
)
from laughtrack.edge.deploy.reconcile import Reconciler

if TYPE_CHECKING:
    from collections.abc import Callable

    from laughtrack.edge.deploy.iot.aws_resources import IotOptions


def remove(options: IotOptions, say: Callable[[str], object] = show, dry_run: bool = False) -> None:
    """Take a device away again: certificates, policy, thing, and the files of the folder.

    With a bucket, the rule that filled it goes too, and its role. The bucket and its data stay.

    Parameters
    ----------
    options, say, dry_run
        As for `provision`.

    Raises
    ------
    ValueError, AwsError, OSError
        As for `provision`.
    """
    check(options)
    reconciler = Reconciler(say, dry_run)
    # A rule is its site's: with another's name it would be "gone" and go on.
    site = {"site": options.site} if options.bucket else {}
    credentials_folder.check(options.folder, {"device": options.device, **site})
    iot = client("iot", options.region)
    with readable_errors(options.region):
        thing = get_or_none(iot.describe_thing, thingName=options.device)
        policy = get_or_none(iot.get_policy, policyName=policy_name(options.device))
        for arn in _principals(iot, options, thing, policy):
            _remove_certificate(iot, options, arn, reconciler)
        reconciler.remove(
            f"thing {options.device}",
            thing is not None,
            lambda: iot.delete_thing(thingName=options.device),
        )
        _remove_policy(iot, options, policy, reconciler)
        if options.bucket:
            rule.remove(iot, options, reconciler)
    if Path(options.folder, credentials_folder.KEY).exists():
        what = f"the certificate's files in {options.folder}"
        reconciler.remove(what, True, lambda: credentials_folder.clear(options.folder))


def _principals(
    iot: Any, options: IotOptions, thing: dict[str, Any] | None, policy: dict[str, Any] | None
) -> list[str]:
    """List the device's certificates: of the thing, of the policy, and of the folder."""
    arns = attached_to(iot, options.device) if thing else []
    if policy:
        pages = iot.get_paginator("list_targets_for_policy")
        pages = pages.paginate(policyName=policy["policyName"])
        arns += [arn for page in pages for arn in page["targets"]]
    number = credentials_folder.certificate_id(options.folder)
    if number:
        existing = get_or_none(iot.describe_certificate, certificateId=number)
        if existing:
            arns.append(existing["certificateDescription"]["certificateArn"])
    return sorted(set(arns))


def _remove_certificate(iot: Any, options: IotOptions, arn: str, reconciler: Reconciler) -> None:
    """Detach a certificate from this device; delete it unless something else uses it too."""
    name, number = policy_name(options.device), arn.rpartition("/")[2]
    things = iot.list_principal_things(principal=arn)["things"]
    policies = policies_of(iot, arn)
    others = sorted({*things, *policies} - {options.device, name})
    if ":cert/" not in arn:
        others.append("no certificate of ours")

    def delete() -> None:
        if options.device in things:
            iot.detach_thing_principal(thingName=options.device, principal=arn)
        if name in policies:
            iot.detach_policy(policyName=name, target=arn)
        if not others:
            delete_certificate(iot, number)

    reconciler.remove(f"certificate {number[:12]}...", True, delete)
    if others:
        reconciler.note(f"  it is only detached, not deleted: {', '.join(others)} uses it too")


def _remove_policy(
    iot: Any, options: IotOptions, existing: dict[str, Any] | None, reconciler: Reconciler
) -> None:
    name = policy_name(options.device)

    def delete() -> None:
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

    reconciler.remove(f"policy {name}", existing is not None, delete)
