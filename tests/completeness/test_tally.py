from __future__ import annotations

import pytest

from explo_async.completeness.accounts import Account
from explo_async.completeness.evidence import Meeting
from explo_async.completeness.pictures import Stretch
from explo_async.completeness.tally import Tally


def make_tally(*answers: bool) -> Tally:
    """Count answers, each of which brings new rows or not."""
    tally = Tally()
    for index, brings_new in enumerate(answers):
        tally.note(index, brings_new=brings_new)
    return tally


def make_account(*, insertions: int = 0, deletions: int = 0) -> Account:
    return Account(
        most_ever=9,
        fewest_stable=9,
        most_insertions=insertions,
        most_deletions=deletions,
        least_insertions=0,
        least_deletions=0,
    )


def test_all_rows_of_one_picture() -> None:
    """As many rows as the one picture counts, of which all answers with new rows are, are all of its rows."""
    tally = make_tally(True, True, False)
    tally.seal(0, 1, 6)
    assert not tally.proves(6)
    tally.seal(1, 1, 6)
    assert [tally.proves(rows) for rows in (5, 6, 7)] == [False, True, False]


def test_answers_without_new_rows_are_of_any_picture() -> None:
    """Neither an answer that is in no picture nor one of another picture matters if it brought nothing."""
    tally = make_tally(True, False, False)
    tally.seal(0, 1, 3)
    tally.seal(2, 2, 4)
    assert tally.proves(3)


def test_rows_of_two_pictures_prove_nothing() -> None:
    """Even of the same total, two pictures are two lists."""
    tally = make_tally(True, True)
    tally.seal(0, 1, 6)
    tally.seal(1, 2, 6)
    assert not tally.proves(6)


def test_nothing_is_proved_of_nothing() -> None:
    """Without an answer in a picture no number of rows is proved, not even none."""
    assert not make_tally().proves(0)
    assert not make_tally(False).proves(0)


def test_what_is_of_the_present_picture() -> None:
    """What was counted goes on being of use only if all of it is of the picture that goes on."""
    tally = make_tally(True)
    first, second = Stretch(1, 6, since=0), Stretch(2, 6, since=3)
    assert not tally.is_of_one_picture(first)
    tally.seal(0, 1, 6)
    assert tally.is_of_one_picture(first)
    assert not tally.is_of_one_picture(second)
    assert not tally.is_of_one_picture(None)
    tally.note(1, brings_new=True)
    assert not tally.is_of_one_picture(first)


@pytest.mark.parametrize(
    ("least", "most", "lost", "contradicts"),
    [(0, 0, 0, False), (-1, 0, 0, True), (0, 1, 0, True), (0, 0, 1, True)],
)
def test_a_row_that_moved_within_a_picture(least: int, most: int, lost: int, *, contradicts: bool) -> None:
    """Within one picture rows stay at their places, and none of them goes: else the order is not stable."""
    tally = make_tally(True, False)
    tally.meet([Meeting(0, 1, least, most, lost)])
    assert not tally.seal(1, 1, 6)
    assert tally.seal(0, 1, 6) == contradicts


def test_rows_may_move_between_pictures() -> None:
    """What moved from one picture to another contradicts nothing, nor what is in no picture."""
    tally = make_tally(True, True, False)
    tally.meet([Meeting(0, 2, 1, 1, 0), Meeting(1, 2, 1, 1, 0)])
    assert not tally.seal(0, 1, 6)
    assert not tally.seal(2, 2, 7)
    assert tally.seal(1, 2, 7)


@pytest.mark.parametrize(
    ("meeting", "insertions", "deletions", "explained"),
    [
        pytest.param((-2, 0, 0), 0, 2, True, id="as far forth as deletions move it"),
        pytest.param((-3, 0, 0), 9, 2, False, id="further forth"),
        pytest.param((0, 2, 0), 2, 0, True, id="as far back as insertions move it"),
        pytest.param((0, 3, 0), 2, 9, False, id="further back"),
        pytest.param((0, 0, 3), 1, 2, True, id="as many lost as changes push out"),
        pytest.param((0, 0, 4), 1, 2, False, id="more lost"),
    ],
)
def test_how_far_rows_can_have_moved(
    meeting: tuple[int, int, int], insertions: int, deletions: int, *, explained: bool
) -> None:
    """Rows move back by no more places than there were insertions, and forth by no more than deletions."""
    tally = make_tally(True, False, False)
    tally.meet([Meeting(0, 1, 0, 0, 0), Meeting(0, 2, *meeting)])
    assert tally.moved_within(make_account(insertions=insertions, deletions=deletions)) == explained
