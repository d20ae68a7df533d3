"""All tables and figures of the two papers that can be measured again, by name."""

from collections.abc import Mapping

from spikesearch.reproduction.autosnn import blocks, design_choices, searching, timesteps
from spikesearch.reproduction.item import Item
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
    transfer,
)
from spikesearch.reproduction.snasnet import timesteps as cell_timesteps

_SMOKE = "under a minute"
_UNKNOWN = "not measured"
_ON_A_GPU = "a GPU; not measured"

_ALL = (
    Item(
        paper="autosnn",
        name="table1",
        title="GAP and down-sampling, blocks SCB_k3",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=design_choices.table1,
    ),
    Item(
        paper="autosnn",
        name="figure2",
        title="spikes layer by layer, without and with GAP",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=design_choices.figure2,
    ),
    Item(
        paper="autosnn",
        name="figure3",
        title="spikes layer by layer, max pooling and blocks of stride 2",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=design_choices.figure3,
    ),
    Item(
        paper="autosnn",
        name="table8",
        title="GAP and down-sampling, blocks SRB_k3",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=design_choices.table8,
    ),
    Item(
        paper="autosnn",
        name="table9",
        title="which block: convolutions, residual blocks, inverted bottlenecks",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=blocks.table9,
    ),
    Item(
        paper="autosnn",
        name="figure9",
        title="spikes layer by layer, of each kind of block",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=blocks.figure9,
    ),
    Item(
        paper="autosnn",
        name="table10",
        title="a penalty on spikes",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=blocks.table10,
    ),
    Item(
        paper="autosnn",
        name="table2",
        title="λ, the weight of spikes in the search",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=searching.table2,
    ),
    Item(
        paper="autosnn",
        name="table5",
        title="random sampling, random search and evolution",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=searching.table5,
    ),
    Item(
        paper="autosnn",
        name="figure5",
        title="accuracy and spikes with different timesteps",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=timesteps.figure5,
    ),
    Item(
        paper="snasnet",
        name="table1",
        title="cells found without and with feedback, beside random ones",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=search_spaces.table1,
        paper_data=("cifar10", "cifar100", "tiny-imagenet"),
    ),
    Item(
        paper="snasnet",
        name="table2",
        title="the cells found, with neurons whose time constant is learned",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=plif.table2,
    ),
    Item(
        paper="snasnet",
        name="table3",
        title="cells found on one data set, trained on another",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=transfer.table3,
        paper_data=("cifar10", "cifar100", "tiny-imagenet"),
    ),
    Item(
        paper="snasnet",
        name="table4",
        title="the Hamming distance and the sparsity-aware one as scores",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=distances.table4,
        paper_data=("cifar100",),
    ),
    Item(
        paper="snasnet",
        name="table5",
        title="the cells found, with more timesteps",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=cell_timesteps.table5,
        paper_data=("cifar100",),
    ),
    Item(
        paper="snasnet",
        name="figure1",
        title="accuracy over timesteps",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=cell_timesteps.figure1,
    ),
    Item(
        paper="snasnet",
        name="figure3",
        title="how the share of silent neurons varies, LIF and ReLU",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=sparsity.figure3,
    ),
    Item(
        paper="snasnet",
        name="figure4",
        title="accuracy over scores of cells",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=agreement.figure4,
        paper_data=("cifar100",),
    ),
    Item(
        paper="snasnet",
        name="figure6",
        title="the cells found, drawn",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=drawings.figure6,
        paper_data=("cifar10", "cifar100", "tiny-imagenet"),
    ),
    Item(
        paper="snasnet",
        name="figure7",
        title="training curves of searched and random cells",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=curves.figure7,
        paper_data=("cifar100",),
    ),
    Item(
        paper="snasnet",
        name="figure8",
        title="accuracy over the connections of cells",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=attributes.figure8,
        paper_data=("cifar100",),
    ),
    Item(
        paper="snasnet",
        name="figure9",
        title="accuracy and time over the cells that a search scores",
        cost={"smoke": _SMOKE, "small": _UNKNOWN, "paper": _ON_A_GPU},
        measure=budget.figure9,
        paper_data=("cifar100",),
    ),
)

ITEMS: Mapping[str, Item] = {item.path: item for item in _ALL}
