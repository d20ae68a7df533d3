"""A run that would not fit into memory is refused before anything is written, with cures that are enough."""

import re
from pathlib import Path
from typing import Any

import pytest

from spikesearch import UserError, search
from spikesearch.app import train
from spikesearch.assembly.parts import Parts
from spikesearch.assembly.resolving import resolve
from spikesearch.cli.main import run as command
from spikesearch.config.reading import load_config, parse_assignments, read_recipe
from spikesearch.config.sections import Config
from spikesearch.forecast import refusal
from spikesearch.forecast.memory import phases_of

SMALL: dict[str, Any] = {
    "data": {"limit": 100, "test_limit": 40, "size": 32},
    "network": {"channels": 8, "timesteps": 16},
    "supernet": {"epochs": 1},
    "train": {"epochs": 1},
    "search": {"rounds": 1, "population": 2, "parents": 2, "mutations": 1, "crossovers": 1},
    "compare": {"architectures": [], "estimates": [], "random_estimates": 0},
    "run": {"threads": 1, "workers": 1},
}


def most(settings: dict[str, Any]) -> int:
    """Bytes of the largest phase."""
    config, facts = resolve(load_config(read_recipe("digits"), settings), Parts())
    return max(phase.bytes for phase in phases_of(config, Parts(), facts))


def with_cure(text: str) -> dict[str, Any]:
    """The settings with `key=value, key=value`, as a message has them."""
    changes = parse_assignments(re.findall(r"[a-z_]+\.[a-z_]+=[a-z0-9]+", text))
    return {name: {**SMALL.get(name, {}), **changes.get(name, {})} for name in {*SMALL, *changes}}


def refused(available: int, monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    monkeypatch.setattr(refusal, "available_memory", lambda device: available)
    with pytest.raises(UserError) as error:
        search("digits", settings=SMALL, run=folder / "run")
    assert not list(folder.iterdir())
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.long
def test_every_cure_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = most(SMALL)
    message = refused(needed - 2**20, monkeypatch, tmp_path)
    assert "would not fit into memory: training the supernet needs about" in message
    assert f"{(needed - 2**20) / 2**20:.0f} MiB are available" in message
    listed = message[message.index("cures: ") : message.index("; or make network.channels")]
    cures = listed.removeprefix("cures: ").split(", ")
    assert any(cure.startswith("supernet.batch_size=") for cure in cures)
    assert len(cures) >= 2
    for cure in cures:
        assert most(with_cure(cure)) <= needed - 2**20


@pytest.mark.long
def test_what_is_enough_together_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smallest = "supernet.batch_size=1 train.batch_size=1 search.batch_size=1"
    alone = [
        most(with_cure(cure)) for cure in (smallest, "run.recompute=true", "run.time_chunk=1", "run.precision=bf16")
    ]
    message = refused(min(alone) - 1, monkeypatch, tmp_path)
    assert "no single setting is enough, but these are together: run.recompute=true, " in message
    assert most(with_cure(message)) <= min(alone) - 1


@pytest.mark.long
def test_when_nothing_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message = refused(2**20, monkeypatch, tmp_path)
    assert message.endswith("no setting is enough: make network.channels or network.timesteps smaller")


@pytest.mark.long
def test_a_search_by_score_is_cured_by_settings_of_the_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "data": {"limit": 200, "test_limit": 40, "size": 16},
        "network": {"channels": 16},
        "search": {"score": "sahd", "rounds": 1, "population": 2},
        "score": {"channels": 16, "batch_size": 128},
        "train": {"batch_size": 2},
        "compare": {"random": 0},
        "run": {"threads": 1, "workers": 1},
    }
    config, facts = resolve(load_config(read_recipe("snasnet-digits"), settings), Parts())
    needed = max(phase.bytes for phase in phases_of(config, Parts(), facts))

    def message(available: float) -> str:
        monkeypatch.setattr(refusal, "available_memory", lambda device: int(available))
        with pytest.raises(UserError) as error:
            search("snasnet-digits", settings=settings, run=tmp_path / "run")
        return str(error.value)

    cures = message(0.9 * needed).partition("cures: ")[2]
    assert cures == "score.batch_size=64 (now 128), score.channels=8 (now 16); or make score.timesteps smaller"
    assert message(2**20).endswith("no setting is enough: make score.timesteps smaller")


@pytest.mark.long
def test_cures_that_are_taken_are_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Config] = []
    fits = refusal._Cures._fits

    def noted(self: Any, changes: Any) -> bool:
        seen.append(refusal._changed(self.config, changes))
        return fits(self, changes)

    monkeypatch.setattr(refusal._Cures, "_fits", noted)
    monkeypatch.setattr(refusal, "available_memory", lambda device: 20 * 2**20)
    taken = {"recompute": True, "time_chunk": 1, "precision": "bf16", "workers": 1}
    with pytest.raises(UserError) as error:
        train("autosnn", settings={**SMALL, "run": taken}, run=tmp_path / "run")
    assert seen
    assert {(one.run.recompute, one.run.time_chunk, one.run.precision) for one in seen} == {(True, 1, "bf16")}
    assert not re.search("recompute|time_chunk|precision", str(error.value))


def test_the_command_refuses_a_huge_network_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Really asked of this machine: more than any machine has."""
    settings = ["network.channels=512", "network.timesteps=64", "data.size=256", "run.workers=1"]
    arguments = ["search", "digits", "--run", str(tmp_path / "run"), "--set", "data.limit=100", "--set"]
    assert command([*arguments, *" --set ".join(settings).split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: this run would not fit into memory: training the supernet needs about ")
    assert "GiB are available" in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())
    assert command([*arguments, *" --set ".join(settings).split(), "--dry-run"]) == 2
    out, refused = capsys.readouterr()
    assert out.startswith('[data]\nname = "digits"\n')
    assert "channels = 512\n" in out
    memory, time, disk = out.splitlines()[-3:]
    assert memory.startswith("expected memory: ")
    assert time == "expected time: not estimated, since that takes a few steps in memory that is not there"
    assert disk.startswith("expected disk: ")
    assert refused.startswith("error: this run would not fit into memory: training the supernet needs about ")
