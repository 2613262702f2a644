"""Which answers hang together, directly or over others: a union-find over their places. Pure."""

from __future__ import annotations


class UnionFind:
    """Sets of answers, each named by its place in the order of arrival."""

    def __init__(self) -> None:
        self._parents: list[int] = []

    def add(self) -> None:
        """Add the next answer, alone."""
        self._parents.append(len(self._parents))

    def join(self, one: int, other: int) -> None:
        """Note that two answers hang together."""
        self._parents[self._root(one)] = self._root(other)

    def together(self, one: int, other: int) -> bool:
        """Tell whether two answers hang together."""
        return self._root(one) == self._root(other)

    def _root(self, index: int) -> int:
        parents = self._parents
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index
