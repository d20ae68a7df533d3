"""Ordinary networks, with ReLUs for neurons (AutoSNN §5.5): what cannot go with them, and spiking ones made of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from spikesearch.assembly.making import named_space
from spikesearch.assembly.parts import Parts
from spikesearch.config.sections import Config, TrainSection
from spikesearch.errors import UserError
from spikesearch.scores.table import SCORES_TABLE
from spikesearch.strategies.score_names import DEFAULT_SCORE

_LOSS = "cross-entropy"


def check_ordinary(config: Config, parts: Parts) -> None:
    """Make sure that nothing is asked of networks of ReLUs that only spiking ones have; all of it is said at once.

    Raises:
        UserError: something is.
    """
    if not config.network.spiking and (wrong := list(_wrong(config, parts))):
        listed = "\n".join(f"  {line}" for line in wrong)
        raise UserError(
            f"network.neuron = 'relu' makes ordinary networks, in which nothing spikes and no time passes:\n{listed}"
        )


def _wrong(config: Config, parts: Parts) -> Iterator[str]:
    if config.network.timesteps not in (None, 1):
        yield f"network.timesteps = {config.network.timesteps}: they run once for an image; give 1, or leave it out"
    for name in ("train",) if config.train_only else ("supernet", "train"):
        section = getattr(config, name)
        if section.loss != _LOSS:
            yield f"{name}.loss = {section.loss!r}: their outputs are no firing rates; give {_LOSS!r}"
        if section.spike_penalty:
            yield f"{name}.spike_penalty = {section.spike_penalty}: there are no spikes to make few; leave it out"
    if not config.train_only:
        yield from _wrong_search(config, parts)


def _wrong_search(config: Config, parts: Parts) -> Iterator[str]:
    section = config.search
    if any(section.lambdas):
        yield f"search.lam = {section.lam}: λ weighs spikes, here accuracy alone is the fitness; give search.lam = 0"
    if parts.objective is not None:
        yield "an objective of your own: it would get no spikes, here accuracy alone is the fitness; leave it out"
    if section.racing:
        yield "search.racing = true: candidates race by their spikes too; leave it out"
    for constraint in section.budgets.measured:
        yield f"search.constraints, {constraint}: only parameters and macs can be constrained here"
    score = section.score or (DEFAULT_SCORE if section.first_stage else "")
    if score and SCORES_TABLE[score].network:
        known = ", ".join(name for name, one in SCORES_TABLE.items() if not one.network)
        yield f"search.score = {score!r}: it is computed on spiking networks; give one of {known}"
    if config.train.choose == "front":
        yield "train.choose = 'front': there is no front of accuracy and spikes; give 'top', the best by accuracy"


def check_front(config: Config, *, front: bool) -> None:
    """Refuse the front of a search whose candidates do not spike.

    Raises:
        UserError: it is asked for.
    """
    if front and not config.network.spiking:
        raise UserError(
            "the candidates are ordinary networks (network.neuron = 'relu'), which have no front of accuracy and "
            "spikes: take --top K, or train.choose = 'top', the best by accuracy"
        )


def spiking_settings(config: Config, settings: Mapping[str, Any], parts: Parts) -> dict[str, Any]:
    """What else changes where the networks that a run of ordinary ones found are trained as spiking ones.

    One timestep and cross-entropy were nobody's choice there, so the space's timesteps and AutoSNN's loss come back
    unless others are given.

    Args:
        config: of the run of ordinary networks.
        settings: changes to it, nested.
        parts: of the new run.

    Returns:
        Further settings, nested; none where nothing becomes spiking.
    """
    network, train = settings.get("network", {}), settings.get("train", {})
    if config.network.spiking or network.get("neuron", "relu") == "relu":
        return {}
    further: dict[str, dict[str, Any]] = {}
    if "timesteps" not in network:
        further["network"] = {"timesteps": named_space(config, parts).defaults.timesteps}
    if "loss" not in train:
        further["train"] = {"loss": TrainSection().loss}
    return further


def as_spiking(settings: Mapping[str, Any]) -> str:
    """What such a run does, in words for whoever started it."""
    network, loss = settings["network"], settings["train"]["loss"]
    return f"they are trained as spiking ones, {network['neuron']}, T = {network['timesteps']}, train.loss = {loss!r}"
