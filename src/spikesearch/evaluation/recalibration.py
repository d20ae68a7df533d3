"""BatchNorm statistics of single paths of a supernet.

The running statistics of a supernet are means over all the paths that were trained, and fit none exactly. Recalibrated,
a path has those of its own: the statistics of some training images, run through that path alone in training mode. They
depend on the steps before a BatchNorm and not on those behind it, so paths still share their first steps.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import batch_bounds
from spikesearch.evaluation.prefixes import Prefix
from spikesearch.networks.ops import TemporalBatchNorm
from spikesearch.networks.recorder import not_recording
from spikesearch.networks.supernet import Supernet
from spikesearch.training.precision import cast_input, computing_in

Norm = TemporalBatchNorm | nn.modules.batchnorm._BatchNorm


@dataclass(frozen=True)
class _Seen:
    """What one BatchNorm was given in some calls: sums of each call's mean and unbiased variance, float32 [C]."""

    mean: Tensor
    variance: Tensor
    calls: int

    def plus(self, other: "_Seen") -> "_Seen":
        return _Seen(self.mean + other.mean, self.variance + other.variance, self.calls + other.calls)


class Recalibration:
    """The statistics of every step behind every prefix that was asked for; computed once and kept.

    A BatchNorm's statistics are the plain mean over the batches (of `per-timestep` BatchNorm over batches and
    timesteps) of what PyTorch's running statistics take from each: mean and unbiased variance.

    Args:
        supernet: trained, lying where the images lie; its own statistics stay as they are.
        images: uint8 [N, C, H, W], not augmented; in a search a part of D_train.
        batch_size: images at a time. Each batch is normalised with its own statistics, so it matters.
        normalisation: the one the supernet was trained with.
        precision: the one the supernet was trained with.
    """

    def __init__(
        self,
        supernet: Supernet,
        images: Tensor,
        *,
        batch_size: int,
        normalisation: Normalisation,
        precision: str,
    ) -> None:
        self._images = images
        self._bounds = batch_bounds(len(images), batch_size)
        self._supernet = supernet
        self._normalisation = normalisation
        self._precision = precision
        self._known: dict[Prefix, list[_Seen | None]] = {}  # for each BatchNorm of the last step

    def prepare(self, paths: Sequence[Prefix]) -> None:
        """Computes what is missing for paths given by their choices for every step.

        Raises:
            UserError: a batch is too small for BatchNorm to train on.
        """
        missing = [path for path in dict.fromkeys(paths) if path not in self._known]
        if not missing:
            return
        seen: dict[Prefix, list[_Seen | None]] = {}
        was_training = self._supernet.training
        self._supernet.eval()
        try:
            with torch.inference_mode(False), torch.no_grad(), not_recording():
                for begin, end in self._bounds:
                    x = cast_input(self._normalisation(self._images[begin:end]), self._precision)
                    with computing_in(self._precision, x.device):
                        self._walk(x, missing, seen)
        finally:
            self._supernet.train(was_training)
        for prefix, found in seen.items():
            self._known.setdefault(prefix, found)

    def _walk(self, x: Tensor, paths: Sequence[Prefix], seen: dict[Prefix, list[_Seen | None]]) -> None:
        """One batch through the trie of the paths, depth first; adds what the BatchNorms of each step are given."""
        waiting: list[tuple[Prefix, Tensor]] = [((), x)]
        while waiting:
            prefix, x = waiting.pop()
            if prefix:
                index = len(prefix) - 1
                module = self._supernet.module_of(index, prefix[-1])
                with _training(module, seen.setdefault(prefix, [None] * len(_norms(module)))):
                    x = self._supernet.run(index, x, prefix[-1]) if index else self._supernet.encode(x)
            behind = {path[: len(prefix) + 1]: None for path in paths if path[: len(prefix)] == prefix != path}
            waiting += [(longer, x) for longer in behind]

    @contextmanager
    def applied(self, prefix: Prefix) -> Iterator[None]:
        """Inside, the last step of the prefix has the statistics that are right behind the others."""
        norms = _norms(self._supernet.module_of(len(prefix) - 1, prefix[-1]))
        with _own_buffers(norms):
            for norm, seen in zip(norms, self._known[prefix], strict=True):
                if seen is not None:
                    norm.running_mean, norm.running_var = seen.mean / seen.calls, seen.variance / seen.calls
            yield


def _norms(module: nn.Module) -> list[Norm]:
    """BatchNorms with running statistics, ours and those of own blocks."""
    kinds = (TemporalBatchNorm, nn.modules.batchnorm._BatchNorm)
    return [part for part in module.modules() if isinstance(part, kinds) and part.running_mean is not None]


@contextmanager
def _own_buffers(norms: Sequence[Norm]) -> Iterator[None]:
    """Inside, statistics may be replaced; afterwards the modules have the tensors that they had.

    The old ones are not written to: other processes may read the same memory.
    """
    kept = [dict(norm.named_buffers(recurse=False)) for norm in norms]
    try:
        yield
    finally:
        for norm, buffers in zip(norms, kept, strict=True):
            for name, buffer in buffers.items():
                setattr(norm, name, buffer)


@contextmanager
def _training(module: nn.Module, seen: list[_Seen | None]) -> Iterator[None]:
    """Inside, the module trains; what its BatchNorms are given is added to `seen`, one entry for each."""
    norms = _norms(module)
    with ExitStack() as stack:
        stack.enter_context(_own_buffers(norms))
        for number, norm in enumerate(norms):
            for name, buffer in dict(norm.named_buffers(recurse=False)).items():
                setattr(norm, name, buffer.clone())  # training writes into them

            def add(norm: nn.Module, inputs: tuple[Tensor, ...], number: int = number) -> None:
                found, before = _statistics(norm, inputs[0]), seen[number]
                seen[number] = found if before is None else before.plus(found)

            stack.callback(norm.register_forward_pre_hook(add).remove)
        stack.callback(module.train, module.training)
        module.train()
        yield


def _statistics(norm: nn.Module, x: Tensor) -> _Seen:
    """Of one call: x is [T, N, C, H, W] for ours, else [N, C, …]."""
    x = x.float() if x.dtype != torch.float64 else x
    if not isinstance(norm, TemporalBatchNorm):
        variance, mean = torch.var_mean(x, [0, *range(2, x.dim())])
    elif norm.batch_norm == "folded":
        variance, mean = torch.var_mean(x, (0, 1, 3, 4))
    else:
        variances, means = torch.var_mean(x, (1, 3, 4))  # [T, C]
        return _Seen(means.sum(0), variances.sum(0), len(x))
    return _Seen(mean, variance, 1)
