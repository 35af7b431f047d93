"""Who may import whom, and what the device's Python can read."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"edge", "tracker", "analytics", "models", "cli", "laughtrack"}
MAY = {
    "tracker": set(),
    "edge": {"tracker"},
    "analytics": {"edge.readings"},
    "models": {"edge"},
}
DEVICE = {"numpy", "scipy", "filterpy", "cv2"}
FILES = [(package, path) for package in MAY for path in sorted((ROOT / package).rglob("*.py"))]
DEVICE_FILES = [path for package, path in FILES if package in ("edge", "tracker")]


def imported(tree):
    """Yield the dotted names that a syntax tree imports, relative ones left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package, path", FILES, ids=lambda value: getattr(value, "stem", value))
def test_no_import_crosses_the_layers(package, path):
    """Each folder imports itself, what lies under it, and nothing else of ours."""
    allowed = MAY[package] | {package}
    for name in imported(ast.parse(path.read_text())):
        if name.split(".")[0] in OURS:
            assert any(name == a or name.startswith(a + ".") for a in allowed), name


@pytest.mark.parametrize("path", DEVICE_FILES, ids=lambda path: path.stem)
def test_device_code_needs_four_packages(path):
    """At module level edge and tracker import the standard library and their four packages."""
    tree = ast.parse(path.read_text())
    top = ast.Module([node for node in tree.body if not isinstance(node, ast.FunctionDef)], [])
    for name in imported(top):
        first = name.split(".")[0]
        assert first in sys.stdlib_module_names | DEVICE | {"edge", "tracker"}, name


@pytest.mark.parametrize("path", DEVICE_FILES, ids=lambda path: path.stem)
def test_device_code_is_python_3_7(path):
    """The grammar of 3.7 reads it: no walrus, no positional-only marks."""
    ast.parse(path.read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("package", MAY)
def test_packages_hold_a_docstring_only(package):
    """Importing a package does no work."""
    tree = ast.parse((ROOT / package / "__init__.py").read_text())
    assert len(tree.body) == 1 and ast.get_docstring(tree)


def python37():
    """Return a real Python 3.7, from the path or from pyenv, or None."""
    places = [shutil.which("python3.7"), *Path.home().glob(".pyenv/versions/3.7.*/bin/python")]
    for place in filter(None, places):
        if subprocess.run([place, "-c", ""], capture_output=True).returncode == 0:
            return place
    return None


@pytest.mark.skipif(python37() is None, reason="no Python 3.7 on this machine")
def test_python_3_7_itself_compiles_it():
    """The compiler of the device's Python accepts every file."""
    code = (
        "import sys; [compile(open(p, encoding='utf-8').read(), p, 'exec') for p in sys.argv[1:]]"
    )
    subprocess.run([python37(), "-c", code, *map(str, DEVICE_FILES)], check=True)
