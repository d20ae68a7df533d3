"""Compiled and eager kernels on the GPU against eager ones on the CPU."""

import unittest

import torch

from on_gpu import DEVICE, NEEDS_GPU, ON_CUDA, GpuTest, difference
from spikesearch.neurons.compilation import _compiler
from spikesearch.neurons.count import count_spikes
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions

POSITIONS = (32, 5, 7, 16)  # N, H, W, C: more than the fewest that are compiled, and no multiple of a block


def layer(device, z, grad, compiled, timesteps=None):
    """Spikes and gradients of a PLIF layer."""
    neuron = SpikingNeuron(NeuronOptions(compile=compiled)).to(device)
    z = z.to(device).requires_grad_()
    spikes = neuron(z) if timesteps is None else neuron.forward_constant(z, timesteps)
    found = torch.autograd.grad(spikes, (z, neuron.w), grad.to(device))
    return spikes, *found


@NEEDS_GPU
class Neurons(GpuTest):
    def compare(self, z, grad, tolerance, timesteps=None):
        wanted = layer("cpu", z, grad, False, timesteps)
        for compiled in (False, ON_CUDA):
            spikes, grad_z, grad_w = layer(DEVICE, z, grad, compiled, timesteps)
            assert spikes.device.type == DEVICE.type
            assert spikes.stride() == wanted[0].stride()
            flipped = (spikes.cpu() != wanted[0]).float().mean()
            assert flipped == 0, f"compiled {compiled}: {flipped:.2e} of the spikes differ"
            assert difference(grad_z, wanted[1]) < tolerance, f"compiled {compiled}: {difference(grad_z, wanted[1])}"
            assert difference(grad_w, wanted[2]) < tolerance, f"compiled {compiled}: {difference(grad_w, wanted[2])}"
        assert _compiler["works"], "the compiler failed; the warning above says why"

    def inputs(self, timesteps, dtype):
        # Multiples of 1/16: sums of a few steps are exact, so that no order of operations flips a spike.
        z = torch.randint(-16, 48, (timesteps, *POSITIONS)) / 16
        return z.to(dtype), torch.randn(max(timesteps, 1), *POSITIONS).to(dtype)

    def test_float32_at_eight_timesteps(self):
        self.compare(*self.inputs(8, torch.float32), 1e-4)

    def test_bfloat16_at_eight_timesteps(self):
        self.compare(*self.inputs(8, torch.bfloat16), 2e-2)

    def test_four_timesteps(self):
        self.compare(*self.inputs(4, torch.float32), 1e-4)

    def test_two_stretches(self):
        z, grad = self.inputs(22, torch.float32)
        self.compare(z.round(), grad, 1e-4)  # whole numbers: the decay halves them 22 times

    def test_direct_coding(self):
        z, _ = self.inputs(1, torch.float32)
        self.compare(z[0], torch.randn(8, *POSITIONS), 1e-4, timesteps=8)

    def test_spikes_are_counted_exactly(self):
        for dtype in (torch.float32, torch.bfloat16):
            spikes = (torch.rand(2**24 + 12345 if ON_CUDA else 12345) < 0.7).to(dtype)
            assert int(count_spikes(spikes.to(DEVICE))) == int(spikes.sum(dtype=torch.float64))


if __name__ == "__main__":
    unittest.main()
