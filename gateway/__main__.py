"""``python -m gateway`` is ``bawaba``."""

from gateway.cli import main

main()
