"""SNASNet's tables and figures that can be measured again."""

from spikesearch.reproduction.item import Item, costs
from spikesearch.reproduction.scale import Part
from spikesearch.reproduction.snasnet import (
    agreement,
    attributes,
    budget,
    curves,
    distances,
    drawings,
    plif,
    search_spaces,
    sparsity,
    timesteps,
    transfer,
)

# Which of the scale's settings an item works in.
_SEARCHED: tuple[Part, ...] = ("data", "network", "scores")
_TRAINED: tuple[Part, ...] = (*_SEARCHED, "training", "epochs", "testing")
_SETS: tuple[Part, ...] = (*_TRAINED, "sets")
_CLOSER: tuple[Part, ...] = (*_TRAINED, "ablation")
_DRAWN: tuple[Part, ...] = (*_SEARCHED, "sets")

ITEMS = (
    Item(
        paper="snasnet",
        name="table1",
        title="cells found without and with feedback, beside random ones",
        cost=costs("27 min: 12 searches, 17 trainings"),
        measure=search_spaces.table1,
        uses=_SETS,
        paper_data=("cifar10", "cifar100", "tiny-imagenet"),
    ),
    Item(
        paper="snasnet",
        name="table2",
        title="the cells found, with neurons whose time constant is learned",
        cost=costs("3 searches, 6 trainings; not measured"),
        measure=plif.table2,
        uses=_TRAINED,
    ),
    Item(
        paper="snasnet",
        name="table3",
        title="cells found on one data set, trained on another",
        cost=costs("29 min: 12 searches, 20 trainings"),
        measure=transfer.table3,
        uses=_SETS,
        paper_data=("cifar10", "cifar100", "tiny-imagenet"),
    ),
    Item(
        paper="snasnet",
        name="table4",
        title="the Hamming distance and the sparsity-aware one as scores",
        cost=costs("16 min: 12 searches, 11 trainings"),
        measure=distances.table4,
        uses=_CLOSER,
        paper_data=("cifar100",),
    ),
    Item(
        paper="snasnet",
        name="table5",
        title="the cells found, with more timesteps",
        cost=costs("28 min: 6 searches, 18 trainings"),
        measure=timesteps.table5,
        uses=_CLOSER,
        paper_data=("cifar100",),
    ),
    Item(
        paper="snasnet",
        name="figure1",
        title="accuracy over timesteps",
        cost=costs("28 min: 6 searches, 18 trainings"),
        measure=timesteps.figure1,
        uses=_TRAINED,
    ),
    Item(
        paper="snasnet",
        name="figure3",
        title="how the share of silent neurons varies, LIF and ReLU",
        cost=costs("1 min: 1 search"),
        measure=sparsity.figure3,
        uses=_SEARCHED,
    ),
    Item(
        paper="snasnet",
        name="figure4",
        title="accuracy over scores of cells",
        cost=costs("28 min: 18 searches, 17 trainings"),
        measure=agreement.figure4,
        uses=_CLOSER,
        paper_data=("cifar100",),
    ),
    Item(
        paper="snasnet",
        name="figure6",
        title="the cells found, drawn",
        cost=costs("2 min: 6 searches"),
        measure=drawings.figure6,
        uses=_DRAWN,
        paper_data=("cifar10", "cifar100", "tiny-imagenet"),
    ),
    Item(
        paper="snasnet",
        name="figure7",
        title="training curves of searched and random cells",
        cost=costs("27 min: 12 searches, 17 trainings"),
        measure=curves.figure7,
        uses=_CLOSER,
        paper_data=("cifar100",),
    ),
    Item(
        paper="snasnet",
        name="figure8",
        title="accuracy over the connections of cells",
        cost=costs("33 min: 18 searches, 22 trainings"),
        measure=attributes.figure8,
        uses=_CLOSER,
        paper_data=("cifar100",),
    ),
    Item(
        paper="snasnet",
        name="figure9",
        title="accuracy and time over the cells that a search scores",
        cost=costs("6 searches, up to 24 trainings; not measured"),
        measure=budget.figure9,
        uses=_CLOSER,
        paper_data=("cifar100",),
    ),
)
