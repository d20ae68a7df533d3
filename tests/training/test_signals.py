"""Signals that wait."""

import signal
import threading
from contextlib import AbstractContextManager

import pytest

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.text import parse
from spikesearch.networks.options import NetworkOptions
from spikesearch.training import memory
from spikesearch.training.signals import signals_wait


def interrupted(block: AbstractContextManager[object], error: Exception | None = None) -> None:
    """Ctrl-C within the block, which goes on nevertheless."""
    with block:
        signal.raise_signal(signal.SIGINT)
        if error is not None:
            raise error


def test_they_come_at_the_end_of_the_block() -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(signals_wait())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_a_signal_nothing_changes() -> None:
    with signals_wait(), signals_wait():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_of_the_block_gives_way_to_the_signal() -> None:
    with pytest.raises(KeyboardInterrupt) as raised:
        interrupted(signals_wait(), ValueError("in the block"))  # so the block went on
    assert isinstance(raised.value.__context__, ValueError)


def test_other_threads_have_no_signals() -> None:
    entered = []

    def work() -> None:
        with signals_wait():
            entered.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert entered


def test_the_estimate_of_memory_is_not_interrupted_inside_of_torch() -> None:
    plan = parse("autosnn:skip").plan(Dimensions(channels=2, timesteps=2, classes=3, image=(1, 8, 8)))
    with pytest.raises(KeyboardInterrupt) as raised:
        interrupted(memory._followed(plan, NetworkOptions(), "cpu"), ValueError("in the block"))
    assert isinstance(raised.value.__context__, ValueError)
