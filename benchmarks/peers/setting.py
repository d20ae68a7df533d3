"""What all sides of a comparison share: sizes, the batch, the list of sampled paths."""

from dataclasses import dataclass

import torch
from torch import Tensor

CANDIDATES = ("skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5")
SLOTS = 5
VOTES = 10

Path = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Sizes of one comparison; the defaults are the paper's (§5.1)."""

    timesteps: int = 8
    batch: int = 96
    channels: int = 16
    size: int = 32
    classes: int = 10
    device: str = "cpu"

    def slot_widths(self) -> tuple[tuple[int, int], ...]:
        """(input channels, output channels) of the five slots."""
        c = self.channels
        return ((c, c), (c, 2 * c), (2 * c, 2 * c), (2 * c, 4 * c), (4 * c, 4 * c))

    def features(self) -> int:
        """Inputs of the fully connected layer: 4C channels after three poolings."""
        return 4 * self.channels * (self.size // 8) ** 2

    def batch_of_images(self, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Images as they look after normalisation [N, 3, H, W], and labels [N]."""
        generator = torch.Generator().manual_seed(seed)
        images = torch.randn(self.batch, 3, self.size, self.size, generator=generator)
        labels = torch.randint(self.classes, (self.batch,), generator=generator)
        return images.to(self.device), labels.to(self.device)


def sampled_paths(number: int, seed: int = 0) -> list[Path]:
    """Paths of the space, the same for all sides.

    Every slot has each of its five candidates once in five paths (Latin hypercube sampling), so that few paths cost
    what the space costs on average: a k5 block takes some ten times as long as a skip.
    """
    generator = torch.Generator().manual_seed(seed)
    paths: list[Path] = []
    while len(paths) < number:
        columns = [torch.randperm(len(CANDIDATES), generator=generator).tolist() for _ in range(SLOTS)]
        paths += zip(*columns, strict=True)
    return paths[:number]


def path_text(path: Path) -> str:
    """The path as spikesearch writes it."""
    return "autosnn: " + " ".join(CANDIDATES[choice] for choice in path)
