"""The errors a user can meet.

The command line turns them into one message and an exit status; a Python caller can catch `SpikesearchError`.
"""


class SpikesearchError(Exception):
    """Base of every error that spikesearch raises on purpose."""

    exit_code = 1


class UserError(SpikesearchError, ValueError):
    """What the user gave is wrong: a text, a configuration, a file. Names the value, what is allowed and the cure."""

    exit_code = 2


class RunError(SpikesearchError, RuntimeError):
    """A run failed although its input was right: a loss that is no number, a disk that is full."""

    exit_code = 1
