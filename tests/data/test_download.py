"""Fetching files: whole and as published, or not at all. From a server of the test's own."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spikesearch.data.datasets import DATASETS
from spikesearch.data.download import DOWNLOADS, Remote, download
from spikesearch.errors import RunError, UserError

CONTENT = bytes(range(256)) * 5000
MD5 = hashlib.md5(CONTENT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server that gives `some.bin`."""
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "some.bin").write_bytes(CONTENT)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "www"))) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def remote(server: str, *, name: str = "some.bin", md5: str = MD5, size: int = len(CONTENT)) -> dict[str, list[Remote]]:
    return {"some": [Remote(url=f"{server}/{name}", md5=md5, bytes=size)]}


def test_a_file_comes_whole_and_is_not_fetched_again(server: str, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    table = remote(server)
    files = download("some", tmp_path / "new" / "data", on_bytes=lambda *told: seen.append(told), downloads=table)
    assert files == [tmp_path / "new" / "data" / "some.bin"]
    assert files[0].read_bytes() == CONTENT
    assert seen[-1] == ("some.bin", len(CONTENT), len(CONTENT))
    (tmp_path / "www" / "some.bin").unlink()
    assert download("some", tmp_path / "new" / "data", downloads=table) == files


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"md5": "0" * 32}, "is not the file that was published"),
        ({"size": len(CONTENT) - 1}, "gives more than the 1,279,999 bytes that were published"),
        ({"name": "nowhere.bin"}, r"nowhere.bin cannot be fetched \(File not found\)"),
    ],
)
def test_what_is_not_the_file_is_not_kept(server: str, tmp_path: Path, change: dict[str, str], reason: str) -> None:
    with pytest.raises(RunError, match=reason):
        download("some", tmp_path / "data", downloads=remote(server, **change))  # type: ignore[arg-type]
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").mkdir()  # one that was there stays, with nothing in it
    with pytest.raises(RunError, match=reason):
        download("some", tmp_path / "data", downloads=remote(server, **change))  # type: ignore[arg-type]
    assert list((tmp_path / "data").iterdir()) == []


def test_a_file_that_is_another_is_left_alone(server: str, tmp_path: Path) -> None:
    (tmp_path / "some.bin").write_bytes(b"mine")
    with pytest.raises(UserError, match=r"some.bin is not the file that was published \(its MD5 differs\): remove it"):
        download("some", tmp_path, downloads=remote(server))
    assert (tmp_path / "some.bin").read_bytes() == b"mine"


def test_only_data_sets_with_an_address_that_stays() -> None:
    assert set(DOWNLOADS) < set(DATASETS)
    with pytest.raises(UserError, match=r"n-mnist cannot be downloaded: only cifar10, cifar100, svhn, tiny-imagenet"):
        download("n-mnist", "nowhere")
    assert not Path("nowhere").exists()
    assert all(len(one.md5) == 32 for files in DOWNLOADS.values() for one in files)
