"""`spikesearch describe`: parameters, MACs and spiking positions by arithmetic."""

from typing import Annotated, Any

import typer

from spikesearch.cli import options
from spikesearch.cli.output import print_json, print_table, print_text


def command(
    words: Annotated[list[str], typer.Argument(metavar="ARCH", help="For example SRB5 SRB5 skip SRB3 SRB5.")],
    channels: options.Channels = None,
    timesteps: options.Timesteps = None,
    classes: options.Classes = None,
    image: options.Image = None,
    votes: Annotated[int | None, typer.Option("--votes", help="Output neurons for each class.")] = None,
    neuron: Annotated[str | None, typer.Option("--neuron", metavar="plif|lif|if|relu", help="Kind of neurons.")] = None,
    hidden: Annotated[
        int | None, typer.Option("--hidden", help="Outputs of the first FC layer of networks of cells.")
    ] = None,
    pooling: Annotated[
        int | None, typer.Option("--pooling", help="Side of the last pooling of networks of cells.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Show what an architecture costs, layer by layer, without building it."""
    from spikesearch.architectures.describe import describe

    keywords: dict[str, Any] = {
        **{"channels": channels, "timesteps": timesteps, "classes": classes},
        **{"votes": votes, "neuron": neuron},
        **{"hidden": hidden, "pooling": pooling},
    }
    if image is not None:
        keywords["image"] = options.parse_image(image)
    description = describe(" ".join(words), **{key: value for key, value in keywords.items() if value is not None})
    if json:
        print_json(description.as_dict())
        return
    print_text(
        f"{description.architecture}\n"
        f"parameters {description.parameters:,}   MACs per image {description.macs:,}   "
        f"spiking positions {description.spiking_positions:,}\n"
    )
    print_table(
        ["layer", "kind", "output", "parameters", "MACs", "× per image", "positions"],
        [
            [
                layer.name,
                layer.kind,
                "x".join(map(str, layer.output)),
                f"{layer.parameters:,}",
                f"{layer.macs:,}",
                f"{layer.applications}",
                f"{layer.positions:,}",
            ]
            for layer in description.layers
        ],
    )
