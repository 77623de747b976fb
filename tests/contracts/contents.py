"""Every message that a test scans is held against the form that the hub publishes in /openapi.json."""

import copy
import json
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

# Validating is slow: of a long list of intervals the first ones stand for all.
_INTERVALS = 30
_LEFT_OUT_OF_AGREEMENTS = {"agreementId", "meterEic", "validTo", "serviceProviderEic", "customerEic"}
_EIC = {"type": "string", "pattern": r"^\d{2}[XZ][A-Z0-9-]{12}[A-Z0-9]$"}
_INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_PERSON_OR_COMPANY = {"enum": ["PRIVATE", "LEGAL"]}
# Seed 004, "Customer authorizations": no service takes this form, so it is written down here.
_OF_PERMISSION = {
    "mandateCustomerEic": _EIC,
    "mandateCustomerType": _PERSON_OR_COMPANY,
    "meteringPointEic": _EIC,
    "ownerCustomerEic": _EIC,
    "ownerCustomerType": _PERSON_OR_COMPANY,
    "participantRoleType": {"enum": ["OPEN_SUPPLIER", "AGGREGATOR", "ENERGY_SERVICE_PROVIDER"]},
    "permissionType": {"const": "ACCESS"},
    "purpose": {"type": "string", "pattern": "^[A-Z_]+$"},
    "status": {"const": "APPROVED"},
    "subjectPeriodFrom": _INSTANT,
    "subjectPeriodTo": _INSTANT,
    "validFrom": _INSTANT,
    "validTo": _INSTANT,
}
PERMISSION: dict[str, Any] = {
    "type": "object",
    "properties": _OF_PERMISSION,
    "required": sorted(_OF_PERMISSION.keys() - {"validTo"}),
    "additionalProperties": False,
}
_validators: dict[str, Draft202012Validator] = {}


def publish(description: dict[str, Any]) -> None:
    """Take the forms of messages and their content from an OpenAPI description."""
    description = _as_json_schema(copy.deepcopy(description))
    components = description["components"]
    paths = description["paths"]

    def form(schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = components["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def part(schema: dict[str, Any], *names: str) -> dict[str, Any]:
        for name in names:
            schema = form(form(schema)["properties"][name])
            while "allOf" in schema and len(schema["allOf"]) == 1:
                schema = form(schema["allOf"][0])
        return copy.deepcopy(schema)

    def asked(path: str, method: str) -> dict[str, Any]:
        return _json(paths[f"/api/v1{path}"][method]["requestBody"])

    def answered(path: str, method: str, status: str) -> dict[str, Any]:
        return _json(paths[f"/api/v1{path}"][method]["responses"][status])

    agreement = part(answered("/agreement", "post", "201"), "agreement")
    agreement["required"] = sorted(set(agreement.get("required", [])) - _LEFT_OUT_OF_AGREEMENTS)
    bill = form(part(answered("/network-bill/search", "post", "200"), "networkBillList")["items"])
    known = form(part(answered("/customer/search", "post", "200"), "identities")["items"])["properties"]
    customer = {name: known[name] for name in ("customerType", "customerMetadata")}
    customer["customerEic"] = {"type": "string", "pattern": r"^\d{2}X[A-Z0-9-]{12}[A-Z0-9]$"}
    forms = {
        "message": form(part(answered("/data-distribution/search", "post", "200"), "dataDistributions")["items"]),
        "METERING_DATA": part(asked("/meter-data", "post"), "meterData"),
        "METERING_POINT": part(asked("/meter", "put"), "meterMetadata"),
        "CUSTOMER_DATA": {
            "type": "object",
            "properties": customer,
            "required": sorted(customer),
            "additionalProperties": False,
        },
        "PERMISSION": PERMISSION,
        "NETWORK_BILL": {"type": "array", "minItems": 1, "items": bill},
        "AGREEMENT": {"type": "array", "minItems": 1, "items": agreement},
    }
    _validators.clear()
    for name, schema in forms.items():
        _validators[name] = Draft202012Validator({**schema, "components": components})


def _json(exchange: dict[str, Any]) -> dict[str, Any]:
    return dict(exchange["content"]["application/json"]["schema"])


def _as_json_schema(schema: Any) -> Any:
    """Turn OpenAPI 3.0's dialect into JSON Schema, in place; objects whose fields are listed take no others."""
    if isinstance(schema, dict):
        for bound, name in (("maximum", "exclusiveMaximum"), ("minimum", "exclusiveMinimum")):
            if isinstance(schema.get(name), bool) and schema.pop(name):
                schema[name] = schema.pop(bound)
        if "properties" in schema and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            _as_json_schema(value)
    elif isinstance(schema, list):
        for value in schema:
            _as_json_schema(value)
    return schema


def check(message: dict[str, Any]) -> None:
    """Raise AssertionError unless a message and its content have the published form."""
    assert message["hasContent"] is True, message
    content = json.loads(message["content"])
    kind = message["resourceType"]
    if kind == "METERING_DATA":
        for element in content:
            for period in element["periods"]:
                del period["aI"][_INTERVALS:]
    try:
        _validators["message"].validate(message)
        _validators[kind].validate(content)
    except ValidationError as error:
        said = f"message {message['id']}, {kind}: {error.message} at {error.json_path}"
        raise AssertionError(f"{said} in {message['content'][:500]}") from error
