"""Scores of networks of cells the way SNASNet's authors structure them: a Python loop over timesteps around
SpikingJelly's single-step nodes, one candidate after the other.

BatchNorm therefore sees one timestep at a time. Kernels of codes are computed in a forward hook of every node, at every
timestep, from the codes and their complements; spikes are counted in such hooks too.
"""

import math
import sys
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from spikingjelly.activation_based import functional, neuron, surrogate
from torch import Tensor, nn

from spikesearch.architectures.cell_edges import Edge
from spikesearch.architectures.dimensions import Dimensions

TAU = 4 / 3


def node(v_threshold: float = 1.0) -> neuron.LIFNode:
    """SpikingJelly's LIF node with SNASNet's constants."""
    return neuron.LIFNode(
        tau=TAU, v_threshold=v_threshold, surrogate_function=surrogate.ATan(alpha=2.0), detach_reset=True
    )


def conv_bn(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    """Convolution and BatchNorm of one timestep."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(outputs))


class CellLoop(nn.Module):
    """A cell at one timestep; remembers what feedback gave at the last one."""

    def __init__(self, channels: int, edges: tuple[Edge, ...]) -> None:
        super().__init__()
        self.edges = edges
        self.ops = nn.ModuleDict()
        for edge in edges:
            if edge.op.kind == "conv":
                self.ops[edge.name] = nn.Sequential(
                    node(edge.op.v_threshold or 1.0), *conv_bn(channels, channels, edge.op.kernel)
                )
            elif edge.op.kind == "avg_pool":
                self.ops[edge.name] = nn.AvgPool2d(3, 1, 1)
            else:
                self.ops[edge.name] = nn.Identity()
        self.feedback: dict[int, Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] → the same shape."""
        nodes: list[Tensor] = []
        for number in range(4):
            value = x if number == 0 else torch.zeros_like(x)
            for edge in self.edges:
                if edge.target == number and not edge.feedback:
                    value = value + self.ops[edge.name](nodes[edge.source])
            nodes.append(value + self.feedback[number] if number in self.feedback else value)
        arriving: dict[int, Tensor] = {}
        for edge in self.edges:
            if edge.feedback:
                back = self.ops[edge.name](nodes[edge.source])
                arriving[edge.target] = arriving.get(edge.target, torch.zeros_like(x)) + back
        self.feedback = arriving
        return nodes[3]


class NetworkLoop(nn.Module):
    """SNASNet's network, one timestep after another; made for one batch."""

    def __init__(self, edges: tuple[Edge, ...], size: Dimensions, hidden: int = 1024) -> None:
        super().__init__()
        c, (image, height, width) = size.channels, size.image
        self.size = size
        self.stem = conv_bn(image, c, 3)
        self.cell1 = CellLoop(c, edges)
        self.down = nn.Sequential(nn.BatchNorm2d(c), node(), *conv_bn(c, 2 * c, 3), nn.AvgPool2d(2))
        self.cell2 = CellLoop(2 * c, edges)
        self.end = nn.Sequential(nn.BatchNorm2d(2 * c), node(), nn.AvgPool2d(2), nn.Flatten())
        self.fc = nn.Linear(2 * c * (height // 4) * (width // 4), hidden, bias=False)
        self.fc_node = node()
        self.last = nn.Linear(hidden, size.votes * size.classes)
        self.vote = nn.AvgPool1d(size.votes, size.votes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_uniform_(module.weight, a=2)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
        nn.init.zeros_(self.last.bias)  # as ours starts: weights alone are copied

    def forward(self, images: Tensor) -> Tensor:
        """Images [N, C, H, W] → mean voltages [N, classes]."""
        self.cell1.feedback, self.cell2.feedback = {}, {}
        still = self.stem(images)
        total = torch.zeros(len(images), self.size.classes)
        for _ in range(self.size.timesteps):
            x = self.end(self.cell2(self.down(self.cell1(still))))
            voltages = self.last(self.fc_node(self.fc(x)))
            total = total + self.vote(voltages.unsqueeze(1)).squeeze(1)
        return total / self.size.timesteps


def load_ours(network: NetworkLoop, weights: Mapping[str, Tensor]) -> None:
    """Weights of a new network of ours of the same cell; BatchNorms of both start alike."""
    ours = [value for value in weights.values() if value.dim() > 1]
    theirs = [parameter for parameter in network.parameters() if parameter.dim() > 1]
    for mine, yours in zip(theirs, ours, strict=True):  # both list them in the same order
        mine.data.copy_(yours)


def sahd(network: NetworkLoop, images: Tensor) -> float:
    """The score with the normalisation of the authors' code."""
    kernel, count = torch.zeros(len(images), len(images), dtype=torch.float64), 0

    def hook(_: nn.Module, __: object, spikes: Tensor) -> None:
        nonlocal count
        codes = spikes.flatten(1)
        length = codes.shape[1]
        differing = codes @ (1 - codes).T + (1 - codes) @ codes.T
        zeros = (1 - codes).sum(1) / length
        chance = zeros[:, None] * (1 - zeros) + (1 - zeros[:, None]) * zeros
        kernel.add_(length - (0.5 * differing / (length * chance + 1e-3)).double())
        count += 1

    hooks = [one.register_forward_hook(hook) for one in network.modules() if isinstance(one, neuron.LIFNode)]
    network.train()
    with torch.no_grad():
        network(images)
    functional.reset_net(network)
    for one in hooks:
        one.remove()
    return float(torch.linalg.slogdet(kernel / count).logabsdet)


def spike_paths(network: NetworkLoop, images: Tensor) -> float:
    """The score of the ways of signals: firing rates counted at every timestep, then each cell's ways followed twice,
    to find which nodes encode and to add up the ways."""
    fired: dict[nn.Module, list[float]] = {}

    def hook(node: nn.Module, __: object, spikes: Tensor) -> None:
        found = fired.setdefault(node, [0.0, 0.0])
        found[0] += spikes.sum().item()
        found[1] += spikes.numel()

    hooks = [one.register_forward_hook(hook) for one in network.modules() if isinstance(one, neuron.LIFNode)]
    network.train()
    with torch.no_grad():
        network(images)
    functional.reset_net(network)
    for one in hooks:
        one.remove()
    rates = {node: spikes / chances for node, (spikes, chances) in fired.items()}
    _, height, width = network.size.image
    ways = [
        _ways(network.cell1, rates, height, width),
        _gain(rates[network.down[1]], encodes=True),
        _ways(network.cell2, rates, height // 2, width // 2),
        _gain(rates[network.end[1]], encodes=True),
    ]
    return sum(math.log(max(one, sys.float_info.min)) for one in ways)


def _gain(rate: float, *, encodes: bool) -> float:
    if encodes:
        return 30 * math.sqrt(rate * (1 - rate))
    return (1 - rate) / rate if rate >= 0.01 else 99 * rate / 0.01


def _ways(cell: CellLoop, rates: Mapping[nn.Module, float], height: int, width: int) -> float:
    """The sum over a cell's ways of their products of gains, the mean of two timesteps."""
    encodes = dict.fromkeys(cell.edges, True)

    def ask(edge: Edge, value: Tensor) -> Tensor:
        encodes[edge] = encodes[edge] and not value.any()
        return torch.ones_like(value)

    _follow(cell, torch.zeros(1, 1, height, width, dtype=torch.float64), ask)
    gains = {
        edge: _gain(rates[cell.ops[edge.name][0]], encodes=encodes[edge])  # type: ignore[index]
        for edge in cell.edges
        if edge.op.kind == "conv"
    }
    ones = torch.ones(1, 1, height, width, dtype=torch.float64)
    return _follow(cell, ones, lambda edge, value: (value.mean() * gains[edge]).expand_as(value))


def _follow(cell: CellLoop, x: Tensor, convolve: Callable[[Edge, Tensor], Tensor]) -> float:
    """The cell's output for one channel x [1, 1, H, W], with other convolutions; the mean of two timesteps."""
    feedback: dict[int, Tensor] = {}
    found = []
    for _ in range(2):
        nodes: list[Tensor] = []
        arriving: dict[int, Tensor] = {}
        for number in range(4):
            value = x if number == 0 else torch.zeros_like(x)
            for edge in cell.edges:
                if edge.target == number and not edge.feedback:
                    value = value + _carried(cell, edge, nodes[edge.source], convolve)
            nodes.append(value + feedback.get(number, 0.0))
        for edge in cell.edges:
            if edge.feedback:
                back = _carried(cell, edge, nodes[edge.source], convolve)
                arriving[edge.target] = arriving.get(edge.target, 0.0) + back
        feedback = arriving
        found.append(nodes[3].mean().item())
    return sum(found) / len(found)


def _carried(cell: CellLoop, edge: Edge, value: Tensor, convolve: Callable[[Edge, Tensor], Tensor]) -> Tensor:
    carried: Tensor = convolve(edge, value) if edge.op.kind == "conv" else cell.ops[edge.name](value)
    return carried


def grad_norm(network: NetworkLoop, images: Tensor, labels: Tensor) -> float:
    """Minus the mean log norm of the gradients of the convolutions."""
    network.train()
    F.cross_entropy(network(images), labels).backward()  # type: ignore[no-untyped-call]
    functional.reset_net(network)
    weights = [module.weight for module in network.modules() if isinstance(module, nn.Conv2d)]
    norms = torch.stack([weight.grad.norm() for weight in weights if weight.grad is not None])
    return -float(norms[norms > 0].log().mean())


SCORES: Mapping[str, Callable[[NetworkLoop, Tensor, Tensor], float]] = {
    "spike-paths": lambda network, images, labels: spike_paths(network, images),
    "sahd": lambda network, images, labels: sahd(network, images),
    "grad-norm": lambda network, images, labels: grad_norm(network, images, labels),
}
"""Name → score of (a network, images [N, C, H, W], labels [N]); each changes no weight and leaves nodes at rest."""
