import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesearch import UserError
from spikesearch.config.reading import config_from_dict, load_config, parse_assignments, read_recipe, recipe_names
from spikesearch.config.sections import Config

RECIPES = ("cifar10-autosnn", "cifar10-small", "cifar10-tiny", "digits", "n-mnist-small")


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_in_the_package_are_valid_and_say_what_they_are_for(name):
    config = load_config(read_recipe(name))
    assert config.description
    assert config.phases == ("supernet", "search", "train", "report")


def test_recipe_names():
    assert set(RECIPES) <= set(recipe_names())
    assert read_recipe(None) == read_recipe("digits")


def test_the_papers_recipe_has_the_papers_values():
    """AutoSNN, sections 5.1, A.1 and C."""
    config = load_config(read_recipe("cifar10-autosnn"))
    assert (config.network.channels, config.network.timesteps, config.network.votes) == (16, 8, 10)
    assert (config.network.neuron, config.network.tau, config.network.v_threshold) == ("plif", 2.0, 1.0)
    for section in (config.supernet, config.train):
        assert (section.epochs, section.batch_size, section.optimizer) == (600, 96, "adam")
        assert (section.learning_rate, section.loss, section.schedule) == (1e-3, "mse", "constant")
    assert (config.supernet.cutout, config.train.cutout) == (0, 16)
    search = config.search
    assert (search.strategy, search.fitness, search.lambdas) == ("evolution", "exponential", [-0.08])
    assert (search.rounds, search.population, search.parents) == (10, 20, 10)
    assert (search.mutations, search.crossovers, search.mutation_probability) == (10, 10, 0.2)
    assert config.data.validation == 0.2


# ---- --set


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-0.16", -0.16),
        ("3", 3),
        ("true", True),
        ("[-0.08, 0]", [-0.08, 0]),
        ('"cpu"', "cpu"),
        ("cpu", "cpu"),
        ("/data/my images", "/data/my images"),
        ("", ""),
        ("a=b", "a=b"),
        ("autosnn: SRB5 SRB5", "autosnn: SRB5 SRB5"),
        ('["autosnn:SCB_k3"]', ["autosnn:SCB_k3"]),
        ("{a = 1}", {"a": 1}),
        ("[1,", "[1,"),
        (" 4 ", 4),
    ],
)
def test_a_value_is_toml_or_else_a_string(text, value):
    assert parse_assignments([f"section.key={text}"]) == {"section": {"key": value}}


@given(
    st.recursive(
        st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False), st.lists
    )
)
def test_toml_values_come_through(value):
    assert parse_assignments([f"a.b={json.dumps(value)}"]) == {"a": {"b": value}}


@given(st.text())
def test_every_other_text_comes_through_as_it_is(text):
    try:
        tomllib.loads(f"value = {text.strip()}")  # white space of any kind around it is nobody's value
    except tomllib.TOMLDecodeError:
        assert parse_assignments([f"a.b={text}"]) == {"a": {"b": text.strip()}}


def test_assignments_gather_in_their_sections_and_later_ones_win():
    given = ["search.lam=-0.16", "search.rounds=3", "run.seed=1", "search.lam=0", "description=mine"]
    assert parse_assignments(given) == {
        "search": {"lam": 0, "rounds": 3},
        "run": {"seed": 1},
        "description": "mine",
    }
    assert parse_assignments([]) == {}


@pytest.mark.parametrize("text", ["search.lam", "=3", "search.=3", ".lam=3", "search..lam=3", ""])
def test_what_is_no_assignment_is_refused_with_an_example(text):
    with pytest.raises(UserError, match=r"write section\.key=value, for example --set search\.lam=-0\.16") as error:
        parse_assignments([text])
    assert repr(text) in str(error.value)


def test_a_key_cannot_be_a_value_and_a_section():
    with pytest.raises(UserError, match="'search' was already given a value of its own"):
        parse_assignments(["search=3", "search.lam=0"])


# ---- the models


def test_settings_win_over_the_recipe_and_leave_the_rest():
    config = load_config("[search]\nlam = -0.08\nrounds = 3\n", {"search": {"lam": [-0.16, 0.0]}, "run": {"seed": 7}})
    assert config.search.lambdas == [-0.16, 0.0]
    assert (config.search.rounds, config.run.seed) == (3, 7)


def test_an_empty_recipe_is_autosnn_on_digits():
    assert load_config("") == Config()


@pytest.mark.parametrize("name", RECIPES)
def test_a_stored_configuration_reads_back(name):
    config = load_config(read_recipe(name), {"search": {"lam": [-0.08, 0.0]}})
    assert config_from_dict(json.loads(json.dumps(config.model_dump(mode="json")))) == config


def message(recipe: str = "", overrides: dict | None = None) -> str:
    with pytest.raises(UserError) as error:
        load_config(recipe, overrides)
    return str(error.value)


def test_all_wrong_settings_are_reported_at_once():
    text = message(
        "colour = 1\n[data]\nnmae = 'digits'\n[network]\nchannels = '16'\ntau = 1\n",
        {"search": {"lam": 0.08, "strategy": "evolve"}, "train": {"epochs": 0}, "run": {"device": "tpu"}},
    )
    lines = text.splitlines()
    assert lines[0] == "8 wrong settings:"
    places = ["colour", "data.nmae", "network.channels", "network.tau", "search.lam", "search.strategy", "train.epochs"]
    for place in [*places, "run.device"]:
        assert sum(line.startswith(f"  {place}") for line in lines) == 1, place
    keys = "name, folder, size, limit, test_limit, validation, slices, window_ms, denoise_ms, crop, sensor, cache"
    assert f"  data.nmae: unknown key; allowed here: {keys}" in lines
    assert "  network.channels = '16': input should be a valid integer" in lines
    assert "  run.device = 'tpu': input should be 'auto', 'cpu' or 'cuda'" in lines
    (of_lam,) = (line for line in lines if "search.lam" in line)
    assert "0.08" in of_lam
    assert "less than or equal to 0" in of_lam


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("search", {"lam": []}),
        ("search", {"lam": [-0.08, 0.5]}),
        ("search", {"lam": [-0.08, -0.08]}),
        ("search", {"lam": float("-inf")}),
        ("search", {"lam": float("nan")}),
        ("search", {"lam": True}),
        ("search", {"rounds": 0}),
        ("search", {"population": 2.5}),
        ("search", {"mutation_probability": 1.5}),
        ("data", {"validation": 1.0}),
        ("data", {"limit": -1}),
        ("network", {"channels": 0}),
        ("network", {"neuron": "izhikevich"}),
        ("network", {"reset": "zero"}),
        ("train", {"loss": "hinge"}),
        ("train", {"tet_weight": 2.0}),
        ("train", {"label_smoothing": 1.0}),
        ("supernet", {"spike_penalty": -1.0}),
        ("supernet", {"clip_norm": -1.0}),
        ("train", {"ema": 1.0}),
        ("supernet", {"warm_start": True}),
        ("train", {"learning_rate": float("inf")}),
        ("train", {"learning_rate": 0}),
        ("train", {"on": "test"}),
        ("run", {"seed": -1}),
        ("run", {"precision": "fp16"}),
        ("compare", {"random": -1}),
        ("space", {"candidates": "skip"}),
    ],
    ids=str,
)
def test_a_wrong_value_is_named_with_its_key(section, values):
    (key,) = values
    assert message(overrides={section: values}).splitlines()[1].startswith(f"  {section}.{key}")


@pytest.mark.parametrize("section", ["data", "search", "run"])
def test_a_section_must_be_a_section(section):
    assert f"  {section} = 3" in message(f"{section} = 3")


def test_what_is_no_toml_is_refused_with_its_place():
    assert message("[search\nlam = 3").startswith("the recipe is no valid TOML: ")
    assert "line 1" in message("[search\nlam = 3")


def test_a_recipe_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "recipe.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"recipe .*recipe\.toml cannot be read as UTF-8 text"):
        read_recipe(tmp_path / "recipe.toml")


def test_a_file_is_found_before_it_is_called_unknown(tmp_path):
    (tmp_path / "mine.toml").write_text("[run]\nseed = 4\n", encoding="utf-8")
    assert load_config(read_recipe(tmp_path / "mine.toml")).run.seed == 4
    with pytest.raises(UserError, match=r"no recipe '.*': give a TOML file, or one of"):
        read_recipe(tmp_path)


def test_racing_does_not_go_with_an_exhaustive_search():
    assert load_config("", {"search": {"racing": True, "confidence": 0.9}}).search.racing
    with pytest.raises(UserError, match="racing = true does not go with strategy = 'exhaustive', whose point is that"):
        load_config("", {"search": {"racing": True, "strategy": "exhaustive"}})
    with pytest.raises(UserError, match=r"search.racing = 0.95: racing is true or false; .* is search.confidence"):
        load_config("", {"search": {"racing": 0.95}})
    with pytest.raises(UserError, match=r"search.confidence = 1.0: input should be less than 1"):
        load_config("", {"search": {"confidence": 1.0}})
