"""Ctrl-C and SIGTERM that wait for the end of a block of code."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals_wait() -> Iterator[None]:
    """What would interrupt the block interrupts what comes after it.

    For short work in which torch's C++ calls back into Python, as with fake tensors: an exception that C++ does not
    expect aborts the whole process, which nobody can catch. Two interrupted sessions of 141 ended so (status −6, C++
    frames of torch); that it was here is likely and was not shown.

    Signals without a Python handler, and threads other than the main one, are left as they are.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    handlers = {number: signal.getsignal(number) for number in _ENDING}
    held = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in held:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
