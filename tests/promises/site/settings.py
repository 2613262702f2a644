"""Django's settings; the process that starts the site gives what varies by environment variables."""

from __future__ import annotations

import os

SECRET_KEY = "made-up"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["tests.promises.site"]
ROOT_URLCONF = "tests.promises.site.views"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["SITE_DATABASE"],
        "NAME": "postgres",
        "USER": "postgres",
        # Under ASGI each request has a thread of its own, and with it a connection that nobody would use again.
        "CONN_MAX_AGE": int(os.environ.get("SITE_CONNECTION_SECONDS", "0")),
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tests.promises.site.framework.TeamToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "tests.promises.site.framework.Envelope",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["tests.promises.site.framework.PerAddress"],
    "DEFAULT_THROTTLE_RATES": {"address": os.environ.get("SITE_THROTTLE")},
    "UNAUTHENTICATED_USER": None,
}
SITE_TOKEN = os.environ["SITE_TOKEN"]
SITE_ORDER = os.environ.get("SITE_ORDER", "by-id")
"""The order of the list at the address without a prefix."""
