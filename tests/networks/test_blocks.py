from dataclasses import replace

import pytest
import torch
from torch import nn

from spikesearch.architectures import blocks
from spikesearch.architectures.blocks import SCB, SIB, SIBD, SRB, Skip
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.layers import Shape
from spikesearch.architectures.plan import Plan, Step
from spikesearch.networks.blocks import MODULES
from spikesearch.networks.builder import build_network, make_step
from spikesearch.networks.options import NetworkOptions

T, N = 3, 2


def at(block, channels=4, stride=1, shape=(4, 7, 6)) -> Step:
    """A place for a block behind an input of `shape`."""
    shape = Shape(*shape)
    return Step(
        name="tbd1",
        block=block,
        input=shape,
        output=block.output(shape, channels, stride),
        channels=channels,
        stride=stride,
        slot=True,
    )


PLACES = [
    *(at(block, channels, stride) for block in (SCB(3), SRB(5), SIB(3, 2), SIBD(5, 3), Skip())
      for channels in (4, 6) for stride in (1, 2)),
    at(SCB(1)), at(SRB(7), shape=(4, 3, 2)), at(SIB(3, 1), stride=2, shape=(4, 1, 1)),
    at(Skip(), 5, 2), at(Skip(), 4, 2, (4, 8, 6)), at(Skip(), 4, 2, (4, 1, 5)), at(Skip(), 2, 2, (1, 1, 1)),
    at(blocks.ConvNeuron(3)), at(blocks.MaxPool()), at(blocks.AvgPool()), at(blocks.GlobalAvgPool()),
]  # fmt: skip


@pytest.mark.parametrize("step", PLACES, ids=lambda s: f"{s.block}-{s.input}-{s.channels}-{s.stride}")
def test_a_block_computes_what_fig_8_draws(step, naive_run, enliven):
    stem = Step(
        name="stem", block=blocks.Stem(), input=step.input, output=step.input, channels=step.input.channels, stride=1
    )
    dimensions = Dimensions(timesteps=T, classes=2, votes=2, image=tuple(step.input))
    plan = Plan(architecture="", dimensions=dimensions, steps=(stem, step), features=step.output.size)
    network = enliven(build_network(plan).double()).eval()
    x = torch.rand(N, *step.input, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) * 4

    naive = naive_run(network)
    naive(x)
    spikes = network.run(1, network.encode(x))
    assert spikes.shape == (T, N, *step.output)
    assert set(spikes.unique().tolist()) <= {0.0, 1.0}
    last = [name for name in naive.spikes if name != "fc.neuron"][-1]
    assert spikes.sum().item() == naive.spikes[last]

    # The counts of `naive` are sums; the membranes it ends with tell every single spike.
    probe = naive_run(network)
    for t in range(T):
        expected = x[0]
        for s in plan.steps:
            expected = getattr(probe, f"run_{type(s.block).__name__}")(f"{s.name}.", expected, s)
        assert torch.equal(spikes[t, 0], expected)


def test_every_built_in_block_has_a_module():
    known = [value for value in vars(blocks).values() if isinstance(value, type) and issubclass(value, blocks.Block)]
    assert set(known) - {blocks.Block, blocks.FixedBlock} == set(MODULES)


def test_skip_is_nothing_where_nothing_changes():
    module = make_step(at(Skip()), NetworkOptions(), 0)
    x = torch.rand(T, N, 4, 7, 6)
    assert module(x) is x
    assert not list(module.parameters())


def test_skip_at_stride_two_is_the_authors_two_halves_on_even_sizes(enliven):
    step = at(Skip(), 6, 2, (4, 8, 6))
    module = enliven(make_step(step, NetworkOptions(), 0)).eval()
    x = (torch.rand(T, N, 4, 8, 6) < 0.3).float()
    folded = x.flatten(0, 1)
    halves = [
        nn.functional.conv2d(folded, module.conv_even.weight, stride=2),
        nn.functional.conv2d(folded[:, :, 1:, 1:], module.conv_odd.weight, stride=2),
    ]
    joined = torch.cat(halves, dim=1)
    norm = nn.functional.batch_norm(
        joined, module.bn.running_mean, module.bn.running_var, module.bn.weight, module.bn.bias
    )
    assert torch.equal(module(x), module.neuron(norm.unflatten(0, (T, N))))


def test_the_bottleneck_adds_its_input_only_where_the_resolution_stays():
    same, wider, halved = (
        make_step(at(SIB(3, 1), channels, stride), NetworkOptions(), 0) for channels, stride in ((4, 1), (6, 1), (4, 2))
    )
    assert isinstance(same.shortcut, nn.Identity)
    assert same.adds_input
    assert wider.shortcut.conv.weight.shape == (6, 4, 1, 1)
    assert not halved.adds_input
    depthwise = make_step(at(SIBD(3, 2)), NetworkOptions(), 0)
    assert depthwise.conv.conv.weight.shape == (8, 1, 3, 3)


def test_the_stem_convolves_a_static_image_once(dispatched, enliven):
    step = replace(at(blocks.Stem(), shape=(3, 8, 8)), name="stem")
    stem = enliven(make_step(step, NetworkOptions(), 0)).eval()
    x = torch.rand(N, 3, 8, 8) * 3
    once = [call for call in dispatched(lambda: stem(x, T)) if call.name == "convolution"]
    assert [call.out.shape[0] for call in once] == [N]
    every = [call for call in dispatched(lambda: stem(x.expand(T, *x.shape), 99)) if call.name == "convolution"]
    assert [call.out.shape[0] for call in every] == [T * N]
    assert torch.equal(stem(x, T), stem(x.expand(T, *x.shape), 99))
