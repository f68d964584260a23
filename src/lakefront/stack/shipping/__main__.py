"""`python -m lakefront.stack.shipping BUNDLE HOME ENV`: the shipper, as the supervisor starts it."""

import sys

from lakefront.stack.shipping.server import main

sys.exit(main(sys.argv[1:]))
