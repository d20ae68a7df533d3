"""The peers and ours compute the same function: a comparison of times is worth nothing without it."""

import torch
from spikingjelly.activation_based import functional
from torch import Tensor, nn

from benchmarks.ours import build
from benchmarks.peers.multi_step import MultiStep
from benchmarks.peers.setting import CANDIDATES, Setting, sampled_paths
from benchmarks.peers.snntorch_loop import SnnTorchLoop
from benchmarks.peers.timestep_loop import TimestepLoop

SMALL = Setting(timesteps=4, batch=8, channels=4, size=16)


def lively(network: nn.Module, seed: int = 0) -> None:
    """Scale and shift the normalised values so that spikes reach the last layer: a silent network agrees with all."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d) and module.running_var is not None:
                module.running_var.fill_(0.05)
                module.bias.copy_(0.5 + torch.rand(module.bias.shape, generator=generator))
            elif isinstance(module, nn.Linear):
                module.weight.mul_(20)


def load_snntorch(network: SnnTorchLoop, weights: dict[str, Tensor]) -> None:
    """Weights of a peer with SpikingJelly nodes: β = 1 − α, and α on every neuron's input."""
    rest = {name: value for name, value in weights.items() if not name.endswith(".w")}
    missing, unexpected = network.load_state_dict(rest, strict=False)
    assert not unexpected, unexpected
    assert not [name for name in missing if name.endswith(("weight", "bias"))], missing
    for name, module in network.named_modules():
        if f"{name}.w" in weights:
            alpha = torch.sigmoid(weights[f"{name}.w"])
            module.beta.data.copy_(1 - alpha)
            module.register_forward_pre_hook(lambda _, inputs, alpha=alpha: (inputs[0] * alpha,))


def our_name(name: str) -> str:
    """The name in our supernet of a weight of the peers with SpikingJelly nodes."""
    module, _, leaf = name.rpartition(".")
    fixed = {"stem.0": "stem.conv.conv", "stem.1": "stem.conv.bn", "stem_neuron": "stem.neuron"}
    if module in fixed:
        return f"steps.{fixed[module]}.{leaf}"
    if module in ("fc", "fc_neuron"):
        return f"fc.{'linear' if module == 'fc' else 'neuron'}.{leaf}"
    _, slot, choice, part, *rest = module.split(".")
    block = CANDIDATES[int(choice)]
    kind, number = ("shortcut", "") if part == "shortcut" else (part[:-1], "" if block == "skip" else part[-1])
    place = {"conv": f"conv{number}.conv", "bn": f"conv{number}.bn", "neuron": f"neuron{number}"}
    ours = f"shortcut.{('conv', 'bn')[int(rest[0])]}" if kind == "shortcut" else place[kind]
    return f"steps.tbd{int(slot) + 1}.{block}.{ours}.{leaf}"


def load_ours(network: nn.Module, weights: dict[str, Tensor]) -> None:
    """Weights of a peer with SpikingJelly nodes, under our names."""
    kept = {name: value for name, value in weights.items() if not name.endswith("num_batches_tracked")}
    network.load_state_dict({our_name(name): value for name, value in kept.items()})


def peer_weights(theirs: dict[str, Tensor], ours: dict[str, Tensor]) -> dict[str, Tensor]:
    """Our weights under the names of a peer with SpikingJelly nodes, whose own state tells the names."""
    return {name: ours.get(our_name(name), value) for name, value in theirs.items()}


@torch.no_grad()
def check_agreement(setting: Setting = SMALL, paths: int = 10) -> list[float]:
    """Compare the peers in evaluation mode on the same weights, path by path.

    Returns:
        Spikes per image of the paths, as a sign of life.

    Raises:
        AssertionError: (a) and (b) differ in a logit or a spike, or (c) or ours in more than one vote of a hundred
            (their convolutions or membranes are rounded in another order).
    """
    torch.manual_seed(0)
    loop = TimestepLoop(setting).eval()
    lively(loop)
    ours, folded, tutorial = build(setting).eval(), MultiStep(setting).eval(), SnnTorchLoop(setting).eval()
    load_ours(ours, loop.state_dict())
    folded.load_state_dict(loop.state_dict())
    load_snntorch(tutorial, loop.state_dict())
    images, _ = setting.batch_of_images()
    counts = []
    for path in sampled_paths(paths):
        rates, spikes = loop(images, path)
        functional.reset_net(loop)
        folded_rates, folded_spikes = folded(images, path)
        functional.reset_net(folded)
        tutorial_rates, _ = tutorial(images, path)
        assert 0 < rates.mean() < 1, f"path {path}: nothing to compare, mean firing rate {rates.mean()}"
        for other, theirs in (("snnTorch", tutorial_rates), ("ours", ours(images, path))):
            differing = (theirs - rates).abs().gt(1e-6).float().mean().item()
            assert differing <= 0.01, f"path {path}: {other} differs in {differing:.1%} of the votes"
        torch.testing.assert_close(folded_rates, rates, rtol=0, atol=1e-6)
        assert abs(spikes - float(folded_spikes)) < 1e-3 * spikes, (path, spikes, float(folded_spikes))
        counts.append(spikes)
    return counts
