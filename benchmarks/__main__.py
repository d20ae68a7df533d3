"""`python -m benchmarks NAME [--option value …]`: run one benchmark and write results/NAME.json and results/NAME.md."""

import argparse
import importlib
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.harness import RESULTS, markdown_table, write_results
from spikesearch.errors import UserError

BENCHMARKS = {
    "neuron_layer": "one PLIF layer, forward and backward, against SpikingJelly and against one copy of its tensor",
    "pooling": "max pooling of spikes, with and without gradients, against PyTorch's",
    "training_step": "one supernet training step against three peers and against its convolutions alone",
    "step_profile": "where the time of our supernet training step goes",
    "search_evaluation": "the candidates of an evolution run with shared weights, against one after another",
    "exhaustive": "all architectures of a space with shared weights, against one after another",
    "precision": "what bfloat16 does to a search: figures of its candidates, winner found",
    "racing": "what racing does to a search: images saved, winner found",
    "data_parallel": "images per second of training by one process and by two together",
    "growth": "time and memory of a step over timesteps, channels, batch and image size",
    "growth_search": "time of an evaluation over candidates and workers",
    "gpu_search": "the paper's whole CIFAR-10 search on a GPU, extrapolated from a measured stretch",
    "gpu_training": "supernet training on a GPU, images per second, against two peers",
    "memory": "memory estimated before a run starts, against what a process takes",
    "score_cost": "seconds of a training-free score for one candidate, against the same done step by step",
    "score_search": "a whole training-free search, against the same scores computed step by step",
    "wide_limit": "firing rates of infinitely wide networks, sampled without a network, and what their score is worth",
    "storage": "milliseconds that the study takes to store a trial",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse, run, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Run one benchmark. `python -m benchmarks NAME --help` lists its options.",
        epilog="; ".join(f"{name}: {purpose}" for name, purpose in BENCHMARKS.items()),
    )
    parser.add_argument("name", metavar="NAME", nargs="?", choices=BENCHMARKS, help=", ".join(BENCHMARKS))
    parser.add_argument("options", nargs=argparse.REMAINDER, help="options of the benchmark")
    chosen = parser.parse_args(arguments)
    if chosen.name is None:
        parser.error(f"name one of {', '.join(BENCHMARKS)}")
    # only the chosen benchmark is imported: each needs other packages
    run: Callable[..., dict[str, Any]] = importlib.import_module(f"benchmarks.{chosen.name}").run
    options = vars(option_parser(chosen.name, run).parse_args(chosen.options))
    threads, folder = options.pop("threads"), options.pop("results")
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        result = run(**options)
    except UserError as error:
        parser.exit(2, f"error: {error}\n")
    for table in result.get("tables", ()):
        print(f"\n{table['caption']}\n" + "\n".join(markdown_table(table["rows"])))
    device = str(options.get("device", "cpu"))
    print(*write_results(chosen.name, result, device=device, folder=folder), sep="\n")


def option_parser(name: str, run: Callable[..., object]) -> argparse.ArgumentParser:
    """One option per keyword of `run`: its signature is the only place where they are listed.

    A tuple is written with commas; the type of a value is that of the default.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", description=BENCHMARKS[name])
    parser.add_argument("--threads", type=int, default=None, help="threads of torch (default: torch's own choice)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for NAME.json and NAME.md")
    for keyword, parameter in inspect.signature(run).parameters.items():
        default = parameter.default
        flag = "--" + keyword.replace("_", "-")
        if isinstance(default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=default)
        elif isinstance(default, tuple):
            text = ",".join(map(str, default))
            parser.add_argument(flag, type=_tuple_of(type(default[0])), default=default, help=f"(default: {text})")
        elif keyword == "rounds":
            parser.add_argument(flag, type=_at_least_one, default=default, help=f"(default: {default})")
        else:
            kind = str if default is None else type(default)
            parser.add_argument(flag, type=kind, default=default, help=f"(default: {default})")
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number}: give 1 or more")
    return number


def _tuple_of(kind: type) -> Callable[[str], tuple[Any, ...]]:
    def read(text: str) -> tuple[Any, ...]:
        return tuple(kind(part) for part in text.split(","))

    return read


if __name__ == "__main__":
    main()
