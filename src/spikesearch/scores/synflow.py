"""SynFlow of spiking networks."""

import math
import sys

import torch

from spikesearch.scores.linear import linear_copy
from spikesearch.scores.sample import Sample, weighted_modules
from spikesearch.scores.score import Score


class Synflow(Score):
    """`synflow`: log Σ |w|·∂R/∂|w| over the weights of convolutions and fully connected layers, where R is the sum of
    the outputs for one image of ones and all weights are |w| (Tanaka et al., NeurIPS 2020, Eq. 2; as a score of
    architectures Abdelfattah et al., ICLR 2021). The logarithm is ours: it keeps the order and its mean over samples
    is not that of the largest.

    Adapted to spikes: neurons pass their current on, and BatchNorm passes its input on. With weights and input above 0
    every neuron would fire at every timestep, whatever the architecture, and the surrogate, far from its threshold,
    would let next to nothing through: R would say nothing about the weights, and the flow through a layer would not be
    conserved, which is what the score is about. The current is the rate that a neuron without leak and without a
    highest rate would fire at, as a ReLU is on such a network. T stays, so that feedback flows.

    Contract: one image of ones, in evaluation mode, float64; one initialisation, no images and no labels. Cost: one
    forward and backward pass of one image. A network without a way to the output has the log of the smallest positive
    number, −708.
    """

    def measure(self, sample: Sample) -> float:
        """The score of one sample."""
        network = linear_copy(sample.network).double()
        weights = [module.weight for module in weighted_modules(network)]
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.abs_()
        image = torch.ones(1, *sample.images.shape[1:], dtype=torch.float64, device=sample.images.device)
        found = torch.autograd.grad(network(image).sum(), weights, allow_unused=True)
        pairs = zip(weights, found, strict=True)
        flow = sum(float((weight.detach() * one).sum()) for weight, one in pairs if one is not None)
        return math.log(max(flow, sys.float_info.min))
