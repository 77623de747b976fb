"""Whatever is sent to the token endpoint or in the place of a token: refused in the form that its clients read."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api import SECRET, TOKEN_PATH, Api
from tests.wire.conftest import GRID_OPERATOR
from tests.wire.tokens import CLIENT, forge

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.wire.urls")]
# RFC 6749, 5.2, and what it leaves to others: too many attempts.
ERRORS = {
    *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"),
    *("invalid_scope", "temporarily_unavailable"),
}
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = texts | st.sampled_from(
    ["client_credentials", "password", "authorization_code", CLIENT, SECRET, GRID_OPERATOR, "openid", "openid profile"]
)
names = st.sampled_from(["grant_type", "client_id", "client_secret", "scope", "client_assertion", "redirect_uri", "x"])
forms = st.lists(st.tuples(names | texts, values), max_size=6)
tries = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


# What a header can hold: one line of Latin letters.
lines = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
authorizations = (
    st.none()
    | st.just(basic(f"{CLIENT}:{SECRET}"))
    | st.tuples(st.sampled_from(["Basic", "Bearer", "basic", ""]), lines).map(" ".join)
    | texts.map(basic)
)


@tries
@given(
    form=forms,
    authorization=authorizations,
    kind=st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json", ""]
    ),
    raw=st.none() | st.binary(max_size=100),
)
def test_any_form_gets_a_token_or_an_error_of_the_standard(
    operator: Api, form: list[tuple[str, str]], authorization: str | None, kind: str, raw: bytes | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    body = urlencode(form).encode() if raw is None else raw
    answer = Client(raise_request_exception=False).generic("POST", TOKEN_PATH, body, content_type=kind, headers=headers)
    said = answer.json()
    assert answer["Cache-Control"] == "no-store"
    if answer.status_code == 200:
        assert SECRET in body.decode() or authorization == basic(f"{CLIENT}:{SECRET}")
        assert set(said) == {"access_token", "token_type", "expires_in", "scope"}
    else:
        assert answer.status_code in {400, 401, 429} and said["error"] in ERRORS, (answer.status_code, said)
        assert SECRET not in answer.content.decode()


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
claims = st.dictionaries(
    st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "client_id", "azp", "sub", "typ", "jti", "scope"]), json_values
)
heads = st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "jku", "jwk", "x5u", "b64"]), json_values)


@tries
@given(head=heads, body=claims | json_values, signature=st.binary(max_size=300), mixed=lines)
def test_nothing_that_is_made_up_is_a_token(
    operator: Api, head: dict[str, Any], body: Any, signature: bytes, mixed: str
) -> None:
    """Heads and claims of every kind, signed by nobody; and the claims that are right under a signature that is not."""
    made_up = f"{_encoded(head)}.{_encoded(body)}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    right_head, right_body, right_signature = forge({}).split(".")
    of_another = f"{right_head}.{_encoded(body)}.{right_signature}"
    unsigned = f"{_encoded({**head, 'alg': 'none'})}.{right_body}."
    for token in (made_up, of_another, unsigned, mixed):
        headers = {**operator.headers(), "authorization": f"Bearer {token}"}
        answer = operator.client.post("/api/v1/show", "{}", "application/json", headers=headers)
        assert answer.status_code == 401, (token, answer.content)
        code = answer.json()["cause"]["code"]
        assert code in {"opp.error.technical.jwt-format", "opp.error.technical.authentication"}
        assert answer["WWW-Authenticate"].startswith("Bearer")


HEADS: list[Any] = [
    *({"crit": value} for value in (None, 5, True, "alg", [], ["alg"], [[1]], [{}], {"alg": 1})),
    *({"kid": value} for value in (None, 5, ["x"], {}, "nobody's")),
    *({"alg": value} for value in (None, 5, ["RS256"], {}, "", "rs256", "RS256\x00")),
    *({"typ": value} for value in (5, ["at+jwt"], {}, "")),
    *({"b64": value, "crit": ["b64"]} for value in (False, None)),
    *([], "x", 5, None, [["alg", "RS256"]]),
]


@pytest.mark.parametrize("outside", [False, True])
def test_heads_that_a_library_stumbles_over_are_refused(operator: Api, settings: Any, outside: bool) -> None:
    """No signature is looked at before: so anybody may send them, to a hub with tokens of its own or of another."""
    sent = operator.headers()
    good, body, signature = forge({}).split(".")
    if outside:
        settings.OIDC_ISSUER, settings.OIDC_JWKS_URL = "https://id.example", "http://127.0.0.1:1/certs"
    whole = json.loads(base64.urlsafe_b64decode(good + "=="))
    for head in HEADS:
        made = _encoded({**whole, **head} if isinstance(head, dict) else head)
        headers = {**sent, "authorization": f"Bearer {made}.{body}.{signature}"}
        answer = operator.client.post("/api/v1/show", "{}", "application/json", headers=headers)
        assert answer.status_code in ({401, 503} if outside else {401}), (head, answer.content)


@tries
@given(body=claims)
def test_a_signed_token_with_any_claims_is_taken_for_what_it_is_or_refused(operator: Api, body: dict[str, Any]) -> None:
    """Signed by the hub itself, as if what it signs had gone wrong: no claim of another kind crashes the check."""
    headers = {**operator.headers(), "authorization": f"Bearer {forge(body)}"}
    answer = operator.client.post("/api/v1/show", "{}", "application/json", headers=headers)
    assert answer.status_code in {400, 401}, answer.content
