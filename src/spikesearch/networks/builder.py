"""The one builder: from a plan to a module, for single networks and supernets alike."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import torch
from torch import nn

from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.blocks import Block
from spikesearch.architectures.dimensions import DIMENSION_NAMES
from spikesearch.architectures.heads import Head, LinearHead, MeanHead, SwitchedHead, VoltageHead
from spikesearch.architectures.plan import Plan, Step, SuperPlan
from spikesearch.architectures.suggest import did_you_mean
from spikesearch.architectures.text import as_architecture
from spikesearch.errors import UserError
from spikesearch.networks.blocks import MODULES
from spikesearch.networks.cells import CELL_MODULES
from spikesearch.networks.hand_made import HAND_MADE_MODULES, MeanReadout, SwitchedReadout
from spikesearch.networks.network import SpikingNetwork
from spikesearch.networks.ops import MaxPool
from spikesearch.networks.options import NetworkOptions
from spikesearch.networks.readout import LinearReadout, VoltageReadout, VotingReadout
from spikesearch.networks.recorder import SpikeSite
from spikesearch.neurons.neuron import SpikingNeuron
from spikesearch.neurons.options import NeuronOptions
from spikesearch.seeds import child_seed

# `kind` is the dimension `neuron`: it changes the parameter count, so it belongs to what `describe` knows.
NEURON_NAMES: tuple[str, ...] = tuple(field.name for field in fields(NeuronOptions) if field.name != "kind")
OPTION_NAMES: tuple[str, ...] = (*NEURON_NAMES, "batch_norm", "dropout", "fc_std")

Readout = VotingReadout | VoltageReadout | MeanReadout | SwitchedReadout

_MAKERS: Mapping[type[Block], Callable[[Step, NetworkOptions], nn.Module]] = {
    **MODULES,
    **CELL_MODULES,
    **HAND_MADE_MODULES,
}


def build(
    text_or_architecture: str | Architecture,
    seed: int = 0,
    *,
    blocks: Mapping[str, Block] | None = None,
    device: torch.device | str | None = None,
    **keywords: Any,
) -> SpikingNetwork:
    """Builds a network: images [N, C, H, W] or frames [T, N, C, H, W] → firing rates [N, classes]; networks of cells,
    `vgg9-bntt` and `vgg16-sbn` give mean voltages instead, and ordinary networks (`neuron="relu"`) logits.

    Args:
        text_or_architecture: as `parse` reads it.
        seed: of the weights, drawn as PyTorch does by default, those of networks of cells as SNASNet's code does; the
            global generators are left alone.
        blocks: the user's own blocks by name.
        device: where the network is put; the weights are the same on every device.
        **keywords: the fields of `Dimensions` (`channels`, `timesteps`, `classes`, `image`, …; what is not given has
            the space's default), of `NeuronOptions` (`tau`, `v_threshold`, `surrogate`, …), `batch_norm`, `dropout`
            and `fc_std`.

    Raises:
        UserError: no architecture, an unknown keyword, a size the architecture cannot be built at, or an own block
            whose module does not agree with its layers.
    """
    architecture = as_architecture(text_or_architecture, blocks)
    unknown = [name for name in keywords if name not in (*DIMENSION_NAMES, *OPTION_NAMES)]
    if unknown:
        known = (*DIMENSION_NAMES, *OPTION_NAMES)
        hints = "; ".join(f"{name!r}{did_you_mean(name, known)}" for name in unknown)
        raise UserError(f"unknown keyword {hints}; known are {', '.join(known)}")
    dimensions = architecture.dimensions(**{k: v for k, v in keywords.items() if k in DIMENSION_NAMES})
    plan = architecture.plan(dimensions)
    given = {k: v for k, v in keywords.items() if k in OPTION_NAMES}
    return build_network(plan, network_options(dimensions.neuron, {"tau": plan.tau, **given}), seed).to(device)


def network_options(kind: str, values: Mapping[str, Any]) -> NetworkOptions:
    """Options from the keywords `OPTION_NAMES` names and the kind of neuron.

    Raises:
        UserError: a value is not allowed.
    """
    neuron = NeuronOptions(kind=kind, **{k: v for k, v in values.items() if k in NEURON_NAMES})
    return NetworkOptions(neuron=neuron, **{k: v for k, v in values.items() if k not in NEURON_NAMES})


def build_network(plan: Plan, options: NetworkOptions | None = None, seed: int = 0) -> SpikingNetwork:
    """Builds a network from its plan, on the CPU.

    Each step draws its weights from a seed of its own, made of its name and its block: with the same seed, a network
    starts from the same weights as its path in a supernet.

    Args:
        plan: what to build.
        options: of neurons and BatchNorm; by default those of the plan's neurons.
        seed: of the weights.

    Raises:
        UserError: `options` and plan disagree about the neurons, or an own block whose module does not agree with its
            layers.
    """
    options = matching_options(plan, options)
    steps = {step.name: make_step(step, options, seed) for step in plan.steps}
    return SpikingNetwork(plan, steps, make_readout(plan, options, seed), options)


def matching_options(plan: Plan | SuperPlan, options: NetworkOptions | None) -> NetworkOptions:
    """The options, checked against the plan; defaults for None.

    Raises:
        UserError: options and plan disagree about the neurons, or dropout is asked for where there is none.
    """
    kind = plan.dimensions.neuron
    if options is None:
        return network_options(kind, {"tau": plan.tau})
    for name in ("dropout", "fc_std"):
        if getattr(options, name) is not None and not isinstance(plan.head, VoltageHead):
            raise UserError(
                f"{name}={getattr(options, name)}: only networks of cells (snasnet, spikenas-bench) have it; "
                "leave it out"
            )
    if options.neuron.kind != kind:
        raise UserError(
            f"the plan's neurons are {kind!r}, those of the options {options.neuron.kind!r}; "
            "give both the same (`neuron` of the dimensions, `kind` of the neuron options)"
        )
    return options


def make_step(step: Step, options: NetworkOptions, seed: int) -> nn.Module:
    """The module of one step, initialised, its spike sites named.

    Raises:
        UserError: an own block whose module does not agree with its layers.
    """
    own = type(step.block).module is not Block.module
    with _drawing(child_seed(seed, "weights", step.name, str(step.block))):
        module = step.block.module(step, options) if own else _maker(step.block)(step, options)
    if not isinstance(module, nn.Module):
        raise UserError(f"block {step.block}: module() returned {module!r}; it must return a torch.nn.Module")
    _name_sites(module, step, spiking=options.neuron.kind != "relu")
    _check_module(module, step, options)
    for part in module.modules():
        if isinstance(part, MaxPool):
            part.compiled = options.neuron.compile
    return module


def make_readout(plan: Plan | SuperPlan, options: NetworkOptions, seed: int) -> Readout:
    """The fully connected layers with their neurons, initialised, their spike site named."""
    sizes = plan.features, plan.dimensions.classes, plan.dimensions.votes
    with _drawing(child_seed(seed, "weights", "fc")):
        fc = _readout(plan.head, sizes, options)
    if isinstance(fc, VotingReadout | VoltageReadout):  # the others have no neurons
        fc.neuron.site = "fc.neuron"
    return fc


def _readout(head: Head, sizes: tuple[int, int, int], options: NetworkOptions) -> Readout:
    if isinstance(head, VoltageHead):
        return VoltageReadout(*sizes, head, options)
    if isinstance(head, MeanHead):
        return MeanReadout(*sizes)
    if isinstance(head, LinearHead):
        return LinearReadout(*sizes)
    if isinstance(head, SwitchedHead):
        return SwitchedReadout(*sizes)
    return VotingReadout(*sizes, options)


def _maker(block: Block) -> Callable[[Step, NetworkOptions], nn.Module]:
    for kind in type(block).__mro__:
        if kind in _MAKERS:
            return _MAKERS[kind]
    raise UserError(
        f"block {block}: {type(block).__name__} has no module; "
        "override module(site, options) to return a torch.nn.Module"
    )


def _name_sites(module: nn.Module, step: Step, *, spiking: bool) -> None:
    for path, part in module.named_modules():
        if isinstance(part, SpikeSite):
            part.site = f"{step.name}.{path}" if path else step.name
            part.block = str(step.block)
            part.spiking = spiking
        elif isinstance(part, SpikingNeuron):
            raise UserError(
                f"block {step.block}: the spikes of {path!r} would not be counted; "
                "use spikesearch.networks.ops.Neuron instead of SpikingNeuron"
            )


def _check_module(module: nn.Module, step: Step, options: NetworkOptions) -> None:
    """Refuses a block whose `layers` tell another network than its module is: every report would be wrong."""
    layers = step.block.layers(step.input, step.channels, step.stride)
    trained = options.neuron.kind == "plif"
    promised = sum(layer.parameters for layer in layers if layer.kind != "neuron" or trained)
    actual = sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
    if promised != actual:
        raise UserError(
            f"block {step.block} in {step.name}: layers() lists {promised} parameters, its module has {actual}"
        )
    listed = sorted(f"{step.name}.{layer.name}" for layer in layers if layer.positions)
    found = sorted(part.site for part in module.modules() if isinstance(part, SpikeSite))
    if listed != found:
        raise UserError(
            f"block {step.block} in {step.name}: layers() lists the spiking layers {', '.join(listed) or 'none'}, "
            f"its module has {', '.join(found) or 'none'}; name the submodules as the layers"
        )


@contextmanager
def _drawing(seed: int) -> Iterator[None]:
    """Inside, the CPU's default generator starts from `seed`; afterwards it goes on as if nothing had been drawn.

    Always the CPU, whatever the default device: the same seed gives the same weights everywhere. Not
    `torch.manual_seed`, which would seed the GPUs too.
    """
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)
        yield
