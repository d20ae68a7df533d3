"""Archives are unpacked whole or not at all, and nothing in them is trusted."""

import fcntl
import io
import os
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from spikesearch.data.file_tree import FolderTree, ZipTree, reading
from spikesearch.data.unpacking import unpack_tar
from spikesearch.errors import UserError


def tar(path: Path, *members: tuple[str, bytes] | tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return path


def info(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, target
    return found


def test_files_and_folders_come_out(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar.gz", info("data", tarfile.DIRTYPE), ("data/one.txt", b"1"), ("./two.txt", b"22"))
    unpack_tar(archive, tmp_path / "out")
    assert (tmp_path / "out" / "data" / "one.txt").read_bytes() == b"1"
    assert (tmp_path / "out" / "two.txt").read_bytes() == b"22"
    with pytest.raises(UserError, match="out is there already; remove it"):
        unpack_tar(archive, tmp_path / "out")


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (("../evil.txt", b"x"), r"\.\./evil.txt would lie outside"),
        (("data/../../evil.txt", b"x"), "would lie outside"),
        (("/tmp/evil.txt", b"x"), "would lie outside"),
        (("a\\..\\evil.txt", b"x"), "would lie outside"),
        (info("link", tarfile.SYMTYPE, "/etc/passwd"), "neither file nor folder but a link or device"),
        (info("link", tarfile.LNKTYPE, "good.txt"), "neither file nor folder but a link or device"),
        (info("device", tarfile.CHRTYPE), "neither file nor folder but a link or device"),
        (("large.txt", b"x" * 100), "holds more than 50 bytes"),
        (("good.txt", b"again"), "cannot be unpacked to .*File exists"),
    ],
)
def test_what_is_not_trusted_is_refused_whole(
    tmp_path: Path, member: tuple[str, bytes] | tarfile.TarInfo, reason: str
) -> None:
    archive = tar(tmp_path / "a.tar.gz", ("good.txt", b"good"), member)
    with pytest.raises(UserError, match=reason):
        unpack_tar(archive, tmp_path / "out", most_bytes=50)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.gz"]


def test_a_damaged_archive_leaves_nothing(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar.gz", ("one.txt", bytes(range(256)) * 100), ("two.txt", b"2"))
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(UserError, match=r"a.tar.gz cannot be unpacked to .*out: "):
        unpack_tar(archive, tmp_path / "out")
    archive.write_bytes(b"no archive")
    with pytest.raises(UserError, match="cannot be unpacked"):
        unpack_tar(archive, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.gz"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar.gz", ("one.txt", b"1"))
    (tmp_path / ".out.4711.part" / "data").mkdir(parents=True)
    (tmp_path / ".outer.4711.part").mkdir()  # of another target
    unpack_tar(archive, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".outer.4711.part", "a.tar.gz", "out"]


def test_who_wants_the_same_archive_waits(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar.gz", ("one.txt", b"1"))
    part = tmp_path / ".out.4711.part"
    part.mkdir()
    with archive.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # as another process holds it that unpacks
        other = threading.Thread(target=unpack_tar, args=(archive, tmp_path / "out"))
        other.start()
        other.join(0.2)
        assert other.is_alive()
        part.rename(tmp_path / "out")
    other.join(20)
    assert list((tmp_path / "out").iterdir()) == []  # what the other one made was taken


def test_a_link_to_nothing_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "gone.bin").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.bin")
    tree = FolderTree(tmp_path)
    with pytest.raises(OSError, match="No such file"), reading(tree, "gone.bin"):
        pass
    with pytest.raises(OSError, match="is a pipe or device, no file"), reading(tree, "pipe.bin"):
        pass


def test_a_directory_whose_bytes_are_wrong_is_a_damaged_archive(tmp_path: Path) -> None:
    """`zipfile` raises much more than its own error for them."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("grün.txt", b"1")
    content = (tmp_path / "a.zip").read_bytes()
    begin = content.index(b"PK\1\2")
    versions = content[: begin + 6] + b"\xbf" + content[begin + 7 :]
    names = content.replace("grün".encode(), b"gr\xff\xffn")
    for damaged in (versions, names):
        (tmp_path / "a.zip").write_bytes(damaged)
        with pytest.raises(UserError, match=r"a\.zip is no zip archive that can be read, or a damaged one: "):
            ZipTree(tmp_path / "a.zip")


def test_trees_show_the_same_files(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    for name in ("b/two.txt", "a/one.txt", ".hidden", "b/.hidden", "__MACOSX/a"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    with zipfile.ZipFile(tmp_path / "files.zip", "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    packed = ZipTree(tmp_path / "files.zip")
    assert packed.names == ["a/one.txt", "b/two.txt"]
    assert FolderTree(folder).names == ["__MACOSX/a", *packed.names]
    for tree in (packed, FolderTree(folder)):
        with reading(tree, "b/two.txt") as stream:
            assert stream.read() == b"b/two.txt"
        before = tree.stamp("b/two.txt")
        assert tree.stamp("b/two.txt") == before != tree.stamp("a/one.txt")


def test_encrypted_and_absurd_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "files.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.txt", "1")
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1  # bit 0 of the flags
    path.write_bytes(bytes(content))
    with pytest.raises(UserError, match=r"one.txt is encrypted"):
        ZipTree(path)
    content[central + 8] &= 0xFE
    content[central + 24 : central + 28] = b"\xff\xff\xff\xfe"  # the size when unpacked
    path.write_bytes(bytes(content))
    assert ZipTree(path).names == ["one.txt"]  # below 4 GiB: it is found out when it is read
    path.write_bytes(b"")
    with pytest.raises(UserError, match="is no zip archive that can be read"):
        ZipTree(path)
