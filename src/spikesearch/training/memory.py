"""How much memory training and evaluation will take, known without running them at size.

One step is carried out on shapes alone (`tape`), with the real modules, own blocks included, and the neurons' kernels
in outline; then the allocator's losses are added (`heap`). Measured processes stay within some 15% of it.
"""

import functools
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from spikesearch.architectures.plan import Plan
from spikesearch.errors import UserError
from spikesearch.networks.builder import build_network
from spikesearch.networks.network import SpikingNetwork
from spikesearch.networks.options import NetworkOptions
from spikesearch.networks.saving import MemorySaving, saving_memory
from spikesearch.neurons.outline import estimating_memory
from spikesearch.training.heap import (
    PINNED_AGAIN,
    PINNED_BACKWARD,
    PINNED_EVALUATION,
    PINNED_GRAPH,
    Events,
    heap_bytes,
)
from spikesearch.training.options import TrainingOptions
from spikesearch.training.plan_sizes import parameters_of
from spikesearch.training.precision import cast_input, computing_in
from spikesearch.training.signals import signals_wait
from spikesearch.training.tape import OTHER, Tape, named

logger = logging.getLogger("spikesearch")

# What the libraries behind torch take once, when they first compute (generated code, buffers of their own): some 20 to
# 27 MiB for training the smallest networks, and 14 to 25 where there is no backward pass.
LIBRARIES = 28 * 2**20
LIBRARIES_FORWARD = 18 * 2**20
# What the compiler leaves behind in the process beside that; the processes it starts come and go.
COMPILER = 50 * 2**20
# Of a GPU's memory, what torch's allocator there loses by rounding and cutting. Assumed, not measured.
_GPU_LOSS = 1.1
# What an allocator loses, where it is not followed.
_ROUGH_LOSS = 1.4
# Of many chunks of time, as many are followed, first few, then more: what another one adds is always the same.
_CHUNKS = (3, 6)
_FLOAT = 4
INPUT, GRADIENTS = "images", "gradients"
_PINNED = {"forward": PINNED_GRAPH, "backward": PINNED_BACKWARD, "again": PINNED_AGAIN}


@dataclass(frozen=True, kw_only=True)
class LayerMemory:
    """Memory of one layer in bytes.

    Attributes:
        name: as in `describe`.
        kept: what it keeps from its forward pass for its backward pass.
        at_peak: what it holds when all layers together hold most.
    """

    name: str
    kept: int
    at_peak: int


@dataclass(frozen=True, kw_only=True)
class MemoryEstimate:
    """Memory of one kind of work, in bytes.

    Attributes:
        resident: what stays from step to step: weights, statistics, optimizer, data.
        tensors: the most that a step holds at a time beside that.
        process: to what a process grows for it, the allocator's losses and libraries included.
        layers: of the network, in the order in which they run; then what belongs to none.
    """

    resident: int
    tensors: int
    process: int
    layers: tuple[LayerMemory, ...]

    @property
    def largest(self) -> list[LayerMemory]:
        """The layers by what they hold at the peak, the most first."""
        layers = [layer for layer in self.layers if layer.name not in (INPUT, GRADIENTS, OTHER)]
        return sorted(layers, key=lambda layer: layer.at_peak, reverse=True)


def training_memory(
    plan: Plan,
    options: NetworkOptions,
    training: TrainingOptions,
    *,
    images: int,
    parameters: int | None = None,
    pad: int = 0,
    device: str = "cpu",
) -> MemoryEstimate:
    """Of `fit` with these settings.

    Args:
        plan: of the network; of a supernet that of one path, the largest one.
        options: of neurons and BatchNorm.
        training: batch size, optimizer, precision, recomputation, chunks of time.
        images: how many D_train has; they lie on the device, one byte for each pixel.
        parameters: of all that is trained, for a supernet; by default those of the plan.
        pad: of the augmentation.
        device: type of device, "cpu" or "cuda".
    """
    everything = _FLOAT * (parameters_of(plan) if parameters is None else parameters)
    states = 2 if training.optimizer == "adam" else int(training.momentum > 0)
    copies = 1 + states + (training.ema > 0)
    resident = copies * everything + images * (_pixels(plan) + 7 * 8)  # with labels, order and draws of an epoch
    batch = min(training.batch_size, images)
    chunks = -(-plan.dimensions.timesteps // training.time_chunk) if training.time_chunk else 1
    if chunks > _CHUNKS[1]:
        parts = [_at(plan, count * training.time_chunk) for count in _CHUNKS]
        few, more = (
            training_memory(part, options, training, images=images, parameters=parameters, pad=pad, device=device)
            for part in parts
        )
        return _extended(few, more, (chunks - _CHUNKS[0]) / (_CHUNKS[1] - _CHUNKS[0]), resident)
    try:
        tape, kept = follow_training(plan, options, _that_matters(training, batch), pad, device)
    except UserError:
        raise
    except Exception as error:
        logger.info("memory is estimated roughly: a block cannot be followed without values (%s)", type(error).__name__)
        return _by_arithmetic(plan, batch, training.precision, resident, saving=training.saving())
    once = LIBRARIES + (COMPILER if options.neuron.compile else 0)
    return _estimate(tape, _stretches(tape), kept, resident, plan, device, once)


def _stretches(tape: Tape) -> list[tuple[Events, float]]:
    """What happened, stage by stage, with the share of small objects."""
    parts = groupby(zip(tape.events, tape.stages, strict=True), key=lambda both: both[1])
    return [([event for event, _ in part], _PINNED[stage]) for stage, part in parts]


def _that_matters(training: TrainingOptions, batch: int) -> TrainingOptions:
    """The settings on which the memory of a step depends; a run's two trainings often share them."""
    return TrainingOptions(
        batch_size=batch,
        loss=training.loss,
        spike_penalty=training.spike_penalty,
        precision=training.precision,
        recompute=training.recompute,
        time_chunk=training.time_chunk,
    )


@functools.lru_cache(maxsize=4)
def follow_training(
    plan: Plan, options: NetworkOptions, training: TrainingOptions, pad: int, device: str
) -> tuple[Tape, Counter[str]]:
    """One step on shapes alone: its tape, and what layers keep for backward."""
    with _followed(plan, options, device) as (network, tape):
        network.train()
        tape.layer = GRADIENTS
        before = [torch.empty_like(parameter) for parameter in network.parameters()]  # gradients of the last step
        x, labels = _images(tape, plan, training.batch_size, pad)
        with computing_in(training.precision, x.device), saving_memory(training.saving()):
            answer = training.objective().run(network, network, cast_input(x, training.precision), ())
        loss = training.objective().value(answer, labels)
        before.clear()
        kept, tape.forward = tape.held(), False
        loss.backward()  # type: ignore[no-untyped-call]
    return tape, kept


def evaluation_memory(
    plan: Plan,
    options: NetworkOptions,
    *,
    batch_size: int,
    images: int,
    precision: str = "fp32",
    parameters: int | None = None,
    shared: bool = False,
    device: str = "cpu",
) -> MemoryEstimate:
    """Of `measure`, or with `shared` of a `PathCounter`, where the input of each slot waits for other candidates."""
    batch = min(batch_size, images)
    everything = _FLOAT * (parameters_of(plan) if parameters is None else parameters)
    resident = everything + images * _pixels(plan)
    try:
        tape = _follow_evaluation(plan, options, batch, precision, shared, device)
    except UserError:
        raise
    except Exception:  # said once, for training
        return _by_arithmetic(plan, batch, precision, resident, saving=None)
    events = ((tape.events, PINNED_EVALUATION),)
    once = LIBRARIES_FORWARD + (COMPILER if options.neuron.compile else 0)
    return _estimate(tape, events, Counter(), resident, plan, device, once)


def _follow_evaluation(
    plan: Plan, options: NetworkOptions, batch: int, precision: str, shared: bool, device: str
) -> Tape:
    with _followed(plan, options, device) as (network, tape), torch.no_grad():
        network.eval()
        x, _ = _images(tape, plan, batch, 0)
        waiting = []
        with computing_in(precision, x.device):
            x = network.encode(cast_input(x, precision))
            for index in range(1, len(plan.steps)):
                if shared and plan.steps[index].slot:
                    waiting.append(x)
                x = network.run(index, x)
            network.readout(x)
    return tape


def _by_arithmetic(
    plan: Plan, batch: int, precision: str, resident: int, *, saving: MemorySaving | None
) -> MemoryEstimate:
    """Roughly, from the layers that blocks list; `saving` is None in evaluation, where nothing is kept."""
    timesteps = plan.dimensions.timesteps
    row = batch * (2 if precision == "bf16" else _FLOAT)
    row *= min(timesteps, (saving.time_chunk if saving else 0) or timesteps)
    sizes = {layer.name: row * torch.Size(layer.output).numel() for layer in plan.layers()}
    # Of a convolution its result and, behind BatchNorm, its current.
    held = {layer.name: (2 if layer.kind == "conv" else 1) * sizes[layer.name] for layer in plan.layers()}
    most = 2 * max(held.values())  # what is made while a layer runs, forward or backward
    if saving is None:
        held = {}
    elif saving.recompute:
        held = {f"{step.name} (input)": row * step.input.size for step in plan.steps} | {"recomputed": 3 * most}
    tensors = sum(held.values()) + most
    return MemoryEstimate(
        resident=resident,
        tensors=tensors,
        process=resident + round(_ROUGH_LOSS * tensors) + LIBRARIES,
        layers=tuple(LayerMemory(name=name, kept=size, at_peak=size) for name, size in (held or sizes).items()),
    )


def _at(plan: Plan, timesteps: int) -> Plan:
    return replace(plan, dimensions=plan.dimensions.replace(timesteps=timesteps))


def _extended(few: MemoryEstimate, more: MemoryEstimate, factor: float, resident: int) -> MemoryEstimate:
    """`few` and `factor` times what `more` adds to it."""

    def line(one: int, two: int) -> int:
        return round(one + factor * (two - one))

    first = {layer.name: layer for layer in few.layers}
    layers = [
        LayerMemory(
            name=layer.name,
            kept=line(first[layer.name].kept if layer.name in first else 0, layer.kept),
            at_peak=line(first[layer.name].at_peak if layer.name in first else 0, layer.at_peak),
        )
        for layer in more.layers
    ]
    process = line(few.process - few.resident, more.process - more.resident)
    return MemoryEstimate(
        resident=resident,
        tensors=line(few.tensors, more.tensors),
        process=resident + process,
        layers=tuple(layers),
    )


@contextmanager
def _followed(plan: Plan, options: NetworkOptions, device: str) -> Iterator[tuple[SpikingNetwork, Tape]]:
    """A network without values, and the tape of what happens inside."""
    with signals_wait(), FakeTensorMode():
        network = build_network(plan, options)
        tape = Tape()
        with estimating_memory(device), tape, named(tape, _layers(network)):
            yield network, tape


def _layers(network: SpikingNetwork) -> dict[nn.Module, str]:
    """The parts of each step, and steps without parts, with their names."""
    found: dict[nn.Module, str] = {}
    for name, step in (*network.steps.items(), ("fc", network.fc)):
        parts = list(step.named_children())
        # direct coding calls the stem's neurons by name, and the readout uses the weights of its layer
        own = {"stem": "neuron", "fc": "hidden" if hasattr(step, "hidden") else "linear"}.get(name, "")
        found[step] = f"{name}.{own}" if hasattr(step, own) else name
        found |= {part: f"{name}.{child}" for child, part in parts}
    return found


def _pixels(plan: Plan) -> int:
    frames = plan.dimensions.timesteps if plan.dimensions.events else 1
    return frames * torch.Size(plan.dimensions.image).numel()


def _images(tape: Tape, plan: Plan, batch: int, pad: int) -> tuple[Tensor, Tensor]:
    """A batch as the loader makes it, with what it needs on the way."""
    tape.layer = INPUT
    channels, height, width = plan.dimensions.image
    shape = (batch, channels, height, width)
    if pad:
        planes = channels * (plan.dimensions.timesteps if plan.dimensions.events else 1)
        padded = torch.empty(batch, planes, height + 2 * pad, width + 2 * pad, dtype=torch.uint8)
        index = torch.empty(batch, height, width, dtype=torch.int64)
        bytes_ = torch.empty(batch, planes, height, width, dtype=torch.uint8)
        del padded, index, bytes_
    x = torch.empty((plan.dimensions.timesteps, *shape) if plan.dimensions.events else shape)
    tape.layer = OTHER
    return x, torch.empty(batch, dtype=torch.int64)


def _estimate(
    tape: Tape,
    parts: Sequence[tuple[Events, float]],
    kept: Counter[str],
    resident: int,
    plan: Plan,
    device: str,
    once: int,
) -> MemoryEstimate:
    """On a CPU with what libraries and compiler take `once`."""
    on_gpu = round(_GPU_LOSS * (resident + tape.peak))
    process = resident + heap_bytes(*parts) + once if device == "cpu" else on_gpu
    names = [layer.name for layer in plan.layers()]
    names += [name for name in tape.at_peak | kept if name not in names]
    layers = [LayerMemory(name=name, kept=kept[name], at_peak=tape.at_peak[name]) for name in names]
    return MemoryEstimate(
        resident=resident,
        tensors=tape.peak,
        process=process,
        layers=tuple(layer for layer in layers if layer.kept or layer.at_peak),
    )
