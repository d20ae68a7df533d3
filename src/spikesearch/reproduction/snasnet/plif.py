"""Table 2: the cells found with feedback, with neurons whose time constant is learned (PLIF)."""

from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.snasnet.trainings import (
    above_by_seed,
    beside_paper,
    cell_row,
    group_row,
    train,
    winners,
)

# The paper's accuracy in per cent on CIFAR-10, mean and deviation.
TABLE2 = {"lif": (93.73, 0.32), "plif": (93.92, 0.41)}
FANG = "The paper has 93.50 for the network of Fang et al. at T = 8, which is not measured here."
_NAMES = {"lif": "SNASNet-Bw, LIF", "plif": "SNASNet-Bw, PLIF"}


def table2(lab: Lab) -> Result:
    """The same cells, trained with either neuron."""
    data = lab.scale.data_sets[0]
    cells = list(winners(lab, "sahd", "feedback", data).items())
    found = {
        neuron: list(train(lab, cells, data, settings).values())
        for neuron, settings in (("lif", None), ("plif", {"network": {"neuron": "plif"}}))
    }
    rows = [
        {
            **group_row(_NAMES[neuron], networks),
            **beside_paper(networks, TABLE2[neuron] if data.name == "cifar10" else None),
        }
        for neuron, networks in found.items()
    ]
    listed = [cell_row(_NAMES[neuron], one) for neuron, networks in found.items() for one in networks]
    tables = [Table(f"Winners of {lab.scale.seeds} searches by SAHD, {data.name}; mean ± standard deviation.", rows)]
    claims = above_by_seed("a learned time constant makes found cells more accurate", found["plif"], found["lif"])
    return Result([*tables, Table("Each of them.", listed)], claims, notes=[FANG])
