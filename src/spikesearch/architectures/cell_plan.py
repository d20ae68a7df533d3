"""The macro architecture of networks of cells: stem – cell(C) – reduction – cell(2C) – end – FC – FC.

Both cells are the same (SNASNet §4 and its released code). Sizes of the paper's networks:

| data          | C   | image | stem     | pooling at the end         | hidden |
|---------------|-----|-------|----------|----------------------------|--------|
| CIFAR-10      | 256 | 32×32 | stride 1 | 2; 4 in published weights  | 1024   |
| CIFAR-100     | 128 | 32×32 | stride 1 | 2                          | 1024   |
| Tiny-ImageNet | 128 | 64×64 | stride 2 | 2                          | 4096   |

What the image decides (the stem's stride, and `hidden` where nothing else is said) follows from its size and not from
the name of a data set.
"""

from spikesearch.architectures.cell_blocks import CellBlock, CellEnd, CellReduction, CellStem
from spikesearch.architectures.cell_edges import Edge
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.heads import VoltageHead
from spikesearch.architectures.layers import Shape
from spikesearch.architectures.plan import Plan, fixed_step
from spikesearch.errors import UserError

CELL_DEFAULTS = Dimensions(channels=128, timesteps=5, neuron="lif")
"""The authors' values for CIFAR-100, and those of SpikeNAS-Bench."""

CELL_TAU = 4 / 3
"""τ in timesteps (SNASNet §4.1, SpikeNAS-Bench)."""

_POOLING = 2
_HIDDEN, _HIDDEN_OF_LARGE_IMAGES = 1024, 4096
_LARGE = 64


def plan_cells(edges: tuple[Edge, ...], cell: str, dimensions: Dimensions, architecture: str) -> Plan:
    """The network of two such cells.

    Args:
        edges: the cell's connections.
        cell: the cell's name as a block.
        dimensions: width, timesteps, classes and image.
        architecture: canonical text.

    Raises:
        UserError: an image too small, or ReLUs.
    """
    if not dimensions.spiking:
        raise UserError(
            "neuron='relu' with a network of cells: only networks of AutoSNN's spaces and those made by hand can be "
            "ordinary ones; give plif, lif or if"
        )
    c, large = dimensions.channels, min(dimensions.image[1:]) >= _LARGE
    pooling = dimensions.pooling or _POOLING
    _check_image(dimensions, 2 if large else 1, pooling)
    block = CellBlock(edges, cell)
    steps = [fixed_step("stem", CellStem(), Shape(*dimensions.image), c, 2 if large else 1)]
    for name, part, channels, stride in (
        ("cell1", block, c, 1),
        ("down", CellReduction(), 2 * c, 2),
        ("cell2", block, 2 * c, 1),
        ("end", CellEnd(pooling), 2 * c, pooling),
    ):
        steps.append(fixed_step(name, part, steps[-1].output, channels, stride))
    hidden = dimensions.hidden or (_HIDDEN_OF_LARGE_IMAGES if large else _HIDDEN)
    return Plan(
        architecture=architecture,
        dimensions=dimensions,
        steps=tuple(steps),
        features=steps[-1].output.size,
        head=VoltageHead(hidden),
        tau=CELL_TAU,
    )


def _check_image(dimensions: Dimensions, stem: int, pooling: int) -> None:
    # The stem halves upwards and only large images, the poolings drop incomplete windows.
    smallest = 2 * pooling if stem == 1 else max(_LARGE, 4 * pooling - 1)
    if min(dimensions.image[1:]) < smallest:
        raise UserError(
            f"image {Shape(*dimensions.image)} is too small for a network of cells with pooling={pooling}, which would "
            f"leave 0 pixels; give at least {smallest}x{smallest} pixels, or a smaller pooling"
        )
