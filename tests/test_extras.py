"""What is said where an extra is not installed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from explo_async.errors import ConfigurationError
from explo_async.extras import install_hint
from explo_async.files.formats import find_format

if TYPE_CHECKING:
    from pathlib import Path

HINTS = {
    "pipx_metadata.json": "pipx install --force 'explo-async[cli,arrow]'",
    "uv-receipt.toml": "uv tool install --force 'explo-async[cli,arrow]'",
    "pyvenv.cfg": "pip install 'explo-async[arrow]'",
}


@pytest.mark.parametrize("name", HINTS)
def test_the_hint_is_for_what_made_the_environment(name: str, tmp_path: Path) -> None:
    """pipx and uv replace what they have installed: the command's own extra has to be named as well."""
    (tmp_path / name).touch()
    assert install_hint("arrow", str(tmp_path)) == HINTS[name]


@pytest.mark.parametrize("folder", ["archive-v0", "environments-v2"])
def test_what_uvx_made_is_used_once(folder: str, tmp_path: Path) -> None:
    """An environment in uv's cache is not installed into: uvx is told what to bring."""
    place = tmp_path / "uv" / folder / "zFT0"
    assert install_hint("zstd", str(place)) == "uvx --from 'explo-async[cli,zstd]' explo-async"
    assert install_hint("cli", str(place)) == "uvx --from 'explo-async[cli]' explo-async"
    assert install_hint("cli", str(tmp_path / folder)) == "pip install 'explo-async[cli]'"


def test_a_format_says_how_its_extra_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint of a format is that of this environment."""
    (tmp_path / "pipx_metadata.json").touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.delitem(sys.modules, "explo_async.files.duckdb_file", raising=False)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ConfigurationError, match=r"; pipx install --force 'explo-async\[cli,duckdb\]'$"):
        find_format(tmp_path / "a.duckdb").load()


@pytest.mark.parametrize(
    ("absent", "last_line"),
    [
        ("dlt", "ModuleNotFoundError: explo_async.integrations.dlt needs dlt: pip install 'explo-async[dlt]'"),
        ("explo_async.files.columns", "ModuleNotFoundError: import of explo_async.files.columns halted"),
    ],
)
def test_importing_the_resource_without_dlt_names_it(absent: str, last_line: str) -> None:
    """The module has the tool's own name and means the tool; what else is missing is told as it is."""
    # An empty dlt: the tool takes a second to import.
    empty = "import sys, types; sys.modules['dlt'] = types.ModuleType('dlt'); import explo_async.integrations; "
    program = f"{empty}sys.modules[{absent!r}] = None; import explo_async.integrations.dlt"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(last_line)
    assert "During handling" not in ended.stderr


@pytest.mark.parametrize(
    ("absent", "last_line"),
    [
        ("pyarrow", "ModuleNotFoundError: explo_async.arrow needs pyarrow: pip install 'explo-async[arrow]'"),
        ("pyarrow.lib", "ModuleNotFoundError: import of pyarrow.lib halted"),
        ("explo_async.files.columns", "ModuleNotFoundError: import of explo_async.files.columns halted"),
    ],
)
def test_importing_arrow_without_its_extra_names_it(absent: str, last_line: str) -> None:
    """The last line of the traceback says what to install; what else is missing is told as it is."""
    program = f"import sys; sys.modules[{absent!r}] = None; import explo_async.arrow"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(last_line)
    assert "During handling" not in ended.stderr


@pytest.mark.parametrize(
    ("absent", "last_line"),
    [
        ("fsspec", "ModuleNotFoundError: explo_async.snapshot needs fsspec: pip install 'explo-async[snapshot]'"),
        ("pyarrow", "ModuleNotFoundError: explo_async.snapshot needs pyarrow: pip install 'explo-async[snapshot]'"),
        ("fsspec.core", "ModuleNotFoundError: import of fsspec.core halted"),
    ],
)
def test_importing_snapshots_without_their_extra_names_it(absent: str, last_line: str) -> None:
    """The last line of the traceback says what to install; what else is missing is told as it is."""
    program = f"import sys; sys.modules[{absent!r}] = None; import explo_async.snapshot"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(last_line)
    assert "During handling" not in ended.stderr
