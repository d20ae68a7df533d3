"""Steps through CUDA graphs against the same steps without."""

import copy
import unittest

import torch

from on_gpu import BATCH, DEVICE, NEEDS_GPU, ON_CUDA, PATHS, GpuTest, batches, difference, supernet
from spikesearch.networks.recorder import record
from spikesearch.training.graphs import GraphedForward
from spikesearch.training.loop import TrainingStep, make_optimizer
from spikesearch.training.options import TrainingOptions

SMALLER = (2,)
# Weight gradients are added in an order that may change from run to run; on tapes they are not.
TOLERANCE = {"fp32": 1e-3, "bf16": 2e-2} if ON_CUDA else {"fp32": 0.0, "bf16": 0.0}


def gradients(network, graphed, precision, x, labels, path):
    """Loss, gradients, running statistics and counts of one step that moves no weight."""
    options = TrainingOptions(batch_size=BATCH, precision=precision, learning_rate=1e-30)
    step = TrainingStep(network, make_optimizer(network, options), options, graphed=graphed)
    with record(network) as activity:
        loss, *_ = step(x, labels, path)
    found = {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}
    buffers = {name: b.clone() for name, b in network.named_buffers()}
    return float(loss), found, buffers, activity.layers


@NEEDS_GPU
class Graphs(GpuTest):
    def compare(self, network, paths, precision):
        fixed = (network.plan, getattr(network, "space", None))
        plain = copy.deepcopy(network, {id(one): one for one in fixed})
        graphed = GraphedForward(network, BATCH, precision)
        worst, equal = 0.0, True
        for (x, labels), path in zip(batches(len(paths), smaller=SMALLER), paths, strict=True):
            loss, grads, buffers, layers = gradients(network, graphed, precision, x, labels, path)
            want_loss, want_grads, want_buffers, want_layers = gradients(plain, None, precision, x, labels, path)
            assert graphed.working
            equal = equal and layers == want_layers and loss == want_loss
            assert abs(loss - want_loss) <= TOLERANCE[precision] * want_loss
            assert [layer.name for layer in layers] == [layer.name for layer in want_layers]
            for mine, theirs in zip(layers, want_layers, strict=True):
                assert (mine.images, mine.positions, mine.block) == (theirs.images, theirs.positions, theirs.block)
                assert abs(mine.spikes - theirs.spikes) <= TOLERANCE[precision] * theirs.spikes, mine.name
            assert grads.keys() == want_grads.keys()
            for name, value in want_grads.items():
                worst = max(worst, difference(grads[name], value))
                assert difference(grads[name], value) <= TOLERANCE[precision], name
            for name, value in want_buffers.items():
                assert difference(buffers[name], value) <= 1e-5, name
        same = "equal" if equal else "near"
        print(f"{precision}: {len(graphed)} graphs, losses and spikes {same}, gradients differ by at most {worst:.1e}")
        return graphed

    def test_supernet(self):
        for precision in ("fp32", "bf16"):
            with self.subTest(precision=precision):
                assert len(self.compare(supernet().train(), PATHS, precision)) > 10

    def test_single_network(self):
        for precision in ("fp32", "bf16"):
            with self.subTest(precision=precision):
                network = supernet().extract(PATHS[1]).to(DEVICE).train()
                assert len(self.compare(network, [()] * 4, precision)) == 1

    def test_replays_follow_the_weights(self):
        network = supernet().train()
        graphed = GraphedForward(network, BATCH)
        ((x, _),) = batches(1)
        before = graphed(x, PATHS[0]).clone()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.mul_(1.3)
        after = graphed(x, PATHS[0]).clone()
        assert not torch.equal(before, after)
        assert difference(after, network(x, PATHS[0])) < 1e-3


if __name__ == "__main__":
    unittest.main()
