"""`python -m ui` is `groundwire`."""

from ui.cli import main

main()
