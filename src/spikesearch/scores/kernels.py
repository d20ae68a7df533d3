"""Scores from kernels of codes: images are told apart well if the neurons code them differently.

NASWOT (Mellor et al., ICML 2021) compares codes of ReLUs; SNASNet (Kim et al., ECCV 2022) those of spiking neurons,
layer by layer and timestep by timestep.
"""

from abc import abstractmethod
from typing import Literal

import torch
from torch import Tensor

from spikesearch.scores.overlaps import Overlap, Overlaps
from spikesearch.scores.sample import Sample
from spikesearch.scores.score import Score

SahdNormalisation = Literal["paper", "code"]

_FLOOR = 1e-12
_EPS = 1e-3  # added to the denominator by SNASNet's code


def log_determinant(kernel: Tensor) -> float:
    """log|det K| of a symmetric kernel [N, N], float64; finite for every K.

    The sum of the logarithms of the eigenvalues' sizes. None counts less than 1e-12 of the largest entry, which is
    where rounding begins: images that are coded alike make K singular, and cost log 1e-12 each and not infinitely much.
    For a kernel of zeros, N·log 1e-12.
    """
    largest = float(kernel.abs().max())
    if largest == 0:
        return len(kernel) * float(torch.tensor(_FLOOR).log())
    sizes = torch.linalg.eigvalsh(kernel.cpu()).abs()
    return float(sizes.clamp(min=_FLOOR * largest).log().sum())


class CodeKernel(Score):
    """log|det K|, where K is a sum or mean over neuron layers and timesteps of kernels [N, N] of the N images' codes.

    Contract: one forward pass without gradient in training mode, BatchNorm by the options (SNASNet's code: per
    timestep), dropout off. Its batch of 64 and its 2 repeats, each with a batch and weights of its own, are set for
    speed; SNASNet's code has two batches of 256 on the same weights. No labels.
    """

    repeats = 2
    listeners = (Overlaps,)

    def measure(self, sample: Sample) -> float:
        """The score of one sample."""
        kernels = [self.kernels(overlap).sum(0) for overlap in sample.heard(Overlaps).layers]
        count = sum(len(overlap.both) for overlap in sample.heard(Overlaps).layers)
        return log_determinant(self.joined(torch.stack(kernels).sum(0), count))

    @abstractmethod
    def kernels(self, overlap: Overlap) -> Tensor:
        """The kernels of one layer, float64 [T, N, N]."""

    def joined(self, total: Tensor, count: int) -> Tensor:
        """K from the sum of `count` kernels; their mean."""
        return total / count


class Hamming(CodeKernel):
    """`hamming`: K_ij = N_A − d_H(c_i, c_j), mean over layers and timesteps (SNASNet Eq. 4–5 with the plain Hamming
    distance, Table 4; the mean as in its code)."""

    def kernels(self, overlap: Overlap) -> Tensor:
        """N_A − d_H."""
        return overlap.neurons - overlap.hamming


class Sahd(CodeKernel):
    """`sahd`: K_ij = N_A − d_ij with the sparsity-aware Hamming distance (SNASNet Eq. 9).

    `paper`: d_ij = α·d_H / (r_i(1−r_j) + (1−r_i)r_j), r the share of zeros, α = 0.5; the sum over layers and timesteps.
    `code`: d_ij = α·d_H / (N_A·(r_i(1−r_j) + (1−r_i)r_j) + 0.001); their mean.

    0/0, where both images leave a layer silent or both make all of it fire, is a distance of 0: the codes are equal.
    """

    def __init__(self, normalisation: SahdNormalisation, alpha: float = 0.5) -> None:
        self.normalisation = normalisation
        self.alpha = alpha

    def kernels(self, overlap: Overlap) -> Tensor:
        """N_A − d."""
        fires = overlap.ones / overlap.neurons  # 1 − r
        one, other = fires.unsqueeze(2), fires.unsqueeze(1)
        expected = one * (1 - other) + (1 - one) * other  # share of bits that would differ by chance
        distance = self.alpha * overlap.hamming
        if self.normalisation == "code":
            return overlap.neurons - distance / (overlap.neurons * expected + _EPS)
        return overlap.neurons - torch.where(expected > 0, distance / expected, 0.0)

    def joined(self, total: Tensor, count: int) -> Tensor:
        """The paper's sum or the code's mean."""
        return total / count if self.normalisation == "code" else total
