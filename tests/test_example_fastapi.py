"""The documented handler of FastAPI, as it stands there, served by uvicorn in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parent.parent


def find_example() -> str:
    """Find the program in its page."""
    page = ROOT / "docs" / "how-to" / "fastapi.md"
    found = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    (example,) = [block for block in found if "FastAPI(" in block]
    return str(example)


@pytest.mark.usefixtures("explo_emulator")
def test_a_handler_returns_customers_by_one_line(tmp_path: Path) -> None:
    """It answers with the whole list as JSON, without the customers' tokens."""
    (tmp_path / "service.py").write_text(find_example(), "utf-8")
    words = [sys.executable, "-X", "dev", "-m", "uvicorn", "--port", "0", "service:app"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            log = iter(process.stderr.readline, "")
            address = next(found[1] for line in log if (found := re.search(r"running on (http://\S+)", line)))
            with urlopen(f"{address}/customers", timeout=30) as answer:
                customers = json.load(answer)
        finally:
            process.terminate()
            rest = process.stderr.read()
    assert [customer["provided_id"] for customer in customers] == [f"customer-{number:07}" for number in range(100)]
    assert not any("token" in customer for customer in customers)
    assert "Application shutdown complete" in rest
    assert "Warning" not in rest
