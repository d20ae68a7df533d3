from PIL import Image

from spikesearch import load_run, predict
from spikesearch.data.datasets import load_dataset


def files(tmp_path, count=2):
    paths = [tmp_path / f"{number}.png" for number in range(count)]
    for path, image in zip(paths, load_dataset("digits").test.images, strict=False):
        Image.fromarray(image[0]).save(path)
    return paths


def test_json_is_what_the_function_gives(cli, finished_run, tmp_path):
    paths = files(tmp_path)
    answer = cli("predict", load_run(finished_run).best.checkpoint, *paths, "--top", 2, "--json")
    found = predict(finished_run, paths, top=2)
    assert (answer.code, answer.json) == (0, [one.as_dict() for one in found])


def test_the_table_says_what_the_numbers_are(cli, finished_run, tmp_path):
    (path,) = files(tmp_path, 1)
    answer = cli("predict", finished_run, path)
    (found,) = predict(finished_run, path, top=3)
    lines = answer.out.splitlines()
    assert lines[0].split("  ")[0] == "file"
    assert "voted firing rate" in lines[0]
    for line, one in zip(lines[1:4], found.classes, strict=True):
        assert f"{100 * one.rate:.1f}%" in line
        assert f"{100 * one.share:.1f}%" in line
    assert lines[1].startswith(str(path))
    assert "neither is a probability" in lines[-1]
    assert answer.err.startswith("network: λ = -0.08, ")


def test_a_missing_image_is_refused(cli, finished_run, tmp_path):
    answer = cli("predict", finished_run, tmp_path / "none.png")
    assert answer.code == 2
    assert f"{tmp_path / 'none.png'}: no such file" in answer.err
