"""The versions of OpenSearch that the local node can be; another one is one entry more here."""

from dataclasses import dataclass

from lookalike.cluster.modules import MODULES_OF_3_4_0, Download, Module
from lookalike.errors import ConfigError

__all__ = ["DEFAULT_VERSION", "RELEASES", "Release", "find_release"]


@dataclass(frozen=True)
class Release:
    """A version of OpenSearch: the hashes of its distribution and its k-NN plugin, and what the former lacks."""

    version: str
    opensearch_sha256: str
    knn_sha256: str
    modules: tuple[Module, ...] = ()

    @property
    def opensearch(self) -> Download:
        """The distribution, without plugins."""
        return Download(
            f"org.opensearch.distribution.integ-test-zip:opensearch:{self.version}:zip",
            self.opensearch_sha256,
        )

    @property
    def knn(self) -> Download:
        """The k-NN plugin, without its native libraries."""
        return Download(f"org.opensearch.plugin:opensearch-knn:{self.version}.0:zip", self.knn_sha256)


# The default is also `opensearch.version` in plugin/pom.xml; a test holds them together.
DEFAULT_VERSION = "3.6.0"
RELEASES = (
    Release(
        "3.6.0",
        "a91faa1dc1cadc78cb278b4f63847e19e1627a4e9de698e14e7efc14ee37b286",
        "ac392ca28a39b3bf290648a422ef30cb149dda2963a9d7feb26060e932341c9a",
    ),
    Release(
        "3.4.0",
        "6540e95fe8bfaedc3eb1c58e829912ea2203af2ac1f88f76411c20a2fc5254a6",
        "f6cc96677277521e0dacc82aa078f87df70032026c8c7059623467a4141cfd2f",
        MODULES_OF_3_4_0,
    ),
)


def find_release(version: str) -> Release:
    """The release of this version; raises ConfigError that lists the known ones."""
    for release in RELEASES:
        if release.version == version:
            return release
    known = ", ".join(release.version for release in RELEASES)
    raise ConfigError(f"--opensearch: expected one of {known}, found {version!r}")
