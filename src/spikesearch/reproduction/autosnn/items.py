"""AutoSNN's tables and figures that can be measured again."""

from spikesearch.reproduction.autosnn import (
    ann,
    blocks,
    design_choices,
    drawn,
    enlarged,
    hand_made,
    moved,
    recent,
    searching,
    spaces,
    timesteps,
)
from spikesearch.reproduction.item import Item, costs
from spikesearch.reproduction.scale import Part

# Which of the scale's settings an item works in: trainings of its own are told in its notes.
_OWN_EPOCHS: tuple[Part, ...] = ("data", "network", "training", "testing")
_TRAINED: tuple[Part, ...] = (*_OWN_EPOCHS, "epochs")
_LOOKED: tuple[Part, ...] = ("data", "network", "supernet", "lookup")
_SEARCHED: tuple[Part, ...] = (*_TRAINED, "supernet", "lookup")
_OWN_FOUND: tuple[Part, ...] = (*_OWN_EPOCHS, "supernet", "lookup")
_ENLARGED: tuple[Part, ...] = (*_TRAINED, "supernet")
_MOVED: tuple[Part, ...] = (*_LOOKED, "testing")

ITEMS = (
    Item(
        paper="autosnn",
        name="table1",
        title="GAP and down-sampling, blocks SCB_k3",
        cost=costs("27 min: 8 trainings"),
        measure=design_choices.table1,
        uses=_TRAINED,
    ),
    Item(
        paper="autosnn",
        name="table2",
        title="λ, the weight of spikes in the search",
        cost=costs("26 min search, then 35 min: 9 trainings"),
        measure=searching.table2,
        uses=_SEARCHED,
    ),
    Item(
        paper="autosnn",
        name="table3",
        title="networks made by hand, at several widths",
        cost=costs("a search, 10 trainings; not measured"),
        measure=hand_made.table3,
        uses=_SEARCHED,
    ),
    Item(
        paper="autosnn",
        name="table4",
        title="other data, events among them",
        cost=costs("26 min search, then 4 min: 4 short trainings"),
        measure=moved.table4,
        uses=_MOVED,
        data=("cifar10", "n-mnist"),
        paper_data=("cifar10", "cifar100", "svhn", "tiny-imagenet", "cifar10-dvs", "dvs128-gesture"),
    ),
    Item(
        paper="autosnn",
        name="table5",
        title="random sampling, random search and evolution",
        cost=costs("26 min search, then 67 min: 19 trainings"),
        measure=searching.table5,
        uses=_SEARCHED,
    ),
    Item(
        paper="autosnn",
        name="table6",
        title="spaces of eight blocks",
        cost=costs("two searches, 16 trainings; not measured"),
        measure=enlarged.table6,
        uses=_ENLARGED,
    ),
    Item(
        paper="autosnn",
        name="table7",
        title="searching ordinary networks instead",
        cost=costs("31 min two searches, then 22 min: 6 trainings"),
        measure=ann.table7,
        uses=_SEARCHED,
    ),
    Item(
        paper="autosnn",
        name="table8",
        title="GAP and down-sampling, blocks SRB_k3",
        cost=costs("32 min: 8 trainings"),
        measure=design_choices.table8,
        uses=_TRAINED,
    ),
    Item(
        paper="autosnn",
        name="table9",
        title="which block: convolutions, residual blocks, inverted bottlenecks",
        cost=costs("13 min: 8 short trainings"),
        measure=blocks.table9,
        uses=_OWN_EPOCHS,
    ),
    Item(
        paper="autosnn",
        name="table10",
        title="a penalty on spikes",
        cost=costs("25 min: 16 short trainings"),
        measure=blocks.table10,
        uses=_OWN_EPOCHS,
    ),
    Item(
        paper="autosnn",
        name="table11",
        title="networks with other BatchNorms",
        cost=costs("a search, 3 trainings; not measured"),
        measure=recent.table11,
        uses=_SEARCHED,
    ),
    Item(
        paper="autosnn",
        name="figure1",
        title="accuracy and spikes of AutoSNN and networks made by hand",
        cost=costs("a search, 10 trainings; not measured"),
        measure=hand_made.figure1,
        uses=_SEARCHED,
    ),
    Item(
        paper="autosnn",
        name="figure2",
        title="spikes layer by layer, without and with GAP",
        cost=costs("27 min: 8 trainings"),
        measure=design_choices.figure2,
        uses=_TRAINED,
    ),
    Item(
        paper="autosnn",
        name="figure3",
        title="spikes layer by layer, max pooling and blocks of stride 2",
        cost=costs("27 min: 8 trainings"),
        measure=design_choices.figure3,
        uses=_TRAINED,
    ),
    Item(
        paper="autosnn",
        name="figure4",
        title="architectures drawn from the spaces of four macro architectures",
        cost=costs("40 trainings; not measured"),
        measure=spaces.figure4,
        uses=_TRAINED,
    ),
    Item(
        paper="autosnn",
        name="figure5",
        title="accuracy and spikes with different timesteps",
        cost=costs("26 min search, then 20 min: 15 short trainings"),
        measure=timesteps.figure5,
        uses=_OWN_FOUND,
    ),
    Item(
        paper="autosnn",
        name="figure9",
        title="spikes layer by layer, of each kind of block",
        cost=costs("13 min: 8 short trainings"),
        measure=blocks.figure9,
        uses=_OWN_EPOCHS,
    ),
    Item(
        paper="autosnn",
        name="figure11",
        title="the architectures found, drawn",
        cost=costs("26 min search"),
        measure=drawn.figure11,
        uses=_LOOKED,
    ),
)
