"""Makes true histories: what requests told, and when the server counted, read and changed its list."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from attrs import Factory, define

if TYPE_CHECKING:
    from explo_async.completeness.pictures import StillPictures

_SPEEDS = (1.0, 1.0, 0.3, 0.03)
"""How likely a request's next step is chosen: some hang for long, in any phase."""


@define(eq=False)
class Heard:
    """A request; `counted` and `read` are times of the true history, the others count arrivals."""

    first: int
    """Rows before its page."""
    speeds: tuple[float, ...]
    sent: int
    arrived: int = -1
    oldest: int | None = None
    total: int = 0
    counted: int = -1
    read: int = -1
    phase: int = 0
    """0 until it is counted, 1 until it has arrived, 2 until it is entered."""
    picture: int | None = None

    @property
    def is_past_end(self) -> bool:
        """Whether it told only that there is no such page."""
        return 0 < self.first >= self.total


@define
class History:
    """Under assumption B as to the totals that were told: changes between two of them are all of one kind."""

    heard: list[Heard] = Factory(list)
    """In the order in which the answers are entered."""
    changes: list[int] = Factory(list)
    """The times of insertions and deletions."""

    @property
    def told(self) -> list[Heard]:
        """The answers with a total, in the order of their COUNTs."""
        return sorted((each for each in self.heard if not each.is_past_end), key=lambda each: each.counted)

    def enter(self, pictures: StillPictures) -> None:
        """Enter the answers, and note the picture of each."""
        for index, each in enumerate(self.heard):
            if each.is_past_end:
                sealed = pictures.note_past_end(each.first, sent=each.sent, arrived=each.arrived, oldest=each.oldest)
            else:
                sealed = pictures.note(index, each.total, sent=each.sent, arrived=each.arrived, oldest=each.oldest)
            for place, picture in sealed:
                self.heard[place].picture = picture


def make_history(seed: int, *, most: int = 14) -> History:
    """Make a history of some requests, `most` at most, of which up to four are under way together."""
    draw = Random(seed)
    history = History()
    at_once, rate, left = draw.randint(1, 4), draw.choice((0.02, 0.1, 0.3)), draw.randint(1, most)
    size, time, arrivals = draw.randint(0, 4), 0, 0
    direction = 0
    under_way: list[Heard] = []
    while left or under_way:
        time += 1
        if draw.random() < rate:
            change = draw.choice((-1, 1))
            if direction in {0, change} and size + change >= 0:
                size, direction = size + change, change
                history.changes.append(time)
        elif left and len(under_way) < at_once:
            left -= 1
            speeds = tuple(draw.choice(_SPEEDS) for _ in range(3))
            under_way.append(Heard(draw.choice((0, 0, 0, 2, 4)), speeds, arrivals))
        elif under_way:
            each = draw.choices(under_way, [other.speeds[other.phase] for other in under_way])[0]
            each.phase += 1
            if each.phase == 1:
                each.total, each.counted = size, time
                direction = direction if each.is_past_end else 0
            elif each.phase == 2:
                each.read, each.arrived = time, arrivals
                arrivals += 1
            else:
                under_way.remove(each)
                each.oldest = min((other.sent for other in under_way), default=None)
                history.heard.append(each)
    return history
