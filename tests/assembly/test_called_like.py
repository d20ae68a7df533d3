"""Calls of the composition root that share arguments."""

import inspect

from spikesearch import search
from spikesearch.app import estimate


def test_an_estimate_takes_the_arguments_of_a_search():
    mine, theirs = inspect.signature(estimate), inspect.signature(search)
    assert mine.parameters == theirs.parameters
    assert mine.return_annotation != theirs.return_annotation
    assert "supernet" in theirs.parameters  # and these are not the decorator's *positional, **named
