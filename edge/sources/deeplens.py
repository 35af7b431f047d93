"""The DeepLens's own Python modules, which no package index has.

Importing this file imports nothing else: a program that may run on a DeepLens calls `awscam` before
it imports anything that needs cv2.
"""

from __future__ import annotations

from types import ModuleType


def awscam() -> ModuleType:
    """Import and return the DeepLens's camera and inference module.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        With what to do: there is none, or cv2 was imported first.
    """
    try:
        import awscam as module
    except ImportError as error:
        # cv2 brings a library of threads of its own; awscam's then lacks what it looks for.
        if "undefined symbol" in str(error):
            raise ImportError(
                f"awscam was imported after cv2 ({error}): import awscam first, as "
                "python -m laughtrack.edge does"
            ) from error
        raise ImportError(_missing("awscam", error)) from error
    return module


def mo() -> ModuleType:
    """Import and return the DeepLens's model optimizer.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If there is none, with what to do.
    """
    try:
        import mo as module
    except ImportError as error:
        raise ImportError(_missing("mo", error)) from error
    return module


def _missing(name: str, error: ImportError) -> str:
    return (
        f"cannot import {name} ({error}): it is part of a DeepLens's own software; there, make the "
        "environment with --system-site-packages; elsewhere, choose another source and the "
        "openvino scorer"
    )
