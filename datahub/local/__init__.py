"""PostgreSQL, Redis and S3 from wheels, and the supervisor that runs the product on one machine.

Nothing here knows Django: it runs before the settings can be read.
"""
