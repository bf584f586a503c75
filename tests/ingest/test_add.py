"""Documents are copied into the corpus whole and checked first, or nothing is."""

import stat
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest

from ingest.add import add_documents, remove_document, restore_document
from ingest.errors import SettingsError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "documents"
    path.mkdir()
    return path


def write(path: Path, text: str = "Words.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_files_folders_and_zip_files_are_added(folder: Path, tmp_path: Path) -> None:
    one = write(tmp_path / "one.txt")
    write(tmp_path / "two/a.md")
    write(tmp_path / "two/a.md.meta.yaml", "title: A")
    write(tmp_path / "two/deep/b.txt")
    write(tmp_path / "two/picture.png")
    write(tmp_path / "two/.hidden.txt")
    packed = tmp_path / "three.zip"
    with ZipFile(packed, "w") as archive:
        archive.writestr("c.txt", "Words.")
        archive.writestr("__MACOSX/c.txt", "Words.")
        archive.writestr("XXXX.txt", "Words.")
    packed.write_bytes(packed.read_bytes().replace(b"XXXX", "电力".encode("gbk")))
    added = add_documents(folder, [one, tmp_path / "two", packed])
    assert names(folder) == sorted(added.copied)
    assert sorted(added.copied) == [
        *("one.txt", "three/c.txt", "three/电力.txt"),
        *("two/a.md", "two/a.md.meta.yaml", "two/deep/b.txt"),
    ]
    assert added.skipped == ("two/picture.png",)
    assert add_documents(folder, [one]).present == ("one.txt",)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("missing", "no file or folder"),
        ("format", "format .xyz is not read"),
        ("clash", r"another one\.txt in .* already"),
        ("outside", "leads out of it"),
        ("link", "is a link"),
        ("bomb", "more than a document"),
        ("no zip", "cannot be unpacked"),
        ("cut", "cannot be unpacked"),
        ("hidden", "would be hidden"),
        ("twice", "Two of the files are called one.txt"),
    ],
)
def test_nothing_is_added_if_anything_is_amiss(
    folder: Path, tmp_path: Path, case: str, reason: str
) -> None:
    good = write(tmp_path / "good.txt")
    bad = tmp_path / "bad.zip"
    if case == "missing":
        bad = tmp_path / "nothing.txt"
    elif case == "format":
        bad = write(tmp_path / "a.xyz")
    elif case == "clash":
        write(folder / "one.txt", "Other words.")
        bad = write(tmp_path / "one.txt")
    elif case == "hidden":
        bad = write(tmp_path / ".hidden/a.txt").parent
    elif case == "cut":
        with ZipFile(bad, "w", compression=8) as archive:
            archive.writestr("./", "")
            archive.writestr("a.txt", "Words and words. " * 99)
        data = bytearray(bad.read_bytes())
        data[data.index(b"a.txt") + 8 : data.index(b"a.txt") + 20] = b"\xff" * 12
        bad.write_bytes(data)
    elif case == "no zip":
        write(bad)
    elif case == "twice":
        good = write(tmp_path / "one.txt")
        bad = write(tmp_path / "two/one.txt", "Other words.")
    else:
        with ZipFile(bad, "w", compression=8) as archive:
            if case == "outside":
                archive.writestr("../out.txt", "Words.")
            elif case == "link":
                entry = ZipInfo("a.txt")
                entry.external_attr = (stat.S_IFLNK | 0o777) << 16
                archive.writestr(entry, "/etc/passwd")
            else:
                archive.writestr("a.txt", b" " * 50_000_000)
    before = names(folder)
    with pytest.raises(SettingsError, match=reason):
        add_documents(folder, [good, bad])
    assert names(folder) == before
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("empty", "no file in .* but hidden ones and links"),
        ("link.txt", "is a link: give the file"),
        ("private", "private/pay.txt would be left out by .*sicignore"),
        ("documents/deep", "a part of .* itself"),
        (".", "a part of .* itself"),
    ],
)
def test_nothing_is_added_that_would_not_be_read(
    folder: Path, tmp_path: Path, path: str, reason: str
) -> None:
    write(tmp_path / "empty/.hidden.txt")
    write(tmp_path / "private/pay.txt")
    write(folder / "deep/a.txt")
    write(folder / ".sicignore", "private/\n")
    (tmp_path / "link.txt").symlink_to(write(tmp_path / "good.txt"))
    before = names(folder)
    with pytest.raises(SettingsError, match=reason):
        add_documents(folder, [tmp_path / "good.txt", tmp_path / path])
    assert names(folder) == before


def test_a_document_is_replaced_only_when_asked(folder: Path, tmp_path: Path) -> None:
    write(folder / "one.txt", "Old words.")
    new = write(tmp_path / "one.txt", "New words.")
    with pytest.raises(SettingsError, match="--replace"):
        add_documents(folder, [new])
    assert (folder / "one.txt").read_text() == "Old words."
    add_documents(folder, [new], replace=True)
    assert (folder / "one.txt").read_text() == "New words."


def test_a_document_is_removed_with_its_sidecar(folder: Path) -> None:
    write(folder / "sub/one.txt")
    write(folder / "sub/one.txt.meta.yaml", "title: x")
    with pytest.raises(SettingsError, match=r"Is 'sub/one\.txt' meant"):
        remove_document(folder, "sub/on.txt")
    remove_document(folder, "sub/one.txt")
    assert names(folder) == []


def test_a_removed_document_is_brought_back_unless_its_name_is_taken(
    folder: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    write(folder / "sub/one.txt", "Old words.")
    write(folder / "sub/one.txt.meta.yaml", "title: x")
    remove_document(folder, "sub/one.txt", kept)
    assert names(folder) == []
    write(folder / "sub/one.txt", "New words.")
    with pytest.raises(SettingsError, match=r"another sub/one\.txt"):
        restore_document(folder, "sub/one.txt", kept)
    (folder / "sub/one.txt").unlink()
    restore_document(folder, "sub/one.txt", kept)
    assert (folder / "sub/one.txt").read_text() == "Old words."
    assert (folder / "sub/one.txt.meta.yaml").read_text() == "title: x"
    for gone in ("sub/one.txt", "../one.txt"):
        with pytest.raises(SettingsError, match="not kept any more"):
            restore_document(folder, gone, kept)
