"""Archives are unpacked whole or not at all, and nothing in them is trusted."""

import io
import tarfile
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
