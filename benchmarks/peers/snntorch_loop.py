"""Peer (c): snnTorch as its tutorials write it: hidden states kept by the neurons, a Python loop over timesteps.

`Leaky` has no input decay: V ← β·V + z, where AutoSNN's neuron does V ← (1−α)·V + α·z. With β = 1 − α the two differ by
the factor α on the input, which BatchNorm's scale absorbs; the work is the same. Reset to zero; snnTorch carries it out
at the start of the next timestep.
"""

import snntorch as snn
import torch
import torch.nn.functional as F
from snntorch import surrogate, utils
from torch import Tensor, nn

from benchmarks.peers.setting import CANDIDATES, VOTES, Path, Setting


def leaky() -> snn.Leaky:
    """snnTorch's leaky neuron with learnable decay, τ = 2, and the same surrogate gradient."""
    return snn.Leaky(
        beta=0.5,
        threshold=1.0,
        learn_beta=True,
        init_hidden=True,
        reset_mechanism="zero",
        spike_grad=surrogate.atan(alpha=2.0),
    )


class Skip(nn.Module):
    """Identity, or a pointwise convolution where the channels change."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.identity = inputs == outputs
        if not self.identity:
            self.conv1 = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.neuron1 = leaky()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """One timestep [N, C, H, W] and the number of spikes."""
        if self.identity:
            return x, x.new_zeros(())
        x = self.neuron1(self.bn1(self.conv1(x)))
        return x, x.detach().sum()


class ConvolutionBlock(nn.Module):
    """Two convolutions, each with BatchNorm and neurons; `residual` adds the input before the second neurons."""

    def __init__(self, inputs: int, outputs: int, kernel: int, residual: bool) -> None:
        super().__init__()
        self.residual = residual
        self.conv1 = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.neuron1 = leaky()
        self.conv2 = nn.Conv2d(outputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.neuron2 = leaky()
        self.shortcut = nn.Sequential()
        if residual and inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """One timestep [N, C, H, W] and the number of spikes."""
        out = self.neuron1(self.bn1(self.conv1(x)))
        spikes = out.detach().sum()
        out = self.bn2(self.conv2(out))
        if self.residual:
            out = out + self.shortcut(x)
        out = self.neuron2(out)
        return out, spikes + out.detach().sum()


def candidate(name: str, inputs: int, outputs: int) -> nn.Module:
    """The block of this name."""
    if name == "skip":
        return Skip(inputs, outputs)
    return ConvolutionBlock(inputs, outputs, kernel=int(name[-1]), residual=name.startswith("SRB"))


class SnnTorchLoop(nn.Module):
    """The supernet, one timestep after another."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.timesteps, self.classes = setting.timesteps, setting.classes
        self.stem = nn.Sequential(
            nn.Conv2d(3, setting.channels, 3, padding=1, bias=False), nn.BatchNorm2d(setting.channels)
        )
        self.stem_neuron = leaky()
        self.slots = nn.ModuleList(
            nn.ModuleList(candidate(name, inputs, outputs) for name in CANDIDATES)
            for inputs, outputs in setting.slot_widths()
        )
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(setting.features(), VOTES * setting.classes, bias=False)
        self.fc_neuron = leaky()

    def forward(self, images: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """Images [N, 3, H, W] → firing rates [N, classes] and spikes per image."""
        utils.reset(self)
        x = self.stem(images)
        spikes = x.new_zeros(())
        recorded = []
        for _ in range(self.timesteps):
            out = self.stem_neuron(x)
            spikes = spikes + out.detach().sum()
            for number, (slot, choice) in enumerate(zip(self.slots, path, strict=True)):
                out, block_spikes = slot[choice](out)  # type: ignore[index]
                spikes = spikes + block_spikes
                if number in (0, 2, 4):
                    out = self.pool(out)
                    spikes = spikes + out.detach().sum()
            out = self.fc_neuron(self.fc(out.flatten(1)))
            spikes = spikes + out.detach().sum()
            recorded.append(out)
        rates = torch.stack(recorded).mean(0).view(len(images), self.classes, VOTES).mean(2)
        return rates, spikes / len(images)


class Training:
    """One training step."""

    def __init__(self, network: nn.Module, setting: Setting) -> None:
        self.network, self.classes = network.to(setting.device), setting.classes
        self.optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.9, 0.999))

    def step(self, images: Tensor, labels: Tensor, path: Path) -> tuple[float, float, float]:
        """Loss, accuracy and spikes per image of the step."""
        self.network.train()
        rates, spikes = self.network(images, path)
        loss = F.mse_loss(rates, F.one_hot(labels, self.classes).float())
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        accuracy = (rates.argmax(dim=1) == labels).float().mean()
        return loss.item(), accuracy.item(), float(spikes)
