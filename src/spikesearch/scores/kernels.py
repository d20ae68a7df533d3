"""Scores from kernels of codes: images are told apart well if the neurons code them differently.

NASWOT (Mellor et al., ICML 2021) compares codes of ReLUs; SNASNet (Kim et al., ECCV 2022) those of spiking neurons,
layer by layer and timestep by timestep.
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from spikesearch.scores.overlaps import FiredOverlaps, Overlap, SpikeOverlaps
from spikesearch.scores.sample import Sample
from spikesearch.scores.score import Score

SahdNormalisation = Literal["paper", "code"]

_FLOOR = 1e-12
_EPS = 1e-3  # SNASNet's code adds it to the denominator of the distance


def log_determinant(kernel: Tensor) -> float:
    """log|det K| of a symmetric kernel [N, N] of finite values, float64; finite for every one.

    The sum of the logarithms of the eigenvalues' sizes, of which none counts less than 1e-12 of the largest entry:
    there rounding begins. Images that are coded alike make K singular; each costs log 1e-12 and not infinitely much. A
    kernel of zeros has N·log 1e-12.
    """
    largest = float(kernel.abs().max())
    if largest == 0:
        return len(kernel) * math.log(_FLOOR)
    sizes = torch.linalg.eigvalsh(kernel.cpu()).abs()
    return float(sizes.clamp(min=_FLOOR * largest).log().sum())


class CodeKernel(Score):
    """log|det K|, where K [N, N] is a sum or mean over neuron layers (the classifier's too) of kernels of N images.

    Contract: one forward pass without gradient, in training mode, BatchNorm as the options say (SNASNet's code: per
    timestep), dropout off; 64 images, 2 repeats, no labels. SNASNet's code has two batches of 256 on the same weights,
    and its neurons and dropout mask go on from the first to the second; here both start anew.

    Cost: the forward pass, and per layer and timestep N²·N_A multiply-accumulates, which is less than a convolution.
    """

    repeats = 2

    def measure(self, sample: Sample) -> float:
        """The score of one sample."""
        layers = self.layers(sample)
        total = torch.stack([self.kernels(overlap).sum(0) for overlap in layers]).sum(0)
        return log_determinant(self.joined(total, sum(len(overlap.both) for overlap in layers)))

    @abstractmethod
    def layers(self, sample: Sample) -> Sequence[Overlap]:
        """What the kernels are computed from."""

    @abstractmethod
    def kernels(self, overlap: Overlap) -> Tensor:
        """The kernels of one layer, float64 [T, N, N]."""

    def joined(self, total: Tensor, count: int) -> Tensor:
        """K from the sum of `count` kernels: their mean, as in SNASNet's code."""
        return total / count


class Hamming(CodeKernel):
    """`hamming`: K_ij = N_A − d_H(c_i, c_j), mean over layers and timesteps (SNASNet Eq. 4–5 with the plain Hamming
    distance, Table 4). Contract as `CodeKernel`."""

    listeners = (SpikeOverlaps,)

    def layers(self, sample: Sample) -> Sequence[Overlap]:
        """Spikes at every timestep."""
        return sample.heard(SpikeOverlaps).layers

    def kernels(self, overlap: Overlap) -> Tensor:
        """N_A − d_H."""
        return overlap.neurons - overlap.hamming


class Sahd(Hamming):
    """`sahd`: K_ij = N_A − d_ij with the sparsity-aware Hamming distance (SNASNet Eq. 9). Contract as `CodeKernel`.

    `paper`: d_ij = α·d_H / (r_i(1−r_j) + (1−r_i)r_j), r the share of zeros; the sum over layers and timesteps.
    `code`: d_ij = α·d_H / (N_A·(r_i(1−r_j) + (1−r_i)r_j) + 0.001); their mean.

    0/0 of the paper's, where both images leave a layer silent or both make all of it fire, is a distance of 0, as the
    codes are equal.

    Args:
        normalisation: which of the two.
        alpha: α; 0.5 in both.
    """

    def __init__(self, normalisation: SahdNormalisation, alpha: float = 0.5) -> None:
        self.normalisation = normalisation
        self.alpha = alpha

    def kernels(self, overlap: Overlap) -> Tensor:
        """N_A − d."""
        fires = overlap.ones / overlap.neurons  # 1 − r
        one, other = fires.unsqueeze(2), fires.unsqueeze(1)
        expected = one * (1 - other) + (1 - one) * other  # share of neurons that would differ by chance
        distance = self.alpha * overlap.hamming
        if self.normalisation == "code":
            return overlap.neurons - distance / (overlap.neurons * expected + _EPS)
        return overlap.neurons - torch.where(expected > 0, distance / expected, 0.0)

    def joined(self, total: Tensor, count: int) -> Tensor:
        """The paper's sum or the code's mean."""
        return total / count if self.normalisation == "code" else total


class Naswot(CodeKernel):
    """`naswot`: K = Σ over layers of N_A − d_H(c_i, c_j) (Mellor et al., ICML 2021, Eq. 2). Contract as `CodeKernel`,
    with one repeat as there.

    Adapted to spikes: where a ReLU is active or not, a neuron fires within the T timesteps or not. A rate above 0 is
    what an active ReLU becomes in an SNN. `hamming` is SNASNet's adaptation, which compares timestep by timestep.
    """

    repeats = 1
    listeners = (FiredOverlaps,)

    def layers(self, sample: Sample) -> Sequence[Overlap]:
        """Spikes within all timesteps."""
        return sample.heard(FiredOverlaps).layers

    def kernels(self, overlap: Overlap) -> Tensor:
        """N_A − d_H."""
        return overlap.neurons - overlap.hamming

    def joined(self, total: Tensor, count: int) -> Tensor:
        """The sum."""
        return total
