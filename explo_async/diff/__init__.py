"""Compare two lists of customers, each an iterable or the path of an export: what was added, removed and changed."""

from explo_async.diff.compare import Diff, compare, iter_differences
from explo_async.diff.difference import Added, Changed, Removed

__all__ = ["Added", "Changed", "Diff", "Removed", "compare", "iter_differences"]
