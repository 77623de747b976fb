"""Settings by environment: `production` (the default), `demo` and `test` over `base`."""
