"""Scores from the gradient of one batch, without a step of training."""

import math

from torch import nn

from spikesearch.scores.sample import Sample
from spikesearch.scores.score import LEAST, Score


class GradNorm(Score):
    """`grad-norm`: minus the mean over the convolutions of log‖∂L/∂W‖, mean over initialisations.

    Small gradients are good. The idea of ranking by gradient norms is Abdelfattah et al.'s (ICLR 2021), who sum them
    and call large ones good.

    Contract: one forward and backward pass of 64 images in training mode (BatchNorm by the options, dropout off),
    cross-entropy of the network's output, surrogate gradients; three initialisations with a batch each. Needs labels.

    A convolution without any gradient is left out of the mean: nothing leads through it, as in a cell's dead part. A
    network whose convolutions all have none cannot learn, and has `LEAST`.
    """

    repeats = 3
    labels = True
    gradient = True

    def measure(self, sample: Sample) -> float:
        """The score of one sample."""
        layers = [module for module in sample.network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
        pairs = zip(layers, sample.gradients, strict=True)
        norms = [float(gradient.norm()) for layer, gradient in pairs if isinstance(layer, nn.Conv2d)]
        logs = [math.log(norm) for norm in norms if norm != 0]
        return -sum(logs) / len(logs) if logs else LEAST
