"""Makes what a secured OpenSearch needs before its first start: certificates of an own authority, and its users.

`prepare.py FOLDER` reads the passwords from the environment. Certificates that are there are kept; the file of users
is written anew, but OpenSearch reads it only when its security index is made. Exits with 1 if a password is missing
or weak or FOLDER cannot be written, 2 if none is named.
"""

import datetime
import ipaddress
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import bcrypt
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# The variables that hold the passwords of OpenSearch's users, and what those may do: opensearch/roles_mapping.yml.
USERS = {
    "admin": ("OPENSEARCH_ADMIN_PASSWORD", ["admin"]),
    "kibanaserver": ("DASHBOARDS_PASSWORD", []),
    "worker": ("WORKER_PASSWORD", ["lookalike_ingest"]),
    "web": ("WEB_PASSWORD", ["lookalike_search"]),
}
_SHORTEST, _LONGEST = 12, 72  # characters at least; bytes at most, beyond which bcrypt looks at none
_ROUNDS = 12  # of bcrypt, as OpenSearch's own tool makes
_DAYS = 825
_SERVERS = ("opensearch", "dashboards")  # each a host of the Compose file
_SIGNS = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)
_OLD = datetime.timedelta(days=1)  # clocks differ


def prepare(folder: Path, environment: Mapping[str, str]) -> None:
    """Write `ca.pem`, `NAME.pem` and `NAME-key.pem` of each server and of the administrator, and `internal_users.yml`.

    Raises ValueError that names the variable of a missing or weak password.
    """
    passwords = {name: _password(environment, variable) for name, (variable, _) in USERS.items()}
    if not (folder / "ca.pem").exists():
        _make_certificates(folder)
    _write(folder / "internal_users.yml", yaml.safe_dump(_users(passwords)).encode(), 0o600)


def _password(environment: Mapping[str, str], variable: str) -> str:
    value = environment.get(variable, "")
    if len(value) < _SHORTEST or len(value.encode()) > _LONGEST:
        raise ValueError(f"{variable}: expected {_SHORTEST} to {_LONGEST} characters, found {len(value)}")
    return value


def _users(passwords: Mapping[str, str]) -> dict[str, object]:
    """The content of `internal_users.yml`, which has hashes alone."""
    content: dict[str, object] = {"_meta": {"type": "internalusers", "config_version": 2}}
    for name, password in passwords.items():
        digest = bcrypt.hashpw(password.encode(), bcrypt.gensalt(_ROUNDS)).decode()
        content[name] = {"hash": digest, "reserved": name == "kibanaserver", "backend_roles": USERS[name][1]}
    return content


def _make_certificates(folder: Path) -> None:
    """An authority whose key is forgotten, and what it signs; `ca.pem` comes last, since it says that all is there."""
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lookalike's own authority")])
    for name in (*_SERVERS, "admin"):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = _builder(subject, issuer, key, authority).add_extension(uses, critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        if name in _SERVERS:
            names = [x509.DNSName(name), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        _write(folder / f"{name}.pem", _pem(builder.sign(authority, hashes.SHA256())), 0o644)
        # PKCS #8, the one form that OpenSearch reads.
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(folder / f"{name}-key.pem", text, 0o600)
    itself = _builder(issuer, issuer, authority, authority)
    itself = itself.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    itself = itself.add_extension(_SIGNS, critical=True)
    _write(folder / "ca.pem", _pem(itself.sign(authority, hashes.SHA256())), 0o644)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, authority: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _OLD)
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        # Python 3.13 and later take no certificate without these.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by more than `mode` says."""
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
    fresh.replace(path)


def main() -> None:
    """Prepare the folder that the command line names."""
    if len(sys.argv) != 2:
        print("Error: expected one folder, as in prepare.py /secure", file=sys.stderr)
        sys.exit(2)
    folder = Path(sys.argv[1])
    try:
        prepare(folder, os.environ)
    except ValueError as error:
        sys.exit(f"Error: {error}")
    except OSError as error:
        sys.exit(f"Error: cannot write into {folder}: {error.strerror}; expected a folder of user {os.getuid()}'s")


if __name__ == "__main__":
    main()
