"""What a run says about its memory before it starts."""

from pathlib import Path
from typing import Any

import pytest

from own_parts import BLOCKS, bars
from spikesearch import search
from spikesearch.assembly.parts import Parts
from spikesearch.assembly.resolving import resolve
from spikesearch.config.reading import load_config, read_recipe
from spikesearch.forecast import memory
from spikesearch.studies.progress import Reporter

SMALL: dict[str, Any] = {
    "data": {"limit": 100, "test_limit": 40},
    "network": {"channels": 4, "timesteps": 2},
    "supernet": {"epochs": 1},
    "train": {"epochs": 1},
    "search": {"rounds": 1, "population": 2, "parents": 2, "mutations": 1, "crossovers": 1},
    "compare": {"architectures": [], "estimates": [], "random_estimates": 0},
    "run": {"threads": 1, "workers": 1},
}


def phases_of(settings: dict[str, Any], parts: Parts | None = None) -> dict[str, memory.Phase]:
    parts = parts or Parts()
    config, facts = resolve(load_config(read_recipe("digits"), settings), parts)
    return {phase.name: phase for phase in memory.footprint(config, parts, facts)}


class Notes(Reporter):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def test_a_run_says_its_memory_and_keeps_every_layer_in_the_log(tmp_path: Path) -> None:
    notes = Notes()
    run = search("digits", settings=SMALL, run=tmp_path / "run", reporter=notes)
    line = next(line for line in notes.lines if line.startswith("expected memory: "))
    for name in ("supernet", "search", "training"):
        assert f"{name} " in line
    assert "tbd1." in line or "stem." in line
    log = (run.path / "log.txt").read_text(encoding="utf-8")
    for text in ("memory of training the supernet", "memory of evaluating candidates", "stem.neuron", "tbd5.conv1"):
        assert text in log


@pytest.mark.long
def test_phases_grow_with_what_they_do() -> None:
    small = phases_of(SMALL)
    assert list(small) == ["supernet", "search", "training"]
    large = phases_of({**SMALL, "network": {"channels": 4, "timesteps": 32}})
    assert large["supernet"].estimate.tensors > 8 * small["supernet"].estimate.tensors
    batches = phases_of({**SMALL, "search": {**SMALL["search"], "batch_size": 4}})
    assert batches["search"].estimate.tensors < 0.5 * small["search"].estimate.tensors
    chunks = phases_of(
        {**SMALL, "network": {"channels": 4, "timesteps": 32}, "run": {"time_chunk": 4, "recompute": True}}
    )
    assert chunks["supernet"].estimate.tensors < 0.5 * large["supernet"].estimate.tensors


def test_finalists_in_float32_need_more_than_a_search_in_bfloat16() -> None:
    without = phases_of({**SMALL, "run": {"precision": "bf16"}})["search"]
    settings = {**SMALL, "search": {**SMALL["search"], "finalists": 2}}
    found = phases_of({**settings, "run": {"precision": "bf16"}})["search"]
    assert (found.work, found.batch_key) == ("measuring finalists", "search.batch_size")
    assert found.bytes > without.bytes
    # In the same precision the search needs more: it also keeps what its candidates have in common.
    assert phases_of(settings)["search"] == phases_of(SMALL)["search"]


def test_workers_add_up() -> None:
    alone = phases_of(SMALL)["training"]
    beside = phases_of({**SMALL, "run": {"workers": 3}, "compare": {"random": 4}})["training"]
    assert beside.bytes > alone.bytes + 2 * alone.estimate.process
    assert beside.processes == 3


def test_own_blocks_are_estimated() -> None:
    parts = Parts(blocks=BLOCKS, dataset=bars())
    settings = {**SMALL, "data": {}}
    found = phases_of(settings, parts)
    assert found["supernet"].estimate.tensors > 0
    names = [layer.name for layer in found["supernet"].estimate.layers]
    assert any(name.startswith("tbd1.") for name in names)


def test_candidates_that_would_not_fit_ask_for_a_smaller_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    ones = {"supernet": {"batch_size": 1}, "train": {"batch_size": 1}}
    sizes = phases_of({**SMALL, "data": {"limit": 0}, "network": {"channels": 4, "timesteps": 16}, **ones})
    assert sizes["search"].bytes > sizes["supernet"].bytes
    assert sizes["search"].batch_key == "search.batch_size"
