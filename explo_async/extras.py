"""How to get an extra of the package, in the way in which this environment was made."""

from __future__ import annotations

import sys
from pathlib import Path


def install_hint(extra: str, prefix: str | None = None) -> str:
    """Return the command that installs an extra; `prefix` is the environment's folder, by default that of this one."""
    place = Path(sys.prefix if prefix is None else prefix)
    # What pipx and uv keep for themselves is there for the command, and each replaces what it had installed.
    package = f"'explo-async[{extra if extra == 'cli' else f'cli,{extra}'}]'"
    if (place / "pipx_metadata.json").is_file():
        return f"pipx install --force {package}"
    if (place / "uv-receipt.toml").is_file():
        return f"uv tool install --force {package}"
    if "uv" in place.parts and any(part.startswith(("archive-v", "environments-v")) for part in place.parts):
        return f"uvx --from {package} explo-async"
    return f"pip install 'explo-async[{extra}]'"
