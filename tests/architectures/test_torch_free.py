"""Architectures are arithmetic: nothing in this room imports torch, and everything here works without it."""

import subprocess
import sys
from pathlib import Path

import spikesearch

ROOM = Path(spikesearch.__file__).parent / "architectures"


def test_no_module_imports_torch() -> None:
    modules = [
        ".".join(("spikesearch.architectures", *path.relative_to(ROOM).with_suffix("").parts))
        for path in sorted(ROOM.rglob("*.py"))
        if path.name != "__init__.py"
    ]
    assert len(modules) > 10
    code = (
        "import importlib, sys\n"
        "sys.modules['torch'] = None  # an import of torch would raise\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "from spikesearch.architectures.describe import describe\n"
        "from spikesearch.architectures.spaces.autosnn import get_space\n"
        "assert describe('autosnn').parameters == 417626\n"
        "assert describe('cifarnet-fang').parameters == 156024\n"
        "get_space('autosnn').super_plan(get_space('autosnn').defaults)\n"
        "assert sys.modules['torch'] is None\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
