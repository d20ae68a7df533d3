"""A trained network together with the normalisation of its inputs: what a user applies to images."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from spikesearch.architectures.blocks import Block
from spikesearch.data.augment import Normalisation
from spikesearch.networks.network import SpikingNetwork
from spikesearch.training.checkpoints import load_checkpoint


class NormalisedNetwork(nn.Module):
    """Takes images as they are in files and returns the firing rates of the classes.

    Shapes: images [N, C, H, W] or frames [T, N, C, H, W], uint8 in 0…255 or floats in 0…1 → [N, classes]. A network for
    events takes frames [T, N, C, H, W] of counts, of any type.

    Attributes:
        network: the network itself, which takes normalised images.
        normalisation: of the training images it learned from.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, network: SpikingNetwork, normalisation: Normalisation) -> None:
        super().__init__()
        self.network = network
        self.normalisation = normalisation
        self.register_buffer("mean", torch.tensor(normalisation.mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(normalisation.std).view(-1, 1, 1), persistent=False)

    @property
    def architecture(self) -> str:
        """Canonical text."""
        return self.network.architecture

    def forward(self, images: Tensor) -> Tensor:
        """Firing rates [N, classes] in 0…1; the largest is the class."""
        if self.network.dimensions.events:
            rates: Tensor = self.network(images.float() * (1 / (255 * self.std)) - self.mean / self.std)
            return rates
        scaled = images.float() / 255 if images.dtype == torch.uint8 else images
        rates = self.network((scaled - self.mean) / self.std)
        return rates


def load_network(path: str | Path, blocks: Mapping[str, Block] | None = None) -> NormalisedNetwork:
    """The network of a checkpoint, in evaluation mode, on the CPU.

    Args:
        path: a `.safetensors` checkpoint of a single network.
        blocks: the user's own blocks by name, if the architecture has any.

    Raises:
        UserError: the file is missing, damaged, or no checkpoint of a network.
    """
    network, info = load_checkpoint(path, blocks=blocks)
    return NormalisedNetwork(network, info.normalisation).eval()
