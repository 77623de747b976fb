"""The admin's lists of what there is much of, as staff who may do everything open, filter, search and leaf through."""

# {point} is one of the points. Messages, units, documents and the log of reads are as the other parts left them.
LISTS: dict[str, list[str]] = {
    "staff, metering points": [
        "metering/meteringpoint/",
        "metering/meteringpoint/?p=100",
        "metering/meteringpoint/?type__exact=BORDER",
        "metering/meteringpoint/?q={point}",
    ],
    "staff, readings": ["metering/pointreadings/", "metering/pointreadings/?q={point}"],
    "staff, documents": ["metering/meterdatadocument/", "metering/meterdatadocument/?status__exact=ERROR"],
    "staff, agreements": [
        "agreements/agreement/",
        "agreements/agreement/?p=100",
        "agreements/agreement/?type__exact=SUPPLY",
        "agreements/agreement/?q={point}",
    ],
    "staff, messages": [
        "distribution/message/",
        "distribution/message/?p=100",
        "distribution/message/?from=2026-01-01",
        "distribution/message/?q=38X-EIN-GO-----0",
    ],
    "staff, units": ["outbox/unit/", "outbox/unit/?state=aside", "outbox/processedunit/"],
    "staff, enquiries": ["enquiries/enquiry/", "enquiries/enquiry/?q={point}", "connections/connectionrequest/"],
    "staff, parties": ["parties/party/", "parties/party/?p=100", "parties/party/?type__exact=PHYSICAL_PERSON"],
    "staff, access log": ["access/accesslog/", "access/accesslog/?q={point}"],
    "staff, acts": ["admin/logentry/", "admin/logentry/?p=100", "admin/logentry/?from=2026-01-01"],
}
# Signs a superuser in with a second factor; runs in this process and in the demo's.
SESSION = """
import time
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from datahub.parties.models import User

user, _ = User.objects.get_or_create(username="bench-staff", defaults={"is_staff": True, "is_superuser": True})
device, _ = TOTPDevice.objects.get_or_create(user=user, defaults={"name": "bench", "confirmed": True})
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session[DEVICE_ID_SESSION_KEY] = device.persistent_id
session["seen"] = int(time.time())
session.create()
"""


def fill(count: int) -> None:
    """Let there be as many customers and acts of staff as points."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    from datahub.parties.models import Party, User

    user, _ = User.objects.get_or_create(username="bench-staff", defaults={"is_staff": True, "is_superuser": True})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO parties_party (eic, type, name, created_at)"
            " SELECT '38XBENCH' || lpad(n::text, 7, '0') || 'P', 'PHYSICAL_PERSON', 'Klient ' || n, now()"
            " FROM generate_series(1, %s) n ON CONFLICT DO NOTHING",
            [count],
        )
        cursor.execute(
            "INSERT INTO django_admin_log"
            " (action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id)"
            " SELECT now() - make_interval(secs => %s - n), n::text, 'Klient ' || n, 2, '', %s, %s"
            " FROM generate_series(1, %s) n",
            [count, ContentType.objects.get_for_model(Party).pk, user.pk, count],
        )
        for table in ("parties_party", "django_admin_log"):
            cursor.execute(f"VACUUM ANALYZE {table}")
