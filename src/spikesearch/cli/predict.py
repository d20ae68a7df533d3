"""`spikesearch predict`: the classes that a trained network sees in image files or recordings of events."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spikesearch.cli import options
from spikesearch.cli.output import print_json, print_table, print_text

if TYPE_CHECKING:
    from spikesearch.prediction import Prediction

_MEANING = (
    "voted firing rate: of the class's neurons in the last layer and all timesteps, the share with a spike; "
    "share of votes: of all spikes of the last layer; neither is a probability"
)
_NONE = "none: no neuron of the last layer fired for it, so all classes tie"


def command(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="A .safetensors file, or a run, whose first winner is taken.")
    ],
    images: Annotated[list[str], typer.Argument(metavar="IMAGE…", help="Image files, or event recordings.")],
    top: Annotated[int, typer.Option("--top", metavar="K", min=1, help="Classes shown for each image.")] = 3,
    json: options.Json = False,
) -> None:
    """Show the classes that a trained network sees in images or event recordings, and the spikes that each costs."""
    from spikesearch.app import predict
    from spikesearch.cli.progress import ConsoleReporter

    with ConsoleReporter() as reporter:
        found = predict(checkpoint, images, top=top, reporter=reporter)
    if json:
        print_json([one.as_dict() for one in found])
        return
    if not found[0].spiking:
        _show_probabilities(found)
        return
    rows = []
    for prediction in found:
        if prediction.best is None:  # an order by class numbers would be taken for an answer
            rows.append([prediction.image, "none", "0.0%", "0.0%", f"{prediction.spikes:,}"])
            continue
        for place, one in enumerate(prediction.classes):
            first = place == 0
            rows.append(
                [
                    prediction.image if first else "",
                    one.name,
                    f"{100 * one.rate:.1f}%",
                    f"{100 * one.share:.1f}%",
                    f"{prediction.spikes:,}" if first else "",
                ]
            )
    print_table(["file", "class", "voted firing rate", "share of votes", "spikes"], rows)
    print_text(f"\n{_MEANING}")
    if any(prediction.best is None for prediction in found):
        print_text(_NONE)


def _show_probabilities(found: "Sequence[Prediction]") -> None:
    """What an ordinary network says."""
    rows = [
        ["" if place else prediction.image, one.name, f"{100 * one.rate:.1f}%"]
        for prediction in found
        for place, one in enumerate(prediction.classes)
    ]
    print_table(["file", "class", "softmax"], rows)
    print_text("\nan ordinary network, with ReLUs for neurons: it has no spikes, and its classes no firing rates")
