from spikesearch import load_run


def test_what_is_left_is_done_and_shown(cli, copy_run):
    path = copy_run("finished", "report.html", "results.json")
    answer = cli("resume", path, "--json")
    assert answer.code == 0
    assert answer.json == load_run(path).as_dict()
    assert cli("status", path, "--json").json["state"] == "finished"


def test_a_finished_run_is_shown_and_said_to_be_finished(cli, finished_run):
    answer = cli("resume", finished_run, "--json")
    assert (answer.code, answer.err) == (0, f"{finished_run} is finished already\n")
    assert answer.json == load_run(finished_run).as_dict()


def test_there_must_be_a_run(cli, tmp_path):
    answer = cli("resume", tmp_path / "none")
    assert answer.code == 2
    assert f"there is no run {tmp_path / 'none'}: give the folder that a search wrote" in answer.err
    answer = cli("resume", tmp_path)
    assert answer.code == 2
    assert f"{tmp_path} is not a run: it has no file named format" in answer.err
