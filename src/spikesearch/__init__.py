"""spikesearch finds spiking neural network architectures on the best trade-off between accuracy and spikes.

The names below are loaded when they are first used, so that `parse` and `describe` need no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from spikesearch.app import load_run, predict, search
    from spikesearch.architectures.describe import describe
    from spikesearch.architectures.text import parse
    from spikesearch.errors import RunError, SpikesearchError, UserError
    from spikesearch.networks.builder import build
    from spikesearch.networks.recorder import record
    from spikesearch.scoring import score

_DEFINED_IN = {
    "parse": "architectures.text",
    "describe": "architectures.describe",
    "build": "networks.builder",
    "record": "networks.recorder",
    "search": "app",
    "load_run": "app",
    "predict": "app",
    "score": "scoring",
    "SpikesearchError": "errors",
    "UserError": "errors",
    "RunError": "errors",
}

__all__ = [
    "RunError",
    "SpikesearchError",
    "UserError",
    "__version__",
    "build",
    "describe",
    "load_run",
    "parse",
    "predict",
    "record",
    "score",
    "search",
]


def __getattr__(name: str) -> Any:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module 'spikesearch' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"spikesearch.{_DEFINED_IN[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
