"""The demo on one machine. Its secrets are public: it refuses to start as production."""

import os
from ipaddress import ip_network

from django.core.exceptions import ImproperlyConfigured

from datahub.settings.base import *  # noqa: F403
from datahub.settings.environment import env

if os.environ.get("DATAHUB_ENV") == "production":
    raise ImproperlyConfigured("The demo settings hold public secrets and do not start with DATAHUB_ENV=production.")

DEBUG = False
SECRET_KEY = env("SECRET_KEY", default="demo-only-not-a-secret-" + "0" * 40)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
INSTALLED_APPS = [*INSTALLED_APPS, "datahub.demo"]  # noqa: F405

# Whoever tries the demo comes from one address, plays everybody, and wants to see how fast it is.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=0)
SIGN_IN_FAILURES_PER_CLIENT = env.int("SIGN_IN_FAILURES_PER_CLIENT", default=100)
SIGN_IN_FAILURES_PER_ADDRESS = env.int("SIGN_IN_FAILURES_PER_ADDRESS", default=1000)

# Whoever is at this machine may look at the metrics, too.
METRICS_NETWORKS = [ip_network(network) for network in env.list("METRICS_NETWORKS", default=["127.0.0.1", "::1"])]

TOKEN_KEY_MAY_BE_MADE = True
# The sign-in page that lists the demo people stands in front of the product's own.
ROOT_URLCONF = "datahub.demo.urls"
# Says that the demo market, with its public secrets, may be made here.
IS_DEMO = True
# Many sign in as the same person there, at once and with a code that everybody knows.
OTP_TOTP_THROTTLE_FACTOR = 0
