"""Where OpenSearch is and who we are to it: options, then environment, then the configuration file."""

import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import platformdirs

from lookalike.errors import ConfigError

__all__ = ["DEFAULT_URL", "ConnectionSettings", "config_file", "resolve_settings", "split_credentials"]

DEFAULT_URL = "http://127.0.0.1:9200"


@dataclass(frozen=True)
class ConnectionSettings:
    """How to reach OpenSearch. `url` never holds credentials, so it can be shown; the password is not in repr."""

    url: str = DEFAULT_URL
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_cert: Path | None = None
    aws_region: str | None = None


def config_file() -> Path:
    """`$LOOKALIKE_CONFIG`, or `config.toml` in the user's configuration folder for lookalike."""
    named = os.environ.get("LOOKALIKE_CONFIG")
    return Path(named) if named else platformdirs.user_config_path("lookalike") / "config.toml"


def resolve_settings(
    url: str | None = None,
    user: str | None = None,
    password: str | None = None,
    ca_cert: Path | None = None,
    aws_region: str | None = None,
) -> ConnectionSettings:
    """Complete what the command line gave (None where it gave nothing) from the configuration file.

    Raises ConfigError for an unreadable or misspelt file, an URL that is not http(s), a missing CA
    certificate, and half a pair of user and password.
    """
    stored = _read_config()
    chosen_url, url_user, url_password = split_credentials(url or stored.get("url") or DEFAULT_URL, "--url")
    user = user or url_user or stored.get("user")
    password = password or url_password or stored.get("password")
    if (user is None) != (password is None):
        found, missing = ("a user", "password") if user else ("a password", "user")
        raise ConfigError(f"{found} is given but no {missing}: set --{missing} or LOOKALIKE_{missing.upper()} as well")
    if ca_cert is None and stored.get("ca_cert"):
        ca_cert = Path(stored["ca_cert"]).expanduser()
    if ca_cert is not None and not ca_cert.is_file():
        raise ConfigError(f"--ca-cert: there is no file {ca_cert}; expected the CA certificate in PEM form")
    return ConnectionSettings(chosen_url, user, password, ca_cert, aws_region or stored.get("aws_region"))


def _read_config() -> dict[str, str]:
    file = config_file()
    try:
        content = tomllib.loads(file.read_text())
    except FileNotFoundError:
        if "LOOKALIKE_CONFIG" in os.environ:
            raise ConfigError(f"LOOKALIKE_CONFIG names {file}, which does not exist") from None
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the configuration file {file}: {error}") from error
    known = [item.name for item in fields(ConnectionSettings)]
    for key, value in content.items():
        if key not in known:
            raise ConfigError(f"{file}: unknown setting {key!r}; known are {', '.join(known)}")
        if not isinstance(value, str):
            raise ConfigError(f"{file}: {key} must be a string in quotes, found {type(value).__name__}")
    return content


def split_credentials(url: str, option: str) -> tuple[str, str | None, str | None]:
    """An address without its credentials, then the user and the password in it.

    Raises ConfigError that names `option` if it is not http(s).
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or any(char.isspace() for char in url):
        shown = url.rpartition("@")[2]
        raise ConfigError(f"{option}: expected something like {DEFAULT_URL}, found {shown!r}")
    location = parts.netloc.rpartition("@")[2]
    bare = urlunsplit((parts.scheme, location, parts.path.rstrip("/"), "", ""))
    user, password = parts.username, parts.password
    return bare, unquote(user) if user else None, unquote(password) if password else None
