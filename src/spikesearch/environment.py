"""With what a run was made: kept in its `config.json` and shown in its report."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

PACKAGES = ("spikesearch", "torch", "numpy", "optuna", "scikit-learn")


def environment() -> dict[str, Any]:
    """Versions and the time of day; no host or user names."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in PACKAGES},
    }
