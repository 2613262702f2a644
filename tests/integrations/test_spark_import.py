"""What is said where Spark is not installed."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_the_folder_of_integrations_imports_no_tool() -> None:
    """Who imports it needs none of the tools, nor what they need."""
    tools = {"dlt", "fsspec", "pyarrow", "pyspark"}
    done = run(f"import explo_async.integrations, sys; print(sorted({tools} & set(sys.modules)))")
    assert (done.stdout, done.stderr) == ("[]\n", "")


WITHOUT = """
import sys, types

class Without:
    def find_spec(name, path, target=None):
        if name == absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Without)
"""
SPARK_3 = """
for name in ("pyspark", "pyspark.sql"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
"""


@pytest.mark.parametrize(
    ("absent", "last_line"),
    [
        ("pyspark", "explo_async.integrations.spark needs pyspark 4: pip install 'pyspark>=4'"),
        # As in Spark 3.
        ("pyspark.sql.datasource", "explo_async.integrations.spark needs pyspark 4: pip install 'pyspark>=4'"),
        ("pyspark.sql", "No module named 'pyspark.sql'"),
        ("fsspec", "explo_async.snapshot needs fsspec: pip install 'explo-async[snapshot]'"),
    ],
)
def test_what_is_missing_is_named(absent: str, last_line: str) -> None:
    """The last line of the traceback says what to install; what else is missing is told as it is."""
    made = {"pyspark.sql.datasource": SPARK_3, "pyspark.sql": SPARK_3.replace(', "pyspark.sql"', ",")}.get(absent, "")
    done = run(f"absent = {absent!r}\n{WITHOUT}{made}import explo_async.integrations.spark")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: {last_line}"
    assert "During handling" not in done.stderr
