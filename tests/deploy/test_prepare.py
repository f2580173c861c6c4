"""The certificates and users that `prepare.py` makes: good for TLS and bcrypt, and no secret where it must not be."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import bcrypt
import pytest
import yaml

from deploy.prepare import USERS, prepare
from lookalike.cluster.client import connect
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import ConnectionFailedError

PASSWORDS = {variable: f"correct horse {number}" for number, (variable, _) in enumerate(USERS.values())}
SCRIPT = Path(__file__).parent.parent.parent / "deploy" / "prepare.py"


@pytest.fixture(scope="module", autouse=True)
def _quick_hashes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("deploy.prepare._ROUNDS", 4)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("secure")
    prepare(made, PASSWORDS)
    return made


def test_a_server_with_the_certificate_is_trusted_by_its_authority_alone(folder: Path) -> None:
    """Names: the container's, and localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "opensearch.pem", folder / "opensearch-key.pem")
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"https://localhost:{server.server_port}"
        with pytest.raises(ConnectionFailedError, match="is not signed by an authority this machine trusts"):
            connect(ConnectionSettings(url), timeout=5)
        client = ssl.create_default_context(cafile=folder / "ca.pem")
        client.verify_flags |= ssl.VERIFY_X509_STRICT
        for name in ("opensearch", "localhost"):
            with (
                socket.create_connection(("127.0.0.1", server.server_port), 5) as plain,
                client.wrap_socket(plain, server_hostname=name) as secured,
            ):
                assert secured.version() == "TLSv1.3"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_users_have_the_passwords_and_the_file_has_none(folder: Path) -> None:
    text = (folder / "internal_users.yml").read_text()
    users = yaml.safe_load(text)
    assert users.pop("_meta") == {"type": "internalusers", "config_version": 2}
    assert set(users) == set(USERS)
    for name, (variable, roles) in USERS.items():
        assert bcrypt.checkpw(PASSWORDS[variable].encode(), users[name]["hash"].encode())
        assert users[name]["backend_roles"] == roles
        assert PASSWORDS[variable] not in text


def test_keys_and_hashes_are_for_their_owner_alone(folder: Path) -> None:
    for file in folder.iterdir():
        secret = file.name.endswith("-key.pem") or file.name == "internal_users.yml"
        assert file.stat().st_mode & 0o777 == (0o600 if secret else 0o644 & ~_umask()), file
    assert not (folder / "ca-key.pem").exists()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_certificates_are_kept_and_passwords_renewed(tmp_path: Path) -> None:
    prepare(tmp_path, PASSWORDS)
    before = (tmp_path / "opensearch.pem").read_bytes()
    prepare(tmp_path, PASSWORDS | {"WEB_PASSWORD": "another password"})
    assert (tmp_path / "opensearch.pem").read_bytes() == before
    users = yaml.safe_load((tmp_path / "internal_users.yml").read_text())
    assert bcrypt.checkpw(b"another password", users["web"]["hash"].encode())


@pytest.mark.parametrize("weak", ["", "short", "é" * 40])
def test_a_weak_password_is_refused_without_being_shown(tmp_path: Path, weak: str) -> None:
    answer = subprocess.run(
        [sys.executable, SCRIPT, tmp_path],
        env={**os.environ, **PASSWORDS, "WORKER_PASSWORD": weak},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr == f"Error: WORKER_PASSWORD: expected 12 to 72 characters, found {len(weak)}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["a", "b"]])
def test_without_one_folder_it_says_what_was_expected(arguments: list[str]) -> None:
    answer = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (2, "Error: expected one folder, as in prepare.py /secure\n")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, SCRIPT, tmp_path / "gone"],
        env={**os.environ, **PASSWORDS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr == (
        f"Error: cannot write into {tmp_path / 'gone'}: No such file or directory; expected a folder of user "
        f"{os.getuid()}'s\n"
    )
