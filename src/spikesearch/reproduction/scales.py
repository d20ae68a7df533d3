"""How large an experiment is: `smoke` to see that it works, `small` for two cores, `paper` as published, for a GPU."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spikesearch.config.reading import merged

Settings = Mapping[str, Any]

SCALES = ("smoke", "small", "paper")


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set that items measure on beside, or instead of, the scale's own.

    Attributes:
        name: that tables show.
        recipe: instead of the scale's; None: the scale's.
        settings: laid over the scale's.
    """

    name: str
    recipe: str | None = None
    settings: Settings = field(default_factory=dict)

    def laid_over(self, settings: Settings) -> dict[str, Any]:
        """An item's own settings laid over those of the data set."""
        return merged(self.settings, settings)


@dataclass(frozen=True, kw_only=True)
class EventData:
    """Other data, on which a found network is trained beside networks made by hand (AutoSNN, Table 4).

    Attributes:
        data: the data set.
        channels: C of the found network, and of the others where they have none of their own.
        others: networks made by hand, with their C or None.
        note: what a reader must know.
    """

    data: DataSet
    channels: int
    others: Mapping[str, int | None]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The size of one paper's experiments.

    Attributes:
        name: one of `SCALES`.
        recipe: that searches and trainings start from.
        settings: laid over the recipe.
        repeats: trainings of a network, each with a seed of its own.
        seeds: searches of a strategy, each with a seed of its own.
        winner_repeats: trainings of a network that a search found.
        rounds: generations of a search with shared weights.
        population: candidates of a generation.
        draws: cells that a search by score draws.
        few: architectures where the paper takes ten or more.
        timesteps: T of what is compared over timesteps.
        timesteps_settings: of trainings with these T of AutoSNN's Figure 5, which cost the more the larger T is.
        blocks_settings: of the trainings of AutoSNN's Tables 9 and 10, some of large networks.
        penalties: λ_reg of AutoSNN's Table 10; with each above 0 a network is trained once.
        widths: C of what is compared over widths.
        cloud: architectures drawn from each space where spaces are compared (AutoSNN, Figure 4).
        cloud_settings: of their trainings.
        recent: settings of networks of other papers, by text (AutoSNN, Table 11).
        events: data to which found networks are moved (AutoSNN, Table 4).
        data_sets: where results are compared over data sets; the first is where all else is measured.
        ablation: where the paper looks closer, which is not its first data set.
        transfer: between which networks are moved.
        deviations: from the paper's setting, a sentence each.
    """

    name: str
    recipe: str
    settings: Settings = field(default_factory=dict)
    repeats: int
    seeds: int
    winner_repeats: int = 1
    rounds: int = 10
    population: int = 20
    draws: int = 0
    few: int = 10
    timesteps: tuple[int, ...]
    timesteps_settings: Settings = field(default_factory=dict)
    blocks_settings: Settings = field(default_factory=dict)
    penalties: tuple[float, ...] = (1.0, 0.1, 0.01, 0.0)
    widths: tuple[int, ...] = ()
    cloud: int = 0
    cloud_settings: Settings = field(default_factory=dict)
    recent: Mapping[str, Settings] = field(default_factory=dict)
    events: tuple[EventData, ...] = ()
    data_sets: tuple[DataSet, ...] = (DataSet(name="cifar10"),)
    ablation: DataSet = DataSet(name="cifar10")
    transfer: tuple[DataSet, ...] = ()
    deviations: tuple[str, ...]


_SIDE_BY_SIDE = {"threads": 1, "workers": 2}

_EVERYWHERE = (
    "D_val is a stratified part of the training set that the run records, and evaluation is never augmented; the "
    "authors' code takes the last 20% in file order and evaluates with random crops and flips.",
    "Each trained network is tested once, after its last epoch; the authors' code reports the best epoch on the test "
    "set.",
    "BatchNorm takes its statistics over all timesteps and images of a batch; the authors' code over each timestep.",
)

_DIGITS = "The images are the 8x8 handwritten digits of scikit-learn, a few of them: no figure means anything here."
_REENCODED = (
    "CIFAR-10 may be one that was encoded anew by its distributor; the committed results are of such a copy (JPEG)."
)

_AS_IN_THE_CODE = {"pad": 0, "flip": False, "cutout": 0}  # AutoSNN's on events: no augmentation


def _events(name: str, fang: str) -> EventData:
    """Table 4 as published."""
    settings = {"data": {"name": name}, "network": {"timesteps": 20}, "train": _AS_IN_THE_CODE}
    return EventData(
        data=DataSet(name=name, settings=settings), channels=16, others={fang: 128, "dvs-resnet17-zheng": 64}
    )


AUTOSNN: Mapping[str, Scale] = {
    "smoke": Scale(
        name="smoke",
        recipe="digits",
        settings={
            "data": {"limit": 60, "test_limit": 30},
            "space": {"candidates": ["skip", "SRB_k3"]},
            "network": {"channels": 2, "timesteps": 2, "v_threshold": 0.2},
            "supernet": {"epochs": 1, "batch_size": 12},
            "search": {"images": 12, "batch_size": 12},
            "train": {"epochs": 1, "batch_size": 24, "on": "train"},
            "compare": {"architectures": [], "random": 0, "estimates": [], "random_estimates": 0},
            "run": {"threads": 1, "workers": 1, "compile": False},
        },
        repeats=2,
        seeds=2,
        winner_repeats=2,
        rounds=2,
        population=4,
        few=2,
        timesteps=(1, 2, 3),
        widths=(2, 3),
        cloud=2,
        recent={"vgg16-sbn": {"data": {"size": 32}}},  # its poolings need so many pixels
        events=(
            EventData(
                data=DataSet(name="digits", settings={"data": {"size": 16}}),
                channels=2,
                others={"dvs-cifarnet-fang": None},
                note="No event recordings ship with spikesearch: digits of 16x16 pixels stand here, and are none.",
            ),
        ),
        deviations=(_DIGITS, "Two blocks are searched: skip and SRB_k3.", *_EVERYWHERE),
    ),
    "small": Scale(
        name="small",
        recipe="cifar10-small",
        settings={
            "search": {"images": 1000},
            "train": {"epochs": 3, "on": "train"},
            "compare": {"architectures": [], "random": 0, "estimates": [], "random_estimates": 0},
            "run": _SIDE_BY_SIDE,
        },
        repeats=2,
        seeds=5,
        winner_repeats=3,
        few=10,
        timesteps=(4, 8, 16),
        timesteps_settings={"data": {"limit": 25_000}, "train": {"epochs": 1, "batch_size": 16}},
        blocks_settings={"train": {"epochs": 1, "batch_size": 32}},
        penalties=(1.0, 0.1, 0.0),
        widths=(4, 8),
        cloud=10,
        events=(
            EventData(
                data=DataSet(
                    name="n-mnist",
                    recipe="n-mnist-small",
                    # no search here: its 1,000 images are more than D_val has
                    settings={"search": {"images": 0}, "train": {"epochs": 30, "on": "train+validation"}},
                ),
                channels=8,
                others={"dvs-cifarnet-fang": None},
                note="The events are those of N-MNIST, 1,000 training recordings, as in the recipe `n-mnist-small`; "
                "the paper has CIFAR10-DVS and DVS128 Gesture.",
            ),
        ),
        deviations=(
            "C = 8 and T = 4, where the paper has 16 and 8 (timesteps are named where they differ); bfloat16 with "
            "float32 membranes.",
            "Networks are trained for 3 epochs of 40,000 images (Adam, cosine from 3e-3, batch 64, no cutout), the "
            "supernet for 12; the paper trains both for 600 epochs (constant 1e-3, batch 96, cutout 16 for networks).",
            "The whole space is measured once with the supernet's weights, on 1,000 images of D_val; searches look "
            "their candidates up there, which gives what searching one by one would give.",
            _REENCODED,
            *_EVERYWHERE,
        ),
    ),
    "paper": Scale(
        name="paper",
        recipe="cifar10-autosnn",
        settings={"compare": {"architectures": [], "random": 0, "estimates": [], "random_estimates": 0}},
        repeats=1,
        seeds=5,
        few=10,
        timesteps=(4, 8, 16),
        widths=(16, 32, 64, 128),
        cloud=100,
        cloud_settings={"train": {"epochs": 120}},
        recent={
            "vgg9-bntt": {"network": {"channels": 128, "timesteps": 25}},
            "vgg16-sbn": {"network": {"channels": 64, "timesteps": 40}},
        },
        events=(
            _events("cifar10-dvs", "dvs-cifarnet-fang"),
            _events("dvs128-gesture", "dvs-cifarnet-fang-5"),
        ),
        deviations=(
            "The whole space is measured once with the supernet's weights; searches look their candidates up there, "
            "which gives what searching one by one would give.",
            _REENCODED,
            *_EVERYWHERE,
        ),
    ),
}

SNASNET: Mapping[str, Scale] = {
    "smoke": Scale(
        name="smoke",
        recipe="snasnet-digits",
        settings={
            "data": {"limit": 60, "test_limit": 30},
            "space": {"sampling": "authors"},
            "network": {"channels": 2, "timesteps": 2, "hidden": 8, "v_threshold": 0.2},
            "search": {"batch_size": 12},
            "score": {"channels": 2, "batch_size": 4, "repeats": 1},
            "train": {"epochs": 1, "batch_size": 24, "on": "train"},
            "compare": {"architectures": [], "random": 0, "estimates": [], "random_estimates": 0},
            "run": {"threads": 1, "workers": 1, "compile": False},
        },
        repeats=1,
        seeds=2,
        draws=4,
        few=3,
        timesteps=(1, 2),
        data_sets=(DataSet(name="digits"),),
        ablation=DataSet(name="digits"),
        transfer=(DataSet(name="digits"), DataSet(name="digits, 10x10", settings={"data": {"size": 10}})),
        deviations=(_DIGITS, "A search draws 4 cells.", *_EVERYWHERE),
    ),
    "small": Scale(
        name="small",
        recipe="snasnet-cifar10-feedback",
        settings={
            "data": {"limit": 6250},
            "network": {"channels": 8, "hidden": 256, "fc_std": 0.1, "batch_norm": "folded"},
            "score": {"channels": 8, "batch_size": 64, "repeats": 1},
            "train": {
                "epochs": 4,
                "batch_size": 32,
                "on": "train",
                "optimizer": "adam",
                "learning_rate": 3e-3,
                "weight_decay": 0.0,
            },
            "compare": {"architectures": [], "random": 0, "estimates": [], "random_estimates": 0},
            "run": {**_SIDE_BY_SIDE, "precision": "bf16"},
        },
        repeats=1,
        seeds=3,
        draws=100,
        few=6,
        timesteps=(3, 5, 8),
        transfer=(
            DataSet(name="cifar10"),
            DataSet(
                name="digits",
                settings={"data": {"name": "digits", "size": 32, "limit": 0}, "train": {"epochs": 15, "flip": False}},
            ),
        ),
        deviations=(
            "C = 8 and 256 hidden neurons, where the paper has 256 and 1,024; bfloat16 with float32 membranes.",
            "Networks are trained for 4 epochs of 5,000 images with Adam (batch 32, cosine from 3e-3), which learns "
            "sooner than SGD; the paper trains for 300 epochs of 50,000 with SGD.",
            "A search draws 100 cells, scored at C = 8 with one batch of 64 images; the paper draws 5,000 and the "
            "authors' code scores with two batches of 256.",
            "Everything is measured on CIFAR-10; the paper takes CIFAR-100 for Tables 4 and 5 and Figures 7 to 9. "
            "Table 3 moves cells between CIFAR-10 and scikit-learn's digits, enlarged to 32x32 (15 epochs, no flips).",
            "Fully connected weights start with a deviation of 0.1 instead of 0.01, which is made for wider networks.",
            _REENCODED,
            *_EVERYWHERE,
        ),
    ),
    "paper": Scale(
        name="paper",
        recipe="snasnet-cifar10-feedback",
        settings={"compare": {"architectures": [], "random": 0, "estimates": [], "random_estimates": 0}},
        repeats=1,
        seeds=5,
        draws=5000,
        few=50,
        timesteps=(5, 10, 15, 20),
        data_sets=(
            DataSet(name="cifar10"),
            DataSet(name="cifar10-T8", settings={"network": {"timesteps": 8}}),
            DataSet(name="cifar100", recipe="snasnet-cifar100-feedback"),
            DataSet(name="tiny-imagenet", recipe="snasnet-tinyimagenet-feedback"),
        ),
        ablation=DataSet(name="cifar100", recipe="snasnet-cifar100-feedback"),
        transfer=(
            DataSet(name="cifar10"),
            DataSet(name="cifar100", recipe="snasnet-cifar100-feedback"),
            DataSet(name="tiny-imagenet", recipe="snasnet-tinyimagenet-feedback"),
        ),
        deviations=(_REENCODED, *_EVERYWHERE[:2]),
    ),
}

PAPERS: Mapping[str, Mapping[str, Scale]] = {"autosnn": AUTOSNN, "snasnet": SNASNET}
