"""The description is generated from the services, is valid, and its page is served from here."""

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from datahub.wire.service import ServiceView


def services(patterns: list[Any], prefix: str = "/") -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= services(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if view is not None and issubclass(view, ServiceView):
                path = re.sub(r"<(\w+:)?(\w+)>", r"{\2}", prefix + str(pattern.pattern))
                found[path] = set(view.services)
    return found


def test_the_description_is_valid_and_without_warnings(tmp_path: Any) -> None:
    # Raises at the first error or warning.
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yaml"))
    assert "/api/v1/direct-messages/change:" in (tmp_path / "openapi.yaml").read_text()


def test_every_service_is_described() -> None:
    described = Client().get("/openapi.json").json()
    assert {path: set(methods) for path, methods in described["paths"].items()} == services(get_resolver().url_patterns)
    assert described["openapi"].startswith("3.")
    assert set(described["components"]["securitySchemes"]) == {"clientCredentials", "bearer"}


def test_the_limits_of_lists_and_the_form_of_times_are_described() -> None:
    schemas = Client().get("/openapi.json").json()["components"]["schemas"]

    def limits(schema: str, name: str) -> tuple[int | None, int | None]:
        found = schemas[schema]["properties"][name]
        return found.get("minItems"), found.get("maxItems")

    assert limits("NewCustomer", "customerMetadata") == limits("ChangedCustomer", "customerIdentities")
    assert limits("NewCustomer", "customerMetadata") == (None, 100)
    assert limits("NetworkBillPeriod", "measurements") == (1, 10)
    assert limits("AuthorizationSearchMessage", "meterEic") == (1, 500)
    assert limits("CustomerSearchMessage", "customerTypes") == (None, None)
    assert "at least 3 characters" in schemas["Criteria"]["description"]
    for name in ("validFrom", "validTo"):
        field = schemas["CustomerValue"]["properties"][name]
        assert field["format"] == "date-time"
        assert field["example"].endswith("Z")


def test_which_texts_may_be_empty_is_described() -> None:
    schemas = Client().get("/openapi.json").json()["components"]["schemas"]

    def lengths(schema: str, name: str) -> tuple[int | None, int | None]:
        found = schemas[schema]["properties"][name]
        return found.get("minLength"), found.get("maxLength")

    assert lengths("NewAgreement", "agreementId") == (1, 50)
    assert lengths("MeterLocation", "comment") == (None, 255)
    # Its pattern says it.
    assert lengths("NewAgreement", "customerEic") == (None, None)
    # An answer may have any: content that is lost is an empty text.
    assert lengths("DataDistribution", "content") == (None, None)


@pytest.mark.urls("tests.wire.urls")
def test_what_a_service_declares_is_described() -> None:
    from datahub.wire import openapi

    openapi.description.cache_clear()
    described = Client().get("/openapi.json").json()
    openapi.description.cache_clear()
    operation = described["paths"]["/api/v1/show"]["post"]
    message = described["components"]["schemas"]["ShowRequestMessage"]
    assert operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/ShowRequestMessage")
    assert message["additionalProperties"] is False
    assert set(message["required"]) == {"marketParticipantContext", "thing"}
    schemas = described["components"]["schemas"]
    assert schemas["PagesOf1000"]["properties"]["pageSize"]["maximum"] == 1000
    assert schemas["Thing"]["properties"]["colour"] == {"type": "string", "enum": ["RED", "BLUE"]}
    assert schemas["Thing"]["properties"]["quantity"]["type"] == "number"
    assert schemas["Thing"]["properties"]["name"] == {"type": "string", "minLength": 1, "maxLength": 10}
    tags = schemas["Thing"]["properties"]["tags"]
    assert tags == {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 3}, "maxItems": 2}
    assert {p["name"] for p in operation["parameters"]} == {"x-document-identification", "x-document-date-time"}
    assert {"200", "400", "401", "403", "404", "413", "415", "422", "429", "503"} <= set(operation["responses"])
    assert operation["security"] == [{"clientCredentials": []}, {"bearer": []}]
    assert "x-document-identification" in operation["responses"]["200"]["headers"]
    assert "201" in described["paths"]["/api/v1/save"]["post"]["responses"]


def test_the_page_and_its_assets_are_served_from_here() -> None:
    page = Client().get("/swagger-ui/index.html")
    assert page.status_code == 200
    html = page.content.decode()
    assets = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(assets) >= 3
    for asset in assets:
        assert asset.startswith("/"), asset
        response = Client().get(asset.replace("&amp;", "&"))
        assert response.status_code == 200, asset
