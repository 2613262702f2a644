"""moto's S3 for gunicorn: moto's own server sends a header twice, which aiohttp refuses in Python's dev mode."""

from moto.server import DomainDispatcherApplication, create_backend_app

application = DomainDispatcherApplication(create_backend_app)
