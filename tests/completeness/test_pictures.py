from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explo_async.completeness.pictures import StillPictures
from tests.completeness.histories import make_history


class Told:
    """Answers entered one after another; each call returns those that are sealed by it."""

    def __init__(self) -> None:
        self.pictures = StillPictures()
        self.arrivals = 0
        self._entered = 0

    def tell(self, total: int, *, sent: int | None = None, oldest: int | None = None) -> dict[int, int]:
        index, arrived = self._entered, self.arrivals
        self._entered += 1
        self.arrivals += 1
        sent = arrived if sent is None else sent
        return dict(self.pictures.note(index, total, sent=sent, arrived=arrived, oldest=oldest))

    def past_end(self, most: int, *, sent: int | None = None, oldest: int | None = None) -> dict[int, int]:
        arrived = self.arrivals
        self.arrivals += 1
        sent = arrived if sent is None else sent
        return dict(self.pictures.note_past_end(most, sent=sent, arrived=arrived, oldest=oldest))


def test_an_answer_is_sealed_by_a_later_one_of_its_total() -> None:
    """One answer says nothing of its own rows; one that is sent after its arrival and tells the same total does."""
    told = Told()
    assert told.tell(8) == {}
    assert told.tell(8) == {0: 1}
    assert told.tell(8) == {1: 1}


def test_answers_that_were_under_way_together_do_not_seal_each_other() -> None:
    """The closing request must be sent after all that it seals had arrived, and then seals all of them."""
    told = Told()
    assert told.tell(8, sent=0, oldest=0) == {}
    assert told.tell(8, sent=0) == {}
    assert told.tell(8, sent=1) == {0: 1}
    assert told.tell(8, sent=2) == {1: 1}
    assert told.tell(8, sent=4) == {2: 1, 3: 1}


def test_what_was_sent_before_the_closing_answer_came_must_have_come() -> None:
    """As long as such a request is under way it might tell another total; one sent later cannot matter."""
    told = Told()
    told.tell(8)
    assert told.tell(8, sent=1, oldest=1) == {}
    assert told.tell(8, sent=1, oldest=3) == {0: 1}
    assert told.tell(8, sent=3) == {1: 1, 2: 1}


def test_what_was_sent_while_the_closing_answer_was_under_way_must_have_come() -> None:
    """Sent later than the closing request it may be counted earlier all the same."""
    told = Told()
    told.tell(8, sent=0, oldest=0)
    told.tell(8, sent=0, oldest=1)
    assert told.tell(8, sent=1, oldest=2) == {}
    assert told.tell(7, sent=2) == {}


def test_a_contrary_answer_that_was_under_way_with_the_closing_one_voids_it() -> None:
    """Its COUNT may lie between those of the answers and of the closing one."""
    told = Told()
    told.tell(8)
    assert told.tell(8, sent=1, oldest=1) == {}
    assert told.tell(7, sent=1) == {}
    assert told.tell(8) == {}
    assert told.tell(8) == {3: 3}


def test_a_contrary_answer_voids_only_what_it_overlaps() -> None:
    """What was sealed by an answer that had come before the contrary request was sent stays certain."""
    told = Told()
    told.tell(8)
    assert told.tell(8, sent=1, oldest=1) == {}
    assert told.tell(8, sent=1, oldest=2) == {0: 1}
    # Sent when the second one had come and the third had not.
    assert told.tell(9, sent=2) == {}
    assert told.tell(9) == {}
    assert told.tell(9) == {4: 2}


def test_the_earliest_contrary_request_cuts() -> None:
    """Of two contrary answers the one that was sent first voids more, whichever comes first."""
    told = Told()
    told.tell(8)
    told.tell(8, sent=1, oldest=1)
    told.tell(9, oldest=1)
    assert told.tell(7, sent=1) == {}


def test_an_answer_sent_before_the_contrary_one_had_come_is_in_no_picture() -> None:
    """It may have been counted before, in the middle of, or after the change."""
    told = Told()
    told.tell(8, sent=0, oldest=0)
    told.tell(7, sent=0, oldest=0)
    assert told.tell(7, sent=0, oldest=None) == {}
    assert told.tell(7) == {}
    assert told.tell(7) == {3: 2}


def test_equal_totals_on_both_sides_of_another_are_two_pictures() -> None:
    """The same total again is not the same list again."""
    told = Told()
    sealed = [told.tell(total) for total in (8, 8, 7, 7, 8, 8)]
    assert sealed == [{}, {0: 1}, {}, {2: 2}, {}, {4: 3}]


@pytest.mark.parametrize(("most", "sealed"), [(8, {0: 1}), (9, {0: 1}), (7, {})])
def test_a_page_past_the_end_contradicts_larger_totals_only(most: int, sealed: dict[int, int]) -> None:
    """That there is no such page tells that the total is at most the rows before it."""
    told = Told()
    told.tell(8)
    assert told.tell(8, sent=1, oldest=1) == {}
    assert told.past_end(most, sent=1) == sealed


def test_what_was_under_way_with_a_contrary_end_is_in_no_picture() -> None:
    """After a page past the end the total is told anew by what is sent after it had come."""
    told = Told()
    told.tell(8)
    told.past_end(6, oldest=1)
    assert told.pictures.current is None
    assert told.tell(6, sent=1) == {}
    assert told.tell(6) == {}
    assert told.tell(6) == {2: 2}


def test_the_present_picture() -> None:
    """Only the stretch that no other total has ended goes on; it has what is sent since the other answers had come."""
    told = Told()
    pictures = told.pictures
    assert pictures.current is None
    told.tell(8)
    told.tell(7)
    assert pictures.current is not None
    assert (pictures.current.picture, pictures.current.total, pictures.current.since) == (2, 7, 1)
    told.past_end(6)
    assert pictures.current is None


def test_nothing_is_sent_in_vain() -> None:
    """While an answer of another total may still come, what is sent now may be voided."""
    told = Told()
    pictures = told.pictures
    assert [pictures.is_clear(oldest) for oldest in (None, 0)] == [True, False]
    told.tell(8, sent=0, oldest=0)
    assert pictures.is_clear(0)
    told.tell(7, sent=0, oldest=0)
    assert [pictures.is_clear(oldest) for oldest in (0, 1, None)] == [False, True, True]


def test_what_is_done_with_is_forgotten() -> None:
    """Stretches that nothing under way can seal any more are not kept; those that something can are."""
    told = Told()
    for total in range(50):
        told.tell(total)
    assert len(told.pictures._stretches) == 1
    told.tell(99, oldest=49)
    assert len(told.pictures._stretches) == 2


@given(st.integers(0, 2**32))
def test_one_picture_shows_one_list(seed: int) -> None:
    """Whenever two answers are in one picture, nothing changed from the earlier COUNT to the later of their rows."""
    history = make_history(seed)
    history.enter(StillPictures())
    for one, other in combinations(history.heard, 2):
        if one.picture is not None and one.picture == other.picture:
            began, ended = min(one.counted, other.counted), max(one.read, other.read)
            assert one.total == other.total
            assert not [time for time in history.changes if began < time < ended]


@given(st.integers(0, 2**32))
def test_an_answer_of_a_picture_shows_the_list_that_it_counted(seed: int) -> None:
    """Nothing changed between the COUNT and the rows of an answer that is in a picture."""
    history = make_history(seed)
    history.enter(StillPictures())
    for each in history.heard:
        assert each.picture is None or not [time for time in history.changes if each.counted < time < each.read]


def test_the_histories_hold_what_they_are_for() -> None:
    """They have changes beside pictures of several answers, changes within answers, and answers past the end."""
    changed = several = torn = past = late = 0
    for seed in range(300):
        history = make_history(seed)
        history.enter(StillPictures())
        pictures = [each.picture for each in history.heard if each.picture is not None]
        changed += bool(history.changes and pictures)
        several += len(pictures) - len(set(pictures))
        torn += sum(each.counted < time < each.read for each in history.heard for time in history.changes)
        past += sum(each.is_past_end for each in history.heard)
        late += [each.arrived for each in history.heard] != sorted(each.arrived for each in history.heard)
    assert min(changed, several, torn, past, late) > 50
