"""The package as a whole: what importing it costs, and what is in it."""

import importlib.metadata
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

import spikesearch

HEAVY = ("torch", "optuna", "sklearn", "matplotlib", "pydantic", "typer")


def heavy_after(code: str) -> set[str]:
    """Which of the heavy packages a fresh Python has loaded after running `code`."""
    ending = f"\nimport sys; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code + ending], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy():
    assert heavy_after("import spikesearch; dir(spikesearch); spikesearch.__version__") == set()


def test_architectures_and_their_costs_need_nothing_heavy():
    assert heavy_after("from spikesearch import parse, describe; describe(parse('autosnn-snn3:SRB3'))") == set()


def test_commands_that_compute_nothing_need_no_torch(finished_run):
    commands = [["describe", "autosnn"], ["status", str(finished_run)], ["evaluate", "nowhere"]]
    commands += [["runs", str(finished_run.parent)]]
    commands += [["list", kind] for kind in ("spaces", "architectures", "recipes", "strategies", "scores")]
    code = "from spikesearch.cli.main import run\n" + "".join(
        f"run({words!r})\n" for words in commands[:2] + commands[3:]
    )
    assert "torch" not in heavy_after(code)


def test_a_run_can_be_read_without_torch(finished_run):
    code = f"import spikesearch; run = spikesearch.load_run({str(finished_run)!r}); run.trials, run.as_dict()"
    assert "torch" not in heavy_after(code)


def test_public_names():
    promised = {"parse", "describe", "build", "record", "search", "score", "load_run"}
    assert promised <= set(dir(spikesearch))
    assert dir(spikesearch) == sorted(spikesearch.__all__)
    for name in spikesearch.__all__:
        assert getattr(spikesearch, name) is not None


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(AttributeError, match=r"module 'spikesearch' has no attribute 'serach'; it has .*search"):
        _ = spikesearch.serach
    with pytest.raises(ImportError, match="cannot import name 'serach'"):
        exec("from spikesearch import serach")


def test_no_folder_bears_the_name_of_a_public_function():
    rooms = {path.name for path in Path(spikesearch.__file__).parent.iterdir() if path.is_dir()}
    assert not rooms & set(spikesearch.__all__)


def test_version_and_typing_mark():
    assert importlib.metadata.version("spikesearch") == spikesearch.__version__
    assert (resources.files("spikesearch") / "py.typed").is_file()


def test_errors_are_of_one_family():
    assert issubclass(spikesearch.UserError, spikesearch.SpikesearchError)
    assert issubclass(spikesearch.UserError, ValueError)
    assert issubclass(spikesearch.RunError, spikesearch.SpikesearchError)
    assert issubclass(spikesearch.RunError, RuntimeError)
