"""What bfloat16 does to a search: the figures of all architectures, and how good the winners are that it finds.

Takes the trained supernet of a finished run, `spikesearch search cifar10-small` for example. Every architecture is
measured in float32 and in bfloat16; searches then look their figures up, so that many seeds cost nothing.
"""

from collections.abc import Mapping
from typing import Any

from benchmarks.harness import Spread
from benchmarks.search_sides import FINALISTS, LAMBDA, fitness
from spikesearch import load_run
from spikesearch.architectures.architecture import Architecture
from spikesearch.architectures.spaces.slots import SlotSpace
from spikesearch.data.datasets import load_dataset
from spikesearch.data.loader import TensorData
from spikesearch.data.split import Split
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.supernet import Supernet
from spikesearch.strategies.evaluator import Measurement
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.strategy import Scored
from spikesearch.studies.run import RunFolder
from spikesearch.training.allocator import keep_freed_memory
from spikesearch.training.checkpoints import load_checkpoint

_PRECISIONS = ("fp32", "bf16")
Figures = Mapping[Architecture, Measurement]


def run(
    *, supernet: str = "runs/cifar10-small", images: int = 1000, candidates: int = 200, seeds: int = 20
) -> dict[str, Any]:
    """Measure on the first `images` validation images of the run `supernet`; search `seeds` times."""
    keep_freed_memory()
    folder = RunFolder.open(supernet)
    network, info = load_checkpoint(folder.checkpoint("supernet"), compile=True)
    assert isinstance(network, Supernet)
    section = load_run(supernet).config["data"]
    dataset = load_dataset(section["name"], section["folder"])
    split = Split.from_dict(folder.read_json("split.json"))
    validation = TensorData.load(dataset.train, split.validation[:images])
    average_spikes = float(info.extra["average_spikes"])
    figures: dict[str, Figures] = {}
    for precision in _PRECISIONS:
        evaluator = SharedWeightsEvaluator(
            network, validation, normalisation=info.normalisation, precision=precision, batch_size=500
        )
        space = list(network.space)
        figures[precision] = dict(zip(space, evaluator.evaluate(space), strict=True))
    searches = [_search(network.space, figures, average_spikes, candidates, seed) for seed in range(seeds)]
    dimensions = network.dimensions
    return {
        "title": "What bfloat16 does to a search",
        "settings": {
            "data": dataset.name,
            "supernet trained on": len(split.train),
            "validation images": len(validation),
            "architectures": len(figures["fp32"]),
            "candidates": candidates,
            "searches": seeds,
            "channels": dimensions.channels,
            "timesteps": dimensions.timesteps,
            "λ": LAMBDA,
        },
        "tables": [
            {"caption": "Winners of evolutions, both measured in fp32", "rows": _winners(searches)},
            {"caption": "Every architecture, in bf16 against fp32", "rows": _differences(figures)},
        ],
        "notes": [
            "Fitness is AutoSNN's, accuracy · (spikes / N_avg)^λ. Goal: at least 0.995 of the best candidate's.",
            f"One validation image more or less is {100 / len(validation):.2f} points of accuracy.",
        ],
    }


def _search(
    space: SlotSpace, figures: Mapping[str, Figures], average_spikes: float, candidates: int, seed: int
) -> tuple[float, float, float]:
    """The fp32 fitness of the winner of a search in bf16: as shares of its best candidate's, and of fp32's winner's.

    The second of the three is that of the best of its `FINALISTS`, as a share of its best candidate's.
    """
    histories = {name: _history(space, found, average_spikes, candidates, seed) for name, found in figures.items()}
    exact = {name: [fitness(figures["fp32"][one.architecture], average_spikes) for one in history]
             for name, history in histories.items()}  # fmt: skip
    rough = [one.fitness for one in histories["bf16"]]
    winner = exact["bf16"][rough.index(max(rough))]
    finalists = sorted(range(len(rough)), key=lambda place: -rough[place])[:FINALISTS]
    final = max(exact["bf16"][place] for place in finalists)
    return winner / max(exact["bf16"]), final / max(exact["bf16"]), winner / max(exact["fp32"])


def _history(space: SlotSpace, figures: Figures, average_spikes: float, candidates: int, seed: int) -> list[Scored]:
    """One evolution run (Algorithm 1), generations of 20."""
    strategy = Evolution(rounds=max(1, candidates // 20))
    history: list[Scored] = []
    for number in range(strategy.rounds):
        for architecture in strategy.propose(space, tuple(history), number, seed):
            history.append(Scored(architecture, fitness(figures[architecture], average_spikes)))
    return history


def _winners(searches: list[tuple[float, float, float]]) -> list[dict[str, str]]:
    names = (
        "the best of its own candidates",
        f"the same, if its best {FINALISTS} are measured again in fp32 (`search.finalists`)",
        "the winner of the search in fp32",
    )
    return [
        {
            "fitness of the winner in bf16, divided by that of": name,
            "median (quartiles)": Spread.of(shares).text(digits=4),
            "least": f"{min(shares):.4f}",
            "at least 0.995": f"{sum(share >= 0.995 for share in shares)} of {len(shares)}",
        }
        for name, shares in zip(names, map(list, zip(*searches, strict=True)), strict=True)
    ]


def _differences(figures: Mapping[str, Figures]) -> list[dict[str, str]]:
    pairs = [(exact, figures["bf16"][architecture]) for architecture, exact in figures["fp32"].items()]
    accuracy = [100 * abs(one.accuracy - two.accuracy) for one, two in pairs]
    spikes = [100 * abs(two.spikes_per_image / one.spikes_per_image - 1) for one, two in pairs]
    return [
        {"": name, "median (quartiles)": Spread.of(values).text(), "largest": f"{max(values):.2f}"}
        for name, values in (("difference of accuracy, points", accuracy), ("difference of spikes, %", spikes))
    ]
