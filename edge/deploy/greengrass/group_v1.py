"""The Greengrass V1 group of a DeepLens: our function, what it may touch, and its topics.

A group's version names a version of each definition. Ours are merged into what is there: the
entries of others stay, and a definition that would not change gets no new version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laughtrack.edge.settings import PREFIX, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from laughtrack.edge.deploy.greengrass.lambda_options import LambdaOptions
    from laughtrack.edge.deploy.reconcile import Reconciler

ID = "laughtrack"
# The device has 8 GB; Greengrass counts in KB, and its default would be 16 MB.
MEMORY_KB, TIMEOUT_S = 2 * 2**20, 25
# What the function may use: its name in the group, the path, and whether it writes there.
RESOURCES = (
    ("artifacts", "/opt/awscam/artifacts", "rw"),  # where models are optimised; the outbox
    ("gpu", "/dev/dri/renderD128", "rw"),
    ("tmp", "/tmp", "rw"),  # the preview's FIFO
    ("video", "/opt/awscam/out", "ro"),
)


def update(options: LambdaOptions, arn: str, aws: Any, reconciler: Reconciler) -> None:
    """Bring a group up to date and deploy it.

    Parameters
    ----------
    options : edge.deploy.greengrass.lambda_options.LambdaOptions
    arn : str
        The function's version.
    aws : boto3 client of greengrass
    reconciler : edge.deploy.reconcile.Reconciler

    Raises
    ------
    ValueError
        No such group, several of that name, or one without a core.
    """
    group = _find(aws, options.group or "")
    current = aws.get_group_version(GroupId=group["Id"], GroupVersionId=group["LatestVersion"])
    wanted = dict(current["Definition"])
    environ = {"AWS_IOT_THING_NAME": _thing(aws, group, wanted)}
    topics = load(None, options.settings, environ).topics()
    resources, access = _resources(_entries(aws, "Resource", wanted))
    changes = {
        "Resource": resources,
        "Function": _functions(_entries(aws, "Function", wanted), arn, access, options.settings),
        "Subscription": _subscriptions(_entries(aws, "Subscription", wanted), arn, topics),
    }
    for kind, entries in changes.items():
        _definition(aws, kind, entries, wanted, reconciler)
    made = reconciler.create(
        f"group {group['Name']}: version",
        wanted == current["Definition"],
        lambda: aws.create_group_version(GroupId=group["Id"], **wanted),
    )
    if reconciler.dry_run and wanted != current["Definition"]:
        reconciler.create(f"deployment of group {group['Name']}", False, lambda: None)
    else:
        _deploy(aws, group, (made or current)["Version"], reconciler)


def _find(aws: Any, name: str) -> dict[str, Any]:
    """The group of that name or ID."""
    groups = _all(aws.list_groups, "Groups")
    same = [g for g in groups if g["Id"] == name] or [g for g in groups if g["Name"] == name]
    if not same:
        names = ", ".join(sorted(g["Name"] for g in groups)) or "none"
        region = aws.meta.region_name
        raise ValueError(f"--group {name}: no such Greengrass V1 group in {region}; there: {names}")
    if len(same) > 1:
        ids = ", ".join(g["Id"] for g in same)
        raise ValueError(f"--group {name}: {len(same)} groups have that name; give an ID: {ids}")
    if not same[0].get("LatestVersion"):
        raise ValueError(f"--group {name}: it has no version, so no device was ever in it")
    return same[0]


def _all(call: Callable[..., dict[str, Any]], key: str, **arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = call(**arguments, **token)
        found += page[key]
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}


def _thing(aws: Any, group: dict[str, Any], definition: dict[str, Any]) -> str:
    """The name of the group's device."""
    arn = definition.get("CoreDefinitionVersionArn")
    cores = []
    if arn:
        core, version = _ids(arn)
        arguments = {"CoreDefinitionId": core, "CoreDefinitionVersionId": version}
        cores = aws.get_core_definition_version(**arguments)["Definition"].get("Cores", [])
    if not cores:
        raise ValueError(f"group {group['Name']} has no core: it is no device's group")
    return cores[0]["ThingArn"].rpartition("/")[2]


def _ids(arn: str) -> tuple[str, str]:
    """The IDs of a definition and of its version."""
    parts = arn.split("/")
    return parts[-3], parts[-1]


def _entries(aws: Any, kind: str, definition: dict[str, Any]) -> dict[str, Any]:
    """What a group's definition of a kind holds, as AWS gives it; an empty dict for none."""
    arn = definition.get(kind + "DefinitionVersionArn")
    if not arn:
        return {}
    first, version = _ids(arn)
    read = getattr(aws, f"get_{kind.lower()}_definition_version")
    arguments = {f"{kind}DefinitionId": first, f"{kind}DefinitionVersionId": version}
    return read(**arguments)["Definition"]


def _resources(current: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Add what the function uses, unless the group has it; return all, and the rights to ours."""
    entries, access = list(current.get("Resources", [])), []
    for name, path, permission in RESOURCES:
        held = [e for e in entries if _path(e) == path]
        if not held:
            kind, data = _volume(path)
            held = [{"Id": f"{ID}-{name}", "Name": f"{ID}-{name}"}]
            held[0]["ResourceDataContainer"] = {kind: data}
            entries += held
        access.append({"ResourceId": held[0]["Id"], "Permission": permission})
    return {**current, "Resources": entries}, access


def _volume(path: str) -> tuple[str, dict[str, Any]]:
    data = {"SourcePath": path, "GroupOwnerSetting": {"AutoAddGroupOwner": True}}
    if path.startswith("/dev/"):
        return "LocalDeviceResourceData", data
    return "LocalVolumeResourceData", {**data, "DestinationPath": path}


def _path(entry: dict[str, Any]) -> str | None:
    """The path of a local resource; None of another kind."""
    for data in entry["ResourceDataContainer"].values():
        if "SourcePath" in data:
            return data["SourcePath"]
    return None


def _functions(
    current: dict[str, Any], arn: str, access: list[dict[str, Any]], settings: dict[str, str]
) -> dict[str, Any]:
    """Add our function, or put it in the place of an older version of it."""
    variables = {PREFIX + name.upper(): value for name, value in sorted(settings.items())}
    ours = {
        "Id": ID,
        "FunctionArn": arn,
        "FunctionConfiguration": {
            "Pinned": True,
            "MemorySize": MEMORY_KB,
            "Timeout": TIMEOUT_S,
            "EncodingType": "json",
            "Environment": {
                "AccessSysfs": True,  # the temperature
                "ResourceAccessPolicies": access,
                "Variables": variables,
            },
        },
    }
    others = [
        e
        for e in current.get("Functions", [])
        if e["Id"] != ID and not _same_function(e["FunctionArn"], arn)
    ]
    return {**current, "Functions": [*others, ours]}


def _subscriptions(
    current: dict[str, Any], arn: str, topics: tuple[str, str, str]
) -> dict[str, Any]:
    """Let our batches and status up to the cloud, and commands down."""
    timeline, status, command = topics
    ways = ((timeline, arn, "cloud"), (status, arn, "cloud"), (command, "cloud", arn))
    ours = [
        {"Id": f"{ID}-{i}", "Source": source, "Subject": subject, "Target": target}
        for i, (subject, source, target) in enumerate(ways, 1)
    ]
    ids = {e["Id"] for e in ours}
    others = []
    for entry in current.get("Subscriptions", []):
        # Other subscribers of our function get its new version: the old one is gone.
        ends = {k: arn if _same_function(entry[k], arn) else entry[k] for k in ("Source", "Target")}
        if entry["Id"] not in ids:
            others.append({**entry, **ends})
    return {**current, "Subscriptions": [*others, *ours]}


def _same_function(one: str, other: str) -> bool:
    """Whether two ARNs are of the same function, whatever the version."""
    return one.split(":")[:7] == other.split(":")[:7]


def _definition(
    aws: Any, kind: str, entries: dict[str, Any], wanted: dict[str, Any], reconciler: Reconciler
) -> None:
    """Make a version of a definition if it would differ, and name it in `wanted`."""
    key, plural = kind + "DefinitionVersionArn", kind + "s"
    current = _entries(aws, kind, wanted)

    def create_version() -> str:
        if key in wanted:
            first, _ = _ids(wanted[key])
            create = getattr(aws, f"create_{kind.lower()}_definition_version")
            return create(**{f"{kind}DefinitionId": first}, **entries)["Arn"]
        create = getattr(aws, f"create_{kind.lower()}_definition")
        return create(Name=ID, InitialVersion=entries)["LatestVersionArn"]

    old, new = _by_id(current.get(plural, [])), _by_id(entries[plural])
    same = set(old) == set(new) and _contains(old, new)
    text = f"{kind.lower()} definition ({len(entries[plural])} entries)"
    made = reconciler.create(text, same, create_version)
    if not same:
        wanted[key] = made or "NEW"


def _by_id(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {entry["Id"]: entry for entry in entries}


def _contains(current: object, wanted: object) -> bool:
    """Whether all that is wanted is there; AWS may add what is left out."""
    if isinstance(wanted, dict) and isinstance(current, dict):
        return all(key in current and _contains(current[key], wanted[key]) for key in wanted)
    return current == wanted


def _deploy(aws: Any, group: dict[str, Any], version: str, reconciler: Reconciler) -> None:
    """Deploy a group's version, unless the last deployment was of it and did not fail."""
    known = _all(aws.list_deployments, "Deployments", GroupId=group["Id"])
    known = [d for d in known if "Reset" not in d["DeploymentType"]]
    last = max(known, key=lambda d: d["CreatedAt"], default=None)
    status: dict[str, Any] = {}
    exists = False
    if last and _ids(last["GroupArn"])[1] == version:
        arguments = {"GroupId": group["Id"], "DeploymentId": last["DeploymentId"]}
        status = aws.get_deployment_status(**arguments)
        exists = status["DeploymentStatus"] != "Failure"
        if not exists:
            reconciler.note(
                f"the last deployment failed: {status.get('ErrorMessage', 'no reason')}"
            )
    arguments = {
        "GroupId": group["Id"],
        "GroupVersionId": version,
        "DeploymentType": "NewDeployment",
    }
    text = f"deployment of group {group['Name']}"
    if exists:
        text += f", {status['DeploymentStatus']}"
    reconciler.create(text, exists, lambda: aws.create_deployment(**arguments))
