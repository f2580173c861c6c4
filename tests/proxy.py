"""nginx with TLS and a login in front of a server, as deploy/nginx.conf sets it up; run by nobody, on loopback."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pytest
import trustme

from lookalike.cluster.node_folder import node_user
from lookalike.cluster.process import free_port
from tests.conftest import open_folder

__all__ = ["PASSWORD", "USER", "Proxy", "proxy"]

USER, PASSWORD = "anna", "hunter2 ä/@"
_CONFIGURATION = Path(__file__).parent.parent / "deploy" / "nginx.conf"
_PATIENCE = 10  # seconds


@dataclass(frozen=True)
class Proxy:
    """Where it listens, and the certificate of the authority that vouches for it."""

    url: str
    ca_cert: Path


@contextmanager
def proxy(upstream: str, refused: Mapping[str, str] | None = None) -> Iterator[Proxy]:
    """nginx in front of `upstream`; a request for a path in `refused` is a 403 with that reason.

    Skips the test where nginx is not installed, but fails it in CI.
    """
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if nginx is None:
        missing = "nginx is not installed: apt-get install nginx-light"
        if "LOOKALIKE_CI" in os.environ:
            pytest.fail(missing)
        pytest.skip(missing)
    folder, port = open_folder(), free_port()
    try:
        yield from _run(nginx, folder, port, upstream, refused or {})
    finally:
        shutil.rmtree(folder)


def _refusal(reason: str) -> str:
    return json.dumps({"error": {"reason": reason}})


def _run(nginx: str, folder: Path, port: int, upstream: str, refused: Mapping[str, str]) -> Iterator[Proxy]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    text = Template(_CONFIGURATION.read_text()).safe_substitute(
        FOLDER=folder,
        LISTEN=f"127.0.0.1:{port}",
        CERTIFICATE=folder / "server.pem",
        KEY=folder / "server.pem",
        USERS=folder / "users",
        UPSTREAM=upstream,
    )
    denials = "".join(
        f"location = {path} {{ default_type application/json; return 403 '{_refusal(reason)}'; }}\n"
        for path, reason in refused.items()
    )
    (folder / "nginx.conf").write_text(text.replace("location / {", f"{denials}location / {{"))
    owner = node_user()
    if owner is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [nginx, "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"],
            stderr=log,
            **identity,  # type: ignore[call-overload]
        )
    try:
        deadline = time.monotonic() + _PATIENCE
        while not (folder / "nginx.pid").exists():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield Proxy(f"https://127.0.0.1:{port}", folder / "ca.pem")
    finally:
        process.terminate()
        process.wait(_PATIENCE)
