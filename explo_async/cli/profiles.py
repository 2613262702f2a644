"""Profiles: names for an account, so that production and testing are not mixed up; one TOML file of the user's own.

[production]
token_file = "~/.config/explo-async/production.token"

[testing]
token_command = ["pass", "show", "explo/testing"]
base_url = "https://explo.example"
quota = "redis://quota.internal/0"
"""

from __future__ import annotations

import os
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import platformdirs
from attrs import frozen

from explo_async.configuration import resolve_token
from explo_async.errors import ConfigurationError
from explo_async.pacing.shared_quota import NO_STORE, SharedQuota

PROFILE_VARIABLE = "EXPLO_PROFILE"
FILE_NAME = "profiles.toml"
KEYS = ("token_file", "token_command", "base_url", "quota")
COMMAND_SECONDS = 60.0
"""How long a command may take that gives the token: a person may have to unlock a key."""


@frozen
class Profile:
    """One profile."""

    name: str
    token_file: Path | None = None
    token_command: tuple[str, ...] | None = None
    base_url: str | None = None
    quota: str | None = None

    def run_token_command(self) -> str:
        """Return what the command prints. Raises `ConfigurationError` where it fails, or prints no token."""
        what = f"the token_command of the profile {self.name}"
        try:
            found = subprocess.run(  # noqa: S603 -- the user's own
                self.token_command or (), stdout=subprocess.PIPE, timeout=COMMAND_SECONDS, check=True
            )
        except subprocess.TimeoutExpired:
            msg = f"{what} took longer than {COMMAND_SECONDS:g} s"
            raise ConfigurationError(msg, advice="run it by hand to see what it waits for") from None
        except subprocess.CalledProcessError as error:
            msg = f"{what} ended with status {error.returncode}"
            raise ConfigurationError(msg, advice="run it by hand to see why") from None
        except OSError as error:
            msg = f"{what} cannot be run: {error.strerror}"
            raise ConfigurationError(msg, advice="write the program and its arguments as a list") from None
        try:
            return resolve_token(found.stdout.decode("ascii", "replace").strip(), {})
        except ConfigurationError as error:
            msg = error.what.replace("the argument `token`", f"what {what} prints")
            raise ConfigurationError(msg, advice="let it print the token alone") from None


def profiles_path() -> Path:
    """Return where the profiles are."""
    return Path(platformdirs.user_config_path("explo-async")) / FILE_NAME


def find_profile(name: str | None) -> Profile | None:
    """Return the profile of this name, None for None.

    Raises `ConfigurationError` for a file that others can read, or that is not as it should be.
    """
    if name is None:
        return None
    path = profiles_path()
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            found = tomllib.load(file)
    except FileNotFoundError:
        msg = f"there is no profile {name!r:.40}: the file {path} does not exist"
        raise ConfigurationError(msg, advice="make it, with a table of that name") from None
    except OSError as error:
        msg = f"the profiles in {path} cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path} is not TOML: {error}"
        raise ConfigurationError(msg) from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        msg = f"the profiles in {path} are open to others"
        raise ConfigurationError(msg, advice=f"run: chmod 600 {path}")
    table = found.get(name)
    if not isinstance(table, dict):
        known = ", ".join(sorted(found)) or "none"
        msg = f"there is no profile {name!r:.40} in {path}"
        raise ConfigurationError(msg, advice=f"the profiles there are {known}")
    return _read(name, table, path)


def _read(name: str, table: dict[str, Any], path: Path) -> Profile:
    where = f"the profile {name} in {path}"
    unknown = [key for key in table if key not in KEYS]
    if unknown:
        msg = f"{where} has a key {unknown[0]!r:.40} that is not known"
        raise ConfigurationError(msg, advice=f"the keys are {', '.join(KEYS)}; a token itself does not belong there")
    command = table.get("token_command")
    if command is not None and (
        not isinstance(command, list) or not command or not all(isinstance(word, str) for word in command)
    ):
        msg = f"{where}: token_command must be a list of the program and its arguments"
        raise ConfigurationError(msg)
    for key in ("token_file", "base_url", "quota"):
        if key in table and not isinstance(table[key], str):
            msg = f"{where}: {key} must be a text"
            raise ConfigurationError(msg)
    if ("token_file" in table) == (command is not None):
        msg = f"{where} must have either token_file or token_command"
        raise ConfigurationError(msg)
    quota = table.get("quota")
    if quota is not None and quota.startswith("~"):
        quota = str(Path(quota).expanduser())
    _check_quota(quota, where)
    return Profile(
        name,
        token_file=Path(table["token_file"]).expanduser() if "token_file" in table else None,
        token_command=tuple(command) if command is not None else None,
        base_url=table.get("base_url"),
        quota=quota,
    )


def _check_quota(quota: str | None, where: str) -> None:
    if quota is None or quota == NO_STORE:
        return
    try:
        SharedQuota(quota)
    except ConfigurationError as error:
        msg = error.what.replace("SharedQuota.store", f"{where}: quota")
        raise ConfigurationError(msg, advice=error.advice) from None
