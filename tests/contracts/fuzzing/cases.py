"""Requests made from the description: as it says or against it, most of them about what there really is."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import uuid5

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from schemathesis import Case, GenerationMode
from stdnum.eu import eic

from tests.contracts.fuzzing import recipes, scenes, values
from tests.contracts.fuzzing.described import Described
from tests.contracts.fuzzing.scenes import SENDERS, Scene, Sender
from tests.contracts.test_permissions import SENDERS as ROLES_OF_SAVES

CONTEXT = "marketParticipantContext"
IDENTIFICATION, SENT_AT = "x-document-identification", "x-document-date-time"
# Names under which a search gives what another service calls otherwise.
_ALSO = {
    "parentMeterEic": ("meterEic",),
    "receiverEic": ("receiverEic", "serviceProviderEic", "customerEic"),
    "serviceProviderEic": ("serviceProviderEic", "receiverEic", "senderEic"),
    "identityValue": ("identityValue", "customerEic"),
    "r": ("resolution",),
}


# Fields in which the sender often names itself.
_OWN = {"serviceProviderEic", "senderEic"}


class _Filling:
    """Puts what there really is in the place of what was made up, choosing with Hypothesis."""

    def __init__(self, draw: DrawFn, scene: Scene, others: Sequence[Scene], sender: Sender, today: date) -> None:
        self._draw, self._scene, self._others, self._sender = draw, scene, others, sender
        self._moments, self._dates = values.moments(today), values.dates(today)
        self._recipes = recipes.recipes(today)

    def fill(self, name: str, value: Any) -> Any:
        """Give a value, or one of the field's name that there is; what is wrong in its form stays as it is."""
        if isinstance(value, dict):
            return self._ordered({key: self.fill(key, inner) for key, inner in value.items()})
        if isinstance(value, list):
            return [self.fill(name, inner) for inner in value]
        return value if isinstance(value, bool | None) else self._one(name, value)

    def whole(self, name: str, value: Any, fields: Collection[str]) -> Any:
        """Give a part of a body that has some fields: filled, or right as a whole, or with a field or two made up."""
        dice = self._draw(st.integers(0, 3)) if name in self._recipes and isinstance(value, dict | list) else 3
        if dice == 3:
            return self.fill(name, value)
        right = self._draw(st.sampled_from(self._recipes[name]))
        if not isinstance(right, dict) or not isinstance(value, dict):
            return right
        made_up = dict(self._draw(st.sampled_from(sorted(value.items()))) for _ in range(dice) if value)
        return {key: inner for key, inner in right.items() if key in fields} | made_up

    def _one(self, name: str, value: Any) -> Any:
        dice = self._draw(st.integers(0, 19))
        if dice == 19:
            return value
        if isinstance(value, float):
            return round(value, 2)
        # Three of four are the scene's own, so that most requests are about one thing.
        fitting = [known for known in self._known(name, value, own=dice < 15) if values.are_alike(value, known)]
        if fitting:
            return self._draw(st.sampled_from(fitting))
        return _readable(value) if isinstance(value, str) else value

    def _known(self, name: str, value: Any, *, own: bool) -> Sequence[Any]:
        if name in values.USUAL and not (own and name in self._scene.values):
            return values.USUAL[name]
        if name == "commodityType" and own:
            return [self._sender.commodity]
        if name in _OWN and own and self._draw(st.booleans()):
            return [self._sender.participant]
        scene = self._scene if own else self._draw(st.sampled_from(self._others))
        known = [found for other in _ALSO.get(name, (name,)) for found in scene.values.get(other, ())]
        if isinstance(value, str) and values.is_instant(value):
            # The scene's own bounds, or any at which a rule turns.
            return known if known and own and self._draw(st.booleans()) else self._moments
        return self._dates if isinstance(value, str) and values.is_date(value) else known

    def _ordered(self, filled: dict[str, Any]) -> dict[str, Any]:
        """Let most periods end a little after they start."""
        for name, start in filled.items():
            end = re.sub("Start$", "End", re.sub("From$", "To", name))
            has_both = end != name and all(
                isinstance(one, str) and values.is_instant(one) for one in (start, filled.get(end))
            )
            if has_both and self._draw(st.integers(0, 3)) < 3:
                filled = {**filled, end: self._draw(st.sampled_from(values.ends(start)))}
        return filled


def _readable(value: str) -> str:
    """Give a made-up EIC its check character, and a text without signs that no text may have."""
    if not values.EIC.fullmatch(value):
        return "".join(sign for sign in value if sign.isprintable()) or value
    right = value[:15] + eic.calc_check_digit(value[:15])
    return value if right.endswith("-") else right


def _service(case: Case) -> tuple[str, str]:
    path = re.sub(r"/{\w+}", "", case.operation.path).removeprefix("/api/v1")
    return case.operation.method.upper(), path


@cache
def _fitting(method: str, path: str) -> tuple[Sender, ...]:
    """Give the senders whose role may call a service at all."""
    roles = {role for name, of in ROLES_OF_SAVES.items() if name.split()[:2] == [method, path] for role in of}
    return tuple(sender for sender in SENDERS if not roles or sender.role in roles)


def _with_context(draw: DrawFn, body: dict[str, Any], sender: Sender) -> dict[str, Any]:
    """Give a body the context of its sender, mostly; what is wrong in it on purpose stays."""
    made_up = body.get(CONTEXT)
    if not isinstance(made_up, dict) or draw(st.integers(0, 29)) == 29:
        return body
    right = {name: _readable(value) for name, value in made_up.items() if isinstance(value, str)} | {
        name: value
        for name, value in sender.context.items()
        if isinstance(made_up.get(name), str) and values.are_alike(made_up[name], value)
    }
    return {**body, CONTEXT: {**made_up, **right}}


def _named(body: dict[str, Any], fitting: Sequence[Sender]) -> Sender | None:
    """Give who is to send what a body says of an agreement: who provides, or whose agreement with a provider it is."""
    said = next((part for name, part in body.items() if name != CONTEXT and isinstance(part, dict)), {})
    for name in ("serviceProviderEic", "customerEic"):
        for sender in fitting:
            if (said.get(name), said.get("commodityType")) == (sender.participant, sender.commodity):
                return sender
    return None


def _headers(draw: DrawFn, case: Case, mode: GenerationMode) -> dict[str, str]:
    """Give the headers of a message, mostly right; what is wrong in them on purpose, or left out, may stay so."""
    right = {IDENTIFICATION: str(uuid5(values.NAMESPACE, case.id)), SENT_AT: values.sent_now()}
    if mode.is_positive or draw(st.integers(0, 4)) < 4:
        return right
    sent = {name: str(value) for name, value in case.headers.items()}
    return {
        name: right[name] if name in right and (values.is_uuid(value) or values.is_instant(value)) else value
        for name, value in sent.items()
    }


@dataclass(frozen=True)
class World:
    """What requests are made from: the description, its services as they are, with short lists, rich; what there is."""

    described: Described
    plain: Any
    short: Any
    rich: Any
    known: Sequence[Scene]
    today: date


@st.composite
def cases(draw: DrawFn, world: World, method: str, path: str, mode: GenerationMode) -> tuple[Case, Sender]:
    """Make one request to a service, and say who is to send it."""
    schema = world.rich if mode.is_positive else world.short
    case: Case = draw(schema[path][method].as_strategy(generation_mode=mode))
    # The answer is held against the description as it is.
    case.operation = world.plain[path][method]
    scene = draw(st.sampled_from(scenes.about(path, world.known)))
    fitting = _fitting(*_service(case))
    sender = scene.sender
    if draw(st.integers(0, 7)) == 7 or (sender not in fitting and draw(st.integers(0, 9)) < 9):
        sender = draw(st.sampled_from(fitting))
    filling = _Filling(draw, scene, world.known, sender, world.today)
    if isinstance(case.body, dict):
        body = case.body
        if mode.is_positive:
            most = draw(st.integers(0, 3))
            body = world.described.without(
                world.described.schema_of(method, path), body, lambda *_: draw(st.integers(0, 3)) > most
            )
        body = {
            name: value if name == CONTEXT else filling.whole(name, value, world.described.fields(method, path, name))
            for name, value in body.items()
        }
        if draw(st.booleans()):
            sender = _named(body, fitting) or sender
        case.body = _with_context(draw, body, sender)
    ids = {name: filling.fill(name, value) for name, value in case.path_parameters.items()}
    if isinstance(case.body, dict):
        # What stands in both must be the same; mostly it is.
        ids = {name: case.body[name] if values.is_uuid(case.body.get(name)) else ids[name] for name in ids}
    case.path_parameters = ids
    case.headers = _headers(draw, case, mode)
    return case, sender
