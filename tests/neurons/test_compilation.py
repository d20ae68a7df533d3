"""Compiled kernels: few and small, since each is compiled where no cache has it."""

import os
import subprocess
import sys

import pytest
import torch
from torch.testing import assert_close

from spikesearch.neurons import compilation, fused
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions

POSITIONS = (5, 7, 11, 13)  # 5005: above the 4096 up to which a kernel runs eagerly, and no multiple of a vector


def pair(**keywords):
    return SpikingNeuron(NeuronOptions(compile=True, **keywords)), SpikingNeuron(NeuronOptions(**keywords))


def agree(compiled, eager):
    assert torch.equal(compiled[0], eager[0])
    assert_close(compiled[1], eager[1], rtol=1e-5, atol=1e-6)
    assert_close(compiled[2], eager[2], rtol=1e-5, atol=1e-4)


def test_equals_eager_in_float32(compiler, rng, gradients):
    z, grad = (2 * torch.randn(3, *POSITIONS, generator=rng) for _ in range(2))
    ours, reference = pair()
    agree(gradients(ours, z, grad), gradients(reference, z, grad))
    # other sizes and channels_last use the same kernel: nothing is compiled again
    z = torch.randn(3 * 2, 4, 25, 26, generator=rng).mul(2).contiguous(memory_format=torch.channels_last)
    z = z.unflatten(0, (3, 2))
    grad = torch.randn(z.shape, generator=rng)
    with torch._dynamo.config.patch(error_on_recompile=True):
        result = gradients(ours, z, grad)
    assert result[0].stride() == z.stride()
    agree(result, gradients(reference, z, grad))


def test_full_reset_to_another_value(compiler, rng, gradients):
    z, grad = (2 * torch.randn(3, *POSITIONS, generator=rng) for _ in range(2))
    ours, reference = pair(detach_reset=False, v_reset=-0.3, surrogate="triangle", scale=0.7)
    agree(gradients(ours, z, grad), gradients(reference, z, grad))


def test_soft_reset_without_leak(compiler, rng):
    options = {"kind": "if", "reset": "soft", "detach_reset": False, "surrogate": "atan-paper"}
    grad = torch.randn(3, *POSITIONS, generator=rng)
    z = torch.randn(3, *POSITIONS, generator=rng)
    found = []
    for layer in pair(**options):
        x = z.clone().requires_grad_()
        spikes = layer(x)
        found.append((spikes, torch.autograd.grad(spikes, x, grad)[0]))
    assert torch.equal(found[0][0], found[1][0])
    assert 0 < found[0][0].sum() < found[0][0].numel()
    assert_close(found[0][1], found[1][1], rtol=1e-5, atol=1e-6)


def test_bfloat16(compiler, rng, gradients):
    z, grad = ((2 * torch.randn(3, *POSITIONS, generator=rng)).bfloat16() for _ in range(2))
    ours, reference = (gradients(layer, z, grad) for layer in pair())
    assert torch.equal(ours[0], reference[0])
    assert_close(ours[1], reference[1], rtol=1 / 128, atol=1e-6)  # one place in the last digit
    assert_close(ours[2], reference[2], rtol=1e-5, atol=1e-4)


def test_constant_input_in_several_stretches(compiler, rng, gradients, monkeypatch):
    monkeypatch.setattr(fused, "_LONGEST_STRETCH", 3)
    z, grad = 2 * torch.randn(POSITIONS, generator=rng), torch.randn(6, *POSITIONS, generator=rng)
    ours, reference = pair()
    agree(gradients(ours, z, grad, 6), gradients(reference, z, grad, 6))
    z = 2 * torch.randn(6, *POSITIONS, generator=rng)
    agree(gradients(ours, z, grad), gradients(reference, z, grad))


def test_every_rule_has_a_kernel_of_its_own(rng):
    # the compiler keeps at most 8 results per code object: more rules than that must not share one
    codes = {
        id(
            fused.forward_kernel(
                fused.Variant(3, False, False, torch.float32), SpikingNeuron(o).rule
            )._function.__code__
        )
        for o in (NeuronOptions(v_threshold=1 + i / 10) for i in range(12))
    }
    assert len(codes) == 12


WITHOUT_COMPILER = """
import warnings, torch
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions
z = torch.randn(2, 5000, generator=torch.Generator().manual_seed(0), requires_grad=True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for tau in (2.0, 3.0):
        ours = SpikingNeuron(NeuronOptions(tau=tau, compile=True))
        theirs = SpikingNeuron(NeuronOptions(tau=tau))
        a, b = ours(z), theirs(z)
        assert torch.equal(a, b)
        assert torch.equal(*(torch.autograd.grad(x.sum(), z)[0] for x in (a, b)))
ours = [w for w in caught if "kernels run uncompiled" in str(w.message)]
print(len(ours), ours[0].message)
"""


def test_a_missing_compiler_warns_once_and_costs_no_result(tmp_path):
    environment = dict(
        os.environ,
        CXX="/nonexistent/compiler",
        TORCHINDUCTOR_CACHE_DIR=str(tmp_path),
        TORCHINDUCTOR_FORCE_DISABLE_CACHES="1",
    )
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_COMPILER], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 kernels run uncompiled, some times slower, because compiling failed: ")
    assert "install a C++ compiler such as g++" in done.stdout


def test_an_error_of_the_function_itself_passes_through():
    def broken(x):
        raise ValueError("not the compiler's fault")

    kernel = compilation.CompiledKernel(broken, broken, "broken")
    works = compilation._compiler["works"]
    with pytest.raises(ValueError, match="not the compiler's fault"):
        kernel(torch.zeros(2, 5000))
    assert compilation._compiler["works"] == works
