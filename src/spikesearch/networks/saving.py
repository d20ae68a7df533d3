"""Training in less memory: results that are computed again in the backward pass instead of being kept.

Two ways, which go together: block by block (`recompute`), and a few timesteps at a time (`time_chunk`). Networks look
for them in a context variable, `saving_memory`; blocks know nothing of it.

What is computed again leaves no second trace: its spikes are counted once, and it runs on copies of the buffers (the
running statistics of any BatchNorm) as they were before the first time. So it computes the same bits.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from spikesearch.errors import UserError
from spikesearch.networks.dropout import drawing_masks, mask_seed
from spikesearch.networks.firing import adding_firing
from spikesearch.networks.recorder import count_images, not_recording, same_images
from spikesearch.neurons.fused import stretches
from spikesearch.neurons.membranes import Membranes, carried_membranes, carrying

if TYPE_CHECKING:
    from spikesearch.networks.network import SpikingNetwork


@dataclass(frozen=True, kw_only=True)
class MemorySaving:
    """What is not kept for the backward pass.

    Args:
        recompute: only the input of every step (block, pooling) is kept; what is inside is computed again.
        time_chunk: timesteps at a time; only the membranes between them are kept. 0: all at once.

    Raises:
        UserError: a negative number of timesteps.
    """

    recompute: bool = False
    time_chunk: int = 0

    def __post_init__(self) -> None:
        if self.time_chunk < 0:
            raise UserError(f"time_chunk {self.time_chunk}: must be timesteps, 1 or more, or 0 for all at once")


_NONE = MemorySaving()
_SAVING: ContextVar[MemorySaving] = ContextVar("memory_saving", default=_NONE)


def memory_saving() -> MemorySaving:
    """What networks that run now save."""
    return _SAVING.get()


@contextmanager
def saving_memory(saving: MemorySaving) -> Iterator[None]:
    """Inside, forward passes of networks save memory; backward passes may come later."""
    token = _SAVING.set(saving)
    try:
        yield
    finally:
        _SAVING.reset(token)


def run_step(module: nn.Module, *inputs: Any) -> Any:
    """`module(*inputs)`, computed again in the backward pass if `recompute` is asked for."""
    if not memory_saving().recompute or isinstance(module, nn.Identity):
        return module(*inputs)
    membranes = carried_membranes()
    if membranes is None:
        return recomputed(module, [module], *inputs)
    start = membranes.rest()

    def run(*inputs: Any) -> tuple[Any, ...]:
        own = start.again()
        with carrying(own):
            return module(*inputs), *own.after

    result, *after = recomputed(run, [module], *inputs)
    membranes.after += after
    return result


def recomputed(function: Callable[..., Any], modules: Iterable[nn.Module], *inputs: Any) -> Any:
    """`function(*inputs)`, of which only the inputs and the result are kept for the backward pass.

    Args:
        function: what is run; what it needs gradients of besides parameters is in `inputs`.
        modules: all that it runs whose buffers it may change.
        inputs: tensors, and other values.
    """
    if not torch.is_grad_enabled():
        return function(*inputs)
    again = _Again(modules)
    contexts: tuple[AbstractContextManager[Any], AbstractContextManager[Any]] = (nullcontext(), again)
    return checkpoint(function, *inputs, use_reentrant=False, context_fn=lambda: contexts)


_AGAIN: ContextVar[bool] = ContextVar("computing_again", default=False)


def computing_again() -> bool:
    """Whether what runs now is computed for the second time, in a backward pass."""
    return _AGAIN.get()


class _Again:
    """The context of a second computation; may be entered more than once."""

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        parts = dict.fromkeys(part for module in modules for part in module.modules())
        self._before = [
            (part, name, buffer.clone())
            for part in parts
            for name, buffer in part._buffers.items()
            if buffer is not None
        ]
        self._leaving: list[ExitStack] = []

    def __enter__(self) -> None:
        with ExitStack() as stack:
            stack.enter_context(not_recording())
            stack.callback(_AGAIN.reset, _AGAIN.set(True))
            stack.enter_context(adding_firing(None))
            for part, name, before in self._before:
                # Another tensor in the module's place: to change the buffer and change it back would make autograd
                # take it for one that was changed since it was saved.
                stack.callback(part._buffers.__setitem__, name, part._buffers[name])
                part._buffers[name] = before.clone()
            self._leaving.append(stack.pop_all())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.pop().close()


def forward_in_chunks(
    network: "SpikingNetwork", x: Tensor, choices: Sequence[int], longest: int, each_timestep: bool = False
) -> Tensor:
    """The network's forward pass with at most `longest` timesteps at a time, each chunk computed again in backward.

    Membranes go from chunk to chunk with their gradients, so the gradient is that of all timesteps together. BatchNorm
    takes its statistics of each chunk, which with `per-timestep` makes no difference.

    Args:
        network: what runs.
        x: images [N, C, H, W], whose current is computed once, or frames [T, N, C, H, W].
        choices: for every step of the plan, see `SpikingNetwork.choices`.
        longest: timesteps of a chunk; the chunks are as equal as they can be.
        each_timestep: see `SpikingNetwork.forward`.

    Returns:
        Firing rates [N, classes]; with `each_timestep` votes [T, N, classes].
    """
    saving, seed = memory_saving(), mask_seed()
    count_images(network, x.shape[-4])
    modules = [network.module_of(index, choice) for index, choice in enumerate(choices)]
    stem: Any = modules[0]
    frames = x.dim() == 5
    timesteps = x.shape[0] if frames else network.dimensions.timesteps
    x = x if frames else stem.currents(x)

    def run(x: Tensor, start: int, steps: int, *before: Tensor) -> tuple[Tensor, ...]:
        membranes = Membranes(before or None, start)
        # The last two are said again: in backward they are over, or the thread is another.
        with carrying(membranes), saving_memory(saving), drawing_masks(seed):
            x = run_step(stem, x, steps) if frames else stem.fire(x, steps)
            for index in range(1, len(modules)):
                x = network.run(index, x, choices[index])
            votes = (network.fc.votes_at if each_timestep else network.fc.counts)(x)  # type: ignore[operator]
        return votes, *membranes.after

    found: list[Tensor] = []
    membranes: Sequence[Tensor] = ()
    for part in stretches(timesteps, longest):
        with same_images(part.start > 0):
            inputs = (x[part] if frames else x, part.start, part.stop - part.start, *membranes)
            votes, *membranes = recomputed(run, [*modules, network.fc], *inputs)
        found.append(votes)
    if each_timestep:
        return torch.cat(found)
    rates: Tensor = network.fc.rates(functools.reduce(torch.add, found), timesteps)  # type: ignore[operator]
    return rates
