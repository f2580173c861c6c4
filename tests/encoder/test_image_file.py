from pathlib import Path

import pytest

from lookalike.encoder.image_file import file_of, read_image_file
from lookalike.errors import ImageError


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="a folder, not an image"):
        read_image_file(tmp_path)
    with pytest.raises(ImageError, match="not a regular file"):
        read_image_file(Path("/dev/zero"))
    with pytest.raises(FileNotFoundError):
        read_image_file(tmp_path / "gone.jpg")


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    with large.open("wb") as stream:
        stream.truncate(200_000_001)
    with pytest.raises(ImageError, match="200,000,001 bytes, more than 200,000,000"):
        read_image_file(large)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b%20c.jpg", "/a/b c.jpg"),
        ("file:///a/%FF.jpg", "/a/\udcff.jpg"),
        ("file:///a/b.tar#c.jpg", None),
        ("file:///a/%00.jpg", None),
        ("file:///a/\ud800.jpg", None),
        ("https://example.org/a.jpg", None),
    ],
)
def test_what_a_uri_names_on_this_machine(uri: str, path: str | None) -> None:
    assert file_of(uri) == (Path(path) if path else None)
