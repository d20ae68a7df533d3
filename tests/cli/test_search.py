import json

import pytest

from spikesearch import load_run

COLUMNS = ("label", "lam", "architecture", "accuracy", "spikes_per_image", "firing_rate", "parameters", "macs")


@pytest.fixture(scope="module")
def searched(tiny, assignments, tmp_path_factory):
    """The folder of the same search as `finished_run`, from the command line."""
    from spikesearch.cli.main import run

    path = tmp_path_factory.mktemp("searched") / "run"
    assert run(["search", "digits", "--run", str(path), "--seed", "0", "--device", "cpu", *assignments(tiny())]) == 0
    return path


def test_the_command_does_what_the_function_does(searched, finished_run):
    """The same seed twice, too: same split, trials, winners and figures, bit for bit."""
    assert load_run(searched).trials == load_run(finished_run).trials
    assert (searched / "results.json").read_bytes() == (finished_run / "results.json").read_bytes()
    assert (searched / "split.json").read_bytes() == (finished_run / "split.json").read_bytes()
    for file in finished_run.glob("checkpoints/*.safetensors"):
        assert (searched / "checkpoints" / file.name).read_bytes() == file.read_bytes()


def test_a_run_has_the_files_of_the_contract(searched):
    names = {path.name for path in searched.iterdir()}
    assert names >= {
        "config.json",
        "recipe.toml",
        "split.json",
        "study.db",
        "checkpoints",
        "metrics.jsonl",
        "log.txt",
        "figures",
        "report.html",
        "format",
    }
    assert (searched / "format").read_text(encoding="utf-8") == "1\n"
    config = json.loads((searched / "config.json").read_text(encoding="utf-8"))
    assert config["run"]["device"] == "cpu"
    assert config["run"]["threads"] == 1
    assert config["run"]["precision"] == "fp32"
    assert config["run"]["compile"] is False
    assert "phase report took" in (searched / "log.txt").read_text(encoding="utf-8")
    assert not list(searched.rglob("*incomplete*"))
    assert not list(searched.glob("checkpoints/*.state*"))


def test_another_seed_draws_another_split_and_other_numbers(finished_run, tiny, search_only, tmp_path):
    other = search_only(settings=tiny(), seed=1, run=tmp_path / "run")
    splits = [json.loads((path / "split.json").read_text(encoding="utf-8")) for path in (finished_run, other.path)]
    assert [split["seed"] for split in splits] == [0, 1]
    assert splits[0]["validation"] != splits[1]["validation"]
    trials = [run.trials for run in (load_run(finished_run), other)]
    for name in ("architecture", "accuracy", "spikes_per_image"):
        assert [getattr(trial, name) for trial in trials[0]] != [getattr(trial, name) for trial in trials[1]]


def test_json_is_the_result_and_progress_goes_to_stderr(cli, least, assignments, tmp_path):
    answer = cli("search", "--run", tmp_path / "run", *assignments(least()), "--json")
    assert answer.code == 0
    assert answer.json == load_run(tmp_path / "run").as_dict()
    assert answer.json["run"] == str(tmp_path / "run")
    assert answer.json["report"] == str(tmp_path / "run" / "report.html")
    assert answer.json["best"] == answer.json["networks"][0]
    assert set(answer.json["best"]) >= set(COLUMNS)
    said = answer.err.splitlines()
    assert said[0].startswith("expected memory: ")
    assert said[1].startswith("expected time: ")
    assert said[2].startswith("expected disk: ")
    assert said[3:5] == ["training the supernet", "searching"]
    expected = json.loads((tmp_path / "run" / "forecast.json").read_text(encoding="utf-8"))
    assert list(expected) == ["seconds", "memory", "disk"]
    assert list(expected["seconds"]) == list(expected["memory"]) == ["supernet", "search", "train"]


def test_a_dry_run_shows_everything_and_writes_nothing(cli, least, assignments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = assignments(least())
    answer = cli("search", *settings, "--dry-run", "--json")
    assert answer.code == 0
    assert answer.json["config"]["network"]["channels"] == 2
    assert answer.json["config"]["run"]["device"] in ("cpu", "cuda")  # decided
    assert answer.json["expected"]["seconds"]["search"] > 0
    assert answer.json["expected"]["disk"]["peak"] > 0
    answer = cli("search", *settings, "--dry-run")
    assert answer.out.startswith('[data]\nname = "digits"\n')
    *_, memory, time, disk = answer.out.splitlines()
    for line, word in zip((memory, time, disk), ("memory", "time", "disk"), strict=True):
        assert line.startswith(f"expected {word}: ")
    assert not list(tmp_path.iterdir())
    assert cli("search", "--dry-run", "--set", "network.channels=0").code == 2


def test_a_dry_run_shows_a_recipe_whose_data_are_not_there(capsys):
    from spikesearch.cli.main import run

    dry = ["search", "snasnet-cifar100-forward", "--dry-run"]
    assert run([*dry, "--set", "train.epochs=7"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith('[data]\nname = "cifar100"\n')
    assert "\nepochs = 7\n" in out
    assert "is not decided, and time, memory and disk are not estimated" in out.splitlines()[-1]
    assert "data set cifar100 needs a folder: give it with --data DIR" in err
    assert run([*dry, "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["expected"], answer["config"]["data"]["name"]) == (None, "cifar100")


def test_without_json_a_table_and_the_place_of_the_report_are_printed(cli, finished_run):
    answer = cli("resume", finished_run)
    networks = load_run(finished_run).networks
    lines = answer.out.splitlines()
    assert lines[0].split() == [
        "network",
        "architecture",
        "test",
        "accuracy",
        "spikes/image",
        "firing",
        "rate",
        "parameters",
    ]
    for line, network in zip(lines[1:], networks, strict=False):
        assert line.startswith(network.label)
        assert network.architecture in line
        assert f"{100 * network.accuracy:.2f}%" in line
    assert lines[-1] == f"report: {finished_run / 'report.html'}"


def test_the_run_of_a_finished_search_is_not_overwritten(cli, finished_run, assignments, tiny):
    answer = cli("search", "--run", finished_run, *assignments(tiny()))
    assert answer.code == 2
    assert f"{finished_run} is a finished run: give another place for the new one" in answer.err


def test_an_unfinished_run_says_resume(cli, copy_run, assignments, tiny):
    path = copy_run("finished", "report.html")
    same = cli("search", "--run", path, *assignments(tiny()))
    assert same.code == 2
    assert f"{path} is an unfinished run of this recipe: go on with it by `spikesearch resume {path}`" in same.err
    other = cli("search", "--run", path, *assignments(tiny(search={"lam": -0.16})), "--seed", 7)
    assert other.code == 2
    assert f"{path} is an unfinished run of another recipe; go on with it by `spikesearch resume {path}`" in other.err
    assert "search.lam: [-0.08, -4.0] there, -0.16 here" in other.err
    assert "run.seed: 0 there, 7 here" in other.err
    assert len(other.err.splitlines()) == 3


def test_a_recipe_is_a_file_or_a_name(cli, tmp_path):
    missing = cli("search", tmp_path / "none.toml")
    assert missing.code == 2
    assert (
        f"no recipe '{tmp_path / 'none.toml'}': give a TOML file, or one of cifar10-autosnn, cifar10-autosnn-ann, "
        "cifar10-small, cifar10-tiny, digits" in missing.err
    )
    unknown = cli("search", "digist")
    assert unknown.code == 2
    assert "no recipe 'digist'" in unknown.err


def test_the_run_is_named_after_the_recipe_and_the_time(cli, least, tmp_path, monkeypatch):
    recipe = tmp_path / "my own.toml"
    with open(recipe, "w", encoding="utf-8") as file:
        for section, values in least().items():
            print(
                f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), sep="\n", file=file
            )
    monkeypatch.chdir(tmp_path)
    answer = cli("search", recipe, "--json")
    assert answer.code == 0
    (path,) = (tmp_path / "runs").iterdir()
    assert path.name.startswith("my own-20")
    assert (path / "recipe.toml").read_text(encoding="utf-8") == recipe.read_text(encoding="utf-8")
    assert answer.json["run"] == f"runs/{path.name}"
    shown = cli("evaluate", path, "--json")
    assert shown.json[0]["accuracy"] == answer.json["best"]["accuracy"]
