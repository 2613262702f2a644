"""An object store on this machine: moto's S3, with a bucket."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

BUCKET = "bucket"
"""The only one, and the one that the pages have."""


@contextmanager
def run_object_store() -> Iterator[dict[str, str]]:
    """Run it while the block runs; give the variables by which S3's clients find it, and may use it."""
    store = DomainDispatcherApplication(create_backend_app)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Leave the header Server to werkzeug: aiohttp, in Python's dev mode, refuses an answer with two of them."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [each for each in headers if each[0].lower() != "server"], *rest)

        answered: Iterable[bytes] = store(environ, start)
        return answered

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        urlopen(Request(f"{url}/{BUCKET}", method="PUT")).close()
        yield {"AWS_ACCESS_KEY_ID": "made-up", "AWS_ENDPOINT_URL": url, "AWS_SECRET_ACCESS_KEY": "made-up"}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
