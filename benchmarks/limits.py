"""What no program of this kind can beat: the same convolutions alone, and the same bytes copied."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from benchmarks.peers.setting import CANDIDATES, VOTES, Path, Setting


class Convolution(NamedTuple):
    """One convolution (kernel 0: the fully connected layer) as the path applies it."""

    images: int  # N, or T·N where the timesteps are folded into the batch
    inputs: int
    outputs: int
    kernel: int
    size: int  # height and width
    first: bool  # nobody asks for the gradient of the network's input


def path_convolutions(path: Path, setting: Setting) -> Iterator[Convolution]:
    """All convolutions of one path through the supernet, and the fully connected layer, in their order."""
    yield Convolution(setting.batch, 3, setting.channels, 3, setting.size, True)
    folded = setting.timesteps * setting.batch
    for number, (choice, (inputs, outputs)) in enumerate(zip(path, setting.slot_widths(), strict=True)):
        size = setting.size // (1, 2, 2, 4, 4)[number]
        name = CANDIDATES[choice]
        if name != "skip":
            kernel = int(name[-1])
            yield Convolution(folded, inputs, outputs, kernel, size, False)
            yield Convolution(folded, outputs, outputs, kernel, size, False)
        if inputs != outputs and not name.startswith("SCB"):
            yield Convolution(folded, inputs, outputs, 1, size, False)
    yield Convolution(folded, setting.features(), VOTES * setting.classes, 0, 1, False)


class ConvolutionsAlone:
    """Forward and backward (input and weight gradients) of a path's convolutions, with nothing between them.

    Inputs and gradients lie ready in the precision and memory format asked for; so do the weights.
    """

    def __init__(
        self, setting: Setting, paths: list[Path], dtype: torch.dtype = torch.float32, channels_last: bool = True
    ) -> None:
        self.setting, self.dtype = setting, dtype
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        wanted = {convolution for path in paths for convolution in path_convolutions(path, setting)}
        self.parts = {convolution: self._tensors(convolution) for convolution in wanted}

    def _tensors(self, convolution: Convolution) -> tuple[nn.Conv2d | nn.Linear, Tensor, Tensor]:
        images, inputs, outputs, kernel, size, first = convolution
        device, dtype = self.setting.device, self.dtype
        if kernel == 0:
            linear = nn.Linear(inputs, outputs, bias=False, device=device, dtype=dtype)
            gradient = torch.ones(images, outputs, device=device, dtype=dtype)
            return linear, torch.ones(images, inputs, device=device, dtype=dtype).requires_grad_(), gradient
        module = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False, device=device, dtype=dtype)
        module.weight.data = module.weight.data.contiguous(memory_format=self.format)
        # a tenth of the inputs are spikes; nobody here makes use of the zeros
        x = (torch.rand(images, inputs, size, size, device=device) < 0.1).to(dtype)
        gradient = torch.randn(images, outputs, size, size, device=device).to(dtype)
        x, gradient = (tensor.contiguous(memory_format=self.format) for tensor in (x, gradient))
        return module, x.requires_grad_(not first), gradient

    def train(self, path: Path) -> None:
        """One training step's convolutions."""
        for convolution in path_convolutions(path, self.setting):
            module, x, gradient = self.parts[convolution]
            wanted = [module.weight] if convolution.first else [x, module.weight]
            torch.autograd.grad(module(x), wanted, gradient)

    @torch.no_grad()
    def evaluate(self, path: Path) -> None:
        """One evaluated batch's convolutions."""
        for convolution in path_convolutions(path, self.setting):
            module, x, _ = self.parts[convolution]
            module(x)


class CopiesAlone:
    """The tensors that a path's neurons read and write, copied once for the forward and once for the backward pass."""

    def __init__(self, setting: Setting, paths: list[Path], dtype: torch.dtype = torch.float32) -> None:
        self.setting = setting
        elements = {self._elements(c) for path in paths for c in path_convolutions(path, setting)}
        self.source = torch.randn(max(elements), device=setting.device).to(dtype)
        self.target = torch.empty_like(self.source)

    def _elements(self, convolution: Convolution) -> int:
        """Elements of the neurons' input, over all timesteps also where the convolution ran only once (stem)."""
        return self.setting.timesteps * self.setting.batch * convolution.outputs * convolution.size**2

    def train(self, path: Path) -> None:
        """Two copies for each layer of neurons (and for 1×1 shortcuts, which have none, but are small)."""
        for convolution in path_convolutions(path, self.setting):
            count = self._elements(convolution)
            for _ in range(2):
                self.target[:count].copy_(self.source[:count])
