"""The naive computation that benchmarks compare with gives the same numbers."""

import pytest

from spikesearch.architectures.text import parse

pytest.importorskip(
    "spikingjelly.activation_based.neuron", reason="SpikingJelly, or loguru that it needs, is not installed"
)

TOLERANCES = {
    "spike-paths": 1e-12,  # both count whole spikes
    "sahd": 1e-5,
    "grad-norm": 1e-5,
}

CELLS = (
    "0302 0030 3003 0000",  # feedback on a loop
    "0403 0042 0004 0000",  # average pooling, whose border counts
    "0101 0020 0002 0300",  # skips, and feedback of the output
)


@pytest.mark.parametrize("text", CELLS)
def test_scores_by_a_loop_over_timesteps_are_the_same(text):
    from benchmarks.score_cost import both_values

    cell = parse(text)
    found = both_values(cell, cell.dimensions(channels=3, timesteps=3, image=(3, 8, 8)), images=6)
    assert set(found) == set(TOLERANCES)
    for name, (mine, naive) in found.items():
        assert mine == pytest.approx(naive, rel=TOLERANCES[name])
