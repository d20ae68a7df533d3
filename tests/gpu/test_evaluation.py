"""Evaluation on the GPU: a trie gives what single paths give, near the CPU's numbers."""

import unittest

import torch

from on_gpu import DEVICE, NEEDS_GPU, ON_CUDA, PATHS, SIZE, GpuTest, supernet
from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.measure import measure
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator

NORMALISATION = Normalisation((0.5,) * 3, (0.25,) * 3)


@NEEDS_GPU
class Evaluation(GpuTest):
    def setUp(self):
        super().setUp()
        generator = torch.Generator().manual_seed(5)
        pixels = torch.randint(256, (100, 3, SIZE, SIZE), generator=generator, dtype=torch.uint8)
        self.data = TensorData(pixels, torch.randint(10, (100,), generator=generator))
        self.network = supernet().eval()

    def single(self, network, path, device, precision="fp32"):
        return measure(
            network,
            self.data.to(device),
            normalisation=NORMALISATION,
            batch_size=40,
            path=path,
            precision=precision,
        )

    def test_candidates_together_are_those_alone(self):
        for precision in ("fp32", "bf16"):
            evaluator = SharedWeightsEvaluator(
                self.network,
                self.data.to(DEVICE),
                normalisation=NORMALISATION,
                batch_size=40,
                precision=precision,
            )
            paths = sorted(set(PATHS))
            found = list(evaluator.evaluate([self.network.space.decode(path) for path in paths]))
            for path, one in zip(paths, found, strict=True):
                assert one == self.single(self.network, path, DEVICE, precision), (precision, path)

    def test_near_the_cpu(self):
        wanted = self.single(supernet("cpu", compiled=False).eval(), PATHS[1], "cpu")
        found = self.single(self.network, PATHS[1], DEVICE)
        assert wanted.spikes_per_image > 0
        assert abs(found.spikes_per_image - wanted.spikes_per_image) < 0.01 * wanted.spikes_per_image
        assert ON_CUDA or found == wanted


if __name__ == "__main__":
    unittest.main()
