"""Random requests to random deployments: whatever comes, the log, the lists and the hierarchy agree."""

from __future__ import annotations

from typing import Any

import msgspec
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from explo_async.emulator import Behaviour, Token
from explo_async.emulator.api import Api
from explo_async.emulator.book import CustomerBook
from explo_async.emulator.lagging import Lagging
from explo_async.emulator.team import Team
from explo_async.emulator.writes import WriteLog, without_secrets
from explo_async.endpoint import (
    CREATE_CUSTOMER,
    CREATE_GROUP_TAG,
    DELETE_CUSTOMER,
    DELETE_GROUP_TAG,
    GET_CUSTOMER,
    LIST_AT_ONCE,
    REFRESH_CUSTOMER_TOKEN,
    RENAME_GROUP_TAG,
    UPDATE_CUSTOMER,
    Endpoint,
)

LEVELS = ("Enterprise", "Region", "Branch")
IDS = [f"customer-{serial:07}" for serial in (0, 10, 11, 12, 20, 100)] + ["a", "b", "c", "d"]
TAGS = ["x", "y", "z"]
TOKENS = [Token("all"), Token("production", "Production"), Token("staging", "Staging")]
TRIES = 30

behaviours = st.builds(
    Behaviour,
    **{
        name: st.sampled_from(settings) for name, settings in Behaviour.settings().items() if name != "list_after_write"
    },
)
ids = st.sampled_from(IDS)
tags = st.sampled_from(TAGS)
texts = st.sampled_from(["", "one", "two"])
fields: dict[str, st.SearchStrategy[Any]] = {
    "name": texts | st.none(),
    "emails": st.lists(texts, max_size=3) | st.none(),
    "group_tags": st.lists(tags, max_size=2),
    "properties": st.dictionaries(texts, st.integers(0, 3), max_size=2) | st.none(),
    "mapping": st.dictionaries(st.sampled_from(["1", "2"]), st.sampled_from(["7", "own", 8]), max_size=2),
    "is_demo_group": st.booleans(),
    "hierarchy_level_name": st.sampled_from([*LEVELS, "Nowhere"]),
    "parent_provided_id": ids | st.just("") | st.none(),
    "unknown": st.just(1),
}
created = st.fixed_dictionaries({"provided_id": ids}, optional=fields)
updated = st.fixed_dictionaries({"provided_id": ids}, optional=fields | {"new_provided_id": ids})
requests: st.SearchStrategy[Any] = st.one_of(
    st.tuples(st.just(CREATE_CUSTOMER), created),
    st.tuples(st.just(UPDATE_CUSTOMER), updated),
    st.tuples(st.sampled_from([DELETE_CUSTOMER, REFRESH_CUSTOMER_TOKEN]), st.builds(dict, of=ids)),
    st.tuples(st.sampled_from([CREATE_GROUP_TAG, DELETE_GROUP_TAG]), st.builds(dict, name=tags)),
    st.tuples(st.just(RENAME_GROUP_TAG), st.builds(dict, name=tags, new_name=tags)),
)
histories = st.lists(st.tuples(requests, st.sampled_from(TOKENS)), max_size=TRIES)


class Deployment:
    """A list of customers, and requests to it without a network."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.book = CustomerBook(25, with_inherited_tags=behaviour.group_tags == "inherited")
        self.team = Team(LEVELS, ["x"])
        self.writes = WriteLog()
        self.api = Api(self.book, Lagging(self.book, None, lambda: 0.0), self.team, behaviour, self.writes)

    def ask(self, endpoint: Endpoint, body: dict[str, Any], token: Token) -> dict[str, Any] | None:
        """Return the answer; None where it is refused."""
        if "of" in body:
            row = self.book.find(body["of"])
            body = {"current_token": "nobody's" if row is None else self.book.own(row)["token"]}
        answer = self.api.answer(endpoint, body, token, 0.0, 0.0)
        told: dict[str, Any] = msgspec.json.decode(answer.body)
        return told if told.get("success") == 1 else None

    def own(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return each customer's own values by id and group, without secrets."""
        rows = self.book.select(None, None)
        told = [without_secrets(self.book.own(row), self.book.family.parent_of(row)) for row in rows]
        assert len({(each["provided_id"], each["access_group"]) for each in told}) == len(told)
        return {(each["provided_id"], each["access_group"]): each for each in told}


@given(behaviours, histories)
def test_the_log_tells_all_that_changes(behaviour: Behaviour, history: list[Any]) -> None:
    """A request that is refused changes nothing; one that works changes what the log says of it, and nobody else."""
    site = Deployment(behaviour)
    for (endpoint, body), token in history:
        before, version, logged = site.own(), site.book.version, len(site.writes.log)
        answer = site.ask(endpoint, body, token)
        after, writes = site.own(), site.writes.log[logged:]
        if answer is None:
            assert (after, site.book.version, writes) == (before, version, [])
        if endpoint in {CREATE_GROUP_TAG, DELETE_GROUP_TAG, RENAME_GROUP_TAG}:
            assert len(writes) == (answer is not None)
            continue
        renamed = {}
        for write in writes:
            assert write.before or write.after
            if write.before is not None:
                assert before.pop((write.before["provided_id"], write.before["access_group"])) == write.before
            if write.after is not None:
                before[write.after["provided_id"], write.after["access_group"]] = dict(write.after)
            if write.before and write.after:
                renamed[write.before["provided_id"]] = write.after["provided_id"]
        for each in before.values():
            # Children follow a parent that gets another id.
            if each["parent_provided_id"] in renamed and each["parent_provided_id"] not in {i for i, _ in after}:
                each["parent_provided_id"] = renamed[each["parent_provided_id"]]
        assert {key: value | {"parent_provided_id": None} for key, value in after.items()} == {
            key: value | {"parent_provided_id": None} for key, value in before.items()
        }


@given(behaviours, histories)
def test_lists_and_single_answers_agree(behaviour: Behaviour, history: list[Any]) -> None:
    """Whoever is listed for a token is found with it and shown alike, and nobody else; each has its own token."""
    site = Deployment(behaviour)
    for (endpoint, body), token in history:
        site.ask(endpoint, body, token)
    for token in TOKENS[1:]:
        answer = site.ask(LIST_AT_ONCE, {}, token)
        assert answer is not None
        listed = {customer["provided_id"]: customer for customer in answer["customers"]}
        for provided_id in {*IDS, *listed}:
            found = site.ask(GET_CUSTOMER, {"provided_id": provided_id}, token)
            assert (found or {}).get("customer") == listed.get(provided_id)
    everybody = site.ask(LIST_AT_ONCE, {}, TOKENS[0])
    assert everybody is not None
    tokens = [customer["token"] for customer in everybody["customers"]]
    assert len(set(tokens)) == len(tokens)
    assert [site.book.own(site.book.find_by_token(each) or 0)["token"] for each in tokens] == tokens


@given(behaviours, histories)
def test_parents_stay_above(behaviour: Behaviour, history: list[Any]) -> None:
    """Every parent is there and of a higher level, and has the customer for a child; what is computed holds its own."""
    # Synthetic families are spread over groups: a second customer of a parent's id, in a child's group, would part them.
    unique = "error" if behaviour.create_foreign == "second" else behaviour.create_foreign
    site = Deployment(evolve(behaviour, create_foreign=unique))
    for (endpoint, body), token in history:
        site.ask(endpoint, body, token)
    for row in site.book.select(None, None):
        record = site.book.shown(row)
        assert record["properties"].items() <= record["computed_properties"].items()
        assert set(site.book.own(row)["group_tags"]) <= {*site.team.group_tags, *record["group_tags"]}
        if site.book.family.parent_of(row) is None:
            continue
        parent = next(site.book.family.above(row))
        assert row in site.book.family.children_of(parent)
        ranks = [LEVELS.index(site.book.own(each)["hierarchy_level"]) for each in (parent, row)]
        assert ranks[0] < ranks[1]
