import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesearch.architectures.architecture import SlotArchitecture
from spikesearch.errors import UserError
from spikesearch.networks.builder import build

SMALL = {"channels": 4, "timesteps": 3, "image": (3, 16, 16)}


@pytest.fixture
def network(enliven):
    return enliven(build("autosnn", **SMALL)).eval()


def images(n: int = 2, seed: int = 0) -> torch.Tensor:
    return torch.rand(n, 3, 16, 16, generator=torch.Generator().manual_seed(seed)) * 4 - 1


def test_output_is_a_firing_rate_for_each_class(network):
    rates = network(images(5))
    assert rates.shape == (5, 10)
    assert rates.dtype == torch.float32
    assert 0 < rates.mean() < 1
    # rates count spikes of 10 votes at 3 timesteps
    assert torch.allclose(rates * 30, (rates * 30).round(), atol=1e-5)


def test_a_call_leaves_no_state(network):
    x = images()
    assert torch.equal(network(x), network(x))


def test_frames_that_do_not_change_are_a_static_image(network):
    network.double()
    x = images().double()
    assert torch.equal(network(x), network(x.expand(3, *x.shape)))


def test_timesteps_come_from_frames(network):
    frames = torch.stack([images(seed=t) for t in range(7)])
    rates = network(frames)
    assert torch.allclose(rates * 70, (rates * 70).round(), atol=1e-4)
    assert not torch.allclose(rates * 30, (rates * 30).round(), atol=1e-2)


def test_event_networks_take_frames_only():
    network = build("autosnn", events=True, **SMALL)
    assert network(images().expand(4, 2, 3, 16, 16)).shape == (2, 10)
    with pytest.raises(UserError, match=r"expects \[T, N, 3, 16, 16\], given \[2, 3, 16, 16\]"):
        network(images())


@pytest.mark.parametrize(
    "shape", [(2, 1, 28, 28), (2, 3, 16, 17), (3, 16, 16), (0, 3, 16, 16), (0, 2, 3, 16, 16), (1, 1, 2, 3, 16, 16), ()]
)
def test_a_wrong_input_names_what_is_expected_and_given(network, shape):
    wanted = rf"expects \[N, 3, 16, 16\] or \[T, N, 3, 16, 16\], given \[{', '.join(map(str, shape))}\]; give such"
    with pytest.raises(UserError, match=wanted):
        network(torch.zeros(shape))


def test_a_wrong_type_of_input_says_what_to_do(network):
    with pytest.raises(UserError, match=r"floating type, given torch.uint8; normalise the images"):
        network(torch.zeros(2, 3, 16, 16, dtype=torch.uint8))
    with pytest.raises(UserError, match=r"torch.float32 or less, given torch.float64; give x.float\(\)"):
        network(images().double())


def test_a_network_takes_no_path(network):
    with pytest.raises(UserError, match=r"path \(1, 2\) given to a network without choices; only a supernet takes one"):
        network(images(), (1, 2))


def test_bfloat16_keeps_weights_and_result_float32(network):
    x = images(8)
    rates = network(x.bfloat16())
    assert rates.dtype == torch.float32
    assert {tensor.dtype for tensor in network.state_dict().values()} == {torch.float32}
    assert network.encode(x.bfloat16()).dtype == torch.bfloat16
    # 8 bits of currents move some spikes, not the picture
    assert (rates - network(x)).abs().mean() < 0.1
    network.train()(x.bfloat16()).sum().backward()
    assert all(parameter.grad.dtype == torch.float32 for parameter in network.parameters())
    assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())


def test_every_parameter_learns(enliven, random_architectures):
    for index, architecture in enumerate(random_architectures(10, seed=5)):
        network = enliven(build(architecture, **SMALL), index)
        network(images(4)).sum().backward()
        without = [name for name, parameter in network.named_parameters() if parameter.grad is None]
        assert not without, str(architecture)
        assert network.get_parameter("steps.stem.conv.conv.weight").grad.abs().sum() > 0


def test_a_batch_in_parts_gives_the_same_rates(network):
    network.double()  # in float32 another batch size may sum in another order
    x = images(6).double()
    assert torch.equal(network(x), torch.cat([network(x[:1]), network(x[1:])]))


@given(
    st.tuples(st.integers(1, 4), st.integers(8, 21), st.integers(8, 21)),
    st.integers(1, 3),
    st.integers(2, 5),
    st.integers(0, 10**6),
)
@settings(max_examples=30, deadline=None)
def test_any_size_gives_the_shapes_of_the_plan(random_architectures, image, timesteps, channels, seed):
    architecture = random_architectures(5, seed=seed)[seed % 5]
    network = build(architecture, image=image, timesteps=timesteps, channels=channels, classes=3, votes=2).eval()
    with torch.no_grad():  # `run` compares every shape with the plan
        assert network(torch.rand(2, *image)).shape == (2, 3)


@pytest.mark.parametrize("image", [(3, 64, 64), (2, 128, 128), (1, 70, 66)])
def test_larger_images_have_larger_stems(image):
    network = build("autosnn:skip", channels=2, timesteps=2, image=image).eval()
    assert network(torch.rand(1, *image)).shape == (1, 10)


# Operations whose output may have another memory layout than their input.
COPIES = ("clone", "copy", "copy_", "_to_copy", "contiguous", "resize_", "_reshape_copy")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("batch_norm", ["folded", "per-timestep"])
def test_no_layer_copies_a_tensor_into_another_layout(dispatched, random_architectures, batch_norm, channels):
    for architecture in random_architectures(5, seed=6):
        assert isinstance(architecture, SlotArchitecture)
        network = build(architecture, batch_norm=batch_norm, channels=4, timesteps=2, image=(channels, 16, 16))
        x = torch.rand(3, channels, 16, 16)
        calls = dispatched(lambda network=network, x=x: network(x))
        moved = [
            call
            for call in calls
            if call.name in COPIES and call.out.dim() > 3 and call.args[0].stride() != call.out.stride()
        ]
        # the input is brought into the layout once, and the last features are flattened as [C, H, W]
        assert len(moved) <= 2, [(call.name, call.args[0].shape) for call in moved]
        assert all(call.out.shape == x.permute(0, 2, 3, 1).shape or call is moved[-1] for call in moved)
        convolved = [call.out for call in calls if call.name == "convolution"]
        assert convolved
        assert all(out.movedim(1, -1).is_contiguous() for out in convolved), str(architecture)


def test_memory_stays_channels_last_between_the_steps(network):
    x = network.encode(images())
    for index in range(1, len(network.plan.steps)):
        assert x.movedim(2, -1).is_contiguous(), network.plan.steps[index].name
        x = network.run(index, x)
    assert x.movedim(2, -1).is_contiguous()
