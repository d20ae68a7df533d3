"""What a search by score decides at its start, and what it refuses."""

from typing import Any

import pytest

from spikesearch.architectures.spaces.named import find_space
from spikesearch.assembly.making import make_strategy, named_space, planned, planned_scores
from spikesearch.assembly.parts import Parts
from spikesearch.assembly.scoring import check_batches, check_given, proxy_of, with_score
from spikesearch.config.reading import load_config, read_recipe, recipe_names
from spikesearch.config.sections import Config
from spikesearch.errors import UserError
from spikesearch.strategies.draws import RandomDraws
from spikesearch.strategies.random import RandomSearch
from spikesearch.strategies.score_names import DEFAULT_SCORE


def decided(parts: Parts | None = None, **sections: dict[str, Any]) -> Config:
    config = load_config("", {"space": {"name": "snasnet-forward"}} | sections)
    space = named_space(config, parts or Parts())
    return with_score(config, space, parts or Parts(), space.defaults)


def test_cells_are_searched_by_the_default_score_and_others_by_shared_weights() -> None:
    cells = decided()
    assert cells.search.score == DEFAULT_SCORE
    assert cells.search.lam == 0.0
    assert cells.phases == ("search", "train", "report")
    assert cells.trainings == 1
    slots = decided(space={"name": "autosnn"})
    assert slots == load_config("")
    assert slots.phases == ("supernet", "search", "train", "report")
    assert decided(space={"name": "autosnn"}, search={"score": "macs"}).phases == cells.phases


def test_the_scored_network_is_decided_once() -> None:
    config = decided(search={"score": "sahd"}, score={"repeats": 5})
    assert config.score.model_dump() == {"channels": 16, "timesteps": 5, "batch_size": 64, "repeats": 5}
    assert with_score(config, find_space("snasnet-forward"), Parts(), find_space("snasnet-forward").defaults) == config
    proxy = proxy_of(config, find_space("snasnet-forward").defaults)
    assert (proxy.channels, proxy.timesteps) == (16, 5)
    # Arithmetic is of the network that will be trained.
    arithmetic = decided(search={"score": "parameters"}).score
    assert arithmetic.model_dump() == {"channels": 128, "timesteps": 5, "batch_size": None, "repeats": None}


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"search": {"lam": -0.16}}, "search.lam = -0.16: λ weighs spikes"),
        ({"search": {"lam": [0, -0.08]}}, r"search.lam = \[0.0, -0.08\]: λ weighs spikes"),
        ({"search": {"fitness": "linear"}}, "the score is the fitness"),
        ({"search": {"racing": True}}, "search.racing = true: candidates see no validation images"),
        ({"search": {"recalibrate": 20}}, "search.recalibrate = 20"),
        ({"search": {"finalists": 5}}, "search.finalists = 5"),
        ({"search": {"images": 50}}, "search.images = 50"),
        ({"search": {"constraints": ["spikes<=9k"]}}, "spikes<=9000: spikes is not measured before training"),
        ({"train": {"choose": "front"}}, "there is no front of accuracy and spikes; give 'top'"),
        ({"train": {"warm_start": True}}, "there is no supernet to start from"),
        ({"run": {"supernet": "runs/x"}}, "its weights would not be used"),
        ({"search": {"first_stage": 60}}, "there is no supernet of snasnet-forward; leave it out"),
    ],
)
def test_what_needs_shared_weights_is_refused(sections: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        decided(**sections)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(UserError) as refusal:
        decided(Parts(objective=lambda *_: 0.0), search={"lam": -1, "images": 5})
    assert "the score spike-paths alone" in str(refusal.value)
    assert [line.split(" ")[2] for line in str(refusal.value).splitlines()[1:]] == [
        "search.lam",
        "search.fitness,",
        "search.images",
    ]


def test_a_lambda_that_is_asked_for_is_refused_even_if_it_is_the_default() -> None:
    for lam in (-0.08, [0, -0.08]):
        with pytest.raises(UserError, match=r"^search\.lam = .*-0\.08.*: λ weighs spikes, which no score measures"):
            check_given(decided(), {"search": {"lam": lam}})
    check_given(decided(), {"search": {"lam": 0}})
    check_given(decided(), {"search": {"rounds": 3}})
    check_given(load_config("", {"search": {"lam": -0.08}}), {"search": {"lam": -0.08}})  # by shared weights


def test_lambda_zero_and_the_default_are_no_mistake() -> None:
    assert decided(search={"lam": 0}) == decided(search={"lam": -0.08}) == decided()


def test_unknown_names_and_numbers_are_refused() -> None:
    with pytest.raises(UserError, match=r"search\.score = 'sahdd': unknown score 'sahdd' \(did you mean 'sahd'"):
        load_config("", {"search": {"score": "sahdd"}})
    with pytest.raises(UserError, match="keep = 50 exceeds first_stage = 20"):
        load_config("", {"search": {"first_stage": 20}})
    with pytest.raises(UserError, match=r"score\.batch_size = 64: there are 40 training images"):
        check_batches(decided(score={"batch_size": 64}), 40)
    with pytest.raises(UserError, match=r"space\.sampling = 'authors' with autosnn: "):
        decided(space={"name": "autosnn", "sampling": "authors"})


def test_random_search_counts_draws_where_cells_are_drawn_as_their_authors_do() -> None:
    config = decided(space={"name": "snasnet-forward", "sampling": "authors"}, search={"strategy": "random"})
    space = named_space(config, Parts())
    assert isinstance(make_strategy(config, space), RandomDraws)
    assert isinstance(make_strategy(decided(search={"strategy": "random"}), space), RandomSearch)
    assert planned_scores(config, space) == planned(config, space) == 200


def test_a_first_stage_bounds_the_search() -> None:
    search = {"first_stage": 500, "keep": 30, "lam": [0, -0.08]}
    config = decided(space={"name": "autosnn"}, search=search)
    assert config.search.score == DEFAULT_SCORE
    assert not config.scored
    space = find_space("autosnn")
    assert planned_scores(config, space) == 500
    assert planned(config, space) == 60
    exhaustive = decided(space={"name": "autosnn"}, search={**search, "strategy": "exhaustive"})
    assert planned(exhaustive, space) == 30


PAPER = [name for name in recipe_names() if name.startswith("snasnet-") and name != "snasnet-digits"]


@pytest.mark.parametrize("name", PAPER)
def test_recipes_of_snasnet_say_what_the_paper_says(name: str) -> None:
    """SNASNet 4.1, 4.3 and its code: three data sets, with and without feedback."""
    data, kind = name.split("-")[1:]
    expected = {
        "cifar10": ("cifar10", 256, 10, 0.2, 300, 4),
        "cifar100": ("cifar100", 128, 5, 0.1, 300, 4),
        "tinyimagenet": ("tiny-imagenet", 128, 5, 0.1, 200, 8),
    }[data]
    config = load_config(read_recipe(name))
    network, train = config.network, config.train
    found = (config.data.name, network.channels, network.votes, train.learning_rate, train.epochs, train.pad)
    assert found == expected
    assert config.space.name == f"snasnet-{kind}"
    assert config.space.sampling == "authors"
    assert (network.timesteps, network.neuron, network.batch_norm) == (5, "lif", "per-timestep")
    assert (train.optimizer, train.momentum, train.weight_decay, train.batch_size) == ("sgd", 0.9, 5e-4, 64)
    assert (train.schedule, train.minimum_lr_fraction, train.loss, train.cutout) == ("cosine", 0.01, "cross-entropy", 0)
    space = named_space(config, Parts())
    resolved = with_score(config, space, Parts(), space.defaults)
    assert resolved.search.score == "sahd"
    assert make_strategy(resolved, space).budget == 5000


def test_all_six_recipes_are_there() -> None:
    assert len(PAPER) == 6
