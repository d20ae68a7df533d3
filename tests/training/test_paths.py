"""Uniform paths: a function of seed, epoch and step."""

from collections import Counter

from spikesearch.training.paths import uniform_paths


def test_paths_are_a_function_of_seed_epoch_and_step() -> None:
    sample, again, other = uniform_paths((5, 5, 5), 1), uniform_paths((5, 5, 5), 1), uniform_paths((5, 5, 5), 2)
    places = [(epoch, step) for epoch in range(5) for step in range(5)]
    forward = [sample(*place) for place in places]
    assert forward == [again(*place) for place in reversed(places)][::-1]
    assert forward != [other(*place) for place in places]
    assert len(set(forward)) > 15


def test_every_path_is_equally_likely() -> None:
    sample = uniform_paths((2, 3), 0)
    counts = Counter(sample(0, step) for step in range(6000))
    assert set(counts) == {(a, b) for a in range(2) for b in range(3)}
    assert all(abs(count - 1000) < 5 * 1000**0.5 for count in counts.values())
