from spikesearch import load_run


def test_a_finished_run(cli, finished_run):
    facts = cli("status", finished_run, "--json").json
    assert facts["run"] == str(finished_run)
    assert facts["state"] == "finished"
    assert [(phase["name"], phase["state"]) for phase in facts["phases"]] == [
        ("supernet", "done"),
        ("search", "done"),
        ("train", "done"),
        ("report", "done"),
    ]
    assert facts["phases"][0]["detail"].startswith("3 of 3 epochs, loss ")
    assert facts["phases"][1]["detail"] == "16 of at most 16 trials"
    winners = load_run(finished_run).winners
    for line, winner in zip(facts["best"], winners, strict=True):
        assert line.startswith(f"{winner.label}: {winner.architecture} (")
    assert facts["next"] == f"report: {finished_run / 'report.html'}"


def test_an_interrupted_run_says_how_to_go_on(cli, copy_run):
    path = copy_run("finished", "report.html", "results.json", "winners.json", "checkpoints/autosnn-*")
    answer = cli("status", path)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == f"{path}: interrupted"
    assert [line.split()[:2] for line in lines[1:5]] == [
        ["supernet", "done"],
        ["search", "under"],
        ["train", "waiting"],
        ["report", "waiting"],
    ]
    assert lines[-1] == f"go on with: spikesearch resume {path}"


def test_a_run_that_has_just_begun(cli, copy_run):
    path = copy_run(
        "finished",
        "report.html",
        "results.json",
        "winners.json",
        "study.db",
        "metrics.jsonl",
        "checkpoints/*",
        "split.json",
    )
    facts = cli("status", path, "--json").json
    assert facts["state"] == "interrupted"
    assert [phase["state"] for phase in facts["phases"]] == ["under way", "waiting", "waiting", "waiting"]
    assert facts["phases"][0]["detail"] == "0 of 3 epochs"
    assert facts["best"] == []


def test_there_must_be_a_run(cli, tmp_path):
    assert cli("status", tmp_path / "none").code == 2
