"""`customers get`, `create`, `update`, `delete` and `refresh-token`, and `group-tags`."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.cli.app import run
from explo_async.emulator import Behaviour
from explo_async.emulator.faults import Close
from tests.cli.account import account, check_secrets, customers, tenant, written
from tests.helpers.terminals import Terminal

if TYPE_CHECKING:
    from pathlib import Path


class Keyboard(io.StringIO):
    """Standard input at which a person types."""

    def isatty(self) -> bool:
        return True


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> Terminal:
    """Let a person answer, and return what is shown."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stdin", Keyboard(text))
    monkeypatch.setattr(sys, "stderr", shown)
    return shown


def test_get_prints_a_line_a_field(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Or JSON; the token with --with-tokens alone."""
    with account(monkeypatch):
        assert customers("get", "tenant-1") == 0
        lines = capsys.readouterr().out.splitlines()
        assert any(line.split(maxsplit=1) == ["name", "Tenant 1"] for line in lines)
        assert any(line.split(maxsplit=1) == ["group_tags", '["managed"]'] for line in lines)
        check_secrets(*lines)
        assert customers("get", "tenant-1", "--json") == 0
        out = capsys.readouterr().out
        assert json.loads(out)["name"] == "Tenant 1"
        check_secrets(out)
        assert customers("get", "tenant-1", "--json", "--with-tokens") == 0
        assert json.loads(capsys.readouterr().out)["token"] == "cust0mer-1-secret"


@pytest.mark.parametrize("unknown", ["404", "400", "200"])
def test_who_is_not_there_ends_with_1(
    unknown: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """However the server says so."""
    with account(monkeypatch, behaviour=Behaviour(unknown_customer=unknown)):
        assert customers("get", "nobody") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "; there is no such customer" in err


def test_create_tells_whether_it_was_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And leaves one that was as it is."""
    words = ("--name", "New", "--emails", "a@x", "--emails", "b@x", "--group-tags", "beta", "--is-demo-group")
    with account(monkeypatch) as emulator:
        assert customers("create", "new", *words, "--properties", '{"plan": "team"}', "--json") == 0
        out, err = capsys.readouterr()
        assert err == "explo-async: created\n"
        found = json.loads(out)
        assert (found["name"], found["emails"], found["group_tags"]) == ("New", ["a@x", "b@x"], ["beta"])
        assert (found["properties"], found["is_demo_group"]) == ({"plan": "team"}, True)
        assert customers("create", "new", "--name", "Other", "--json") == 0
        out, err = capsys.readouterr()
        assert (json.loads(out)["name"], err) == ("New", "explo-async: it was there, and stays as it is\n")
        assert emulator.customer("new")["name"] == "New"
        check_secrets(out, err)


def test_update_changes_what_is_given(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And prints the customer as it is answered."""
    with account(monkeypatch) as emulator:
        assert customers("update", "tenant-1", "--name", "One", "--no-is-demo-group", "--json") == 0
        assert json.loads(capsys.readouterr().out)["name"] == "One"
        assert customers("update", "tenant-1", "--new-provided-id", "one") == 0
        assert "provided_id" in capsys.readouterr().out
        assert written(emulator) == [("update", "tenant-1"), ("update", "tenant-1")]
        assert emulator.customer("one")["name"] == "One"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["update", "a"], "update changes nothing: give a field to change"),
        (["update", "a", "--properties", "{"], '--properties must be a JSON object, like {"key": "value"}'),
        (["create", "a", "--mapping", "[1]"], '--mapping must be a JSON object, like {"key": "value"}'),
        (["create", "a", "--parent-provided-id", "p"], "--parent-provided-id needs --hierarchy-level-name: without it"),
        (["get", ""], "provided_id must be a non-empty string"),
        (["delete", "tenant-1"], "nobody can be asked: standard input or standard error is no terminal; give --yes"),
        (["refresh-token", "tenant-1"], "nobody can be asked: standard input or standard error is no terminal"),
        (["delete", "tenant-1", "--yes", "--timeout", "0"], "--timeout must be"),
    ],
)
def test_what_cannot_be_meant_ends_with_2(
    words: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written."""
    with account(monkeypatch) as emulator:
        assert customers(*words) == 2
        assert emulator.writes == ()
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("YES\n", 0), ("n\n", 4), ("", 4)])
def test_delete_asks(typed: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name of who would go."""
    with account(monkeypatch) as emulator:
        shown = answer(monkeypatch, typed)
        assert customers("delete", "tenant-1") == code
        assert written(emulator) == ([("delete", "tenant-1")] if code == 0 else [])
    text = shown.getvalue()
    assert "explo-async: delete 'tenant-1', called 'Tenant 1', for good" in text
    assert ("deleted 'tenant-1'" if code == 0 else "nothing was written") in text


def test_delete_with_yes_and_children(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A parent is refused, in the words of the command."""
    tenants = (tenant(0, hierarchy_level="Enterprise"), tenant(1, hierarchy_level="Region"))
    behaviour = Behaviour(delete_with_children="cascade")
    with account(monkeypatch, *tenants, parents={"tenant-1": "tenant-0"}, behaviour=behaviour) as emulator:
        assert customers("delete", "tenant-0", "--yes") == 1
        assert "has 1 children; delete them first, or give --ignore-children" in capsys.readouterr().err
        assert emulator.writes == ()
        assert customers("delete", "tenant-0", "--yes", "--ignore-children") == 0
        assert capsys.readouterr() == ("", "explo-async: deleted 'tenant-0'\n")
        assert ("delete", "tenant-0") in written(emulator)


def test_refresh_token_shows_the_new_one_if_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And asks first."""
    with account(monkeypatch) as emulator:
        assert customers("refresh-token", "tenant-1", "--yes", "--json") == 0
        out, err = capsys.readouterr()
        assert "token" not in json.loads(out)
        assert err == "explo-async: 'tenant-1' has another token now\n"
        assert customers("refresh-token", "tenant-1", "--yes", "--json", "--with-tokens") == 0
        assert json.loads(capsys.readouterr().out)["token"] == emulator.customer("tenant-1")["token"]
        shown = answer(monkeypatch, "no\n")
        assert customers("refresh-token", "tenant-1") == 4
        assert "replace the token of 'tenant-1', called 'Tenant 1'" in shown.getvalue()
        assert len(emulator.writes) == 2


def test_an_outcome_that_is_unknown_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sent once, and read back."""
    with account(monkeypatch, faults=[Close(verb="delete_customer")]) as emulator:
        assert customers("delete", "tenant-1", "--yes") == 1
        assert [seen.verb for seen in emulator.log].count("delete_customer") == 1
    err = capsys.readouterr().err
    assert "the customer is still there; read back what is there before you send it again" in err
    check_secrets(err)


def tags(*words: str) -> int:
    """Run `group-tags` with these words."""
    return run(["group-tags", *words])


def test_tags(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """List, create, rename and delete, which asks."""
    with account(monkeypatch) as emulator:
        assert tags("list") == 0
        assert capsys.readouterr().out == "managed\nbeta\n"
        assert tags("create", "new") == 0
        assert capsys.readouterr() == ("", "explo-async: created the tag 'new'\n")
        assert tags("create", "new") == 1
        assert tags("rename", "new", "newer") == 0
        assert capsys.readouterr().err.endswith("explo-async: the tag 'new' is called 'newer' now\n")
        assert tags("delete", "newer") == 2
        assert tags("delete", "newer", "--yes") == 0
        assert capsys.readouterr().err.endswith("explo-async: deleted the tag 'newer'\n")
        assert tags("list", "--json") == 0
        assert json.loads(capsys.readouterr().out) == ["managed", "beta"]
        shown = answer(monkeypatch, "n\n")
        assert tags("delete", "beta") == 4
        assert "delete the tag 'beta': all customers lose it" in " ".join(shown.getvalue().split())
        assert [write.verb for write in emulator.writes] == ["create_group_tag", "rename_group_tag", "delete_group_tag"]


def test_the_token_may_be_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As for the commands that read."""
    with account(monkeypatch) as emulator:
        (tmp_path / "token").write_text(emulator.token)
        (tmp_path / "token").chmod(0o600)
        monkeypatch.delenv("EXPLO_TOKEN")
        assert tags("list", "--token-file", str(tmp_path / "token"), "--base-url", emulator.url) == 0
    check_secrets(*capsys.readouterr())
