"""`python -m datahub_client` is `datahub-client`."""

import sys

from datahub_client.command import main

sys.exit(main())
