"""How staff sign in: password and code together, a device of their own at first, recovery codes, and the demo's way."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.models import Permission as DjangoPermission
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from datahub.limits import _client
from datahub.parties.models import User
from datahub.parties.services import second_factor
from datahub.parties.staff import demo_code, sign_in
from tests.staff import sign_in as signed_in

pytestmark = pytest.mark.django_db
LOGIN, ENROL, INDEX = "/admin/login/", "/admin/enrol/", "/admin/"
PASSWORD = "a-long-passphrase"


@pytest.fixture(autouse=True)
def _counts_anew(settings: Any) -> None:
    settings.IS_DEMO = False
    settings.OTP_TOTP_THROTTLE_FACTOR = 0
    settings.OTP_STATIC_THROTTLE_FACTOR = 0
    redis = _client(settings.REDIS_URL)
    for key in redis.scan_iter("datahub:limit:sign-in:*"):
        redis.delete(key)


@pytest.fixture
def anu() -> User:
    return User.objects.create_superuser("anu", password=PASSWORD)


def device_of(user: User) -> TOTPDevice:
    return TOTPDevice.objects.create(user=user, name="app", confirmed=True)


def code_of(device: TOTPDevice, ahead: int = 0) -> str:
    return f"{totp(device.bin_key, t0=-30 * ahead):06d}"


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def sign(client: Client, *, username: str = "anu", password: str = PASSWORD, code: str = "", to: str = "") -> Any:
    return client.post(LOGIN, {"username": username, "password": password, "code": code, "next": to})


def is_in(client: Client) -> bool:
    return bool(client.get(INDEX).status_code == 200)


def test_password_and_code_open_the_admin(anu: User) -> None:
    client = Client()
    response = sign(client, code=code_of(device_of(anu)), to="/admin/parties/party/")
    assert (response.status_code, response["Location"]) == (302, "/admin/parties/party/")
    assert is_in(client)


def test_the_session_has_another_key_after_signing_in(anu: User) -> None:
    client = Client()
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["session"] = before = session.session_key
    sign(client, code=code_of(device_of(anu)))
    assert client.session.session_key != before
    stranger = Client()
    stranger.cookies["session"] = before
    assert not is_in(stranger)


@pytest.mark.parametrize(
    "said", [{"password": "wrong"}, {"username": "nobody"}, {"code": ""}, {"code": "wrong"}, {"code": "１２３４５６"}]
)
def test_what_is_wrong_of_the_three_is_not_said(anu: User, said: dict[str, str]) -> None:
    device = device_of(anu)
    right = code_of(device)
    given = {"code": right, **said}
    if given["code"] == "wrong":
        given["code"] = wrong(right)
    client = Client()
    response = sign(client, **given)
    assert response.status_code == 200
    assert "do not match" in response.content.decode()
    assert right not in response.content.decode()
    assert not is_in(client)


def test_nobody_but_active_staff_signs_in(anu: User) -> None:
    device = device_of(anu)
    for change in ({"is_staff": False}, {"is_active": False, "is_staff": True}):
        User.objects.filter(pk=anu.pk).update(**change)
        client = Client()
        assert sign(client, code=code_of(device)).status_code == 200
        assert not is_in(client)


def test_a_code_is_good_once(anu: User) -> None:
    device = device_of(anu)
    code = code_of(device)
    sign(Client(), code=code)
    again = Client()
    sign(again, code=code)
    assert not is_in(again)
    with time_machine.travel(time.time() + 30, tick=False):
        sign(again, code=code_of(device))
    assert is_in(again)


def test_a_session_without_a_second_factor_opens_no_page(anu: User) -> None:
    client = Client()
    client.force_login(anu)
    session = client.session
    session["seen"] = int(time.time())
    session.save()
    response = client.get("/admin/parties/party/")
    assert (response.status_code, response["Location"]) == (302, "/admin/login/?next=/admin/parties/party/")
    assert client.post(reverse("admin:parties_party_add"), {}).status_code == 302
    assert client.get("/admin/recovery-codes/").status_code == 302
    # Nor does the device of another.
    other = device_of(User.objects.create_superuser("other", password=PASSWORD))
    session = client.session
    session["otp_device_id"] = other.persistent_id
    session.save()
    assert client.get(INDEX).status_code == 302


@pytest.mark.parametrize(
    "to",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "https:evil", "\thttp://e"],
)
def test_nobody_is_led_elsewhere_after_signing_in(anu: User, to: str) -> None:
    device = device_of(anu)
    assert sign(Client(), code=code_of(device), to=to)["Location"] == INDEX
    page = Client().get(LOGIN, {"next": to}).content.decode()
    # The form leads on to where it says; that for the language goes back to this very page, whatever its URL.
    form = page.partition('id="login-form"')[2].partition("</form>")[0]
    assert re.findall(r'name="next" value="([^"]*)"', form) == [""]


def test_after_too_many_failures_even_the_right_code_is_not_looked_at(anu: User, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_CLIENT = 3
    device = device_of(anu)
    for _ in range(3):
        assert "do not match" in sign(Client(), password="wrong").content.decode()
    refused = Client()
    page = sign(refused, code=code_of(device)).content.decode()
    assert "Too many failed attempts" in page
    assert not is_in(refused)
    # Of another from the same address nobody is kept waiting.
    beate = User.objects.create_superuser("beate", password=PASSWORD)
    other = Client()
    sign(other, username="beate", code=code_of(device_of(beate)))
    assert is_in(other)


def test_an_address_that_tries_many_names_is_stopped_too(anu: User, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 4
    for number in range(4):
        sign(Client(), username=f"name{number}")
    assert "Too many failed attempts" in sign(Client(), code=code_of(device_of(anu))).content.decode()


def test_who_signs_in_often_is_not_stopped(anu: User, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_CLIENT = 2
    device = device_of(anu)
    start = time.time()
    for number in range(5):
        with time_machine.travel(start + 31 * number, tick=False):
            client = Client()
            sign(client, code=code_of(device))
            assert client.session.get("otp_device_id") == device.persistent_id


def test_wrong_codes_make_a_device_wait_from_wherever_they_come(anu: User, settings: Any) -> None:
    settings.OTP_TOTP_THROTTLE_FACTOR = 1
    device = device_of(anu)
    right = code_of(device)
    sign(Client(REMOTE_ADDR="192.0.2.1"), code=wrong(wrong(wrong(right))))
    late = Client(REMOTE_ADDR="192.0.2.2")
    sign(late, code=right)
    assert not is_in(late)


def enrolling() -> tuple[Client, str]:
    """Begin to set up a device and give the secret that the page shows, in hexadecimal."""
    client = Client()
    response = sign(client, to="/admin/parties/party/")
    assert (response.status_code, response["Location"]) == (302, ENROL)
    page = client.get(ENROL)
    assert "no-store" in page["Cache-Control"]
    return client, client.session["staff_enrolment"]["key"]


def test_who_has_no_device_sets_one_up_and_is_in_with_recovery_codes(anu: User) -> None:
    client, key = enrolling()
    page = client.get(ENROL).content.decode()
    assert "<svg" in page
    assert "style=" not in page
    assert "<script>" not in page
    assert not is_in(client)
    code = f"{totp(bytes.fromhex(key)):06d}"
    response = client.post(ENROL, {"code": code})
    shown = re.findall(r"<li><code>(\w+)</code></li>", response.content.decode())
    assert len(shown) == len(set(shown)) == second_factor.RECOVERY_CODES
    assert "no-store" in response["Cache-Control"]
    assert 'href="/admin/parties/party/"' in response.content.decode()
    assert is_in(client)
    assert TOTPDevice.objects.get().key == key
    assert LogEntry.objects.get().get_change_message() == "Set up the second factor."
    # The code that proved it is spent, and the recovery codes are shown nowhere again.
    again = Client()
    assert "do not match" in sign(again, code=code).content.decode()
    assert client.get(ENROL)["Location"] == LOGIN
    assert not any(one in client.get("/admin/recovery-codes/").content.decode() for one in shown)


@pytest.mark.parametrize("code", ["", "000", "12345a", "１２３４５６", "1" * 17, "wrong"])
def test_a_device_that_shows_another_code_is_not_set_up(anu: User, code: str) -> None:
    client, key = enrolling()
    right = f"{totp(bytes.fromhex(key)):06d}"
    response = client.post(ENROL, {"code": wrong(right) if code == "wrong" else code})
    assert response.status_code == 200
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
    assert not is_in(client)
    # The same secret stays, so that the app needs not scan again.
    assert client.session["staff_enrolment"]["key"] == key


def test_of_two_who_know_the_password_the_first_alone_sets_up_a_device(anu: User) -> None:
    first, key = enrolling()
    second, other_key = enrolling()
    assert key != other_key
    first.post(ENROL, {"code": f"{totp(bytes.fromhex(key)):06d}"})
    assert second.post(ENROL, {"code": f"{totp(bytes.fromhex(other_key)):06d}"})["Location"] == LOGIN
    assert not is_in(second)
    assert TOTPDevice.objects.get().key == key


def test_setting_up_ends_with_its_time_and_with_the_password(anu: User) -> None:
    client, _ = enrolling()
    with time_machine.travel(datetime.now(UTC) + sign_in.ENROLMENT_TIME, tick=False):
        assert client.get(ENROL).status_code == 302
    client, _ = enrolling()
    anu.set_password("another-long-passphrase")
    anu.save()
    assert client.get(ENROL).status_code == 302
    assert Client().get(ENROL).status_code == 302


def test_a_recovery_code_signs_in_once(anu: User) -> None:
    device_of(anu)
    one, other, *_ = second_factor.renew_recovery_codes(user=anu)
    client = Client()
    sign(client, code=f" {one.upper()[:4]} {one[4:]}")
    assert is_in(client)
    again = Client()
    sign(again, code=one)
    assert not is_in(again)
    # New ones take the place of the former, for her alone who is signed in.
    page = client.post("/admin/recovery-codes/").content.decode()
    assert len(re.findall(r"<li><code>", page)) == second_factor.RECOVERY_CODES
    sign(again, code=other)
    assert not is_in(again)


def test_no_device_of_anybody_else_is_good(anu: User) -> None:
    device_of(anu)
    other = User.objects.create_superuser("other", password=PASSWORD)
    device = device_of(other)
    (one, *_) = second_factor.renew_recovery_codes(user=other)
    for code in (code_of(device), one):
        client = Client()
        sign(client, code=code)
        assert not is_in(client)


def reset_of(user: User) -> str:
    return reverse("admin:parties_user_second_factor", args=[user.pk])


def test_a_colleague_resets_a_second_factor_and_the_log_says_so(anu: User) -> None:
    device_of(anu)
    second_factor.renew_recovery_codes(user=anu)
    lost = signed_in(Client(), anu)
    boss = signed_in(Client(), User.objects.create_superuser("boss", password=PASSWORD))
    page = boss.get(reverse("admin:parties_user_change", args=[anu.pk])).content.decode()
    assert reset_of(anu) in page
    assert boss.get(reset_of(anu)).status_code == 200
    assert second_factor.has_second_factor(anu)
    assert boss.post(reset_of(anu)).status_code == 302
    assert not second_factor.has_second_factor(anu)
    assert not StaticToken.objects.exists()
    assert not is_in(lost)
    (act,) = LogEntry.objects.all()
    assert (act.user.username, act.object_id) == ("boss", str(anu.pk))
    assert act.get_change_message() == "Reset the second factor."
    assert boss.post(reset_of(anu)).status_code == 302
    assert LogEntry.objects.count() == 1


def test_who_may_not_resets_nothing(anu: User) -> None:
    device_of(anu)
    clerk = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    helper = User.objects.create_user("helper", password=PASSWORD, is_staff=True)
    helper.user_permissions.add(DjangoPermission.objects.get(codename="reset_second_factor"))
    device_of(clerk)
    as_clerk, as_helper, as_anu = (signed_in(Client(), user) for user in (clerk, helper, anu))
    assert as_clerk.post(reset_of(helper)).status_code == 403
    # A superuser's is reset by a superuser, and nobody's by herself.
    assert as_helper.post(reset_of(anu)).status_code == 403
    assert as_helper.post(reset_of(helper)).status_code == 403
    assert as_anu.post(reset_of(anu)).status_code == 403
    assert TOTPDevice.objects.count() == 3
    assert as_helper.post(reset_of(clerk)).status_code == 302
    assert TOTPDevice.objects.count() == 2
    assert as_anu.post(reverse("admin:parties_user_second_factor", args=[99999999])).status_code == 404


def test_the_secrets_of_devices_stand_in_no_form(anu: User) -> None:
    client = signed_in(Client(), anu)
    assert client.get("/admin/otp_totp/totpdevice/").status_code == 404
    assert client.get("/admin/otp_static/staticdevice/").status_code == 404


@pytest.fixture
def demo(anu: User, settings: Any) -> TOTPDevice:
    settings.IS_DEMO = True
    device: TOTPDevice = second_factor.give_demo_device(anu)
    return device


def offered_code(client: Client) -> str:
    found = re.search(r'name="code"[^>]* value="([0-9]{6})"', client.get(LOGIN).content.decode())
    assert found is not None
    return found[1]


def test_the_demos_form_offers_a_code_that_is_good_however_often(demo: TOTPDevice) -> None:
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False):
        for _ in range(6):
            client = Client()
            sign(client, code=offered_code(client))
            assert is_in(client)
    for later in (timedelta(seconds=20), timedelta(seconds=61), timedelta(hours=1), timedelta(days=400)):
        with time_machine.travel(now + later, tick=False):
            client = Client()
            sign(client, code=offered_code(client))
            assert client.session.get("otp_device_id") == demo.persistent_id


def test_the_demos_device_opens_nothing_elsewhere(demo: TOTPDevice, anu: User, settings: Any) -> None:
    code = offered_code(Client())
    settings.IS_DEMO = False
    assert demo_code.offered(now=datetime.now(UTC)) is None
    assert "This is the demo" not in Client().get(LOGIN).content.decode()
    client = Client()
    assert sign(client, code=code).status_code == 200
    assert not is_in(client)
    # Nor does it let her set up another with the password alone.
    assert sign(client).status_code == 200
    with pytest.raises(RuntimeError):
        second_factor.give_demo_device(User.objects.create_superuser("other"))
    request = RequestFactory().get("/")
    with pytest.raises(PermissionDenied):
        sign_in.sign_in_verified(request, anu)


def test_the_demos_sign_in_page_opens_the_admin_for_its_staff_alone(demo: TOTPDevice, anu: User) -> None:
    customer = User.objects.create_user("mari")
    client = Client()
    request = RequestFactory().get("/")
    request.session, request.user = client.session, AnonymousUser()
    with pytest.raises(PermissionDenied):
        sign_in.sign_in_verified(request, customer)
    sign_in.sign_in_verified(request, anu)
    request.session["seen"] = int(time.time())
    request.session.save()
    client.cookies["session"] = request.session.session_key
    assert is_in(client)
