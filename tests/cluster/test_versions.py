import re
from pathlib import Path

from lookalike.cluster.versions import DEFAULT_VERSION, RELEASES, find_release

ROOT = Path(__file__).parent.parent.parent


def test_the_default_is_that_of_the_plugins_build() -> None:
    pom = (ROOT / "plugin" / "pom.xml").read_text()
    assert re.findall(r"<opensearch.version>(.*)</opensearch.version>", pom) == [DEFAULT_VERSION]
    assert find_release(DEFAULT_VERSION) is RELEASES[0]


def test_every_version_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    for release in RELEASES:
        assert release.version in readme


def test_every_download_has_a_name_and_a_hash() -> None:
    for release in RELEASES:
        jars = [jar for module in release.modules for jar in module.jars]
        for download in (release.opensearch, release.knn, *jars):
            assert re.fullmatch(r"[\w.-]+:[\w-]+:[\d.]+:(zip|jar)", download.artifact)
            assert re.fullmatch(r"[0-9a-f]{64}", download.sha256)
    assert RELEASES[0].knn.file == "opensearch-knn-3.6.0.0.zip"
