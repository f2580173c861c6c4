"""The plugin asks for no permission and needs none: what that keeps it from, and that it does none of it."""

import ipaddress
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.pictures import encoded, picture
from tests.plugin.http import base64_of, clause
from tests.plugin.indices import make_index, vector_field
from tests.plugin.own_node import OwnNode

pytestmark = pytest.mark.cluster


def test_the_zip_has_no_policy_and_its_installer_asks_nothing(guarded: OwnNode) -> None:
    with zipfile.ZipFile(guarded.archive) as archive:
        names = archive.namelist()
    assert "plugin-descriptor.properties" in names
    assert not [name for name in names if name.endswith((".policy", ".sh", ".exe")) or name.startswith("bin/")]
    assert "-> Installed lookalike with folder name lookalike" in guarded.installation
    for word in ("WARNING", "permission", "Continue", "y/N"):
        assert word not in guarded.installation


@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("connect", "{address}"),
        ("connect", "192.0.2.1:80"),
        ("read", "/etc/passwd"),
        ("read", "{home}/secret"),
        ("write", "{home}/x"),
        ("write", "{program}/plugins/lookalike/x"),
        ("delete", "{program}/plugins/lookalike/LICENSE"),
    ],
)
def test_a_plugin_without_permissions_cannot(guarded: OwnNode, what: str, where: str) -> None:
    address = urlsplit(guarded.http.url).netloc
    places = {"address": address, "home": guarded.user_home, "program": guarded.program}
    answer = guarded.http("GET", f"/_probe/{what}?where={where.format(**places)}")
    assert answer.status == 200
    assert answer.content.decode().startswith("java.lang.SecurityException: Denied"), answer.content


def test_the_probe_reads_what_every_plugin_may(guarded: OwnNode) -> None:
    """Otherwise its refusals would prove nothing."""
    path = guarded.program / "plugins" / "probe" / "plugin-descriptor.properties"
    assert guarded.http("GET", f"/_probe/read?where={path}").content == b"allowed"


@pytest.fixture(scope="module")
def worked(guarded: OwnNode) -> OwnNode:
    """The node after it has done all that the plugin does, with every format."""
    http = guarded.http
    http("PUT", "/_ingest/pipeline/pictures", {"processors": [{"image_embedding": {}}]}).ok()
    make_index(http, "pictures", {"embedding": vector_field()}, number_of_replicas=0)
    for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"):
        image = base64_of(encoded(picture(1), form))
        http("PUT", f"/pictures/_doc/{form}?pipeline=pictures&refresh=true", {"image": image}).ok()
        http("POST", "/_plugins/_lookalike/embed", {"image": image}).ok()
        assert len(http.search("pictures", clause(image=image, k=1)).hits) == 1
    http("GET", "/_plugins/_lookalike/stats").ok()
    return guarded


def test_no_thread_runs_that_java_does_not_know(worked: OwnNode) -> None:
    """ONNX Runtime's telemetry, in versions that have it, is a native thread."""
    before = worked.threads()
    known = worked.java_threads()
    lasting = {number: name for number, name in before.items() if number in worked.threads()}
    strangers = {name for number, name in lasting.items() if number not in known and number != worked.pid}
    assert strangers == set()


def test_no_connection_leaves_the_machine(worked: OwnNode) -> None:
    connections = psutil.Process(worked.pid).net_connections("inet")
    addresses = {each.ip for item in connections for each in (item.laddr, item.raddr) if each}
    assert addresses
    assert all(ipaddress.ip_address(address.removeprefix("::ffff:")).is_loopback for address in addresses)


def test_nothing_is_written_or_left_open_outside_the_nodes_folders(worked: OwnNode) -> None:
    written = {path.relative_to(worked.user_home).as_posix() for path in worked.user_home.rglob("*")}
    assert written <= {".cache", ".cache/JNA", ".cache/JNA/temp"}  # OpenSearch itself, before it has plugins
    own = (worked.folder, worked.program, worked.java.home, Path("/proc"), Path("/sys"), Path("/dev"))
    files = [Path(file.path) for file in psutil.Process(worked.pid).open_files()]
    assert files
    assert [path for path in files if not any(path.is_relative_to(folder) for folder in own)] == []
