import threading

import pytest
import torch
from torch import nn

from spikesearch.architectures.describe import describe
from spikesearch.architectures.spaces.autosnn import SPACES
from spikesearch.errors import UserError
from spikesearch.networks.builder import build
from spikesearch.networks.recorder import SpikeListener, SpikeSite, emit_again, listening, not_recording, record
from spikesearch.networks.supernet import build_supernet

TINY = {"channels": 1, "timesteps": 3, "classes": 2, "votes": 5, "image": (1, 8, 8)}


@pytest.fixture
def relay():
    """A network in which one bright pixel makes everything that sees it fire at every timestep, and nothing else.

    LIF with τ = 2 fires at once on a current of at least 2: all weights are 4, the stem's only at its middle.
    """
    network = build("autosnn:skip", neuron="lif", **TINY).eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith(("conv.weight", "linear.weight")):
                parameter.fill_(4.0)
        stem = network.get_parameter("steps.stem.conv.conv.weight")
        stem.zero_()[0, 0, 1, 1] = 4.0
    return network


def images(*bright: int) -> torch.Tensor:
    """One 8×8 image for each number, with so many bright pixels, each in a corner of its own: [N, 1, 8, 8]."""
    x = torch.zeros(len(bright), 1, 8, 8)
    corners = [(0, 0), (7, 7), (0, 7), (7, 0)]
    for image, pixels in zip(x, bright, strict=True):
        for row, column in corners[:pixels]:
            image[0, row, column] = 1.0
    return x


def test_counts_of_a_hand_made_network(relay):
    # For p bright pixels in different corners and each of T = 3 timesteps, p spikes: stem p, pool 4×4 p,
    # skip to 2 channels 2p, pool 2×2 2p, skip to 4 channels 4p, pool 1×1 4 (all corners meet), 10 FC neurons.
    with record(relay) as activity, torch.no_grad():
        relay(images(1, 0, 3))
    assert activity.images == 3
    spikes = [(layer.name, layer.positions, layer.spikes) for layer in activity.layers]
    assert spikes == [
        ("stem.neuron", 64, 3 * 4),
        ("ds1.pool", 16, 3 * 4),
        ("tbd2.neuron", 32, 3 * 8),
        ("ds2.pool", 8, 3 * 8),
        ("tbd4.neuron", 16, 3 * 16),
        ("ds3.pool", 4, 3 * 8),
        ("fc.neuron", 10, 3 * 20),
    ]
    # 3 · (4 + 4 + 8 + 8 + 16 + 8 + 20) = 204 spikes on three images, 144 of them before the FC at 140 positions
    assert activity.spikes == 204
    assert activity.spikes_per_image == 68.0
    assert activity.firing_rate == 144 / (140 * 3 * 3)
    assert activity.layers[0].spikes_per_image == 4.0
    assert activity.layers[0].firing_rate == 12 / (64 * 3 * 3)
    assert activity.layers[-1].readout
    assert activity.definition == "autosnn"


def test_means_are_over_all_images_seen_whatever_the_batches(relay):
    with record(relay) as whole:
        relay(images(1, 2, 3, 4, 0))
    with record(relay) as parts:
        relay(images(1))
        relay(images(2, 3, 4))
        assert parts.images == 4  # can be read in between
        relay(images(0))
    assert parts.layers == whole.layers
    assert (parts.images, parts.spikes_per_image, parts.firing_rate) == (
        whole.images,
        whole.spikes_per_image,
        whole.firing_rate,
    )


def test_firing_rate_counts_the_timesteps_of_the_input(relay):
    frames = images(1).expand(7, 1, 1, 8, 8)
    with record(relay) as activity:
        relay(frames)
    assert activity.layers[0].spikes == 7
    assert activity.layers[0].firing_rate == 1 / 64


@pytest.mark.parametrize(
    ("count", "neuron", "reset"), [(25, "plif", "hard"), (4, "plif", "soft"), (4, "if", "hard"), (4, "if", "soft")]
)
def test_equals_a_brute_force_count(naive_run, enliven, random_architectures, count, neuron, reset):
    x = torch.rand(2, 2, 11, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 4 - 1
    layers = spiking = 0
    for index, architecture in enumerate(random_architectures(count, seed=3)):
        size = {"channels": 2, "timesteps": 3, "image": (2, 11, 9), "classes": 3, "votes": 2}
        network = build(architecture, index, **size, neuron=neuron, reset=reset).double()
        enliven(network, index).eval()
        naive = naive_run(network)
        with record(network) as activity, torch.no_grad():
            rates = network(x)
            expected = naive(x)
        assert torch.allclose(rates.double(), expected, atol=1e-6), str(architecture)
        counted = {layer.name: layer.spikes for layer in activity.layers}
        assert counted == dict(naive.spikes), str(architecture)
        assert activity.images == 2
        assert activity.spikes_per_image == sum(naive.spikes.values()) / 2
        layers += len(counted)
        spiking += sum(count > 0 for count in counted.values())
    assert spiking > 0.8 * layers  # the comparison is of spikes, not of silence


def test_layers_are_those_of_describe_in_their_order(enliven, random_architectures):
    for architecture in random_architectures(10, seed=4):
        keywords = {"channels": 2, "timesteps": 2, "image": (1, 16, 16)}
        network = build(architecture, **keywords)
        description = describe(architecture, **keywords)
        with record(network) as activity:
            network(torch.rand(1, 1, 16, 16))
        wanted = [(layer.name, layer.positions, layer.readout) for layer in description.layers if layer.positions]
        assert [(layer.name, layer.positions, layer.readout) for layer in activity.layers] == wanted
        assert sum(p for _, p, readout in wanted if not readout) == description.spiking_positions


def test_nested_recordings_each_count_what_they_see(relay):
    with record(relay) as outer:
        relay(images(1))
        with record(relay) as inner:
            relay(images(1, 1))
        relay(images(0))
    assert (outer.images, inner.images) == (4, 2)
    assert (outer.layers[0].spikes, inner.layers[0].spikes) == (9, 6)


def test_only_the_recorded_network_is_counted(relay):
    other = build("autosnn:skip", **TINY)
    with record(relay) as activity, record(other) as others:
        other(images(4))
    assert (activity.images, activity.layers, activity.spikes_per_image, activity.firing_rate) == (0, (), 0.0, 0.0)
    assert others.images == 1


def test_nothing_is_counted_before_and_after(relay):
    relay(images(4))
    with record(relay) as activity:
        pass
    relay(images(4))
    assert (activity.images, activity.spikes) == (0, 0)


def test_a_module_around_the_network_can_be_recorded(relay):
    wrapped = nn.Sequential(relay, nn.Softmax(dim=1))
    with record(wrapped) as activity:
        wrapped(images(1))
    assert activity.images == 1
    assert activity.layers[0].name == "stem.neuron"


def test_recording_what_has_no_spikes_is_an_error():
    with (
        pytest.raises(UserError, match="cannot record a Linear: it has no spike site; give a built network"),
        record(nn.Linear(2, 2)),
    ):
        pass


def test_counts_are_detached_and_training_goes_on(enliven):
    network = enliven(build("autosnn:SRB3", **TINY))
    with record(network) as activity:
        network(images(1, 3)).square().sum().backward()
    assert activity.spikes > 0
    assert all(not totals.requires_grad for totals in activity._totals.values())
    assert network.steps["stem"].conv.conv.weight.grad is not None


def test_counting_changes_no_result(enliven):
    network = enliven(build("autosnn", **TINY)).eval()
    x = torch.rand(3, 1, 8, 8)
    with record(network):
        recorded = network(x)
    assert torch.equal(recorded, network(x))


def test_inference_mode_and_training_in_one_recording(relay):
    with record(relay) as activity:
        with torch.inference_mode():
            relay(images(1))
        relay(images(1))
        with torch.inference_mode():
            relay(images(1))
    assert activity.layers[0].spikes == 9


def test_repeated_passes_can_be_left_out(relay):
    with record(relay) as activity:
        relay(images(1))
        with not_recording():
            relay(images(1))
    assert activity.images == 1
    assert activity.layers[0].spikes == 3


def test_another_thread_is_not_counted(relay):
    with record(relay) as activity:
        thread = threading.Thread(target=relay, args=(images(4),))
        thread.start()
        thread.join()
    assert activity.images == 0


def test_supernet_counts_only_the_paths_that_ran(enliven):
    space = SPACES["autosnn"]
    supernet = build_supernet(space, space.defaults.replace(**TINY))
    enliven(supernet).eval()
    x = images(1, 4)
    one, other = (0, 1, 0, 2, 3), (3, 1, 0, 4, 0)
    counts = []
    for path in (one, other):
        child = supernet.extract(path)
        with record(supernet) as shared, record(child) as own:
            assert torch.equal(supernet(x, path), child(x))
        assert shared.layers == own.layers
        counts.append(shared)
    with record(supernet) as both:
        supernet(x, one)
        supernet(x[:1], other)
        supernet(x[1:], other)
    assert both.images == 4
    assert both.spikes == counts[0].spikes + counts[1].spikes
    assert both.spikes_per_image == (counts[0].spikes_per_image + counts[1].spikes_per_image) / 2
    # A slot's candidates have the same layer names; the block tells them apart, and each knows its own images.
    fourth = [(layer.name, layer.block, layer.images) for layer in both.layers if layer.name.startswith("tbd4")]
    assert fourth == [
        ("tbd4.neuron1", "SCB_k5", 2),
        ("tbd4.neuron2", "SCB_k5", 2),
        ("tbd4.neuron1", "SRB_k5", 2),
        ("tbd4.neuron2", "SRB_k5", 2),
    ]
    assert sum(layer.spikes_per_image for layer in both.layers) == pytest.approx(both.spikes_per_image)


def test_counts_in_bfloat16_are_exact(enliven):
    # one layer alone has far more spikes than bfloat16's 256
    network = enliven(build("autosnn", channels=4, timesteps=4)).eval()
    x = torch.rand(8, 3, 32, 32).bfloat16() * 4
    with record(network) as activity, torch.no_grad():
        spikes = network.encode(x)
    assert activity.spikes == torch.count_nonzero(spikes).item() > 10_000


@pytest.mark.parametrize("fused", [False, True])
def test_counts_do_not_depend_on_how_the_neurons_are_computed(fused, enliven):
    network, plain = (enliven(build("autosnn", fused=way, **TINY)).eval() for way in (fused, False))
    x = torch.rand(3, 1, 8, 8) * 4
    with record(network) as activity, record(plain) as expected:
        assert torch.equal(network(x), plain(x))
    assert activity.layers == expected.layers
    assert activity.spikes > 0


@pytest.mark.long
def test_compiled_kernels_are_counted_too(enliven):
    compiled, eager = (enliven(build("autosnn", compile=way, **TINY)) for way in (True, False))
    x = torch.rand(3, 1, 8, 8) * 4
    with record(compiled) as activity, record(eager) as expected:
        compiled(x).sum().backward()
        eager(x)
    assert activity.layers == expected.layers
    assert activity.spikes > 0


def test_a_replayed_part_is_added_to_every_recording_that_knows_it(enliven):
    network = enliven(build("autosnn", **TINY)).eval()
    x = network.encode(torch.rand(3, 1, 8, 8) * 4)
    step = network.module_of(1)
    with record(step) as part:
        y = network.run(1, x)
    with record(network) as whole, record(network.fc) as other, record(step.neuron2) as one:
        emit_again(part, part.counts_on(y.device))
        emit_again(part, 2 * part.counts_on(y.device))
    assert part.spikes > 0
    assert whole.spikes == 3 * part.spikes
    assert [layer.name for layer in whole.layers] == [layer.name for layer in part.layers]
    assert [layer.images for layer in whole.layers] == [6] * len(part.layers)
    assert other.layers == ()
    assert one.spikes == 3 * part.layers[-1].spikes


class Heard(SpikeListener):
    def __init__(self) -> None:
        self.calls: list[tuple[str, list[int], int]] = []

    def hear(self, site: SpikeSite, spikes: torch.Tensor) -> None:
        self.calls.append((site.site, list(spikes.shape[:2]), int(spikes.sum())))


def test_listeners_hear_what_is_counted(relay):
    heard, other = Heard(), build("autosnn:skip", **TINY)
    with listening(relay, heard), record(relay) as activity, torch.no_grad():
        relay(images(1, 0, 3))
        other(images(1))
        with not_recording():
            relay(images(1))
    relay(images(1))
    assert heard.calls == [(layer.name, [3, 3], layer.spikes) for layer in activity.layers]


def test_a_loop_is_heard_timestep_by_timestep():
    network, heard = build("0302 0030 3003 0000", channels=2, timesteps=3, classes=2, image=(1, 8, 8)), Heard()
    with listening(network, heard), torch.no_grad():
        network(torch.rand(2, 1, 8, 8))
    shapes = [shape for name, shape, _ in heard.calls if name == "cell1.back20.neuron"]
    assert shapes == [[1, 2]] * 3
