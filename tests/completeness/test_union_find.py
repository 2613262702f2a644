from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from explo_async.completeness.union_find import UnionFind

ANSWERS = 12


@given(st.lists(st.tuples(st.integers(0, ANSWERS - 1), st.integers(0, ANSWERS - 1)), max_size=20))
def test_joins_reach_over_others(pairs: list[tuple[int, int]]) -> None:
    """Two answers hang together exactly if a path of joins leads from one to the other."""
    sets = UnionFind()
    groups = [{answer} for answer in range(ANSWERS)]
    for _ in range(ANSWERS):
        sets.add()
    for one, other in pairs:
        sets.join(one, other)
        joined = groups[one] | groups[other]
        for answer in joined:
            groups[answer] = joined
    for one in range(ANSWERS):
        assert [sets.together(one, other) for other in range(ANSWERS)] == [
            other in groups[one] for other in range(ANSWERS)
        ]
