import os
import subprocess
from pathlib import Path

import pytest

from lookalike.errors import SourceError
from lookalike.ingest.folders import ImageFile, Listing, list_images


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(listing: Listing, top: Path) -> list[str]:
    return [str(file.path.relative_to(top)) for file in listing]


def test_folders_are_walked_in_order_and_only_images_are_taken(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("b.JPG", "a.png", "deep/er/c.tiff", "notes.txt", "deep/d.WebP", "e.gif.bak")))
    listing = list_images([str(tmp_path)])
    assert names(listing, tmp_path) == ["a.png", "b.JPG", "deep/d.WebP", "deep/er/c.tiff"]
    assert listing.other == 2
    assert [file.metadata.get("folder") for file in listing] == [None, None, "deep", "deep/er"]
    assert listing.count() == 4


def test_hidden_files_and_system_leftovers_are_passed_over(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.jpg", ".hidden.jpg", ".git/x.jpg", "@eaDir/a.jpg", "__MACOSX/._a.jpg")))
    assert names(list_images([str(tmp_path)]), tmp_path) == ["a.jpg"]


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (["*.png"], ["keep/a.jpg", "drafts/c.jpg"]),
        (["drafts/"], ["keep/a.jpg", "keep/b.png"]),
        (["/keep/*.jpg"], ["drafts/c.jpg", "drafts/d.png", "keep/b.png"]),
        (["*.jpg", "!a.jpg"], ["drafts/d.png", "keep/a.jpg", "keep/b.png"]),
    ],
)
def test_ignore_rules_are_those_of_gitignore(tmp_path: Path, rules: list[str], left: list[str]) -> None:
    touch(*(tmp_path / name for name in ("keep/a.jpg", "keep/b.png", "drafts/c.jpg", "drafts/d.png")))
    assert names(list_images([str(tmp_path)], rules), tmp_path) == sorted(left)


def test_a_glob_may_cross_folders(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("x/1.jpg", "y/2.jpg", "y/2.png", "y/z/3.jpg")))
    assert names(list_images([f"{tmp_path}/**/*.jpg"]), tmp_path) == ["x/1.jpg", "y/2.jpg", "y/z/3.jpg"]
    assert names(list_images([f"{tmp_path}/[x]"]), tmp_path) == ["x/1.jpg"]


def test_a_name_with_brackets_is_a_name_before_it_is_a_glob(tmp_path: Path) -> None:
    touch(tmp_path / "holiday [2024]" / "a.jpg")
    assert names(list_images([f"{tmp_path}/holiday [2024]"]), tmp_path) == ["holiday [2024]/a.jpg"]


def test_a_file_that_is_named_is_taken_whatever_its_name(tmp_path: Path) -> None:
    touch(tmp_path / "picture-without-extension")
    assert len(list(list_images([str(tmp_path / "picture-without-extension")]))) == 1


def test_overlapping_sources_yield_each_file_once(tmp_path: Path) -> None:
    touch(tmp_path / "sub" / "a.jpg", tmp_path / "b.jpg")
    sources = [str(tmp_path), str(tmp_path / "sub"), str(tmp_path / "sub" / "a.jpg")]
    assert len(list(list_images(sources))) == 2
    assert list_images(sources).count() == 2


def test_links_to_folders_are_followed(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere" / "deep" / "a.jpg", tmp_path / "pictures" / "b.jpg")
    (tmp_path / "pictures" / "link").symlink_to(tmp_path / "elsewhere")
    top = tmp_path / "pictures"
    assert names(list_images([str(top)]), top) == ["b.jpg", "link/deep/a.jpg"]


def test_a_link_to_a_folder_is_not_followed_into_a_circle(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "sub" / "b.jpg")
    (tmp_path / "sub" / "circle").symlink_to(tmp_path)
    assert names(list_images([str(tmp_path)]), tmp_path) == ["a.jpg", "sub/b.jpg"]


def test_a_link_that_leads_nowhere_or_to_itself_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nothing")
    gone, loop = list_images([str(tmp_path)])
    assert (gone.path.name, gone.unreadable) == ("gone.jpg", None)  # reading it will tell
    assert (loop.path.name, loop.unreadable) == ("loop.jpg", "Too many levels of symbolic links")


def test_depth_has_no_limit_of_ours(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1100):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(os.open("a.jpg", os.O_CREAT, dir_fd=here))
    finally:
        os.close(here)
    (file,) = list_images([str(tmp_path)])
    assert str(file.path).count("/d") >= 1100
    # pytest's own clearing of old folders would meet its recursion limit here.
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)


def test_a_file_has_one_uri_however_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "two" / "a.jpg")
    (tmp_path / "two" / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "two" / "sub")
    found = {file.uri for source in ("..", "../../two", "../a.jpg", "../*.jpg") for file in list_images([source])}
    assert found == {(tmp_path / "two" / "a.jpg").as_uri()}


def test_ids_are_the_start_of_the_sha256_of_the_uri() -> None:
    file = ImageFile(Path("/pictures/a b.jpg"), "")
    assert file.uri == "file:///pictures/a%20b.jpg"
    # printf 'file:///pictures/a%%20b.jpg' | sha256sum | cut -c -40
    assert file.id == "6756545bed1f35b9c8504729670ef2d46dbce993"


@pytest.mark.parametrize(
    ("name", "quoted", "shown"),
    [
        (b"with space.jpg", "with%20space.jpg", "with space.jpg"),
        (b"quo\"te's.jpg", "quo%22te%27s.jpg", "quo\"te's.jpg"),
        (b"new\nline.jpg", "new%0Aline.jpg", "new\\nline.jpg"),
        (b"escape\x1b[2J.jpg", "escape%1B%5B2J.jpg", "escape\\x1b[2J.jpg"),
        ("öl 图.jpg".encode(), "%C3%B6l%20%E5%9B%BE.jpg", "öl 图.jpg"),
        (b"latin-\xe9.jpg", "latin-%E9.jpg", "latin-\\xe9.jpg"),
        (b"100%.jpg", "100%25.jpg", "100%.jpg"),
        (b"a?b#c.jpg", "a%3Fb%23c.jpg", "a?b#c.jpg"),
    ],
)
def test_every_name_has_a_uri_and_can_be_shown(tmp_path: Path, name: bytes, quoted: str, shown: str) -> None:
    touch(tmp_path / os.fsdecode(name))
    (file,) = list_images([str(tmp_path)])
    assert file.uri == f"file://{tmp_path}/{quoted}"
    assert file.shown_path == f"{tmp_path}/{shown}"
    assert len(file.id) == 40


def test_an_empty_folder_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        list_images([str(tmp_path)]).count()
    assert str(caught.value).startswith(f"no images in {tmp_path}: found no files; images are files named .bmp, ")


def test_a_folder_without_images_says_what_was_found(tmp_path: Path) -> None:
    touch(tmp_path / "a.txt", tmp_path / "b.mp4")
    with pytest.raises(SourceError, match="found 2 other files"):
        list_images([str(tmp_path)]).count()


def test_a_source_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="gone does not exist; expected a folder, an image or a glob in quotes"):
        list_images([str(tmp_path / "gone")])
    with pytest.raises(SourceError, match=r"\*\.jpg matches nothing"):
        list_images([f"{tmp_path}/*.jpg"])
    with pytest.raises(SourceError, match="~nosuchuser/x does not exist"):
        list_images(["~nosuchuser/x"])
    with pytest.raises(SourceError, match="a{200} does not exist"):
        list_images(["a" * 5000])
    with pytest.raises(SourceError, match="a source is empty; expected a folder, an image or a glob in quotes"):
        list_images([""])


def test_a_folder_that_cannot_be_listed_is_an_error_at_the_top_and_a_row_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "locked" / "b.jpg")
    real = os.scandir

    def scandir(folder: Path) -> object:
        if Path(folder).name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    good, locked = list_images([str(tmp_path)])
    assert good.unreadable is None
    assert (locked.path, locked.unreadable) == (tmp_path / "locked", "Permission denied")
    with pytest.raises(SourceError, match="cannot read the folder .*locked: Permission denied"):
        list_images([str(tmp_path / "locked")]).count()
