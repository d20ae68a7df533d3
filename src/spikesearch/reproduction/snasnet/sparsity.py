"""Figure 3: how much the share of silent neurons varies between images, with LIF neurons and with ReLUs."""

import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spikesearch.config.sections import Config
from spikesearch.reproduction.claims import Claim, above
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.sample import Sample
from spikesearch.reproduction.snasnet.searches import as_cell, searched, winner

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGES = 16
NAMES = {"lif": "LIF", "relu": "ReLU"}

Shares = Mapping[str, Sequence[Sequence[float]]]
"""Layer → timestep → image → share of neurons that are silent."""


def figure3(lab: Lab) -> Result:
    """The cell that the first search without feedback found, freshly initialised, on the first 16 training images."""
    data = lab.scale.data_sets[0]
    cell = winner(searched(lab, "sahd", "forward", 0, data).trials)
    found: dict[str, Shares] = lab.measured(
        "sparsity",
        {"cell": cell, "images": IMAGES},
        lambda config: sparsity_of(cell, config),
        data.laid_over({}),
        recipe=data.recipe,
    )
    layers = distinct(found["lif"])
    spread = {kind: {layer: deviation(found[kind][layer]) for layer in layers} for kind in NAMES}
    rows = [
        {
            "layer": layer,
            **{f"{name}: silent, %": f"{100 * _mean(found[kind][layer]):.1f}" for kind, name in NAMES.items()},
            **{f"{name}: deviation, points": f"{100 * spread[kind][layer]:.2f}" for kind, name in NAMES.items()},
        }
        for layer in layers
    ]
    over_layers = {kind: Sample(tuple(100 * value for value in spread[kind].values())) for kind in NAMES}
    says = "the share of silent neurons varies more between images with LIF than with ReLU"
    claims = [above(says, over_layers["lif"], over_layers["relu"], unit="points")]
    whole = {kind: 100 * statistics.stdev(_values(found[kind], layers)) for kind in NAMES}
    says = "it varies more over layers, timesteps and images together"
    claims.append(Claim(says=says, difference=whole["lif"] - whole["relu"], unit="points", own=True))
    caption = f"Neurons that are silent, `{cell}`; deviation between {IMAGES} images, mean of all timesteps."
    notes = [
        "The network of ReLUs has the same weights and runs once; in training mode, without dropout, both.",
        "The first difference is of means over layers, and so is its error. Connections that leave the same node have "
        "the same input and count as one layer.",
    ]
    return Result([Table(caption, rows)], claims, {"sparsity": lambda: _drawn(found)}, notes)


def distinct(shares: Shares) -> list[str]:
    """The layers, without those that are silent exactly as one before them."""
    seen: dict[str, str] = {}
    for layer, times in shares.items():
        seen.setdefault(repr(times), layer)
    return list(seen.values())


def _values(shares: Shares, layers: Sequence[str]) -> list[float]:
    return [value for layer in layers for images in shares[layer] for value in images]


def deviation(times: Sequence[Sequence[float]]) -> float:
    """Standard deviation between images (n − 1), mean of all timesteps."""
    return statistics.fmean(statistics.stdev(images) for images in times)


def _mean(times: Sequence[Sequence[float]]) -> float:
    return statistics.fmean(value for images in times for value in images)


def sparsity_of(text: str, config: Config) -> dict[str, Any]:
    """Layer → timestep → image → share of silent neurons, of the network with LIF neurons and with ReLUs."""
    from dataclasses import replace

    import torch

    from spikesearch.assembly.making import make_dataset, make_dimensions, named_space
    from spikesearch.assembly.parts import Parts
    from spikesearch.data.augment import Normalisation
    from spikesearch.networks.builder import build_network, matching_options
    from spikesearch.reproduction.snasnet.silence import Silence, with_rectifiers
    from spikesearch.scores.sample import Sample as Pass

    dataset = make_dataset(config, Parts())
    dimensions = make_dimensions(config.network, dataset, named_space(config, Parts()))
    images = Normalisation.measure(dataset.train.images)(torch.from_numpy(dataset.train.images[:IMAGES]))
    found = {}
    for kind in NAMES:
        plan = as_cell(text).plan(dimensions if kind == "lif" else dimensions.replace(timesteps=1))
        section = config.network
        options = replace(
            matching_options(plan, None), batch_norm=section.batch_norm, dropout=0.0, fc_std=section.fc_std
        )
        network = build_network(plan, options, config.run.seed)
        if kind == "relu":
            with_rectifiers(network)
        looked = Pass(plan, images, None, options=options, seed=config.run.seed, listeners=[Silence], network=network)
        found[kind] = looked.heard(Silence).shares
    return found


def _drawn(found: Mapping[str, Shares]) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, (kind, name) in zip(figure.subplots(1, 2, sharey=True), NAMES.items(), strict=True):
        layers = distinct(found["lif"])
        for place, layer in enumerate(layers):
            times = found[kind][layer]
            for t, images in enumerate(times):
                at = place + (t - (len(times) - 1) / 2) * 0.8 / max(len(times), 2)
                axes.plot([at] * len(images), [100 * value for value in images], ".", color=f"C{t}", markersize=4)
        axes.set_title(name)
        axes.set_xticks(range(len(layers)), layers, rotation=60, ha="right", fontsize=7)
        axes.grid(axis="y", alpha=0.3)
    figure.axes[0].set_ylabel("silent neurons, %; a colour for each timestep")
    return figure
