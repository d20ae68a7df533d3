"""All tables and figures of the two papers that can be measured again, by name."""

from collections.abc import Mapping

from spikesearch.reproduction.autosnn import blocks, design_choices
from spikesearch.reproduction.item import Item

_SMOKE = "under a minute"

_ALL = (
    Item(
        paper="autosnn",
        name="table1",
        title="GAP and down-sampling, blocks SCB_k3",
        cost={"smoke": _SMOKE},
        measure=design_choices.table1,
    ),
    Item(
        paper="autosnn",
        name="figure2",
        title="spikes layer by layer, without and with GAP",
        cost={"smoke": _SMOKE},
        measure=design_choices.figure2,
    ),
    Item(
        paper="autosnn",
        name="figure3",
        title="spikes layer by layer, max pooling and blocks of stride 2",
        cost={"smoke": _SMOKE},
        measure=design_choices.figure3,
    ),
    Item(
        paper="autosnn",
        name="table8",
        title="GAP and down-sampling, blocks SRB_k3",
        cost={"smoke": _SMOKE},
        measure=design_choices.table8,
    ),
    Item(
        paper="autosnn",
        name="table9",
        title="which block: convolutions, residual blocks, inverted bottlenecks",
        cost={"smoke": _SMOKE},
        measure=blocks.table9,
    ),
    Item(
        paper="autosnn",
        name="figure9",
        title="spikes layer by layer, of each kind of block",
        cost={"smoke": _SMOKE},
        measure=blocks.figure9,
    ),
    Item(
        paper="autosnn",
        name="table10",
        title="a penalty on spikes",
        cost={"smoke": _SMOKE},
        measure=blocks.table10,
    ),
)

ITEMS: Mapping[str, Item] = {item.path: item for item in _ALL}
