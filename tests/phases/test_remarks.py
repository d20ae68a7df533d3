"""What a report says first about networks whose figures mean little."""

from typing import Any

from spikesearch.phases.remarks import has_learned, untaught


def network(label: str, accuracy: float, **figures: Any) -> dict[str, Any]:
    return {"label": label, "accuracy": accuracy, "spikes_per_image": 50.0, "balanced_accuracy": accuracy} | figures


def test_networks_that_guess_share_one_sentence() -> None:
    poor = [network(f"front {k}", 0.09 + k / 100) for k in range(1, 8)]
    assert untaught([*poor, network("front 8", 0.9)], 10) == [
        "front 1, front 2, front 3, front 4, front 5 and 2 more are right for 10.0% to 16.0% of the test images, "
        "guessing would be for 10.0%: train longer before comparing spikes."
    ]
    assert untaught([network("front 8", 0.9)], 10) == []


def test_of_several_trainings_the_means_count() -> None:
    lucky = network("winner", 0.9, accuracy_mean=0.12, balanced_accuracy_mean=0.11)
    assert untaught([lucky], 10) == [
        "winner is right for 12.0% of the test images (balanced accuracy 11.0%), guessing would be for 10.0%: "
        "train longer before comparing spikes."
    ]
    assert untaught([network("winner", 0.1, accuracy_mean=0.9, balanced_accuracy_mean=0.9)], 10) == []


def test_silent_networks_share_one_sentence_and_are_not_said_to_guess_too() -> None:
    silent = [network(label, 0.1, spikes_per_image=0) for label in ("λ = 0", "all skip")]
    assert untaught(silent, 10) == ["λ = 0 and all skip emit no spike: they have learned nothing."]
    assert untaught(silent[:1], 10) == ["λ = 0 emits no spike: it has learned nothing."]


def test_results_without_counts_by_class() -> None:
    old = network("winner", 0.55, balanced_accuracy=None)
    assert untaught([old], 2) == [
        "winner is right for 55.0% of the test images, guessing would be for 50.0%: train longer "
        "before comparing spikes."
    ]


def test_what_has_learned_is_what_no_sentence_is_about() -> None:
    networks = [network("a", 0.9), network("b", 0.1), network("c", 0.9, spikes_per_image=0), network("d", 0.25)]
    assert [has_learned(one, 10) for one in networks] == [True, False, False, True]
    assert [not untaught([one], 10) for one in networks] == [True, False, False, True]
    assert has_learned(networks[2], 10, spiking=False)
