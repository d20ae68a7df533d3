"""Scores from gradients of one batch, without a step of training."""

import math

import torch
from torch import Tensor, nn

from spikesearch.scores.sample import Sample
from spikesearch.scores.score import LEAST, Score

_K = 1e-5  # keeps logarithms and inverses of eigenvalues finite (Mellor et al.)


class GradNorm(Score):
    """`grad-norm`: minus the mean over the convolutions of log‖∂L/∂W‖, mean over initialisations.

    Small gradients are good. That norms of gradients rank networks is Abdelfattah et al.'s finding (ICLR 2021,
    `grad_norm`), who add them up and call large ones good; a mean of logarithms instead does not grow with the number
    of layers and weighs them alike.

    Contract: one forward and backward pass of 64 images in training mode, BatchNorm as the options say, dropout off;
    cross-entropy of the network's output (of AutoSNN's networks the voted spike counts), surrogate gradients; three
    initialisations with a batch each. Needs labels. Cost: about three times a forward pass.

    A convolution without any gradient is left out of the mean: nothing leads through it, as in the dead part of a
    cell. A network whose convolutions all have none cannot learn, and has `LEAST`.
    """

    repeats = 3
    labels = True
    gradient = True

    def measure(self, sample: Sample) -> float:
        """The score of one sample."""
        norms = [
            float(gradient.norm())
            for module, gradient in zip(sample.weighted, sample.gradients, strict=True)
            if isinstance(module, nn.Conv2d)
        ]
        logs = [math.log(norm) for norm in norms if norm != 0]
        return -sum(logs) / len(logs) if logs else LEAST


class Snip(Score):
    """`snip`: Σ |w·∂L/∂w| over the weights of convolutions and fully connected layers (Lee et al., ICLR 2019, Eq. 5
    before normalising; as a score of architectures Abdelfattah et al., ICLR 2021). Large is taken for good, as there.

    Adapted to spikes: the gradient is that of the surrogate, so what is measured is how the loss would change if spikes
    came and went gradually.

    Contract: as `grad-norm`, with one initialisation as there. 0 where nothing has a gradient.
    """

    labels = True
    gradient = True

    def measure(self, sample: Sample) -> float:
        """The score of one sample."""
        pairs = zip(sample.weighted, sample.gradients, strict=True)
        with torch.no_grad():
            return sum(float((module.weight * gradient).abs().sum()) for module, gradient in pairs)


class JacobianCovariance(Score):
    """`jacobian-covariance`: −Σ_i (log(λ_i + k) + 1/(λ_i + k)), λ the eigenvalues of the correlations between the
    images' gradients, k = 1e-5 (Mellor et al., arXiv 2006.04647v1, the first version of NASWOT).

    Images whose gradients point in different directions can be learned apart: the correlations are near the unit
    matrix then, and the score is near its largest, −N.

    Adapted to spikes: gradients of the sum of all outputs by the images, through the surrogate and all timesteps.

    Contract: one forward and backward pass of 64 images in training mode, BatchNorm as the options say, dropout off;
    one initialisation, no labels. Cost: as `grad-norm` for each initialisation.

    Images whose gradient is constant, as that of a network without a way to the output, count as equal to each other:
    all alike have about −1e5 for each image but the first.
    """

    gradient = True

    def measure(self, sample: Sample) -> float:
        """The score of one sample."""
        rows = sample.input_gradients.flatten(1).double().cpu()  # [N, C·H·W]
        if not rows.isfinite().all():
            return LEAST
        values = torch.linalg.eigvalsh(correlations(rows)).clamp(min=0) + _K
        return -float((values.log() + 1 / values).sum())


def correlations(rows: Tensor) -> Tensor:
    """Pearson's correlations of rows [N, D] → [N, N]; rows that are constant have 1 with each other, 0 with others."""
    centred = rows - rows.mean(1, keepdim=True)
    lengths = centred.norm(dim=1, keepdim=True)
    constant = (lengths == 0).double()
    units = centred / (lengths + constant)
    found: Tensor = units @ units.T + constant @ constant.T
    return found
