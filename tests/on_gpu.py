"""What the tests in `gpu/` share.

They are `unittest` cases and not pytest functions, because they must run on a bare GPU image, where pytest or what the
other tests' conftest imports may be missing: `python -m unittest discover -s tests/gpu` with src and tests on the path.
pytest collects them too, and skips them where there is no GPU. SPIKESEARCH_TEST_DEVICE=cpu runs them on a CPU, with
small sizes, eager neurons and tapes for graphs: it shows that the tests themselves work, not that a GPU does.
"""

import os
import unittest

import torch

from cuda_tape import taped
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.networks.options import NetworkOptions
from spikesearch.networks.supernet import build_supernet
from spikesearch.neurons.options import NeuronOptions
from spikesearch.training.precision import allow_tf32

DEVICE = torch.device(os.environ.get("SPIKESEARCH_TEST_DEVICE", "cuda"))
ON_CUDA = DEVICE.type == "cuda"
NEEDS_GPU = unittest.skipUnless(
    not ON_CUDA or torch.cuda.is_available(), "there is no CUDA GPU here; on a machine with one, run `make gpu`"
)
BATCH, TIMESTEPS, CHANNELS, SIZE = (32, 8, 16, 32) if ON_CUDA else (6, 2, 4, 8)
PATHS = [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (0, 1, 2, 3, 4), (1, 1, 1, 1, 1), (4, 3, 2, 1, 0)]


class MonkeyPatch:
    """The one method of pytest's that the tapes need."""

    def setattr(self, target, name, value):
        setattr(target, name, value)


if not ON_CUDA:
    taped(MonkeyPatch())


class GpuTest(unittest.TestCase):
    """Same numbers are compared as float32, so without TF32."""

    def setUp(self):
        torch.manual_seed(0)
        allow_tf32(False, DEVICE)
        self.addCleanup(allow_tf32, True, DEVICE)


def supernet(device=DEVICE, compiled=ON_CUDA):
    """Always with the same weights; a low threshold, so that spikes reach the readout."""
    space = get_space("autosnn")
    dimensions = space.defaults.replace(channels=CHANNELS, timesteps=TIMESTEPS, image=(3, SIZE, SIZE))
    options = NetworkOptions(neuron=NeuronOptions(v_threshold=0.3, compile=compiled))
    return build_supernet(space, dimensions, options).to(device)


def batches(count, device=DEVICE, smaller=()):
    """Normalised images and labels, the same on every device; those numbered in `smaller` are not full."""
    generator = torch.Generator().manual_seed(1)
    found = []
    for number in range(count):
        n = BATCH - 2 if number in smaller else BATCH
        x = 2 * torch.randn(n, 3, SIZE, SIZE, generator=generator)
        found.append((x.to(device), torch.randint(10, (n,), generator=generator).to(device)))
    return found


def difference(a, b):
    """‖a - b‖ / ‖b‖, on the CPU in float64."""
    a, b = a.detach().double().cpu(), b.detach().double().cpu()
    return float((a - b).norm() / b.norm().clamp_min(1e-30))
