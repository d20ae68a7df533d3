"""A study on CIFAR-10: does spending λ save spikes, does evolution beat random search, which BatchNorm?

    python examples/cifar10_study.py --data DIR --out study --minutes 25

Every call works for at most so many minutes and then stops; the next one goes on where it stood, until it says that
all is done. Everything is in `study/`: `results.json` has the figures, `results.md` and `tradeoff.svg` show them.
"""

import argparse
import json
import signal
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from spikesearch import load_run, parse, search
from spikesearch.app import resume, train
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.data.datasets import load_dataset
from spikesearch.data.loader import TensorData
from spikesearch.data.split import Split
from spikesearch.evaluation.shared_weights import SharedWeightsEvaluator
from spikesearch.networks.supernet import Supernet
from spikesearch.results import Run, TrainedNetwork
from spikesearch.strategies.evaluator import Measurement
from spikesearch.strategies.evolution import Evolution
from spikesearch.strategies.objectives import exponential_fitness, pareto_front
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.rank_correlation import Pair, RankCorrelation
from spikesearch.strategies.strategy import Scored, Strategy
from spikesearch.studies.trial import TrialRecord
from spikesearch.training.checkpoints import load_checkpoint

LAMBDAS = [0, -0.08, -0.16, -0.24]
UNIFORM = ["autosnn:SCB_k3", "autosnn:SRB_k3", "autosnn:SRB_k5"]
RANDOM = 5
SEARCH_SEEDS = 5
REPEATS = 3
# Networks are trained side by side, one thread each, on D_train alone: D_val then still tells something.
TRAINING = {"epochs": 3, "on": "train"}
SIDE_BY_SIDE = {"threads": 1, "workers": 2}
SEARCH_IMAGES = 1000
CALIBRATION_IMAGES = 1024


class Study:
    """The runs of the study, in one folder."""

    def __init__(self, data: Path, out: Path) -> None:
        self.data = data
        self.out = out

    def run(self, name: str, start: Callable[[Path], Run]) -> Run:
        """The finished run of that name: begun, or gone on with."""
        path = self.out / name
        if not (path / "format").is_file():
            return start(path)
        return load_run(path) if (path / "finished").is_file() else resume(path)

    def supernet(self) -> Run:
        """The recipe `cifar10-small` as it is: its supernet serves all that follows."""
        return self.run("small", lambda path: search("cifar10-small", data=self.data, run=path))

    @property
    def supernet_file(self) -> Path:
        """The trained supernet."""
        return self.out / "small" / "checkpoints" / "supernet.safetensors"

    def networks(self) -> Run:
        """Every architecture with the supernet's weights; the best of each λ and three uniform networks, trained."""
        settings: dict[str, Any] = {
            "search": {"strategy": "exhaustive", "lam": LAMBDAS, "images": SEARCH_IMAGES},
            "train": {**TRAINING, "repeats": REPEATS},
            "compare": {"architectures": UNIFORM, "random": 0, "estimates": [], "random_estimates": 0},
            "run": SIDE_BY_SIDE,
        }
        supernet = self.out / "small"
        return self.run(
            "networks",
            lambda path: search("cifar10-small", settings=settings, data=self.data, supernet=supernet, run=path),
        )

    def per_timestep(self) -> Run:
        """The winner of λ = -0.08 once more, with BatchNorm statistics of every timestep."""
        winner = next(network for network in load_run(self.out / "networks").networks if network.lam == -0.08)
        settings = {"train": {**TRAINING, "repeats": REPEATS}, "network": {"batch_norm": "per-timestep"}}
        return self.trained("per-timestep", [winner.architecture], settings)

    def random(self) -> Run:
        """Architectures drawn from the space, trained once each."""
        rng = np.random.default_rng(0)
        drawn = [str(get_space("autosnn").sample(rng)) for _ in range(RANDOM)]
        return self.trained("random", drawn, {"train": TRAINING})

    def trained(self, name: str, architectures: list[str], settings: dict[str, Any]) -> Run:
        """Networks that are trained as those of `networks`."""
        settings = {**settings, "run": SIDE_BY_SIDE}
        return self.run(
            name,
            lambda path: train(architectures, recipe="cifar10-small", settings=settings, data=self.data, run=path),
        )

    def searches(self, trials: Mapping[str, TrialRecord]) -> list[dict[str, Any]]:
        """Searches of 200 candidates for each λ, several seeds; what they measure is looked up in `trials`."""
        strategies: dict[str, Strategy] = {
            "evolution": Evolution(rounds=10, population=20),
            "random": RandomSearch(rounds=10, population=20),
        }
        _, info = load_checkpoint(self.supernet_file)
        average_spikes = float(info.extra["average_spikes"])
        found: list[dict[str, Any]] = []
        for lam in LAMBDAS:
            fitness = {
                text: exponential_fitness(trial.accuracy, trial.spikes_per_image, average_spikes, lam)
                for text, trial in trials.items()
            }
            best = {
                name: [max(looked_up(strategy, fitness, seed)) for seed in range(1, 1 + SEARCH_SEEDS)]
                for name, strategy in strategies.items()
            }
            found.append({"lam": lam, **best, "optimum": max(fitness.values())})
        return found

    def recalibrated(self, architectures: Sequence[str]) -> dict[str, list[Measurement]]:
        """All of D_val with the supernet's weights: inherited BatchNorm statistics, and ones of each path's own."""
        supernet, info = load_checkpoint(self.supernet_file)
        assert isinstance(supernet, Supernet)
        images = load_dataset("cifar10", str(self.data)).train
        split = Split.from_dict(json.loads((self.out / "small" / "split.json").read_text(encoding="utf-8")))
        chosen = np.random.default_rng(0).choice(split.train, CALIBRATION_IMAGES, replace=False)
        calibration = {"inherited": None, "recalibrated": TensorData.load(images, chosen).images}
        found = {}
        for name, calibrating in calibration.items():
            with SharedWeightsEvaluator(
                supernet,
                TensorData.load(images, split.validation),
                normalisation=info.normalisation,
                precision="bf16",
                calibration=calibrating,
            ) as evaluator:
                found[name] = list(evaluator.evaluate([parse(text) for text in architectures]))
        return found


def looked_up(strategy: Strategy, fitness: Mapping[str, float], seed: int) -> Iterator[float]:
    """The fitness of all that a strategy proposes."""
    space, history = get_space("autosnn"), list[Scored]()
    for generation in range(strategy.rounds):
        for architecture in strategy.propose(space, tuple(history), generation, seed):
            history.append(Scored(architecture, fitness[str(architecture)]))
    return (scored.fitness for scored in history)


def ranks(networks: Sequence[TrainedNetwork], shared: Mapping[str, Measurement | TrialRecord]) -> RankCorrelation:
    """How the figures with shared weights order the networks, against those after training."""
    pairs = [
        Pair(
            shared_accuracy=shared[one.architecture].accuracy,
            shared_spikes=shared[one.architecture].spikes_per_image,
            trained_accuracy=one.accuracy_mean,
            trained_spikes=one.spikes_per_image_mean,
        )
        for one in networks
    ]
    found = RankCorrelation.of(pairs, "test")
    assert found is not None
    return found


def row(network: TrainedNetwork) -> dict[str, Any]:
    """One network of the table."""
    return {
        "label": network.label,
        "lam": network.lam,
        "architecture": network.architecture,
        "accuracy": [one.accuracy for one in network.repeats],
        "spikes": [one.spikes_per_image for one in network.repeats],
        "parameters": network.parameters,
    }


def spread(values: list[float], scale: float = 1, digits: int = 0) -> str:
    """Mean ± standard deviation; of one value the value."""
    mean = f"{scale * statistics.fmean(values):,.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ± {scale * statistics.stdev(values):,.{digits}f}"


def write(out: Path, results: dict[str, Any]) -> None:
    """The figures as JSON, as a page, and as a picture."""
    (out / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = ["| network | architecture | test accuracy, % | spikes per image | parameters |", "|---|---|---|---|---|"]
    for part in ("small", "networks", "random", "per-timestep"):
        remark = {"small": ", recipe", "per-timestep": ", BatchNorm per timestep"}.get(part, "")
        lines += [
            f"| {one['label']}{remark} | `{one['architecture']}` "
            f"| {spread(one['accuracy'], 100, 2)} | {spread(one['spikes'])} | {one['parameters']:,} |"
            for one in results[part]
        ]
    lines += ["", "Supernet and training, with inherited BatchNorm statistics and with recalibrated ones:", ""]
    lines += [f"- {name}: {found['text']}" for name, found in results["ranks"].items()]
    lines += ["", "| λ | evolution | random search | difference | the best of all 3,125 |", "|---|---|---|---|---|"]
    for one in results["searches"]:
        # Both strategies of a seed have the same first generation, so their difference says more than their means.
        differences = [x - y for x, y in zip(one["evolution"], one["random"], strict=True)]
        columns = [spread(values, 1, 4) for values in (one["evolution"], one["random"], differences)]
        lines.append(f"| {one['lam']:g} | {' | '.join(columns)} | {one['optimum']:.4f} |")
    (out / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    winners: list[dict[str, Any]] = []
    for one in results["networks"]:
        if winners and one["architecture"] == winners[-1]["architecture"]:
            winners[-1] = {**winners[-1], "label": f"{winners[-1]['label']}, {one['lam']:g}"}
        elif one["lam"] is not None:
            winners.append(one)
    uniform = [one for one in results["networks"] if one["lam"] is None]
    again = [{**one, "label": "BatchNorm per timestep"} for one in results["per-timestep"]]
    groups = {"best of each λ": winners, "uniform": uniform, "random": results["random"], "per timestep": again}
    draw(out / "tradeoff.svg", groups)


def draw(path: Path, groups: Mapping[str, list[dict[str, Any]]]) -> None:
    """Accuracy over spikes: every training a dot, the means larger, and the front of the means."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    means: list[tuple[float, float]] = []  # (accuracy, spikes)
    for (group, networks), marker, colour in zip(groups.items(), "*soD", ("C1", "C0", "0.6", "C2"), strict=False):
        named = False  # once in the legend
        for one in networks:
            mean = statistics.fmean(one["accuracy"]), statistics.fmean(one["spikes"])
            axes.plot(one["spikes"], [100 * share for share in one["accuracy"]], ".", color=colour, alpha=0.5)
            axes.plot(mean[1], 100 * mean[0], marker, color=colour, markersize=10, label="_" if named else group)
            name = one["label"].removeprefix("autosnn: ").replace("-", "−") if group != "random" else ""
            axes.annotate(
                name,
                (mean[1], 100 * mean[0]),
                xytext=(7, 6 if group == "per timestep" else -12),
                textcoords="offset points",
                fontsize=8,
            )
            means.append(mean)
            named = True
    front = [means[index] for index in pareto_front(means)]
    axes.step([x for _, x in front], [100 * y for y, _ in front], where="post", color="k", lw=1, label="front of means")
    axes.set_xlabel("spikes per image")
    axes.set_ylabel("test accuracy, %")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left")
    figure.savefig(path)


def main() -> None:
    """Work until all is done, or the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with CIFAR-10's files")
    parser.add_argument("--out", type=Path, default=Path("study"), help="folder of the study (default: study)")
    parser.add_argument("--minutes", type=float, default=25, help="how long this call may work (default: 25)")
    given = parser.parse_args()

    def over(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, 60 * given.minutes)
    study = Study(given.data, given.out)
    try:
        parts = {
            "small": study.supernet(),
            "networks": study.networks(),
            "random": study.random(),
            "per-timestep": study.per_timestep(),
        }
        # One architecture may win under several λ; it is trained and counted once.
        everyone = [*parts["networks"].networks, *parts["random"].networks]
        trained = list({network.architecture: network for network in everyone}.values())
        trials = {trial.architecture: trial for trial in parts["networks"].trials}
        calibrated = study.recalibrated([one.architecture for one in trained])
    except KeyboardInterrupt:
        sys.exit("the time is over; the same command goes on from here")
    signal.setitimer(signal.ITIMER_REAL, 0)
    orders = {f"{SEARCH_IMAGES} images": ranks(trained, trials)} | {
        name: ranks(trained, {one.architecture: shared for one, shared in zip(trained, found, strict=True)})
        for name, found in calibrated.items()
    }
    write(
        given.out,
        {
            **{name: [row(network) for network in run.networks] for name, run in parts.items()},
            "ranks": {name: {**found.as_dict(), "text": str(found)} for name, found in orders.items()},
            "shared": {
                name: [{"accuracy": shared.accuracy, "spikes": shared.spikes_per_image} for shared in found]
                for name, found in calibrated.items()
            },
            "searches": study.searches(trials),
        },
    )
    print(f"all done: {given.out / 'results.md'}")


if __name__ == "__main__":
    main()
