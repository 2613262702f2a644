"""Act on the list: plan what is to be written so that the customers are as desired, and apply it, safely.

`read_desired` or any iterable of mappings, `make_plan`, `Plan.write` and `Plan.read`, `apply`.
"""

from explo_async.reconcile.apply import ApplyRun, apply
from explo_async.reconcile.desired import Desired, Wanted
from explo_async.reconcile.items import Applied, Conflict, Create, Delete, Outcome, Update
from explo_async.reconcile.make import make_plan
from explo_async.reconcile.plan import Plan
from explo_async.reconcile.policy import Policy
from explo_async.reconcile.read import read_desired
from explo_async.reconcile.scope import Scope

__all__ = [
    "Applied",
    "ApplyRun",
    "Conflict",
    "Create",
    "Delete",
    "Desired",
    "Outcome",
    "Plan",
    "Policy",
    "Scope",
    "Update",
    "Wanted",
    "apply",
    "make_plan",
    "read_desired",
]
