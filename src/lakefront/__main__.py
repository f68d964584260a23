"""`python -m lakefront`: the command line."""

from lakefront.cli.entry import main

main()
