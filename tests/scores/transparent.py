"""Scores computed the slow, obvious way, to hold the package's against.

The network runs one timestep after the other from its state dict and the text of its cell, in training mode with
BatchNorm over one timestep; distances are counted neuron by neuron in Python. Shares no code with the package.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

Codes = dict[tuple[str, int], np.ndarray]  # (neuron layer, timestep) → bool [N, neurons]


class TransparentNetwork:
    """A network of cells with the weights of `network`, which autograd can differentiate."""

    def __init__(self, network: torch.nn.Module) -> None:
        self.state = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
        self.size = network.dimensions
        self.alpha = 1 / network.options.neuron.tau
        kinds = ["", "skip", "conv", "conv", "pool"]
        rows = network.architecture.removeprefix("snasnet: ").split()
        digits = {(i, j): int(rows[i][j]) for i in range(4) for j in range(4)}
        self.ops = {edge: kinds[digit] for edge, digit in digits.items() if digit}
        self.codes: Codes = {}
        self.membranes: dict[str, torch.Tensor] = {}
        self.feedback: dict[str, dict[int, torch.Tensor]] = {"cell1": {}, "cell2": {}}

    def require_gradients(self) -> dict[str, torch.Tensor]:
        """The weights of the convolutions, by name."""
        weights = {name: one for name, one in self.state.items() if name.endswith("conv.weight")}
        for weight in weights.values():
            weight.requires_grad_()
        return weights

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Images [N, C, H, W] → mean voltages [N, classes]."""
        voltages = sum(self.step(t, x) for t in range(self.size.timesteps)) / self.size.timesteps
        return voltages.reshape(len(x), self.size.classes, self.size.votes).mean(2)

    def step(self, t: int, x: torch.Tensor) -> torch.Tensor:
        self.t = t
        x = self.cell("cell1", self.conv_norm("stem.conv", x))
        x = F.avg_pool2d(self.conv_norm("down.conv", self.fire("down.neuron", self.norm("down.bn", x))), 2)
        x = self.fire("end.neuron", self.norm("end.bn", self.cell("cell2", x)))
        x = F.avg_pool2d(x, 2).flatten(1)
        x = self.fire("fc.neuron", x @ self.state["fc.hidden.weight"].T)
        return x @ self.state["fc.linear.weight"].T + self.state["fc.linear.bias"]

    def cell(self, at: str, x: torch.Tensor) -> torch.Tensor:
        nodes: list[torch.Tensor] = []
        for node in range(4):
            value = x if node == 0 else torch.zeros_like(x)
            for (source, target), op in self.ops.items():
                if target == node and source < node:
                    value = value + self.carry(f"{at}.edge{source}{target}", op, nodes[source])
            nodes.append(value + self.feedback[at].get(node, 0))
        self.feedback[at] = {}
        for (source, target), op in self.ops.items():
            if source > target:
                back = self.carry(f"{at}.back{source}{target}", op, nodes[source])
                self.feedback[at][target] = self.feedback[at].get(target, 0) + back
        return nodes[3]

    def carry(self, name: str, op: str, x: torch.Tensor) -> torch.Tensor:
        if op == "conv":
            return self.conv_norm(f"{name}.conv", self.fire(f"{name}.neuron", x))
        return F.avg_pool2d(x, 3, 1, 1) if op == "pool" else x

    def conv_norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        weight = self.state[f"steps.{name}.conv.weight"]
        return self.norm(f"{name}.bn", F.conv2d(x, weight, padding=weight.shape[-1] // 2))

    def norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        mean = x.mean((0, 2, 3), keepdim=True)
        variance = ((x - mean) ** 2).mean((0, 2, 3), keepdim=True)
        weight, bias = (self.state[f"steps.{name}.{key}"][:, None, None] for key in ("weight", "bias"))
        return (x - mean) / torch.sqrt(variance + 1e-5) * weight + bias

    def fire(self, name: str, z: torch.Tensor) -> torch.Tensor:
        v = self.membranes.get(name, torch.zeros_like(z))
        h = v + self.alpha * (z - v)
        hard = (h >= 1).to(h.dtype).detach()
        soft = torch.atan(math.pi * (h - 1)) / math.pi  # whose derivative is 1 / (1 + (π·x)²)
        self.membranes[name] = h * (1 - hard)
        self.codes[name, self.t] = hard.flatten(1).numpy().astype(bool)
        return hard + soft - soft.detach()


def transparent_kernel(codes: Codes, distance: str) -> np.ndarray:
    """K [N, N], summed over layers and timesteps with `sahd-paper`, averaged with the others."""
    size = len(next(iter(codes.values())))
    kernel = np.zeros((size, size))
    for layer in codes.values():
        neurons = layer.shape[1]
        for i in range(size):
            for j in range(size):
                differing = sum(a != b for a, b in zip(layer[i].tolist(), layer[j].tolist(), strict=True))
                silent = [layer[k].tolist().count(False) / neurons for k in (i, j)]
                chance = silent[0] * (1 - silent[1]) + (1 - silent[0]) * silent[1]
                if distance == "hamming":
                    d = differing
                elif distance == "sahd-paper":
                    d = 0.5 * differing / chance if chance else 0
                else:
                    d = 0.5 * differing / (neurons * chance + 1e-3)
                kernel[i, j] += neurons - d
    return kernel if distance == "sahd-paper" else kernel / len(codes)


def transparent_grad_norm(network: torch.nn.Module, x: torch.Tensor, labels: torch.Tensor) -> float:
    """Minus the mean log norm of the gradients of the cross-entropy by the weights of the convolutions."""
    transparent = TransparentNetwork(network)
    weights = transparent.require_gradients()
    logits = transparent(x)
    chosen = torch.stack([logits[n, label] for n, label in enumerate(labels.tolist())])
    loss = -(chosen - logits.exp().sum(1).log()).mean()
    norms = [torch.autograd.grad(loss, weight, retain_graph=True)[0].pow(2).sum().sqrt() for weight in weights.values()]
    return -sum(math.log(float(norm)) for norm in norms) / len(norms)
