"""The endpoint: REST framework's own list view."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.urls import path, re_path
from rest_framework.generics import ListAPIView
from rest_framework.serializers import ModelSerializer

from tests.promises.site.models import Customer
from tests.promises.site.orders import ORDERS


class Shown(ModelSerializer):
    """What a customer looks like in an answer."""

    class Meta:  # noqa: D106 - the framework's word
        model = Customer
        exclude: ClassVar = ["id", "parent_provided_id"]


class Customers(ListAPIView):
    """The list of customers in the order that the address asks for."""

    serializer_class = Shown

    def get_queryset(self) -> Any:
        """Order and filter; the paginator counts and cuts."""
        rows = Customer.objects.order_by(*ORDERS[self.kwargs.get("order", settings.SITE_ORDER)])
        asked = self.request.query_params
        if "parent_provided_id" in asked:
            rows = rows.filter(parent_provided_id=asked["parent_provided_id"])
        if "hierarchy_level_name" in asked:
            rows = rows.filter(hierarchy_level=asked["hierarchy_level_name"])
        return rows


urlpatterns = [
    path("v2/api/customers/", Customers.as_view()),
    re_path(rf"^(?P<order>{'|'.join(ORDERS)})/v2/api/customers/$", Customers.as_view()),
]
