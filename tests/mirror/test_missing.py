"""The mirror where its extra is not installed."""

from __future__ import annotations

import subprocess
import sys


def test_without_the_extra_it_says_how_to_get_it() -> None:
    """In one line at the end."""
    program = "import sys; sys.modules['sqlalchemy'] = None; import explo_async.mirror"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith(
        "explo_async.mirror needs sqlalchemy: pip install 'explo-async[mirror]'"
    )
