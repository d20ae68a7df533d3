"""Hand-made networks as modules: against an independent pass, against their description, and where they are special."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from spikesearch.architectures.describe import describe
from spikesearch.architectures.hand_made import HAND_MADE
from spikesearch.errors import UserError
from spikesearch.networks.builder import build
from spikesearch.networks.hand_made import SwitchedReadout
from spikesearch.networks.ops import TemporalBatchNorm
from spikesearch.networks.recorder import record
from spikesearch.networks.saving import MemorySaving, saving_memory

VGGS = ("vgg9-bntt", "vgg16-sbn")


def small(name: str, **keywords: Any) -> dict[str, Any]:
    side = 32 if name in ("vgg16-sbn", "dvs-cifarnet-fang-5") else 16
    # A low threshold: a few timesteps of a narrow network fill no neuron behind an average pooling otherwise.
    size = {"channels": 3, "timesteps": 3, "classes": 4, "votes": 2, "image": (3, side, side)}
    return {**size, "v_threshold": 0.4, **keywords}


def images(name: str, count: int = 2, frames: int = 0) -> torch.Tensor:
    shape = (*((frames,) if frames else ()), count, *small(name)["image"])
    return torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 4 - 1


def lively(network: nn.Module, enliven) -> nn.Module:
    """Every layer fires, also those whose BatchNorm has no bias and those without BatchNorm."""
    drawn = {key: value.clone() for key, value in network.state_dict().items()}
    enliven(network)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for key, tensor in network.state_dict().items():
            if ".at." in key and key.endswith("weight"):
                tensor.copy_(2 + 3 * torch.rand(tensor.shape, generator=generator))
            elif tensor.dim() == 2:
                tensor.copy_((torch.rand(tensor.shape, generator=generator) - 0.45) * 8 / tensor.shape[1] ** 0.5)
            elif isinstance(network.fc, SwitchedReadout) and tensor.dim() == 4:
                tensor.copy_(drawn[key])
    return network


@pytest.fixture
def naive(naive_run):
    """The independent pass of the other tests, with the layers that only hand-made networks have."""

    class Naive(naive_run):
        t = -1

        def __call__(self, x: torch.Tensor) -> torch.Tensor:
            frames = x.expand(self.plan.dimensions.timesteps, *x.shape) if x.dim() == 4 else x
            found = []
            for n in range(frames.shape[1]):
                self.membranes, self.t = {}, -1
                features = [self.step(frame) for frame in frames[:, n]]
                votes = self.answer(torch.stack(features))
                found.append(votes.reshape(self.plan.dimensions.classes, self.plan.dimensions.votes).mean(1))
            return torch.stack(found)

        def answer(self, features: torch.Tensor) -> torch.Tensor:
            """What the last layer makes of [T, …], without votes."""
            head = type(self.plan.head).__name__
            if head == "SwitchedHead":
                total = self.bn("fc.bn", features.sum(0)[:, None, None])[:, 0, 0]
                return self.state["fc.linear.weight"] @ total
            if head == "MeanHead":
                return torch.stack([self.state["fc.linear.weight"] @ x for x in features]).mean(0)
            return features.mean(0)

        def step(self, x: torch.Tensor) -> torch.Tensor:
            self.t += 1
            for step in self.plan.steps:
                x = getattr(self, f"run_{type(step.block).__name__}")(f"{step.name}.", x, step)
            if type(self.plan.head).__name__ != "VotingHead":
                return x.reshape(-1)
            return self.fire("fc.neuron", self.state["fc.linear.weight"] @ x.reshape(-1), "fc.neuron.w")

        def bn(self, name: str, x: torch.Tensor, eps: float = 1e-5) -> torch.Tensor:
            mean, var, weight = (
                self.state[f"{name}.{key}"][:, None, None] for key in ("running_mean", "running_var", "weight")
            )
            bias = self.state.get(f"{name}.bias", torch.zeros_like(mean[:, 0, 0]))[:, None, None]
            return (x - mean) / torch.sqrt(var + eps) * weight + bias

        def dense(self, name: str, x: torch.Tensor) -> torch.Tensor:
            return (self.state[f"steps.{name}.weight"] @ x.reshape(-1))[:, None, None]

        def run_Dense(self, at, x, step):  # noqa: N802
            return self.fire(f"{at}neuron", self.dense(f"{at}linear", x))

        def run_PlainPool(self, at, x, step):  # noqa: N802
            _, h, w = step.output
            windows = [x[:, dy : 2 * h : 2, dx : 2 * w : 2] for dy in (0, 1) for dx in (0, 1)]
            return torch.stack(windows).mean(0)

        def run_PlainConv(self, at, x, step):  # noqa: N802
            return self.fire(f"{at}neuron", self.conv(f"{at}conv", x))

        def run_ConvThroughTime(self, at, x, step):  # noqa: N802
            z = self.bn(f"steps.{at}conv.bn.at.{self.t}", self.conv(f"{at}conv.layer", x), 1e-4)
            return self.fire(f"{at}neuron", z)

        def run_DenseThroughTime(self, at, x, step):  # noqa: N802
            z = self.bn(f"steps.{at}linear.bn.at.{self.t}", self.dense(f"{at}linear.layer", x), 1e-4)
            return self.fire(f"{at}neuron", z)

        run_PlainStem = run_PlainConv  # noqa: N815
        run_StemThroughTime = run_ConvThroughTime  # noqa: N815

    return Naive


@pytest.mark.parametrize("frames", [0, 3], ids=["images", "frames"])
@pytest.mark.parametrize("name", HAND_MADE)
def test_evaluation_is_that_of_the_naive_implementation(name, frames, naive, enliven):
    network = lively(build(name, **small(name)), enliven).double().eval()
    x = images(name, frames=frames).double()
    expected = naive(network)
    answers = expected(x)
    with record(network) as activity, torch.no_grad():
        assert torch.allclose(network(x).double(), answers, atol=1e-9)
    assert {layer.name: layer.spikes for layer in activity.layers} == dict(expected.spikes)
    assert all(layer.firing_rate > 0 for layer in activity.layers)
    assert sum(layer.firing_rate == 1 for layer in activity.layers) < 2  # a few small layers may always fire
    assert activity.spikes_per_image == sum(expected.spikes.values()) / 2


def measured(network: nn.Module, x: torch.Tensor) -> tuple[int, int]:
    """MACs per image and spiking positions of a network as it runs, from hooks and shapes alone."""
    macs, images = 0, x.shape[-4]

    def count(module: nn.Module, args: tuple[torch.Tensor], out: torch.Tensor) -> None:
        nonlocal macs
        macs += out.numel() * module.weight[0].numel() // images

    layers = [part for part in network.modules() if isinstance(part, nn.Conv2d | nn.Linear)]
    hooks = [part.register_forward_hook(count) for part in layers]
    with record(network) as activity, torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()
    # The last one is called as a function: at every timestep, but by Switched-BN once.
    times = 1 if hasattr(network.fc, "bn") else network.dimensions.timesteps
    macs += network.fc.linear.weight.numel() * times
    return macs, sum(layer.positions for layer in activity.layers if not layer.readout)


@pytest.mark.parametrize("name", HAND_MADE)
def test_what_is_built_has_the_counts_that_describe_says(name):
    rng = np.random.default_rng(0)
    for _ in range(4):
        low = 32 if small(name)["image"][1] == 32 else 16
        keywords = {
            "channels": int(rng.integers(1, 6)),
            "timesteps": int(rng.integers(1, 4)),
            "classes": int(rng.integers(1, 12)),
            "votes": int(rng.integers(1, 4)),
            "image": (int(rng.integers(1, 4)), int(rng.integers(low, 40)), int(rng.integers(low, 40))),
            "events": bool(rng.integers(2)),
            "neuron": ("plif", "lif", "if")[int(rng.integers(3))],
        }
        description = describe(name, **keywords)
        network = build(name, **keywords).eval()
        parameters = sum(parameter.numel() for parameter in network.parameters())
        x = torch.rand(2, *keywords["image"])
        x = x.expand(keywords["timesteps"], *x.shape) if keywords["events"] else x
        found = (parameters, *measured(network, x))
        assert found == (description.parameters, description.macs, description.spiking_positions), keywords
        with record(network) as activity, torch.no_grad():
            network(x)
        named = {layer.name: layer.positions for layer in description.layers if layer.positions}
        assert {layer.name: layer.positions for layer in activity.layers} == named


def trained(network: nn.Module, x: torch.Tensor, saving: MemorySaving) -> dict[str, Any]:
    """What two training passes leave behind."""
    network.train()
    with record(network) as activity:
        for _ in range(2):
            with saving_memory(saving):
                answers = network(x)
            answers.square().sum().backward()
    gradients = {name: parameter.grad for name, parameter in network.named_parameters()}
    return {"answers": answers, "layers": activity.layers, "gradients": gradients, "buffers": network.state_dict()}


@pytest.mark.parametrize("name", ["cifarnet-fang", "resnet11-lee", *VGGS])
def test_every_parameter_learns(name, enliven):
    network = lively(build(name, **small(name)), enliven)
    for key, gradient in trained(network, images(name, 6), MemorySaving())["gradients"].items():
        assert gradient is not None, key
        assert torch.isfinite(gradient).all(), key
        assert gradient.any(), key


@pytest.mark.parametrize("saving", [{"time_chunk": 1}, {"time_chunk": 2, "recompute": True}], ids=str)
@pytest.mark.parametrize(
    ("name", "frames"), [("cifarnet-fang", 0), *((name, frames) for name in VGGS for frames in (0, 3))]
)
def test_training_in_less_memory_gives_the_same(name, frames, saving, enliven):
    x = images(name, 4, frames).double()
    whole, saved = (
        trained(lively(build(name, **small(name, batch_norm="per-timestep")), enliven).double(), x, how)
        for how in (MemorySaving(), MemorySaving(**saving))
    )
    assert whole["layers"] == saved["layers"]
    assert torch.allclose(whole["answers"], saved["answers"], atol=1e-12)
    for what in ("gradients", "buffers"):
        for key, value in whole[what].items():
            assert torch.allclose(value, saved[what][key], rtol=1e-9, atol=1e-12), key


@pytest.mark.parametrize("name", VGGS)
def test_bfloat16_keeps_weights_and_result_float32(name, enliven):
    network = lively(build(name, **small(name)), enliven)
    x = images(name, 8)
    answers = network.eval()(x.bfloat16())
    assert answers.dtype == torch.float32
    if name == "vgg9-bntt":  # in the deeper one without BatchNorm a few other spikes at the front are others at the end
        assert (answers - network(x)).abs().mean() < 0.25 * answers.std()
    with torch.autocast("cpu", torch.bfloat16):
        network.train()(x.bfloat16()).sum().backward()
    assert all(parameter.grad.dtype == torch.float32 for parameter in network.parameters())


@pytest.mark.parametrize("name", HAND_MADE)
def test_memory_stays_channels_last_between_the_steps(name):
    network = build(name, **small(name))
    x = network.encode(images(name))
    for index in range(1, len(network.plan.steps)):
        assert x.movedim(2, -1).is_contiguous(), network.plan.steps[index].name
        x = network.run(index, x)


@pytest.mark.parametrize("name", HAND_MADE)
def test_the_same_seed_gives_the_same_weights_and_another_gives_others(name):
    first, same, other = (build(name, seed, **small(name)).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(value, same[key]) for key, value in first.items())
    drawn = [key for key, value in first.items() if value.dim() > 1]
    assert drawn
    assert not any(torch.equal(first[key], other[key]) for key in drawn)


class TestBatchNormThroughTime:
    def test_training_takes_the_statistics_of_each_timestep(self):
        network = build("vgg9-bntt", **small("vgg9-bntt")).train()
        frames = images("vgg9-bntt", 5, 3)
        network(frames)
        norms = network.steps["stem"].conv.bn.at
        assert len(norms) == 3
        for t, norm in enumerate(norms):
            currents = network.steps["stem"].conv.layer(frames[t])
            torch.testing.assert_close(norm.running_mean, 0.1 * currents.mean((0, 2, 3)))
            torch.testing.assert_close(norm.running_var, 0.9 + 0.1 * currents.var((0, 2, 3)))

    def test_weights_but_no_shift_for_each_timestep(self):
        network = build("vgg9-bntt", **small("vgg9-bntt"))
        norms = [part for part in network.modules() if isinstance(part, TemporalBatchNorm)]
        assert len(norms) == 8 * 3  # seven convolutions and an FC
        assert {name for norm in norms for name, _ in norm.named_parameters()} == {"weight"}
        assert not [key for key in network.state_dict() if key.endswith("bias")]
        assert {norm.eps for norm in norms} == {1e-4}

    def test_fewer_frames_use_the_first_ones_and_more_are_refused(self, enliven):
        network = lively(build("vgg9-bntt", **small("vgg9-bntt")), enliven).eval()
        frames = images("vgg9-bntt", 2, 4)
        shorter = lively(build("vgg9-bntt", **small("vgg9-bntt", timesteps=2)), enliven).eval()
        shorter.load_state_dict(network.state_dict(), strict=False)
        assert torch.equal(network(frames[:2]), shorter(frames[:2]))
        with pytest.raises(UserError, match="built for 3 timesteps and is given 4: give at most as many frames"):
            network(frames)
        with (
            pytest.raises(UserError, match="built for 3 timesteps and is given 4"),
            saving_memory(MemorySaving(time_chunk=2)),
        ):
            network(frames)

    def test_weights_are_drawn_as_the_authors_code_does(self):
        network = build("vgg9-bntt", channels=4, timesteps=2)
        conv = network.steps["conv2"].conv.layer.weight
        bound = 2 * (6 / (4 * 9 + 4 * 9)) ** 0.5  # Xavier with gain 2
        assert bound * 0.9 < conv.abs().max() <= bound
        bound = 2 * (6 / (64 + 100)) ** 0.5
        assert bound * 0.99 < network.fc.linear.weight.abs().max() <= bound

    def test_the_answer_at_each_timestep_has_the_answer_as_mean(self, enliven):
        network = lively(build("vgg9-bntt", **small("vgg9-bntt")), enliven).eval()
        x = images("vgg9-bntt")
        steps = network(x, each_timestep=True)
        assert steps.shape == (3, 2, 4)
        torch.testing.assert_close(network.fc.rates_of_steps(steps), network(x))
        assert not torch.allclose(steps[0], steps[1])
        assert network.loss_timesteps(x) == 1


class TestSwitchedBatchNorm:
    def test_it_is_the_only_one_and_sees_sums_of_spikes(self):
        network = build("vgg16-sbn", **small("vgg16-sbn")).train()
        assert [name for name, part in network.named_modules() if isinstance(part, TemporalBatchNorm)] == ["fc.bn"]
        x = images("vgg16-sbn", 6)
        spikes = network.encode(x)
        for index in range(1, len(network.plan.steps)):
            spikes = network.run(index, spikes)
        sums = spikes.flatten(2).sum(0)
        assert sums.max() > 1
        network.readout(spikes)
        torch.testing.assert_close(network.fc.bn.running_mean, 0.1 * sums.mean(0))
        torch.testing.assert_close(network.fc.bn.running_var, 0.9 + 0.1 * sums.var(0))

    @pytest.mark.parametrize("channels", [4, 16])
    def test_every_layer_fires_from_the_start(self, channels):
        network = build("vgg16-sbn", channels=channels, timesteps=8, votes=1)
        noise = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(3))
        with record(network) as activity, torch.no_grad():
            network(noise)
        assert len(activity.layers) == 14
        assert min(layer.firing_rate for layer in activity.layers[:-1]) > 0.03
        assert max(layer.firing_rate for layer in activity.layers) < 0.6

    def test_it_has_no_answer_for_each_timestep(self):
        network = build("vgg16-sbn", **small("vgg16-sbn"))
        with pytest.raises(UserError, match="loss tet asks for an answer at each timestep, and vgg16-sbn has one"):
            network(images("vgg16-sbn"), each_timestep=True)

    def test_one_image_cannot_be_trained_on(self):
        with pytest.raises(UserError, match="BatchNorm cannot train on one value per channel"):
            build("vgg16-sbn", **small("vgg16-sbn")).train()(images("vgg16-sbn", 1))


def test_dropout_is_refused():
    with pytest.raises(UserError, match=r"dropout=0.5: only networks of cells \(snasnet, spikenas-bench\) have it"):
        build("vgg9-bntt", dropout=0.5)


@pytest.mark.parametrize("name", HAND_MADE)
def test_a_wrong_input_names_what_is_expected(name):
    network = build(name, **small(name))
    side = small(name)["image"][1]
    with pytest.raises(UserError, match=rf"expects \[N, 3, {side}, {side}\] or .*, given \[2, 3, 8, 8\]"):
        network(torch.zeros(2, 3, 8, 8))
