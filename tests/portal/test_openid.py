"""Signing in through an OpenID provider, a real one over HTTP, honest and lying. Source: `5-web.md`, "Signing in"."""

import hashlib
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from joserfc.jwk import RSAKey

from datahub.parties.models import User
from portal.signing_in import provider as asking
from tests import cast
from tests.portal.provider import CLIENT_ID, CLIENT_SECRET, Provider, running, signed_with_the_client_secret, unsigned

# The provider that we play uses what its own library has given up.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
MARI = "EE47101010033"
STRANGER = "EE38001085718"


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(started: Provider, settings: Any) -> Iterator[Provider]:
    settings.SIGN_IN_OPENID_ISSUER = started.issuer
    settings.SIGN_IN_OPENID_CLIENT_ID = CLIENT_ID
    settings.SIGN_IN_OPENID_CLIENT_SECRET = CLIENT_SECRET
    settings.PUBLIC_URL = "https://hub.example"
    settings.ROOT_URLCONF = "datahub.urls"
    # Each test is at another address, so that none is at the limit of another.
    settings.TRUSTED_PROXIES = 1
    asking._made.cache_clear()
    started.claims, started.forge, started.published, started.fails, started.asked = dict, None, {}, False, []
    yield started
    asking._made.cache_clear()


@pytest.fixture
def browser() -> Client:
    address = f"2001:db8::{os.urandom(2).hex()}:{os.urandom(2).hex()}"
    return Client(headers={"x-forwarded-for": address, "accept-language": "en"})


def to_provider(browser: Client, next_path: str = "") -> str:
    answer = browser.get("/sign-in/openid", {"next": next_path} if next_path else {})
    assert answer.status_code == 302, answer.content[:500]
    return answer["Location"]


def come_back(browser: Client, address: str) -> Any:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://hub.example/sign-in/openid/callback"
    return browser.get(f"{parts.path}?{parts.query}")


def sign_in(browser: Client, provider: Provider, subject: str = MARI, next_path: str = "") -> Any:
    return come_back(browser, provider.consent(to_provider(browser, next_path), subject))


def is_signed_in(browser: Client) -> bool:
    return SESSION_KEY in browser.session


# --- who comes in ---------------------------------------------------------------------------------------------------


def test_a_customer_who_signs_in_for_the_first_time_is_known_by_her_personal_code(provider, browser):
    party = cast.mari()
    provider.claims = lambda claims: claims | {"given_name": "Mari", "family_name": "Maasikas"}
    answer = sign_in(browser, provider)
    assert (answer.status_code, is_signed_in(browser)) == (302, True)
    user = User.objects.get(subject=MARI)
    assert (user.party, user.first_name, user.last_name) == (party, "Mari", "Maasikas")


def test_the_names_of_the_national_gateway_stand_in_a_claim_of_their_own(provider, browser):
    cast.mari()
    provider.claims = lambda claims: claims | {"profile_attributes": {"given_name": "Mari", "family_name": "Mets"}}
    sign_in(browser, provider)
    assert User.objects.get(subject=MARI).get_full_name() == "Mari Mets"


def test_she_goes_on_to_what_she_had_asked_for(provider, browser):
    cast.mari()
    answer = sign_in(browser, provider, next_path="/operator/enquiries/?status=OPEN")
    assert answer["Location"] == "/operator/enquiries/?status=OPEN"


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_she_never_goes_on_elsewhere(provider, browser, target):
    cast.mari()
    answer = sign_in(browser, provider, next_path=target)
    assert answer["Location"].startswith("/") and "evil" not in answer["Location"]


def test_the_session_has_another_key_afterwards(provider, browser):
    cast.mari()
    back = provider.consent(to_provider(browser), MARI)
    before = browser.cookies["session"].value
    come_back(browser, back)
    assert browser.cookies["session"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_whom_the_hub_does_not_know_is_told_what_to_do(provider, browser):
    answer = sign_in(browser, provider, STRANGER)
    assert (answer.status_code, is_signed_in(browser)) == (403, False)
    assert "the hub has no user for you yet" in answer.content.decode()
    assert "end_session" in answer.content.decode(), "she may sign in as somebody else"
    assert not User.objects.filter(subject=STRANGER).exists()


def test_whom_staff_have_shut_out_stays_outside(provider, browser):
    User.objects.create(username="mari", subject=MARI, is_active=False)
    answer = sign_in(browser, provider)
    assert (answer.status_code, is_signed_in(browser)) == (403, False)
    assert "Your access to the hub has been blocked" in answer.content.decode()


def test_the_admin_stays_closed_to_staff_without_their_second_factor(provider, browser):
    User.objects.create(username="staff", subject=STRANGER, is_staff=True, is_superuser=True)
    sign_in(browser, provider, STRANGER)
    assert is_signed_in(browser)
    assert browser.get("/admin/").status_code == 302


# --- what is asked --------------------------------------------------------------------------------------------------


def test_the_provider_is_asked_with_state_nonce_and_the_hash_of_a_verifier(provider, browser):
    cast.mari()
    url = to_provider(browser)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "https://hub.example/sign-in/openid/callback"
    assert asked["ui_locales"] == "en"
    assert len(asked["state"]) >= 20 and len(asked["nonce"]) >= 20
    come_back(browser, provider.consent(url, MARI))
    (token_request,) = provider.asked
    hashed = hashlib.sha256(token_request["code_verifier"].encode()).digest()
    assert urlsafe_b64encode(hashed).decode().rstrip("=") == asked["code_challenge"]


def test_two_attempts_in_two_windows_do_not_disturb_each_other(provider, browser):
    cast.mari()
    first, second = to_provider(browser, "/role"), to_provider(browser, "/operator/")
    assert come_back(browser, provider.consent(first, MARI))["Location"] == "/role"
    browser.post("/sign-out")
    assert second != first


def test_no_provider_no_page(provider, browser, settings):
    settings.SIGN_IN_OPENID_ISSUER = ""
    assert browser.get("/sign-in/openid").status_code == 404
    assert browser.get("/sign-in/openid/callback?state=x&code=y").status_code == 404
    assert "not set up" in browser.get("/sign-in").content.decode()


def test_the_page_leads_to_the_provider_and_keeps_where_she_goes(provider, browser):
    page = browser.get("/sign-in?next=/operator/enquiries/%3Fpage=2").content.decode()
    assert 'href="/sign-in/openid?next=%2Foperator%2Fenquiries%2F%3Fpage%3D2"' in page


# --- what is not believed -------------------------------------------------------------------------------------------

_SECOND_KEY = RSAKey.generate_key(2048, {"kid": "one"})
LIES: dict[str, Callable[[Provider], None]] = {
    "another nonce": lambda p: setattr(p, "claims", lambda c: c | {"nonce": "of-somebody-else"}),
    "no nonce": lambda p: setattr(p, "claims", lambda c: {k: v for k, v in c.items() if k != "nonce"}),
    "another audience": lambda p: setattr(p, "claims", lambda c: c | {"aud": "another-client"}),
    "two audiences, for another": lambda p: setattr(
        p, "claims", lambda c: c | {"aud": [CLIENT_ID, "another"], "azp": "another"}
    ),
    "no audience": lambda p: setattr(p, "claims", lambda c: {k: v for k, v in c.items() if k != "aud"}),
    "another issuer": lambda p: setattr(p, "claims", lambda c: c | {"iss": "https://evil.example"}),
    "expired": lambda p: setattr(p, "claims", lambda c: c | {"exp": int(time.time()) - 120}),
    "no end": lambda p: setattr(p, "claims", lambda c: {k: v for k, v in c.items() if k != "exp"}),
    "issued tomorrow": lambda p: setattr(p, "claims", lambda c: c | {"iat": int(time.time()) + 86400}),
    "no subject": lambda p: setattr(p, "claims", lambda c: {k: v for k, v in c.items() if k != "sub"}),
    "a subject that is no text": lambda p: setattr(p, "claims", lambda c: c | {"sub": 47101010033}),
    "another access token": lambda p: setattr(p, "claims", lambda c: c | {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
    "another key": lambda p: setattr(p, "forge", lambda c: p.sign(c, _SECOND_KEY)),
    "not signed": lambda p: setattr(p, "forge", unsigned),
    "signed with the client's secret": lambda p: setattr(p, "forge", signed_with_the_client_secret),
    "no token": lambda p: setattr(p, "forge", lambda c: ""),
    "no token at all, but rubbish": lambda p: setattr(p, "forge", lambda c: "a.b.c"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_not_about_this_attempt_signs_nobody_in(provider, browser, lie):
    cast.mari()
    back = provider.consent(to_provider(browser), MARI)
    if "signed" in lie:
        provider.published = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
        asking._made.cache_clear()
    LIES[lie](provider)
    answer = come_back(browser, back)
    assert (answer.status_code, is_signed_in(browser)) == (403, False), lie
    assert "could not be trusted" in answer.content.decode()
    assert not User.objects.filter(subject=MARI).exists()


def test_a_provider_that_calls_itself_otherwise_is_not_believed(provider, browser):
    provider.published = {"issuer": "https://evil.example"}
    assert browser.get("/sign-in/openid").status_code == 403


def test_a_code_is_good_once(provider, browser):
    cast.mari()
    back = provider.consent(to_provider(browser), MARI)
    code = parse_qs(urlsplit(back).query)["code"][0]
    come_back(browser, back)
    another = Client(headers={"x-forwarded-for": "2001:db8::1"})
    state = parse_qs(urlsplit(to_provider(another)).query)["state"][0]
    answer = another.get("/sign-in/openid/callback", {"code": code, "state": state})
    assert (answer.status_code, is_signed_in(another)) == (403, False)


def test_an_answer_is_good_once(provider, browser):
    cast.mari()
    back = provider.consent(to_provider(browser), MARI)
    come_back(browser, back)
    assert come_back(browser, back).status_code == 302, "who is signed in just goes on"
    browser.post("/sign-out")
    answer = come_back(browser, back)
    assert (answer.status_code, is_signed_in(browser)) == (400, False)


def test_an_answer_to_another_browser_signs_nobody_in(provider, browser):
    """Whoever sends me her own answer wants me to work in her account."""
    cast.mari()
    back = provider.consent(to_provider(browser), MARI)
    victim = Client()
    answer = come_back(victim, back)
    assert (answer.status_code, is_signed_in(victim)) == (400, False)
    assert "was started in another browser" in answer.content.decode()
    assert not provider.asked, "the code is left alone"


@pytest.mark.parametrize("query", ["", "?code=x", "?state=", "?state=a&code=b", "?error=access_denied", "?state=%00"])
def test_nonsense_signs_nobody_in(provider, browser, query):
    assert browser.get(f"/sign-in/openid/callback{query}").status_code == 400


def test_an_attempt_is_too_old_after_a_quarter_of_an_hour(provider, browser):
    cast.mari()
    with time_machine.travel(timezone.now() - timedelta(minutes=16), tick=True):
        url = to_provider(browser)
    answer = come_back(browser, provider.consent(url, MARI))
    assert (answer.status_code, is_signed_in(browser)) == (400, False)
    assert "too old" in answer.content.decode()


# --- what goes wrong ------------------------------------------------------------------------------------------------

SAID = {
    "access_denied": (403, "was stopped"),
    "user_cancel": (403, "was stopped"),
    "temporarily_unavailable": (503, "is not responding"),
    "server_error": (503, "is not responding"),
    "invalid_scope": (403, "could not be trusted"),
}


@pytest.mark.parametrize("error", SAID)
def test_each_error_of_the_provider_is_said_plainly(provider, browser, error):
    state = parse_qs(urlsplit(to_provider(browser)).query)["state"][0]
    answer = browser.get("/sign-in/openid/callback", {"state": state, "error": error, "error_description": "<script>"})
    status, said = SAID[error]
    assert (answer.status_code, is_signed_in(browser)) == (status, False)
    assert said in answer.content.decode()
    assert "&lt;script" not in answer.content.decode(), "what the provider says is for the log"


def test_who_declines_may_try_again(provider, browser):
    cast.mari()
    assert come_back(browser, provider.consent(to_provider(browser), None)).status_code == 403
    assert sign_in(browser, provider).status_code == 302


def test_a_provider_that_is_down_before(provider, browser):
    provider.fails = True
    answer = browser.get("/sign-in/openid")
    assert answer.status_code == 503
    assert "is not responding" in answer.content.decode()


def test_a_provider_that_goes_down_on_the_way(provider, browser):
    cast.mari()
    back = provider.consent(to_provider(browser), MARI)
    provider.fails = True
    answer = come_back(browser, back)
    assert (answer.status_code, is_signed_in(browser)) == (503, False)


def test_a_provider_that_nobody_hears(provider, browser, settings):
    settings.SIGN_IN_OPENID_ISSUER = "http://127.0.0.1:9"
    assert browser.get("/sign-in/openid").status_code == 503


def test_the_provider_may_change_its_key(provider, browser):
    cast.mari()
    sign_in(browser, provider)
    browser.post("/sign-out")
    old = provider.key
    provider.key = RSAKey.generate_key(2048, {"kid": "two"})
    provider.forge = lambda claims: __import__("joserfc.jwt").jwt.encode(
        {"alg": "RS256", "kid": "two"}, claims, provider.key
    )
    try:
        assert sign_in(browser, provider).status_code == 302
    finally:
        provider.key = old


def test_attempts_from_one_address_are_limited(provider, browser, settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 3
    cast.mari()
    for _ in range(3):
        to_provider(browser)
    answer = browser.get("/sign-in/openid")
    assert answer.status_code == 429
    assert "too many attempts" in answer.content.decode()
    assert browser.get("/sign-in/openid/callback?state=x&code=y").status_code == 429


def test_guessed_answers_are_limited(provider, browser, settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 3
    statuses = [browser.get("/sign-in/openid/callback?state=x&code=y").status_code for _ in range(5)]
    assert statuses == [400, 400, 400, 429, 429]


def test_who_succeeds_is_not_counted(provider, browser, settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 3
    cast.mari()
    for _ in range(5):
        assert sign_in(browser, provider).status_code == 302
        browser.post("/sign-out")


# --- signing out ----------------------------------------------------------------------------------------------------


def test_who_signs_out_may_sign_out_at_the_provider_too(provider, browser):
    cast.mari()
    sign_in(browser, provider)
    answer = browser.post("/sign-out")
    assert (answer.status_code, is_signed_in(browser)) == (200, False)
    page = answer.content.decode()
    assert f'href="{provider.issuer}/oauth2/end_session?' in page
    assert "id_token_hint=" in page and "post_logout_redirect_uri=https%3A%2F%2Fhub.example%2F" in page
    assert "no-store" in answer["Cache-Control"]


def test_a_provider_that_signs_nobody_out_is_not_offered(provider, browser):
    cast.mari()
    provider.published = {"end_session_endpoint": ""}
    sign_in(browser, provider)
    provider.fails = True
    answer = browser.post("/sign-out")
    assert (answer.status_code, answer["Location"], is_signed_in(browser)) == (302, "/", False)


def test_behind_a_proxy_that_ends_tls(provider, browser, settings):
    """Every path answers as over TLS, the cookie is for TLS alone, and nothing is redirected in a circle."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    cast.mari()
    browser.defaults["HTTP_X_FORWARDED_PROTO"] = "https"
    assert sign_in(browser, provider, next_path="/role")["Location"] == "/role"
    assert browser.cookies["session"]["secure"]
    assert browser.get("/role").status_code == 200
    plain = Client().get("/sign-in/openid")
    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/sign-in/openid")
