"""Checks the order of imports in the project: python -m tests.helpers.rooms [FOLDER]

Prints each folder of code with its files, its longest file and the folders that it imports. A room
is a package or module listed in ORDER. The check fails if a room imports from a later one.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.helpers import ROOT

ORDER = (
    "asl_model",
    "asl_model.demo",
    "asl_model.demo.game",
    "asl_model.demo.gradio_guards",
    "asl_model.demo.tabs",
    "asl_model.demo.api",
    "asl_model.demo.page",
    "asl_model.demo.server",
    "app",
    "train",
    "train.data",
    "train.network",
    "train.inputs",
    "train.training",
    "train.measuring",
    "train.publishing",
    "train.hand",
    "train.commands",
    "train.__main__",
)
"""The rooms from the bottom up. A room imports only from itself and from rooms before it."""

FORBIDDEN = {"train": ("app", "asl_model.demo")}
"""Nothing in `train` imports the demo."""


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Yields the name and file of each module of the project, without the tests."""
    for file in (root / "app.py", *root.glob("asl_model/**/*.py"), *root.glob("train/**/*.py")):
        name = ".".join(file.relative_to(root).with_suffix("").parts)
        yield name.removesuffix(".__init__"), file


def imported(file: Path) -> Iterator[str]:
    """Yields the names that a file imports anywhere, such as 'train.data.split_rules.split'."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(name: str) -> str | None:
    """Returns the room of a module, or of a name in a module; None for other packages."""
    parts = name.split(".")
    prefixes = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in ORDER), None)


def arrows(root: Path) -> dict[str, dict[str, set[str]]]:
    """Returns room -> imported room -> the modules that import it."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, file in modules(root):
        room = room_of(name) or name
        for target in map(room_of, imported(file)):
            if target and target != room:
                found[room][target].add(name)
    return found


def faults(root: Path) -> list[str]:
    """Returns a line for each import from a later room, or from `train` into the demo."""
    lines = []
    for room, targets in arrows(root).items():
        for target, by in targets.items():
            up = ORDER.index(target) > ORDER.index(room)
            into = FORBIDDEN.get(room.partition(".")[0], ())
            if up or target.startswith(into):
                lines.append(f"{room} imports {target}: {', '.join(sorted(by))}")
    return lines


def folders(root: Path) -> Iterator[str]:
    """Yields a line for each folder: files, longest file, imports from other folders."""
    files = defaultdict(list)
    for _, file in modules(root):
        files[file.parent].append(file)
    names = {".".join(folder.relative_to(root).parts): folder for folder in files}
    arrows = 0
    for name, folder in sorted(names.items()):
        code = [file for file in files[folder] if file.name != "__init__.py"]
        if not code:
            continue
        lengths = {file.name: len(file.read_text("utf-8").splitlines()) for file in code}
        longest = max(lengths, key=lengths.__getitem__)
        targets = {
            max((n for n in names if target == n or target.startswith(f"{n}.")), key=len)
            for file in files[folder]
            for target in imported(file)
            if target.partition(".")[0] in ("asl_model", "train")
        } - {name}
        arrows += len(targets)
        size = f"{len(code):3} files, longest {longest} ({lengths[longest]} lines)"
        towards = f", imports {', '.join(sorted(targets))}" if targets else ""
        yield f"{name or '(top)':34} {size}{towards}"
    yield f"{arrows} imports between folders"


def main() -> None:
    """Prints the folders; exits with 1 if a room imports from a later one."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    print(*folders(root), sep="\n")
    if root != ROOT:  # another version of the project, whose rooms may have other names
        return
    found = faults(root)
    print(*found, sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
