"""Who may import whom, and what the device's Python can read."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import PYTHON37

ROOT = Path(__file__).parent.parent
DEVICE = {"numpy", "scipy", "filterpy", "cv2", "laughtrack"}
# What the device's Python reads: all of both folders, what deploys included.
DEVICE_FILES = [
    path for name in ("edge", "tracker") for path in sorted((ROOT / name).rglob("*.py"))
]
DEVICE_FILES.append(ROOT / "laughtrack" / "__init__.py")


@pytest.mark.slow
def test_no_import_crosses_the_layers():
    """The contracts of setup.cfg are kept."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def imported(tree):
    """Yield the dotted names that a syntax tree imports with the module, which runs no function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif not later(node):
            yield from imported(node)


def later(node):
    """Whether what a part of a module imports is not imported with it: a function, or for types."""
    for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return for_types or isinstance(node, ast.FunctionDef)


@pytest.mark.slow
def test_device_code_needs_four_packages():
    """At module level edge and tracker import the standard library and their four packages."""
    wrong = {}
    for path in DEVICE_FILES:
        names = {name.split(".")[0] for name in imported(ast.parse(path.read_text()))}
        if names - sys.stdlib_module_names - DEVICE:
            wrong[path] = names - sys.stdlib_module_names - DEVICE
    assert not wrong


def test_packages_hold_a_docstring_only():
    """Importing a package does no work; the public face alone looks up what it is asked for."""
    for name in ("edge", "tracker", "analytics", "models", "laughtrack/cli"):
        for path in (ROOT / name).rglob("__init__.py"):
            tree = ast.parse(path.read_text())
            assert len(tree.body) == 1 and ast.get_docstring(tree), path


@pytest.mark.python37
def test_python_3_7_itself_compiles_it():
    """The compiler of the device's Python accepts every file."""
    code = (
        "import sys; [compile(open(p, encoding='utf-8').read(), p, 'exec') for p in sys.argv[1:]]"
    )
    subprocess.run([PYTHON37, "-c", code, *map(str, DEVICE_FILES)], check=True)
