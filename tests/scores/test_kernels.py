"""Kernels of codes, against kernels counted neuron by neuron."""

import math

import numpy as np
import pytest
import torch

from scores.transparent import TransparentNetwork, transparent_kernel
from spikesearch.scores.kernels import Naswot, Sahd, log_determinant
from spikesearch.scores.overlaps import FiredOverlaps, Overlap, SpikeOverlaps
from spikesearch.scores.table import SCORES_TABLE

CELLS = ["0302 0030 0003 0000", "0302 0030 3003 0000", "0303 0030 2002 0200", "0414 0014 0003 0000"]
LN = math.log


@pytest.mark.parametrize("text", CELLS)
@pytest.mark.parametrize("name", ["hamming", "sahd-paper", "sahd-code"])
def test_the_score_is_that_of_the_transparent_implementation(sample, text, name):
    looked_at = sample(text, listeners=[SpikeOverlaps])
    found = SCORES_TABLE[name].measure(looked_at)
    transparent = TransparentNetwork(looked_at.network)
    transparent(looked_at.images)
    sign, expected = np.linalg.slogdet(transparent_kernel(transparent.codes, name))
    assert sign != 0
    assert sum(code.sum() for key, code in transparent.codes.items() if key[0] == "fc.neuron") > 0
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("text", CELLS[1:3])
def test_naswot_compares_who_fires_at_all(sample, text):
    looked_at = sample(text, listeners=[FiredOverlaps])
    found = Naswot().measure(looked_at)
    transparent = TransparentNetwork(looked_at.network)
    transparent(looked_at.images)
    layers = dict.fromkeys(name for name, _ in transparent.codes)
    fired = {(name, 0): np.any([transparent.codes[name, t] for t in range(3)], axis=0) for name in layers}
    kernel = transparent_kernel(fired, "hamming") * len(layers)  # the sum
    assert found == pytest.approx(np.linalg.slogdet(kernel)[1], rel=1e-9)


def overlap(*codes: str) -> Overlap:
    """One layer at one timestep, a code for each image."""
    return Overlap.of(torch.tensor([[[float(bit) for bit in code] for code in codes]]))


def test_distances_by_hand():
    two = overlap("1100", "1010")  # d_H = 2; r = ½ and ½, so half of the four neurons would differ by chance
    assert two.hamming.tolist() == [[[0, 2], [2, 0]]]
    assert Sahd("paper").kernels(two).tolist() == [[[4, 4 - 0.5 * 2 / 0.5], [2, 4]]]
    assert Sahd("code").kernels(two)[0, 0, 1].item() == pytest.approx(4 - 0.5 * 2 / (4 * 0.5 + 0.001))
    uneven = overlap("1000", "1110")  # d_H = 2; r = ¾ and ¼, chance ¾·¾ + ¼·¼ = 0.625
    assert Sahd("paper").kernels(uneven)[0, 0, 1].item() == pytest.approx(4 - 0.5 * 2 / 0.625)


@pytest.mark.parametrize("normalisation", ["paper", "code"])
def test_equal_codes_of_silent_and_saturated_layers_have_no_distance(normalisation):
    for codes in (("0000", "0000"), ("1111", "1111")):
        assert Sahd(normalisation).kernels(overlap(*codes)).tolist() == [[[4, 4], [4, 4]]]
    # one silent, one saturated: all four differ, as they would by chance: ½·4/1, in the code's normalisation ½·4/4.001
    found = Sahd(normalisation).kernels(overlap("0000", "1111"))[0, 0, 1].item()
    assert found == pytest.approx(4 - (2 if normalisation == "paper" else 2 / 4.001))


def test_log_determinants_are_finite():
    # eigenvalues 3 and 1
    assert log_determinant(torch.tensor([[2.0, 1.0], [1.0, 2.0]]).double()) == pytest.approx(LN(3))
    # eigenvalues 4 and -2: the size counts
    assert log_determinant(torch.tensor([[1.0, 3.0], [3.0, 1.0]]).double()) == pytest.approx(LN(8))
    # alike: eigenvalues 10 and 0, which counts 1e-12 of the largest entry
    assert log_determinant(torch.full((2, 2), 5.0).double()) == pytest.approx(LN(10) + LN(5e-12))
    assert log_determinant(torch.zeros(3, 3).double()) == pytest.approx(3 * LN(1e-12))
    assert log_determinant(torch.full((1, 1), 7.0).double()) == pytest.approx(LN(7))


def test_more_images_alike_score_lower(sample, pool):
    x = (pool[0][:6].float() - 128) / 64
    alike = x.clone()
    scores = []
    for copies in range(4):
        alike[: copies + 1] = x[0]
        looked_at = sample(CELLS[1], images=alike.clone(), listeners=[SpikeOverlaps])
        scores.append(SCORES_TABLE["sahd"].measure(looked_at))
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_pooling_outputs_have_no_codes(sample):
    looked_at = sample("autosnn:SCB_k3", listeners=[SpikeOverlaps])
    layers = looked_at.heard(SpikeOverlaps).layers
    neurons = [layer.positions for layer in looked_at.plan.layers() if layer.kind == "neuron"]
    assert [layer.neurons for layer in layers] == neurons
    assert {layer.both.shape for layer in layers} == {(3, 6, 6)}
