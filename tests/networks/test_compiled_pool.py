"""Compiled max pooling against PyTorch's: equal bit for bit, whoever of equals is chosen."""

import pytest
import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

from spikesearch.networks import compiled_pool
from spikesearch.networks.builder import build
from spikesearch.networks.compiled_pool import compiled_max_pool, pool_compiles
from spikesearch.networks.ops import MaxPool
from spikesearch.neurons import compilation
from spikesearch.neurons.outline import estimating_memory

pytestmark = pytest.mark.usefixtures("compiler")  # PyTorch's own pools where there is none


@pytest.fixture(autouse=True)
def small_ones_too(monkeypatch):
    compiled_pool._compiles_here.cache_clear()  # asked by another test, perhaps one without a compiler
    monkeypatch.setattr(compiled_pool, "_FEWEST_VALUES", {"training": 0, "evaluation": 0})


def spikes(shape, dtype=torch.float32, rate=0.3):
    x = (torch.rand(shape, generator=torch.Generator().manual_seed(0)) < rate).to(dtype)
    return x.contiguous(memory_format=torch.channels_last)


def both(x, grad):
    """(values, gradient) of ours and of PyTorch's."""
    found = []
    for pool in (compiled_max_pool, lambda x: F.max_pool2d(x, 2)):
        leaf = x.clone(memory_format=torch.preserve_format).requires_grad_()
        y = pool(leaf)
        found.append((y.detach(), torch.autograd.grad(y, leaf, grad)[0]))
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(3, 16, 6, 10), (2, 48, 4, 2), (5, 32, 8, 8)])
def test_values_and_gradients_are_those_of_pytorch(shape, dtype):
    rng = torch.Generator().manual_seed(1)
    n, c, h, w = shape
    grad = torch.randn(n, c, h // 2, w // 2, generator=rng).to(dtype)
    # few spikes: most windows are all zeros, and many have several ones. Currents: no two are equal.
    for x in (spikes(shape, dtype), spikes(shape, dtype, 0.0), torch.randn(shape, generator=rng).to(dtype)):
        x = x.contiguous(memory_format=torch.channels_last)
        (ours, to_ours), (theirs, to_theirs) = both(x, grad)
        assert torch.equal(ours, theirs)
        assert torch.equal(to_ours, to_theirs)
        assert ours.stride() == theirs.stride()
        assert to_ours.stride() == to_theirs.stride()


def test_of_equal_values_the_first_gets_the_gradient():
    x = torch.tensor([[0.0, 1.0], [1.0, 1.0]]).expand(1, 16, 2, 2).contiguous(memory_format=torch.channels_last)
    x.requires_grad_()
    y = compiled_max_pool(x)
    (grad,) = torch.autograd.grad(y, x, torch.full_like(y, 5.0))
    assert torch.equal(y, torch.ones(1, 16, 1, 1))
    assert torch.equal(grad, torch.tensor([[0.0, 5.0], [0.0, 0.0]]).expand(1, 16, 2, 2))


def test_other_sizes_compile_nothing_anew():
    for shape in ((3, 16, 6, 10), (2, 48, 4, 6)):
        both(spikes(shape), torch.ones(shape[0], shape[1], shape[2] // 2, shape[3] // 2))
    with torch._dynamo.config.patch(error_on_recompile=True):
        both(spikes((7, 64, 12, 8)), torch.ones(7, 64, 6, 4))


def test_a_gradient_in_another_layout():
    x = spikes((3, 16, 6, 10))
    grad = torch.randn(3, 16, 3, 5)  # contiguous as [N, C, H, W]
    (_, ours), (_, theirs) = both(x, grad)
    assert torch.equal(ours, theirs)


def test_results_may_be_changed_in_place():
    x = spikes((3, 16, 6, 10)).requires_grad_()
    compiled_max_pool(x).mul_(2).sum().backward()
    assert x.grad.sum() == 2 * 3 * 16 * 3 * 5


@pytest.mark.parametrize(
    ("why", "x"),
    [
        ("incomplete windows", spikes((2, 16, 5, 6))),
        ("incomplete windows", spikes((2, 16, 6, 5))),
        ("few channels", spikes((2, 8, 6, 6))),
        ("another layout", spikes((2, 16, 6, 6)).contiguous()),
        ("another type", spikes((2, 16, 6, 6), torch.float64)),
    ],
)
def test_pytorch_pools_the_rest(why, x):
    assert not pool_compiles(x), why
    pool = MaxPool()
    pool.compiled = True
    assert torch.equal(pool(x.unsqueeze(0))[0], F.max_pool2d(x, 2))


def test_small_ones_are_left_to_pytorch(monkeypatch):
    monkeypatch.undo()
    for images, while_training, without_gradient in ((16, False, False), (64, False, True), (128, True, True)):
        x = spikes((images, 16, 32, 32))
        assert pool_compiles(x) == without_gradient
        assert pool_compiles(x.requires_grad_()) == while_training


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_without_gradients_there_are_values_alone(dtype, mode):
    x = spikes((3, 16, 6, 10), dtype).requires_grad_()
    with mode():
        y = compiled_max_pool(x)
    assert torch.equal(y, F.max_pool2d(x, 2))
    assert y.stride() == F.max_pool2d(x, 2).stride()
    assert not y.requires_grad


def test_without_a_compiler_pytorch_pools(monkeypatch):
    monkeypatch.setitem(compilation._compiler, "works", False)
    compiled_pool._compiles_here.cache_clear()
    try:
        assert not pool_compiles(spikes((2, 16, 6, 6)))
    finally:
        compiled_pool._compiles_here.cache_clear()


def test_a_compiler_that_fails_in_between_costs_no_result(monkeypatch):
    # what is computed again for its gradient must keep what it kept the first time
    pool = MaxPool()
    pool.compiled = True
    x = spikes((3, 16, 6, 10)).unsqueeze(0).requires_grad_()
    y = checkpoint(pool, x, use_reentrant=False)
    grad = torch.randn(y.shape)
    monkeypatch.setitem(compilation._compiler, "works", False)
    (ours,) = torch.autograd.grad(y, x, grad)
    (theirs,) = torch.autograd.grad(F.max_pool2d(x[0], 2), x, grad[0])
    assert torch.equal(ours, theirs)


def test_slices_of_larger_tensors_compile_nothing_anew():
    both(spikes((2, 16, 6, 10)), torch.ones(2, 16, 3, 5))
    both(spikes((4, 32, 8, 6)), torch.ones(4, 32, 4, 3))
    large = spikes((9, 48, 4, 12))
    with torch._dynamo.config.patch(error_on_recompile=True):
        for part in (large[:4], large[3:], large[1:8]):
            x = part.detach().requires_grad_()
            y = compiled_max_pool(x)
            assert torch.equal(y, F.max_pool2d(part, 2))
            torch.autograd.grad(y, x, torch.ones(9, 48, 2, 6)[: len(part)])


@pytest.mark.parametrize("compile", [False, True])
def test_a_built_network_pools_as_its_neurons_run(compile):
    network = build("autosnn: SCB_k3 SCB_k3 SCB_k3 SCB_k3 SCB_k3", channels=16, compile=compile)
    pools = [part for part in network.modules() if isinstance(part, MaxPool)]
    assert len(pools) == 3
    assert {pool.compiled for pool in pools} == {compile}


def test_an_estimate_keeps_the_places_and_not_the_input():
    x = spikes((3, 16, 6, 10)).requires_grad_()
    kept = []
    with (
        estimating_memory("cpu"),
        torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t.shape) or t, lambda t: t),
    ):
        y = compiled_max_pool(x)
        (grad,) = torch.autograd.grad(y, x, torch.ones_like(y))
    assert kept == [(9, 1, 5, 1, 16)]
    assert (y.shape, y.stride()) == ((3, 16, 3, 5), (240, 1, 80, 16))
    assert (grad.shape, grad.stride()) == (x.shape, x.stride())
