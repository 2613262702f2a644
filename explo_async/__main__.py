"""`python -m explo_async` is the `explo-async` command."""

import sys

from explo_async.cli import main

if __name__ == "__main__":
    sys.exit(main())
