"""The fixtures as a user's tests meet them: in a folder of their own, with nothing imported for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["pytester"]

STRICT = ("-p", "no:cacheprovider", "-W", "error")
PLAIN = (*STRICT, "-p", "no:asyncio")
ASYNC = (*STRICT, "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")


def test_both_fixtures_are_listed_with_their_use(pytester: pytest.Pytester) -> None:
    """`pytest --fixtures` shows what each is for."""
    pytester.runpytest_inprocess("--fixtures", *PLAIN).stdout.fnmatch_lines(
        [
            "explo_emulator_factory -- *pytest_plugin.py:*",
            "    Give a function that runs local Explos,*",
            "explo_emulator -- *pytest_plugin.py:*",
            "    Run a local Explo with 100 customers, and set EXPLO_BASE_URL and EXPLO_TOKEN*",
        ]
    )


def test_a_plain_test_can_use_them(pytester: pytest.Pytester) -> None:
    """With no async plugin at all, another process finds the emulator, and the environment is clean afterwards."""
    pytester.makepyfile("""
        import os
        import subprocess
        import sys

        def test_another_process(explo_emulator):
            for expected in (b"100", b"99"):
                done = subprocess.run([sys.executable, "-m", "explo_async", "customers", "count"], capture_output=True)
                assert (done.stdout.strip(), done.returncode) == (expected, 0), done.stderr
                explo_emulator.delete_at(0)
            assert explo_emulator.requests == 2

        def test_the_environment_afterwards():
            assert not {"EXPLO_BASE_URL", "EXPLO_TOKEN"} & set(os.environ)
    """)
    pytester.runpytest_inprocess(*PLAIN).assert_outcomes(passed=2)


def test_an_async_test_can_use_them(pytester: pytest.Pytester) -> None:
    """With pytest-asyncio a client finds the emulator by itself, in an async fixture as well."""
    pytester.makepyfile("""
        import pytest
        from explo_async import ExploClient

        @pytest.fixture
        async def explo(explo_emulator):
            async with ExploClient() as client:
                yield client

        async def test_the_whole_list(explo, explo_emulator):
            customers = await explo.customers.list(page_size=30)
            assert [customer.provided_id for customer in customers] == list(explo_emulator.provided_ids)
            assert explo_emulator.requests == 4 + 1
    """)
    pytester.runpytest_inprocess(*ASYNC).assert_outcomes(passed=1)


def test_the_factory_runs_as_many_as_wanted_and_closes_them(pytester: pytest.Pytester) -> None:
    """Each emulator takes its own arguments, the environment stays untouched, and a failing test ends them too."""
    pytester.makepyfile("""
        import os
        import threading
        from urllib.error import HTTPError, URLError
        from urllib.request import urlopen
        import pytest

        urls = []

        def test_running(explo_emulator_factory):
            one, other = explo_emulator_factory(3, token="one"), explo_emulator_factory([{"provided_id": "mine"}])
            assert (one.token, other.provided_ids) == ("one", ("mine",))
            assert "EXPLO_TOKEN" not in os.environ
            urls.extend(emulator.url for emulator in (one, other))
            for url in urls:
                with pytest.raises(HTTPError, match="401") as caught:
                    urlopen(f"{url}/v2/api/customers/")
                caught.value.close()
            raise LookupError("to see that they end all the same")

        def test_ended():
            assert len(set(urls)) == 2
            for url in urls:
                with pytest.raises(URLError, match="refused"):
                    urlopen(url)
            assert "explo-emulator" not in {thread.name for thread in threading.enumerate()}
    """)
    result = pytester.runpytest_inprocess(*PLAIN)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E*LookupError: to see that they end all the same"])


def test_other_tests_do_not_pay_for_it(pytester: pytest.Pytester) -> None:
    """In a run whose tests ask for neither fixture the plugin is loaded, and no emulator and no web server with it."""
    pytester.makepyfile("""
        import sys

        def test_imported():
            assert "explo_async.pytest_plugin" in sys.modules
            assert not {"aiohttp", "explo_async.emulator"} & set(sys.modules)

        def test_asked(explo_emulator):
            assert {"aiohttp.web", "explo_async.emulator"} <= set(sys.modules)
    """)
    pytester.runpytest_subprocess(*PLAIN).assert_outcomes(passed=2)
