"""How large an experiment is: `smoke` to see that it works, `small` for two cores, `paper` as published, for a GPU."""

from collections.abc import Mapping

from spikesearch.reproduction.deviations import (
    AUTOSNN_PAPER,
    AUTOSNN_SMALL,
    AUTOSNN_SMOKE,
    SNASNET_PAPER,
    SNASNET_SMALL,
    SNASNET_SMOKE,
)
from spikesearch.reproduction.scale import DataSet, OtherData, Scale, Settings

__all__ = ["AUTOSNN", "PAPERS", "SCALES", "SNASNET", "DataSet", "OtherData", "Scale", "Settings"]

SCALES = ("smoke", "small", "paper")

_SIDE_BY_SIDE = {"threads": 1, "workers": 2}

_AS_IN_THE_CODE = {"pad": 0, "flip": False, "cutout": 0}  # AutoSNN's on events: no augmentation


def _events(name: str, fang: str) -> OtherData:
    """A row of Table 4 as published."""
    settings = {"data": {"name": name}, "network": {"timesteps": 20}, "train": _AS_IN_THE_CODE}
    return OtherData(
        data=DataSet(name=name, settings=settings), channels=16, others={fang: 128, "dvs-resnet17-zheng": 64}
    )


def _pictures(name: str) -> OtherData:
    """Another row of it, with the scale's T."""
    return OtherData(
        data=DataSet(name=name, settings={"data": {"name": name}}), channels=64, others={"cifarnet-fang": 256}
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
        moved_to=(
            OtherData(
                data=DataSet(name="digits", settings={"data": {"size": 16}}),
                channels=2,
                others={"dvs-cifarnet-fang": None},
                note="No event recordings ship with spikesearch: digits of 16x16 pixels stand here, and are none.",
            ),
        ),
        verdicts=False,
        deviations=AUTOSNN_SMOKE,
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
        moved_to=(
            OtherData(
                data=DataSet(
                    name="n-mnist",
                    recipe="n-mnist-small",
                    # no search here: its 1,000 images are more than D_val has
                    settings={"search": {"images": 0}, "train": {"epochs": 30, "on": "train+validation"}},
                ),
                channels=8,
                others={"dvs-cifarnet-fang": None},
                note="The events are those of N-MNIST. Networks are trained on 1,000 recordings for 30 epochs, as in "
                "the recipe `n-mnist-small` (C = 8, T = 4, float32), and tested on what the archive has for that, 100 "
                "recordings in the committed results; the paper has CIFAR10-DVS and DVS128 Gesture (T = 20) and trains "
                "for 600 epochs.",
            ),
        ),
        deviations=AUTOSNN_SMALL,
    ),
    "paper": Scale(
        name="paper",
        recipe="cifar10-autosnn",
        settings={
            "network": {"batch_norm": "per-timestep"},  # as in the authors' code
            "compare": {"architectures": [], "random": 0, "estimates": [], "random_estimates": 0},
        },
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
        moved_to=(
            _pictures("cifar100"),
            _pictures("svhn"),
            _pictures("tiny-imagenet"),
            _events("cifar10-dvs", "dvs-cifarnet-fang"),
            _events("dvs128-gesture", "dvs-cifarnet-fang-5"),
        ),
        deviations=AUTOSNN_PAPER,
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
        verdicts=False,
        deviations=SNASNET_SMOKE,
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
                note="`digits` are scikit-learn's, enlarged to 32x32; on them networks are trained for 15 epochs, "
                "without flips.",
            ),
        ),
        deviations=SNASNET_SMALL,
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
        figure1_timesteps=(5, 8),
        hours=8.0,
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
        deviations=SNASNET_PAPER,
    ),
}

PAPERS: Mapping[str, Mapping[str, Scale]] = {"autosnn": AUTOSNN, "snasnet": SNASNET}
