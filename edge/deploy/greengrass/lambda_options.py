"""What is asked of a Lambda function on a DeepLens, and what AWS or the DeepLens would not take."""

from __future__ import annotations

import re
from typing import NamedTuple

from laughtrack.edge.settings import load, require_context


class LambdaOptions(NamedTuple):
    """What to put where.

    `function`, its `role` and the model's `bucket` by name, ARN and name; `group` a Greengrass V1
    group's name or ID, or None for none; `settings` of the device program by name, as strings.
    """

    function: str
    role: str
    bucket: str
    group: str | None = None
    region: str | None = None
    settings: dict[str, str] = {}  # noqa: RUF012, never changed


def check(options: LambdaOptions) -> None:
    """Raise ValueError for what AWS or the DeepLens would not take, with what is expected."""
    if not re.fullmatch(r"deeplens[A-Za-z0-9_-]{0,56}", options.function):
        raise ValueError(
            f"--function {options.function}: expected a name that begins with deeplens, of at most "
            "64 letters, digits, dashes, underscores: DeepLens's roles allow no other"
        )
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+", options.role):
        raise ValueError(
            f"--role {options.role}: expected a role's ARN, like "
            "arn:aws:iam::123456789012:role/service-role/AWSDeepLensLambdaRole"
        )
    if not re.fullmatch(r"deeplens-[a-z0-9.-]{1,53}[a-z0-9]", options.bucket):
        raise ValueError(
            f"--bucket {options.bucket}: expected a bucket's name that begins with deeplens-: "
            "DeepLens's role may read no other"
        )
    if options.group:
        # A setting that can never work is reported now, not by a device that stays silent.
        try:
            require_context(load(None, options.settings, {"AWS_IOT_THING_NAME": "device"}))
        except ValueError as error:
            raise ValueError(f"--set: {error}") from None
