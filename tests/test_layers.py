"""The arrows between rooms point down only, and the upper rooms never import torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "spikesearch"

# From top to bottom; a room may import itself and the rooms above it. `FREE` may be imported by everyone.
ROOMS = [
    "architectures",
    "strategies",
    "studies",
    "reports",
    "neurons",
    "networks",
    "data",
    "training",
    "scores",
    "evaluation",
]
FREE = {"errors", "seeds"}
TORCH_FREE = ROOMS[: ROOMS.index("reports") + 1]
ROOT = {
    "app",
    "assembly",
    "bench",
    "catalogue",
    "cli",
    "config",
    "environment",
    "forecast",
    "overview",
    "phases",
    "prediction",
    "processes",
    "recipes",
    "reproduction",
    "results",
    "scoring",
    "testing",
    "__init__",
    "__main__",
}


def imported_modules(path: Path) -> list[str]:
    """Dotted spikesearch modules that the file imports, anywhere in it."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            folder = SOURCE.parent.joinpath(*(node.module or "").split("."))
            # `from spikesearch.networks import ops` names the module ops, unless there is none.
            for alias in node.names:
                inside = (folder / f"{alias.name}.py").is_file()
                found.append(f"{node.module}.{alias.name}" if inside else node.module or "")
    return [name for name in found if name.split(".")[0] == "spikesearch"]


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_arrows_point_down_only(path: Path) -> None:
    room = room_of(path)
    for name in imported_modules(path):
        target = [*name.split("."), "__init__"][1]
        if room in FREE:
            assert target in FREE, f"{room} imports {name}"
        elif room in ROOMS:
            assert target in FREE or (target in ROOMS and ROOMS.index(target) <= ROOMS.index(room)), (
                f"{path.relative_to(SOURCE)} imports {name}, which lies below it"
            )
        else:
            assert room in ROOT, f"{room} is neither a room nor part of the composition root"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nobody_imports_a_package_instead_of_the_defining_module(path: Path) -> None:
    packages = {f"spikesearch.{folder.name}" for folder in SOURCE.iterdir() if folder.is_dir()}
    assert not packages & set(imported_modules(path))


@pytest.mark.parametrize("room", TORCH_FREE)
def test_the_upper_rooms_do_not_import_torch(room: str) -> None:
    modules = [
        ".".join(["spikesearch", *path.relative_to(SOURCE).with_suffix("").parts])
        for path in sorted((SOURCE / room).rglob("*.py"))
    ]
    code = "import importlib, sys\n"
    code += f"for name in {modules!r}: importlib.import_module(name.removesuffix('.__init__'))\n"
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_parse_describe_and_the_package_work_without_torch() -> None:
    code = (
        "import sys, spikesearch\n"
        "spikesearch.describe(spikesearch.parse('autosnn'))\n"
        "import spikesearch.cli.main\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
