"""Peer (b): SpikingJelly's multi-step mode, timesteps folded into the batch for the synaptic layers.

Eager, with `torch.compile` on every node, or with `torch.compile` on every block. A compiled whole network would be
compiled anew for each of the 3,125 paths.
"""

import torch
from spikingjelly.activation_based import functional, layer, neuron, surrogate
from torch import Tensor, nn

from benchmarks.peers.setting import CANDIDATES, VOTES, Path, Setting


def node() -> neuron.ParametricLIFNode:
    """SpikingJelly's PLIF node with the paper's constants."""
    return neuron.ParametricLIFNode(
        init_tau=2.0, v_threshold=1.0, surrogate_function=surrogate.ATan(alpha=2.0), detach_reset=True
    )


class Skip(nn.Module):
    """Identity, or a pointwise convolution where the channels change."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.identity = inputs == outputs
        if not self.identity:
            self.conv1 = layer.Conv2d(inputs, outputs, 1, bias=False)
            self.bn1 = layer.BatchNorm2d(outputs)
            self.neuron1 = node()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """All timesteps [T, N, C, H, W] and the number of spikes."""
        if self.identity:
            return x, x.new_zeros(())
        x = self.neuron1(self.bn1(self.conv1(x)))
        return x, x.sum()


class ConvolutionBlock(nn.Module):
    """Two convolutions, each with BatchNorm and nodes; `residual` adds the input before the second nodes."""

    def __init__(self, inputs: int, outputs: int, kernel: int, residual: bool) -> None:
        super().__init__()
        self.residual = residual
        self.conv1 = layer.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.bn1 = layer.BatchNorm2d(outputs)
        self.neuron1 = node()
        self.conv2 = layer.Conv2d(outputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.bn2 = layer.BatchNorm2d(outputs)
        self.neuron2 = node()
        self.shortcut = nn.Sequential()
        if residual and inputs != outputs:
            self.shortcut = nn.Sequential(layer.Conv2d(inputs, outputs, 1, bias=False), layer.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """All timesteps [T, N, C, H, W] and the number of spikes."""
        out = self.neuron1(self.bn1(self.conv1(x)))
        spikes = out.sum()
        out = self.bn2(self.conv2(out))
        if self.residual:
            out = out + self.shortcut(x)
        out = self.neuron2(out)
        return out, spikes + out.sum()


def candidate(name: str, inputs: int, outputs: int) -> nn.Module:
    """The block of this name."""
    if name == "skip":
        return Skip(inputs, outputs)
    return ConvolutionBlock(inputs, outputs, kernel=int(name[-1]), residual=name.startswith("SRB"))


class MultiStep(nn.Module):
    """The supernet, all timesteps at once; trained and evaluated by `timestep_loop.Training` and `.evaluate`.

    Args:
        setting: sizes.
        compiled: "no", "nodes" or "blocks": what `torch.compile` is applied to.
    """

    def __init__(self, setting: Setting, compiled: str = "no") -> None:
        super().__init__()
        self.timesteps, self.classes = setting.timesteps, setting.classes
        self.stem = nn.Sequential(
            nn.Conv2d(3, setting.channels, 3, padding=1, bias=False), nn.BatchNorm2d(setting.channels)
        )
        self.stem_neuron = node()
        self.slots = nn.ModuleList(
            nn.ModuleList(candidate(name, inputs, outputs) for name in CANDIDATES)
            for inputs, outputs in setting.slot_widths()
        )
        self.pool = layer.MaxPool2d(2)
        self.fc = layer.Linear(setting.features(), VOTES * setting.classes, bias=False)
        self.fc_neuron = node()
        functional.set_step_mode(self, "m")
        if compiled == "nodes":
            for module in self.modules():
                if isinstance(module, neuron.ParametricLIFNode):
                    module.compile(dynamic=False)
        elif compiled == "blocks":
            for module in [*(block for slot in self.slots for block in slot), self.stem_neuron, self.fc_neuron]:  # type: ignore[attr-defined]
                module.compile(dynamic=False)

    def forward(self, images: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """Images [N, 3, H, W] → firing rates [N, classes] and spikes per image."""
        x = self.stem(images).unsqueeze(0).repeat(self.timesteps, 1, 1, 1, 1)  # [T, N, C, H, W]
        x = self.stem_neuron(x)
        spikes = x.sum()
        for number, (slot, choice) in enumerate(zip(self.slots, path, strict=True)):
            x, block_spikes = slot[choice](x)  # type: ignore[index]
            spikes = spikes + block_spikes
            if number in (0, 2, 4):
                x = self.pool(x)
                spikes = spikes + x.sum()
        x = self.fc_neuron(self.fc(x.flatten(2)))  # [T, N, 100]
        spikes = spikes + x.sum()
        rates = x.mean(0).view(len(images), self.classes, VOTES).mean(2)
        return rates, spikes.detach() / len(images)


def allow_compiled_paths(limit: int = 64) -> None:
    """Every module of a class shares one code object, so the blocks of a supernet exceed torch's default of 8."""
    torch._dynamo.config.recompile_limit = limit
