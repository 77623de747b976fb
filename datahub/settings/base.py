"""What every environment shares. Values that differ from place to place come from the environment."""

from ipaddress import ip_network
from pathlib import Path

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from django.core.exceptions import ImproperlyConfigured

from datahub.logs import config as logs
from datahub.settings.environment import env

BASE_DIR = Path(__file__).resolve().parent.parent.parent

VAR_DIR = Path(env("DATAHUB_VAR", default=str(BASE_DIR / "var")))

INSTALLED_APPS = [
    "datahub.parties.staff.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "datahub.static_files.StaticFilesConfig",
    "django.contrib.postgres",
    # For the templates of its widgets, which the pages' forms use.
    "django.forms",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "datahub.outbox",
    "datahub.parties",
    "datahub.metering",
    "datahub.agreements",
    "datahub.bills",
    "datahub.access",
    "datahub.exchanges",
    "datahub.wire",
    "distribution",
    "enquiries",
    "connections",
    "portal",
    # Last: its partitions are made when every table stands.
    "datahub",
]

MIDDLEWARE = [
    "datahub.metrics.middleware.Measured",
    # Services for systems go from here through SERVICE_MIDDLEWARE, all else through what follows.
    "datahub.wire.way.TwoWays",
    # Outside all that may refuse a request by itself, so that such an answer has their headers too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "datahub.page_middleware.NeverCached",
    # It adds random bytes, so that the size of a page tells nothing of what stands in it.
    "django.middleware.gzip.GZipMiddleware",
    "datahub.page_middleware.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "datahub.health.middleware.KnownHosts",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "datahub.page_middleware.BodyLimit",
    "simple_history.middleware.HistoryRequestMiddleware",
]
SERVICE_MIDDLEWARE = [
    "datahub.wire.middleware.ApiHeaders",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]

ROOT_URLCONF = "datahub.urls"
WSGI_APPLICATION = "datahub.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "parties.User"
SILENCED_SYSTEM_CHECKS: list[str] = []

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.frame.frame",
            ]
        },
    }
]

# --- Database, broker, object store: wherever the environment says they are ---------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://datahub@127.0.0.1:5432/datahub")}
DATABASES["default"]["ENGINE"] = "datahub.database"
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# A server that is gone without a word is noticed after some 20 seconds, and not after the system's two hours. What
# stands in DATABASE_URL (?sslmode=verify-full) comes on top.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": env.int("DATABASE_CONNECT_TIMEOUT", default=5),
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    **DATABASES["default"].get("OPTIONS", {}),
}

# Given with the URL of the role that owns the tables, to `migrate`: the role that all else connects as gets its rights.
DATABASE_APPLICATION_ROLE = env("DATABASE_APPLICATION_ROLE", default="")

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

S3_ENDPOINT_URL = env("S3_ENDPOINT_URL", default="")
S3_BUCKET = env("S3_BUCKET", default="")
CONTENT_STORE_TIMEOUT = env.float("CONTENT_STORE_TIMEOUT", default=3.0)
if S3_BUCKET:
    _content_store = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT_URL or None,
            "access_key": env("S3_ACCESS_KEY", default="") or None,
            "secret_key": env("S3_SECRET_KEY", default="") or None,
            "region_name": env("S3_REGION", default="") or None,
            "default_acl": None,
            "file_overwrite": True,
            "querystring_auth": False,
            # A store that hangs is a store that failed; who asked decides whether to ask again.
            "client_config": Config(
                connect_timeout=CONTENT_STORE_TIMEOUT,
                read_timeout=CONTENT_STORE_TIMEOUT,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": env("S3_ADDRESSING_STYLE", default="auto")},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            "transfer_config": TransferConfig(use_threads=False),
        },
    }
else:
    _content_store = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(VAR_DIR / "content")},
    }
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(VAR_DIR / "media")},
    },
    "content": _content_store,
    # Collected with a name for each content, compressed: kept by browsers for ever.
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Celery ------------------------------------------------------------------------------------------------------
# Redis brings the wake-ups, too, unless another broker is named (amqp://… for RabbitMQ).
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 350_000  # kB; a worker's memory stays under 400 MB
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL.startswith(("redis://", "rediss://")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 60,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
    }
# A save never waits for the broker: the wake-up is sent once, and a sweep finds what it missed.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "datahub.health.heartbeat:HeartbeatScheduler"
# Queues of their own, so that neither a flood of readings nor an act that reaches many points keeps what was saved from
# being told, and no import of the pages, which may take minutes, keeps any of it: start workers for each
# (`celery worker -Q documents`, `-Q distribution`, `-Q jobs`), as many as the machine has room for.
CELERY_TASK_DEFAULT_QUEUE = "distribution"
CELERY_TASK_ROUTES = {
    "datahub.metering.tasks.*": {"queue": "documents"},
    "datahub.agreements.tasks.*": {"queue": "documents"},
    "enquiries.tasks.*": {"queue": "documents"},
    "connections.tasks.*": {"queue": "documents"},
    "datahub.access.tasks.*": {"queue": "documents"},
    "datahub.parties.tasks.*": {"queue": "documents"},
    "portal.tasks.*": {"queue": "jobs"},
}
# Each is of no use later than its next turn, so that a busy or sleeping worker does not find heaps of them.
CELERY_BEAT_SCHEDULE = {
    "publish, close windows of time, sweep": {
        "task": "distribution.tasks.tick",
        "schedule": 1.0,
        "options": {"expires": 1.0},
    },
    "let go on what waits beside a unit that was set aside": {
        "task": "distribution.tasks.free",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "drop what was kept long enough": {
        "task": "distribution.tasks.retain",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "tell of general services that start, find acts whose wake-up was lost": {
        "task": "datahub.agreements.tasks.sweep",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "delete authorizations that were kept long enough": {
        "task": "datahub.access.tasks.retain",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "show parties by the names that have begun": {
        "task": "datahub.parties.tasks.refresh_names",
        "schedule": 300.0,
        "options": {"expires": 300.0},
    },
    "delete sessions that have ended": {
        "task": "datahub.parties.tasks.forget_sessions",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "delete connection requests that were kept long enough": {
        "task": "connections.tasks.retain",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "delete enquiries that were kept long enough": {
        "task": "enquiries.tasks.retain",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "take up imports that a worker has left": {
        "task": "portal.tasks.sweep_jobs",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "delete imports that were kept long enough": {
        "task": "portal.tasks.retain_jobs",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    },
    "find documents whose wake-up was lost": {
        "task": "datahub.metering.tasks.sweep_documents",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
}

# Tasks that a save wakes by name: those who save do not know who works.
WAKE_DISTRIBUTION_TASK = "distribution.tasks.tell"
WAKE_DOCUMENTS_TASK = "datahub.metering.tasks.work_documents"
# Over either bound `POST /meter-data` answers 503 until the workers have caught up. Bytes as kept, compressed.
DOCUMENT_QUEUE_MAX_COUNT = env.int("DOCUMENT_QUEUE_MAX_COUNT", default=100_000)
DOCUMENT_QUEUE_MAX_BYTES = env.int("DOCUMENT_QUEUE_MAX_BYTES", default=20 * 1024**3)

# --- The API and its tokens ---------------------------------------------------------------------------------------
# The address under which clients reach the hub: it stands in tokens as their issuer.
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000")
TOKEN_REALMS = env.list("TOKEN_REALMS", default=["estfeed"])
TOKEN_LIFETIME_SECONDS = env.int("TOKEN_LIFETIME_SECONDS", default=300)
TOKEN_AUDIENCE = env("TOKEN_AUDIENCE", default="datahub")
# Private RSA keys in PEM, one after the other: the first signs, all check.
DATAHUB_TOKEN_KEY = env("DATAHUB_TOKEN_KEY", default="")
TOKEN_KEY_MAY_BE_MADE = False
# An outside OpenID provider to trust instead of the hub's own token endpoint.
OIDC_ISSUER = env("OIDC_ISSUER", default="")
OIDC_JWKS_URL = env("OIDC_JWKS_URL", default="")
OIDC_AUDIENCE = env("OIDC_AUDIENCE", default="")
OIDC_ALGORITHMS = env.list("OIDC_ALGORITHMS", default=["RS256"])
SIGN_IN_WINDOW_SECONDS = env.int("SIGN_IN_WINDOW_SECONDS", default=300)
SIGN_IN_FAILURES_PER_CLIENT = env.int("SIGN_IN_FAILURES_PER_CLIENT", default=10)
SIGN_IN_FAILURES_PER_ADDRESS = env.int("SIGN_IN_FAILURES_PER_ADDRESS", default=100)
# Requests a minute of one participant, 0 for no limit.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=6000)
# How many proxies stand in front and add to X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "datahub.wire.openapi.ServiceSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Datahub",
    "VERSION": "1",
    "DESCRIPTION": "An electricity and gas market data hub. Ask for a token with your client's id and secret"
    " (`POST /realms/estfeed/protocol/openid-connect/token`), then send messages. A field that may be left out may also"
    " be sent as null, which counts as left out unless its object says what null does.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": False,
    "POSTPROCESSING_HOOKS": [],
    "SORT_OPERATIONS": False,
    "TAGS": [],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "clientCredentials": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": f"/realms/{TOKEN_REALMS[0]}/protocol/openid-connect/token",
                        "scopes": {},
                    }
                },
            },
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        },
        "schemas": {
            "Fault": {
                "type": "object",
                "required": ["message", "code", "traceId", "args"],
                "properties": {
                    "message": {"type": "string"},
                    "code": {"type": "string", "example": "opp.error.validation.invalid-enum"},
                    "traceId": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                    "args": {"type": "array", "items": {"type": "string"}},
                },
            },
            "Error": {
                "type": "object",
                "required": ["id", "cause"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "cause": {
                        "allOf": [
                            {"$ref": "#/components/schemas/Fault"},
                            {
                                "type": "object",
                                "properties": {
                                    "others": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}}
                                },
                            },
                        ]
                    },
                },
            },
        },
    },
}

# The history of staff's acts is looked at, never put back by a form that knows no rules.
SIMPLE_HISTORY_REVERT_DISABLED = True

# --- Passwords and secrets ----------------------------------------------------------------------------------------
PASSWORD_HASHERS = [
    "datahub.parties.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- Metrics ------------------------------------------------------------------------------------------------------
# Who may read /metrics: whoever sends this token (Authorization: Bearer …), or asks from one of these networks.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
METRICS_NETWORKS = [ip_network(network) for network in env.list("METRICS_NETWORKS", default=[])]
# A process of workers answers /metrics on this port, for those that share no directory with a web server; 0 for none.
WORKER_METRICS_PORT = env.int("WORKER_METRICS_PORT", default=0)
# What the one who built this release calls it, such as a commit.
REVISION = env("DATAHUB_REVISION", default="")

# --- Logs: one line an event on the standard error; LOG_FORMAT says in which form -------------------------------------
LOGGING = logs.settings_of(env("LOG_LEVEL", default="INFO"))
LOGGING_CONFIG = "datahub.logs.config.configure"
# Which requests have a line: all, none, or those that failed or took longer than so many seconds.
ACCESS_LOG = env("ACCESS_LOG", default="failed")
ACCESS_LOG_SLOW_SECONDS = env.float("ACCESS_LOG_SLOW_SECONDS", default=5.0)
if ACCESS_LOG not in {"all", "failed", "none"}:
    raise ImproperlyConfigured(f"ACCESS_LOG is {ACCESS_LOG!r}: use all, failed or none.")

# --- Language, time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("et", "Eesti"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["datahub.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Tallinn"

# --- Pages -------------------------------------------------------------------------------------------------------
# The OpenID provider through which people sign in to the pages; none, and nobody can. It sends them back to
# PUBLIC_URL/sign-in/openid/callback. (OIDC_… above is about the tokens of the API, and has nothing to do with it.)
SIGN_IN_OPENID_ISSUER = env("SIGN_IN_OPENID_ISSUER", default="")
SIGN_IN_OPENID_CLIENT_ID = env("SIGN_IN_OPENID_CLIENT_ID", default="")
SIGN_IN_OPENID_CLIENT_SECRET = env("SIGN_IN_OPENID_CLIENT_SECRET", default="")
SIGN_IN_OPENID_SCOPES = env.list("SIGN_IN_OPENID_SCOPES", default=["openid"])
# A session ends after so long without a click, and at the latest when a working day is over.
SESSION_ENGINE = "datahub.sessions"
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=30 * 60)
SESSION_COOKIE_AGE = env.int("SESSION_SECONDS", default=12 * 3600)
SESSION_COOKIE_SECURE = False
SESSION_COOKIE_NAME = "session"
CSRF_FAILURE_VIEW = "portal.pages.form_expired"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
# Everything that a page shows or runs is a file of ours; images may stand in a style sheet.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env("STATIC_ROOT", default=str(VAR_DIR / "static"))
# Nobody asks for a file by a name that does not say what stands in it.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
