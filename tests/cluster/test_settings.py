from pathlib import Path

import pytest

from lookalike.cluster.settings import ConnectionSettings, config_file, resolve_settings
from lookalike.errors import ConfigError


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "config.toml"
    file.write_text("")
    monkeypatch.setenv("LOOKALIKE_CONFIG", str(file))
    return file


def test_the_local_node_is_the_default() -> None:
    assert resolve_settings() == ConnectionSettings("http://127.0.0.1:9200", None, None, None, None)


def test_the_file_lies_in_the_users_configuration_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert config_file().parts[-2:] == ("lookalike", "config.toml")
    monkeypatch.setenv("LOOKALIKE_CONFIG", str(tmp_path / "other.toml"))
    assert config_file() == tmp_path / "other.toml"


def test_what_is_given_wins_over_the_file(config: Path, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("")
    config.write_text(
        f'url = "https://search.example:9200/"\nuser = "anna"\npassword = "secret"\nca_cert = "{authority}"\n'
        'aws_region = "eu-west-1"\n'
    )
    assert resolve_settings() == ConnectionSettings(
        "https://search.example:9200", "anna", "secret", authority, "eu-west-1"
    )
    assert resolve_settings(url="http://other:1", user="bob", password="pw") == ConnectionSettings(
        "http://other:1", "bob", "pw", authority, "eu-west-1"
    )


def test_credentials_in_the_url_are_used_and_never_shown() -> None:
    settings = resolve_settings(url="https://anna:p%40ss@search.example:9200/prefix/")
    assert (settings.url, settings.user, settings.password) == ("https://search.example:9200/prefix", "anna", "p@ss")
    assert "p@ss" not in repr(settings)
    with pytest.raises(ConfigError) as caught:
        resolve_settings(url="ftp://anna:secret@search.example")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "search.example:9200",
        "ftp://search.example",
        "https://",
        "http://host:port",
        "9200",
        "http://[::1",
        "http://127.0.0.1 :9200",
    ],
)
def test_an_impossible_url_says_what_was_expected(url: str) -> None:
    with pytest.raises(ConfigError, match="--url: expected something like http://127.0.0.1:9200, found"):
        resolve_settings(url=url)


def test_half_a_pair_of_credentials_is_refused() -> None:
    with pytest.raises(ConfigError, match="a user is given but no password: set --password or LOOKALIKE_PASSWORD"):
        resolve_settings(user="anna")
    with pytest.raises(ConfigError, match="a password is given but no user: set --user or LOOKALIKE_USER"):
        resolve_settings(password="secret")


def test_a_missing_certificate_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--ca-cert: there is no file .*gone.pem; expected the CA certificate in PEM"):
        resolve_settings(ca_cert=tmp_path / "gone.pem")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('adress = "http://x"', "unknown setting 'adress'; known are url, user, password, ca_cert, aws_region"),
        ("url = 9200", "url must be a string in quotes, found int"),
        ("url = ", "cannot read the configuration file"),
    ],
)
def test_a_misspelt_configuration_names_the_file_and_the_mistake(config: Path, text: str, message: str) -> None:
    config.write_text(text)
    with pytest.raises(ConfigError) as caught:
        resolve_settings()
    assert str(config) in str(caught.value)
    assert message in str(caught.value)


def test_a_configuration_that_is_named_must_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOOKALIKE_CONFIG", str(tmp_path / "gone.toml"))
    with pytest.raises(ConfigError, match="LOOKALIKE_CONFIG names .*gone.toml, which does not exist"):
        resolve_settings()
