"""The documentation says what the code does: keys and defaults, commands, code, names of files and figures."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
import typer
from pydantic import BaseModel
from safetensors import safe_open

from spikesearch import UserError, predict, search
from spikesearch.app import evaluate, list_runs, status
from spikesearch.architectures.describe import describe
from spikesearch.architectures.spaces.named import SPACES
from spikesearch.catalogue import CATALOGUE
from spikesearch.cli.main import app
from spikesearch.config.reading import load_config, parse_assignments, read_recipe, recipe_names
from spikesearch.config.sections import Config, Section
from spikesearch.data.datasets import DATASETS
from spikesearch.neurons.surrogate import SURROGATES
from spikesearch.studies.study import read_settings, read_trials

ROOT = Path(__file__).parents[1]
PAGES = {
    str(page.relative_to(ROOT)): page.read_text(encoding="utf-8")
    for page in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
}
RECIPES, OWN_PARTS, RUNS, NUMBERS = (f"docs/{name}.md" for name in ("recipes", "own-parts", "runs", "numbers"))


def is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)


MODELS: dict[str, type[BaseModel]] = {
    name: field.annotation for name, field in Config.model_fields.items() if is_section(field.annotation)
}


def fenced(page: str, *languages: str) -> list[str]:
    """The code blocks of those languages."""
    pattern = rf"^```(?:{'|'.join(languages)})\n(.*?)^```$"
    return re.findall(pattern, PAGES[page], flags=re.MULTILINE | re.DOTALL)


def chapter(page: str, heading: str) -> str:
    """The text below a heading, up to the next one."""
    match = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", PAGES[page], flags=re.MULTILINE | re.DOTALL)
    assert match, f"{page} has no heading {heading!r}"
    return match[1]


def rows(text: str, first: str) -> dict[str, list[str]]:
    """The rows of tables whose first column is headed `first`: each name in the first cell → the other cells."""
    found: dict[str, list[str]] = {}
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        inside = line.startswith("|") and (inside or cells[0] == first)
        if inside:
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", cells[0]), cells[1:])
    return found


def schema_of(model: type[BaseModel], key: str) -> dict[str, Any]:
    schema: dict[str, Any] = model.model_json_schema()["properties"][key]
    return schema


def parts_of(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A JSON schema and those inside it: of alternatives and of list items."""
    yield schema
    for part in [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]:
        yield from parts_of(part)


# Tables of keys


def documented(section: str) -> dict[str, list[str]]:
    """Key → type, default, allowed, meaning, source. `[train]` lists only what it has beside `[supernet]`."""
    if section == "":
        return rows(chapter(RECIPES, "Outside the sections"), "key")
    own = rows(chapter(RECIPES, f"`[{section}]`"), "key")
    return rows(chapter(RECIPES, "`[supernet]`"), "key") | own if section == "train" else own


ALL_KEYS = [(name, model, key) for name, model in MODELS.items() for key in model.model_fields]
ALL_KEYS += [("", Config, key) for key in Config.model_fields if key not in MODELS]
IDS = [f"{section}.{key}" for section, _, key in ALL_KEYS]
TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true/false",
    "array": "list",
}
BOUNDS = {"exclusiveMinimum": "> ", "minimum": "≥ ", "exclusiveMaximum": "< ", "maximum": "≤ "}


def test_every_section_is_documented():
    headings = re.findall(r"^### `\[(\w+)\]`$", PAGES[RECIPES], flags=re.MULTILINE)
    assert sorted(headings) == sorted(MODELS)


@pytest.mark.parametrize("section", ["", *MODELS])
def test_documented_keys_are_those_of_the_code(section):
    assert sorted(documented(section)) == sorted(key for name, _, key in ALL_KEYS if name == section)


@pytest.mark.parametrize(("section", "model", "key"), ALL_KEYS, ids=IDS)
def test_documented_default_is_that_of_the_code(section, model, key):
    _, default, *_ = documented(section)[key]
    said = None if default == "none" else tomllib.loads(f"value = {default.strip('`')}")["value"]
    assert said == model.model_fields[key].default


@pytest.mark.parametrize(("section", "model", "key"), ALL_KEYS, ids=IDS)
def test_documented_type_and_allowed_values_are_those_of_the_code(section, model, key):
    kind, _, allowed, *_ = documented(section)[key]
    found = list(parts_of(schema_of(model, key)))
    words = {TYPES[part["type"]] for part in found if part.get("type") in TYPES}
    words |= {"text" for part in found if "const" in part}
    assert all(word in kind for word in words), f"{kind} is not {words}"
    bounds = [f"{sign}{part[name]:g}" for part in found for name, sign in BOUNDS.items() if name in part]
    values = [
        value for part in found for value in [*part.get("enum", ()), *([part["const"]] if "const" in part else [])]
    ]
    for text in bounds + [f"`{value}`" for value in values]:
        assert text in allowed, f"{section}.{key}: {text} is missing in {allowed!r}"


@pytest.mark.parametrize(
    ("section", "key", "names"),
    [("data", "name", DATASETS), ("space", "name", SPACES), ("network", "surrogate", SURROGATES)],
)
def test_documented_names_are_those_of_the_tables(section, key, names):
    assert re.findall(r"`([^`]+)`", documented(section)[key][2]) == list(names)


def test_documented_recipes_are_those_that_ship():
    found = rows(chapter(RECIPES, "Recipes that ship with spikesearch"), "recipe")
    assert sorted(found) == recipe_names()
    for name, (_, networks, _) in found.items():
        network = load_config(read_recipe(name)).network
        assert networks == f"C = {network.channels}, T = {network.timesteps}"


# Code and commands


def page_and_number(languages: tuple[str, ...]) -> list[Any]:
    return [
        pytest.param(page, code, id=f"{page}-{number}")
        for page in PAGES
        for number, code in enumerate(fenced(page, *languages), start=1)
    ]


def unindented(code: str) -> str:
    """Code that stands inside a function in an example."""
    return f"if True:\n{code}" if code.startswith(" ") else code


@pytest.mark.parametrize(("page", "code"), page_and_number(("python",)))
def test_python_compiles(page, code):
    compile(unindented(code), page, "exec")


@pytest.mark.parametrize(("page", "code"), page_and_number(("toml",)))
def test_recipes_are_valid(page, code):
    load_config(code)


@pytest.mark.parametrize(("page", "examples"), [(OWN_PARTS, ["own_parts.py", "own_space.py"]), (RUNS, ["read_run.py"])])
def test_python_is_that_of_the_examples(page, examples):
    sources = [(ROOT / "examples" / example).read_text(encoding="utf-8") for example in examples]
    for code in fenced(page, "python"):
        assert any(code in source for source in sources), f"{page} shows code that is in no example:\n{code}"


def command_lines() -> list[Any]:
    """Page, command, and whether an error is shown below it: in shell sessions and in running text."""
    found = {}
    for page in PAGES:
        for block in fenced(page, "console"):
            for line in re.findall(
                r"^\$ (spikesearch .*(?:\n(?!\$).*)?)", block.replace("\\\n", " "), flags=re.MULTILINE
            ):
                command, _, below = line.partition("\n")
                found[page, command] = below.startswith("error:")
        prose = re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.MULTILINE | re.DOTALL)
        for command in re.findall(r"`(spikesearch [^`]+)`", prose):
            found.setdefault((page, command.replace("\n", " ")), False)
    return [pytest.param(command, fails, id=f"{page}-{command}") for (page, command), fails in found.items()]


@pytest.mark.parametrize(("line", "fails"), command_lines())
def test_commands_are_those_of_the_command_line(line, fails):
    verb, *arguments = shlex.split(line, comments=True)[1:]
    group: Any = typer.main.get_command(app)
    assert verb in group.commands, f"there is no command {verb}"
    if not arguments and verb != "search":
        return  # only the command's name is meant
    given = group.commands[verb].make_context(verb, arguments).params  # refuses unknown options; runs nothing
    recipe = given.get("recipe") or "digits"
    assert recipe.endswith(".toml") or recipe in recipe_names()
    if verb in ("search", "train"):
        text = read_recipe("digits" if recipe.endswith(".toml") else recipe)
        with pytest.raises(UserError) if fails else nullcontext():
            load_config(text, parse_assignments(given["settings"] or []))
    if verb == "list":
        assert given["what"] in CATALOGUE


def slug(heading: str) -> str:
    """The anchor that Markdown viewers give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", PAGES[page].replace("\n", " ")):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), f"{page}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert anchor in map(slug, headings), f"{page}: {target}"


# Figures and files


def test_described_figures_are_those_of_describe():
    described = describe("autosnn")
    for value in (described.parameters, described.macs, described.spiking_positions):
        assert f"{value:,}" in chapter(NUMBERS, "Counts that need no data")
    assert list(rows(chapter(RUNS, "`describe`"), "key")) == list(described.as_dict())
    layer = rows(chapter(RUNS, "`describe`"), "key")["layers"][0]
    assert re.findall(r"`(\w+)`", layer) == list(described.as_dict()["layers"][0])
    figures = {*described.as_dict(), "applications"} - {"architecture"}
    assert set(rows(chapter(NUMBERS, "Counts that need no data"), "figure")) == figures


def test_documented_files_and_keys_are_those_of_a_run(tmp_path):
    settings = {
        "data": {"limit": 200, "test_limit": 60},
        "network": {"channels": 2, "timesteps": 2},
        "supernet": {"epochs": 1},
        "search": {"lam": [0, -0.16], "rounds": 2, "population": 4, "parents": 2, "mutations": 1, "crossovers": 1},
        "train": {"epochs": 1},
        "compare": {"architectures": ["autosnn:skip", "autosnn:SCB_k3"], "random": 0},
        "run": {"threads": 1},
    }
    run = search("digits", settings=settings, run=tmp_path / "run")

    files = rows(chapter(RUNS, "The files"), "file")
    assert {name.split("/")[0] for name in files} - {"*.state.safetensors", "first_stage.db"} == {
        file.name for file in run.path.iterdir()
    }
    epoch = json.loads((run.path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert re.findall(r"`(\w+)`", files["metrics.jsonl"][0]) == list(epoch)
    split = json.loads((run.path / "split.json").read_text(encoding="utf-8"))
    assert set(re.findall(r"`(\w+)`", files["split.json"][0])) == set(split)
    beside = set(run.config) - set(Config.model_fields)
    assert beside | {"source"} == set(re.findall(r"`(\w+)`", files["config.json"][0]))

    trials = read_trials(run.path / "study.db")
    assert any(trial.reused_from is not None for trial in trials)
    study = optuna.load_study(study_name="search", storage=f"sqlite:///{run.path / 'study.db'}")
    attributes = {name for trial in study.trials for name in trial.user_attrs}
    assert set(rows(chapter(RUNS, "Reading the study with Optuna"), "attribute")) == attributes | {
        "stopped_early",  # of races
        "violation",  # of searches with measured constraints
    }
    for name in read_settings(run.path / "study.db"):
        assert f"`{name}`" in chapter(RUNS, "Reading the study with Optuna")

    documented_keys = set(rows(chapter(RUNS, "Checkpoints"), "key"))
    found: set[str] = set()
    for checkpoint in (run.path / "checkpoints").iterdir():
        with safe_open(checkpoint, "numpy") as file:
            header = json.loads(file.metadata()["spikesearch"])
        found |= {*header, *header["description"]}
        for name in header["description"]["extra"]:
            assert f"`{name}`" in rows(chapter(RUNS, "Checkpoints"), "key")["extra"][0]
    assert documented_keys == found

    assert list(rows(chapter(RUNS, "`search`, `resume`, `train`"), "key")) == list(run.as_dict())
    assert list(rows(chapter(RUNS, "`evaluate`"), "key")) == list(evaluate(run.path)[0].as_dict())
    assert list(rows(chapter(RUNS, "`status`"), "key")) == list(status(run.path))
    assert list(rows(chapter(RUNS, "`runs`"), "key")) == list(list_runs(tmp_path)[0].as_dict())
    (predicted,) = predict(run.path, np.zeros((1, 1, 8, 8), np.uint8))
    assert list(rows(chapter(RUNS, "`predict`"), "key")) == list(predicted.as_dict())
    assert set(re.findall(r"`(\w+)`", files["forecast.json"][0])) == set(
        json.loads((run.path / "forecast.json").read_text(encoding="utf-8"))
    )
