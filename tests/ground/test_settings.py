"""
Settings are read once per process, so each test here starts one.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

OPERATIONS = Path(settings.BASE_DIR) / "docs" / "operations.md"


def documented_environment() -> dict[str, str]:
    """Return the example of a production environment that the documentation shows."""
    block = re.search(r"```sh\n# production\n(.*?)```", OPERATIONS.read_text(), re.DOTALL)
    assert block is not None
    lines = [line for line in block[1].splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        # A desk's own .env must not lend a setting that production would lack.
        env=bare | {"DEBUG": "0"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_documented_production_environment_passes_every_deployment_check() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **documented_environment())

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "no issues" in checked.stdout


@pytest.mark.parametrize("name", ["SECRET_KEY"])
def test_production_does_not_start_without_its_secret(name: str) -> None:
    environment = documented_environment()
    del environment[name]

    refused = manage("check", **environment)

    assert refused.returncode != 0
    assert f"{name} (or {name}_FILE) has to be set." in refused.stderr


@pytest.mark.parametrize(
    "name, value", [("DEBUG", "perhaps"), ("LOG_LEVEL", "LOUD"), ("SHOP_URL", "shop.example"), ("EMAIL_PORT", "smtp")]
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    refused = manage("check", **documented_environment() | {name: value})

    assert refused.returncode != 0
    assert f"{name} has to" in refused.stderr


def test_every_variable_that_settings_read_is_documented() -> None:
    source = (Path(settings.BASE_DIR) / "creatorshop" / "settings.py").read_text()
    names = set(re.findall(r"env\.\w+\(\s*\"([A-Z0-9_]+)\"", source))

    undocumented = {name for name in names if f"`{name}`" not in OPERATIONS.read_text()}

    assert undocumented == set()
