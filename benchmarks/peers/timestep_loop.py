"""Peer (a), the papers' structure: a Python loop over timesteps around single-step nodes.

BatchNorm therefore sees one timestep at a time, and the spikes of every layer are read back with `.item()` at every
timestep. Only the stem's convolution is taken out of the loop, as the papers do for static images.
"""

import torch
import torch.nn.functional as F
from spikingjelly.activation_based import functional, neuron, surrogate
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
            self.conv1 = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.neuron1 = node()

    def forward(self, x: Tensor) -> tuple[Tensor, float]:
        """One timestep [N, C, H, W] and the number of spikes."""
        if self.identity:
            return x, 0.0
        x = self.neuron1(self.bn1(self.conv1(x)))
        return x, x.sum().item()


class ConvolutionBlock(nn.Module):
    """Two convolutions, each with BatchNorm and nodes; `residual` adds the input before the second nodes."""

    def __init__(self, inputs: int, outputs: int, kernel: int, residual: bool) -> None:
        super().__init__()
        self.residual = residual
        self.conv1 = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.neuron1 = node()
        self.conv2 = nn.Conv2d(outputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.neuron2 = node()
        self.shortcut = nn.Sequential()
        if residual and inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> tuple[Tensor, float]:
        """One timestep [N, C, H, W] and the number of spikes."""
        out = self.neuron1(self.bn1(self.conv1(x)))
        spikes = out.sum().item()
        out = self.bn2(self.conv2(out))
        if self.residual:
            out = out + self.shortcut(x)
        out = self.neuron2(out)
        return out, spikes + out.sum().item()


def candidate(name: str, inputs: int, outputs: int) -> nn.Module:
    """The block of this name."""
    if name == "skip":
        return Skip(inputs, outputs)
    return ConvolutionBlock(inputs, outputs, kernel=int(name[-1]), residual=name.startswith("SRB"))


class TimestepLoop(nn.Module):
    """The supernet, one timestep after another."""

    def __init__(self, setting: Setting) -> None:
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
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(setting.features(), VOTES * setting.classes, bias=False)
        self.fc_neuron = node()
        self.vote = nn.AvgPool1d(VOTES, VOTES)

    def forward(self, images: Tensor, path: Path) -> tuple[Tensor, float]:
        """Images [N, 3, H, W] → firing rates [N, classes] and spikes per image."""
        x = self.stem(images)
        spikes = 0.0
        counter = torch.zeros(len(images), self.classes, device=images.device)
        for _ in range(self.timesteps):
            out = self.stem_neuron(x)
            spikes += out.sum().item()
            for number, (slot, choice) in enumerate(zip(self.slots, path, strict=True)):
                out, block_spikes = slot[choice](out)  # type: ignore[index]
                spikes += block_spikes
                if number in (0, 2, 4):
                    out = self.pool(out)
                    spikes += out.sum().item()
            out = self.fc_neuron(self.fc(out.flatten(1)))
            spikes += out.sum().item()
            counter = counter + self.vote(out.unsqueeze(1)).squeeze(1)
        return counter / self.timesteps, spikes / len(images)


class Training:
    """One training step, with the loss and the accuracy read at every step for the running averages."""

    def __init__(self, network: nn.Module, setting: Setting) -> None:
        self.network, self.classes = network.to(setting.device), setting.classes
        self.optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def step(self, images: Tensor, labels: Tensor, path: Path) -> tuple[float, float, float]:
        """Loss, accuracy and spikes per image of the step."""
        self.network.train()
        self.optimizer.zero_grad()
        rates, spikes = self.network(images, path)
        loss = F.mse_loss(rates, F.one_hot(labels, self.classes).float())
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        functional.reset_net(self.network)
        accuracy = (rates.argmax(dim=1) == labels).float().mean()
        return loss.item(), accuracy.item(), float(spikes)


@torch.no_grad()
def evaluate(network: nn.Module, batches: list[tuple[Tensor, Tensor]], path: Path) -> tuple[float, float]:
    """Accuracy and spikes per image of one path, batch after batch."""
    network.eval()
    correct, spikes, seen = 0.0, 0.0, 0
    for images, labels in batches:
        rates, batch_spikes = network(images, path)
        functional.reset_net(network)
        correct += (rates.argmax(dim=1) == labels).float().sum().item()
        spikes += float(batch_spikes) * len(labels)
        seen += len(labels)
    return correct / seen, spikes / seen
