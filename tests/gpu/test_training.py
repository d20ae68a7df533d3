"""Training on the GPU: near the CPU's numbers, no waiting inside steps, resumable."""

import tempfile
import unittest
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import torch

from on_gpu import BATCH, DEVICE, NEEDS_GPU, ON_CUDA, PATHS, SIZE, GpuTest, batches, difference, supernet
from spikesearch.data.augment import Augmentation, Normalisation
from spikesearch.data.loader import TensorData, training_batches
from spikesearch.networks.recorder import record
from spikesearch.training.graphs import GraphedForward
from spikesearch.training.loop import TrainingStep, fit, make_optimizer
from spikesearch.training.options import TrainingOptions
from spikesearch.training.paths import uniform_paths
from spikesearch.training.watch import Watch

NORMALISATION = Normalisation((0.5,) * 3, (0.25,) * 3)


def images(count, device=DEVICE):
    generator = torch.Generator().manual_seed(3)
    pixels = torch.randint(256, (count, 3, SIZE, SIZE), generator=generator, dtype=torch.uint8)
    return TensorData(pixels.to(device), torch.randint(10, (count,), generator=generator).to(device))


@contextmanager
def waiting_refused():
    """Inside, everything that waits for the GPU is an error."""
    if ON_CUDA:
        torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        if ON_CUDA:
            torch.cuda.set_sync_debug_mode("default")


@NEEDS_GPU
class Training(GpuTest):
    def test_a_step_is_near_that_of_the_cpu(self):
        ((x, labels),) = batches(1, "cpu")
        found = []
        for device in ("cpu", DEVICE):
            network = supernet(device, compiled=ON_CUDA and device != "cpu").train()
            options = TrainingOptions(batch_size=BATCH)
            step = TrainingStep(network, make_optimizer(network, options), options)
            with record(network) as activity:
                loss, *_ = step(x.to(device), labels.to(device), PATHS[0])
            found.append((float(loss), activity.spikes_per_image))
        (loss, spikes), (gpu_loss, gpu_spikes) = found
        # a spike whose membrane lies at the threshold to the last bit may flip, and with it some behind it
        assert abs(gpu_spikes - spikes) < 0.01 * spikes, (gpu_spikes, spikes)
        assert abs(gpu_loss - loss) < 0.01 * loss, (gpu_loss, loss)

    def test_steps_do_not_wait(self):
        for precision in ("fp32", "bf16"):
            for graphs in (False, True):
                with self.subTest(precision=precision, graphs=graphs):
                    self.steps_without_waiting(precision, graphs)

    def steps_without_waiting(self, precision, graphs):
        network = supernet().train()
        options = TrainingOptions(batch_size=BATCH, precision=precision)
        graphed = GraphedForward(network, BATCH, precision) if graphs else None
        step = TrainingStep(network, make_optimizer(network, options), options, graphed=graphed)
        ((x, labels),) = batches(1)
        for path in PATHS:  # compile and record
            step(x, labels, path)
        data = images(4 * BATCH)
        loader = training_batches(
            data, BATCH, normalisation=NORMALISATION, augmentation=Augmentation(cutout=4), seed=0, epoch=0
        )
        step(*next(loader), PATHS[0])  # order, draws and constants are moved before the first batch
        watch = Watch(100, 0, DEVICE)
        with record(network) as activity:
            with waiting_refused():
                for (x, labels), path in zip(loader, PATHS, strict=False):
                    watch.add(*step(x, labels, path))
            assert activity.spikes > 0
        watch.check()
        assert graphed is None or graphed.working

    def test_waiting_would_be_noticed(self):
        if ON_CUDA:
            with waiting_refused(), self.assertRaises(RuntimeError):  # noqa: PT027 - without pytest
                torch.zeros((), device=DEVICE).item()

    @unittest.skipUnless(find_spec("safetensors"), "safetensors, which states are written with, is not installed")
    def test_a_training_goes_on_where_it_stopped(self):
        data, space = images(3 * BATCH), supernet("cpu").space
        keywords = {
            "augmentation": Augmentation(),
            "normalisation": NORMALISATION,
            "seed": 1,
            "sample_path": uniform_paths(space.choices, 1),
            "cuda_graphs": ON_CUDA,
        }
        with tempfile.TemporaryDirectory() as folder:
            keywords["state_path"] = Path(folder) / "state"

            def interrupt(done, total):
                if done > total // 2:
                    raise KeyboardInterrupt

            with self.assertRaises(KeyboardInterrupt):  # noqa: PT027 - without pytest
                fit(supernet(), data, TrainingOptions(epochs=2, batch_size=BATCH), on_step=interrupt, **keywords)
            result = fit(supernet(), data, TrainingOptions(epochs=2, batch_size=BATCH), **keywords)
        assert result.epochs == 2
        assert result.average_spikes > 0

    def test_bf16_is_near_float32(self):
        ((x, labels),) = batches(1)
        spikes = []
        for precision in ("fp32", "bf16"):
            network = supernet().train()
            options = TrainingOptions(batch_size=BATCH, precision=precision)
            step = TrainingStep(network, make_optimizer(network, options), options)
            with record(network) as activity:
                loss, norm, _, _ = step(x, labels, PATHS[3])
            assert loss.isfinite()
            assert norm > 0
            spikes.append(torch.tensor(activity.spikes_per_image))
        assert difference(spikes[1], spikes[0]) < 0.1


if __name__ == "__main__":
    unittest.main()
