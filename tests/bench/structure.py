"""The code in figures: ``python -m tests.bench.structure [TREE]``.

Lines, files and folders, the lengths of files and functions, and how many of the public functions
are typed whole: every argument and the result.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections import Counter
from pathlib import Path

FOLDERS = ("edge", "tracker", "analytics", "models", "laughtrack")
LARGEST_FOLDER = 16
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return a module's functions and its classes' methods, those within functions left out."""
    found = []
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        found += [one for one in inner if isinstance(one, FUNCTION)]
    return found


def public(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is for others: a name without an underscore, or `__init__`."""
    return not function.name.startswith("_") or function.name == "__init__"


def typed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether every argument but self or cls, and the result, has a type."""
    spec = function.args
    named = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
    more = [one for one in (spec.vararg, spec.kwarg) if one]
    free = [one.arg for one in (*named, *more) if one.annotation is None]
    return function.returns is not None and not [one for one in free if one not in ("self", "cls")]


def measure(tree: Path) -> dict[str, object]:
    """Return the figures of a checkout, by their names."""
    paths = [path for name in FOLDERS for path in (tree / name).rglob("*.py")]
    paths += [path for path in tree.glob("*.py")]
    paths = sorted({path.resolve() for path in paths})
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    whole = {path: functions(ast.parse(path.read_text(encoding="utf-8"))) for path in paths}
    lengths = {
        f"{path.name}:{one.name}": one.end_lineno - one.lineno + 1
        for path, found in whole.items()
        for one in found
    }
    folders = Counter(path.parent.relative_to(tree.resolve()).as_posix() for path in paths)
    every = [one for found in whole.values() for one in found if public(one)]
    (folder, most), (file, longest) = folders.most_common(1)[0], max(lines.items(), key=_second)
    function, largest = max(lengths.items(), key=_second)
    middle = statistics.median
    share = 100 * sum(map(typed, every)) / len(every)
    return {
        "lines": sum(lines.values()),
        "files": len(paths),
        "folders": len(folders),
        "largest folder": f"{most} ({folder})",
        "median and largest file": f"{middle(lines.values()):.0f}, {longest} ({file.name})",
        "median and largest function": f"{middle(lengths.values()):.0f}, {largest} ({function})",
        "typed public functions": f"{share:.1f} % of {len(every)}",
    }


def _second(pair: tuple[object, int]) -> int:
    return pair[1]


def main() -> int:
    """Print the figures; 1 where a folder has grown too large to be looked over."""
    figures = measure(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    for name, value in figures.items():
        print(f"{name:30}{value}")
    most = int(str(figures["largest folder"]).split()[0])
    if most > LARGEST_FOLDER:
        print(f"more than {LARGEST_FOLDER} files in a folder: give it folders", file=sys.stderr)
    return int(most > LARGEST_FOLDER)


if __name__ == "__main__":
    sys.exit(main())
