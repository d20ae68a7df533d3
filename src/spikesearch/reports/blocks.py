"""How blocks are drawn and explained: one colour for each kind, its kernel as the shade, a line of words."""

import re

from spikesearch.reports.data import DrawnStep
from spikesearch.reports.style import BOX

# Light enough for dark text, so that they serve both themes. Larger kernels are darker.
_SHADES = {
    "SCB": ("#fbe3b6", "#f5c767", "#e3a32e"),
    "SRB": ("#cfe3f5", "#9cc7ea", "#63a5d8"),
    "SIB": ("#c9eadd", "#93d3ba", "#5db795"),
    "SIBD": ("#d7eec0", "#b3dc8a", "#8cc258"),
}
_OWN = "#e6c6da"
_NAMES = {
    "Stem": "conv 3×3",
    "MaxPool": "max pool",
    "AvgPool": "average pool",
    "GlobalAvgPool": "global pool",
    "ConvNeuron": "conv 3×3",
    "CellStem": "conv 3×3",
    "CellBlock": "cell",
    "CellReduction": "conv 3×3, pool",
    "CellEnd": "average pool",
    "Dense": "FC",
    "DenseThroughTime": "FC",
    "PlainPool": "average pool",
    "PlainConv": "conv 3×3",
    "PlainStem": "conv 3×3",
    "ConvThroughTime": "conv 3×3",
    "StemThroughTime": "conv 3×3",
    "VoltageHead": "FC",
    "MeanHead": "FC",
    "SwitchedHead": "FC",
    "LinearHead": "FC",
}

_EXPLANATIONS = {
    "Stem": "conv 3×3 – neuron",
    "ConvNeuron": "conv 3×3 – neuron",
    "MaxPool": "max pooling 2×2 of spikes; its output is spikes and is counted",
    "AvgPool": "average pooling 2×2 – neuron",
    "GlobalAvgPool": "average over all pixels – neuron",
    "CellStem": "conv 3×3 – BN, no neurons",
    "CellBlock": "four nodes; their connections, and how much each spikes, are drawn and listed below",
    "CellReduction": "BN – neuron – conv 3×3 – BN – average pooling 2×2",
    "CellEnd": "BN – neuron – average pooling",
    "Dense": "fully connected – neuron",
    "DenseThroughTime": "fully connected – BatchNorm of its own for each timestep – neuron",
    "PlainPool": "average pooling 2×2 without a neuron; averages are no spikes and are not counted",
    "PlainConv": "conv 3×3 – neuron, without BatchNorm",
    "PlainStem": "conv 3×3 – neuron, without BatchNorm",
    "ConvThroughTime": "conv 3×3 – BatchNorm of its own for each timestep – neuron",
    "StemThroughTime": "conv 3×3 – BatchNorm of its own for each timestep – neuron",
    "FC": "fully connected – neuron; the votes of a class are averaged",
    "VoltageHead": "fully connected – neuron – fully connected; mean voltage over time, averaged over a class's votes",
    "MeanHead": "fully connected, no neuron; mean voltage over time, averaged over a class's votes",
    "SwitchedHead": "spikes summed over time – BatchNorm – fully connected; averaged over a class's votes",
    "LinearHead": "fully connected to the classes",
    "skip": "nothing: the input is passed on and no neuron stands there",
    "SCB": "conv {k}×{k} – neuron – conv {k}×{k} – neuron",
    "SRB": "conv {k}×{k} – neuron – conv {k}×{k}, the input added – neuron",
    "SIB": "conv 1×1 to {e}× the channels – neuron – conv {k}×{k} – neuron – conv 1×1, the input added – neuron",
    "SIBD": "conv 1×1 to {e}× the channels – neuron – depth-wise conv {k}×{k} – neuron – conv 1×1, the input added"
    " – neuron",
}
_TEXT = re.compile(r"(?P<kind>SCB|SRB|SIBD|SIB)_k(?P<k>\d+)(?:_e(?P<e>\d+))?")


def is_identity(step: DrawnStep) -> bool:
    """Whether the step only passes its input on."""
    return step.block == "skip" and step.parameters == 0


def colour(step: DrawnStep) -> str:
    """Fill of the step's box."""
    if not step.slot or step.block == "skip":
        return BOX
    match = _TEXT.fullmatch(step.block)
    if match is None:
        return _OWN
    kernel = int(match["k"])
    return _SHADES[match["kind"]][0 if kernel < 3 else 1 if kernel == 3 else 2]


def title(step: DrawnStep) -> str:
    """What the step's box says."""
    if step.block == "skip" and not is_identity(step):
        return "skip, conv 1×1"  # another thing than a skip that passes on, and explained beside it
    return _NAMES.get(step.block, step.block)


def explanation(step: DrawnStep) -> str | None:
    """What the block computes, in words; None for a user's own block, which only its author can explain."""
    if step.block == "skip" and not is_identity(step):
        if step.input[1:] != step.output[1:]:
            return "where the size is halved: two conv 1×1 at stride 2, of half the channels each – neuron"
        return "where the channels change: conv 1×1 – neuron"
    if step.block in _EXPLANATIONS:
        return _EXPLANATIONS[step.block]
    match = _TEXT.fullmatch(step.block)
    return _EXPLANATIONS[match["kind"]].format(k=match["k"], e=match["e"]) if match else None


def ordinary_explanation(step: DrawnStep) -> str | None:
    """The same in a network with ReLUs for neurons."""
    if step.block == "MaxPool":
        return "max pooling 2×2"
    words = explanation(step)
    return None if words is None else words.replace("neuron", "ReLU")
