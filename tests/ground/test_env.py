from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from creatorshop import env


@pytest.fixture(autouse=True)
def _no_file(tmp_path: Path):
    kept = dict(env._file)
    env.read_file(tmp_path / "there-is-none")
    yield
    env._file.clear()
    env._file.update(kept)


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    monkeypatch.setenv("TEA_FILE", str(secret))

    assert env.text("TEA") == "from a file"
    assert env.is_given("TEA")


def test_a_secret_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEA_FILE", "/nowhere/tea")

    with pytest.raises(ImproperlyConfigured, match=r"TEA_FILE: /nowhere/tea cannot be read \(No such file"):
        env.text("TEA", "default")


def test_what_has_no_default_has_to_be_set() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"TEA \(or TEA_FILE\) has to be set"):
        env.text("TEA")


@pytest.mark.parametrize("value, meaning", [("1", True), ("Yes", True), ("on", True), ("0", False), ("FALSE", False)])
def test_a_flag_is_a_yes_or_a_no(monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool) -> None:
    monkeypatch.setenv("TEA", value)

    assert env.flag("TEA", not meaning) is meaning


@pytest.mark.parametrize("value", ["", "maybe", "2", "truee"])
def test_a_flag_is_nothing_else(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TEA", value)

    with pytest.raises(ImproperlyConfigured, match="TEA has to be one of"):
        env.flag("TEA", True)


@pytest.mark.parametrize("value", ["", "-1", "1.5", "ten", "١"])
def test_a_number_is_whole_and_not_negative(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TEA", value)

    with pytest.raises(ImproperlyConfigured, match="TEA has to be a whole number"):
        env.number("TEA", 1)


def test_fractions_are_named_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.fractions("TEA", allowed=("milk", "sugar")) == {}

    monkeypatch.setenv("TEA", "milk=0.25, sugar=2")
    assert env.fractions("TEA", allowed=("milk", "sugar")) == {"milk": 0.25, "sugar": 2.0}


@pytest.mark.parametrize(
    "value", ["milk", "milk=", "milk=much", "milk=-1", "milk=1.2.3", "milk=nan", "milk=١", "lemon=1"]
)
def test_fractions_are_nothing_else(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TEA", value)

    with pytest.raises(ImproperlyConfigured, match="TEA has to be like milk=0.1, with milk, sugar; not"):
        env.fractions("TEA", allowed=("milk", "sugar"))


def test_a_choice_is_one_of_those_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEA", "green")
    assert env.choice("TEA", "black", ("black", "green")) == "green"

    monkeypatch.setenv("TEA", "blue")
    with pytest.raises(ImproperlyConfigured, match="TEA has to be one of black, green, not 'blue'"):
        env.choice("TEA", "black", ("black", "green"))


@pytest.mark.parametrize(
    "value", ["shop.example", "ftp://shop.example", "https://", "https://shop.example/path", "https://a?b"]
)
def test_an_origin_has_a_scheme_and_a_host_and_nothing_else(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TEA", value)

    with pytest.raises(ImproperlyConfigured, match="TEA has to look like http://host:port"):
        env.origin("TEA", "http://127.0.0.1:8000")


def test_an_origin_loses_its_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEA", "https://shop.example/")

    assert env.origin("TEA", "") == "https://shop.example"


def test_a_database_address_may_name_a_socket_folder_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEA", "postgresql://u%40x:p%2Fw@db.example:5433/shop?host=/var/run/pg&sslmode=require")

    assert env.database("TEA", "") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "u@x",
        "PASSWORD": "p/w",
        "HOST": "/var/run/pg",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    "value", ["mysql://u:geheim@h/shop", "postgresql://u:geheim@h/", "postgres://u:geheim@h:x/y", "geheim"]
)
def test_another_database_is_refused_without_repeating_its_password(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("TEA", value)

    with pytest.raises(ImproperlyConfigured, match="TEA has") as refusal:
        env.database("TEA", "")

    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize(
    "address, broker",
    [
        ("redis://host:6379/3", "redis://host:6379/3"),
        ("rediss://u:p@host/0", "rediss://u:p@host/0"),
        ("unix:///run/v.sock?db=2", "redis+socket:///run/v.sock?virtual_host=2"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock?virtual_host=0"),
    ],
)
def test_celery_writes_a_socket_in_its_own_way(monkeypatch: pytest.MonkeyPatch, address: str, broker: str) -> None:
    monkeypatch.setenv("TEA", address)

    assert env.broker(env.redis("TEA", "")) == broker


@pytest.mark.parametrize("value", ["memcached://host", "redis://", "host:6379"])
def test_another_broker_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TEA", value)

    with pytest.raises(ImproperlyConfigured, match="TEA has to look like redis://"):
        env.redis("TEA", "")


def test_a_file_gives_defaults_that_the_environment_overrules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text('# a desk\n\nTEA=green\nCAKE = "plum"\n')
    monkeypatch.setenv("TEA", "black")

    env.read_file(file)

    assert (env.text("TEA"), env.text("CAKE")) == ("black", "plum")
    env.refuse_unasked()


def test_a_mistyped_name_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DEBUGG=1\n")

    env.read_file(file)

    with pytest.raises(ImproperlyConfigured, match=r"\.env: nothing is called DEBUGG"):
        env.refuse_unasked()


def test_a_line_that_says_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DEBUG=1\nDEBUG\n")

    with pytest.raises(ImproperlyConfigured, match=r"\.env, line 2: expected NAME=VALUE"):
        env.read_file(file)
