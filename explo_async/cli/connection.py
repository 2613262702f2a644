"""The options by which a command finds its account: those of all that write, with a profile."""

import os
from typing import Annotated

from attrs import evolve, frozen
from cyclopts import Parameter

from explo_async.cli.credentials import open_client
from explo_async.cli.options import AS_USUAL, BaseUrl, MaxConcurrency, Sharing, TokenFile
from explo_async.cli.profiles import PROFILE_VARIABLE, find_profile
from explo_async.cli.terminal import tell
from explo_async.client import ExploClient
from explo_async.endpoint import DEFAULT_MAX_CONCURRENCY
from explo_async.errors import ConfigurationError


@Parameter(name="*")
@frozen(kw_only=True)
class Connection:
    """Which account, and how to reach it."""

    profile: Annotated[
        str | None,
        Parameter(help=f"Profile with the token and the address. By default {PROFILE_VARIABLE}, if it is set."),
    ] = None
    token_file: TokenFile = None
    base_url: BaseUrl = None
    max_concurrency: MaxConcurrency = DEFAULT_MAX_CONCURRENCY
    sharing: Sharing = AS_USUAL

    @property
    def profile_name(self) -> str | None:
        """The profile that is used."""
        if self.profile is None and (self.token_file is not None or self.base_url is not None):
            # What is typed counts, not what the environment says.
            return None
        return self.profile or os.environ.get(PROFILE_VARIABLE) or None

    def open(self, *, writes: bool = False) -> ExploClient:
        """Return a client; one that `writes` names the profile first. Raises `ConfigurationError`."""
        profile = find_profile(self.profile_name)
        if profile is None:
            return open_client(self.base_url, self.token_file, self.sharing, max_concurrency=self.max_concurrency)
        for name, given in (("--token-file", self.token_file), ("--base-url", self.base_url)):
            if given is not None:
                msg = f"{name} and the profile {profile.name} cannot both be meant"
                raise ConfigurationError(msg, advice="leave one of them out")
        if writes:
            tell(f"profile {profile.name}")
        sharing = self.sharing if self.sharing.quota is not None else evolve(self.sharing, quota=profile.quota)
        return open_client(
            profile.base_url,
            profile.token_file,
            sharing,
            max_concurrency=self.max_concurrency,
            token=profile.run_token_command() if profile.token_command else None,
        )


NO_CONNECTION = Connection()
