"""Requests that nobody would think of, to every service: none crashes it, and each is answered as it is described.

The seed is the day's, so that each day tries others and all of one day the same. A failure says it, and `make fuzz
SEED=20261122` sends the same requests to a fresh hub: the sample of `make test`, and thousands of each service.
"""

import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import Case, GenerationMode

from tests.contracts.client import Client
from tests.contracts.fuzzing import answers, cases, scenes
from tests.contracts.fuzzing.cases import World
from tests.contracts.fuzzing.described import Described
from tests.contracts.fuzzing.scenes import SENDERS, Sender
from tests.contracts.product import Product
from tests.contracts.test_permissions import MATRIX

SEED = int(os.environ.get("FUZZ_SEED") or datetime.now(UTC).strftime("%Y%m%d"))
# Of each service: requests as described, and requests against the description.
SAMPLE = {GenerationMode.POSITIVE: 14, GenerationMode.NEGATIVE: 7}
MANY = int(os.environ.get("FUZZ_CASES") or 2_000)
_SECONDS_OF_MANY = 1_800
SERVICES = [(method, f"/api/v1{path}") for method, path in MATRIX]
# Nobody's signature; another algorithm's; what is no token.
NO_TOKENS = {
    "nothing": None,
    "another scheme": "Basic MzhYLUVJTi1HTy0tLS0tMC1kZW1vOmRlbW8=",
    "no token": "Bearer x",
    "unsigned": "Bearer eyJhbGciOiJub25lIn0.eyJjbGllbnRfaWQiOiIzOFgtRUlOLUdPLS0tLS0wLWRlbW8ifQ.",
}

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")


@pytest.fixture(scope="module")
def logs_before(running_product: Product) -> dict[str, int]:
    """Give how long each process' log was before the first request; other tests kill processes, and logs say so."""
    return {child.name: child.log.stat().st_size for child in running_product.processes.values()}


@pytest.fixture(scope="module")
def hub(running_product: Product, logs_before: dict[str, int]) -> Product:
    """Give the hub, which no test needs whole any more: what is sent at random here comes last (`conftest.py`)."""
    running_product.all_running()
    running_product.settle()
    return running_product


@pytest.fixture(scope="module")
def world(hub: Product) -> World:
    """Give what requests are made from."""
    description = hub.description()
    described = Described(description)
    plain, short, rich = map(schemathesis.openapi.from_dict, (description, described.short(), described.rich()))
    return World(described, plain, short, rich, scenes.learn(hub), hub.made_on)


Send = Callable[[Case, Sender | None, str | None], Any]
# Documents that were accepted though they are not as described: their values are looked at afterwards.
_doubtful: list[tuple[Sender, str]] = []
# What each service answered to its sample.
_sampled: list[Counter[str]] = []


@pytest.fixture(scope="module")
def send(hub: Product) -> Iterator[Send]:
    """Give what sends a request, with the token of a sender or with what is given in its place."""
    clients = {one: Client.of(hub.url, one.participant, one.role, one.commodity) for one in SENDERS}
    session = answers.session()

    def sent(case: Case, sender: Sender | None, authorization: str | None = None) -> Any:
        if sender is not None:
            authorization = f"Bearer {clients[sender].token()}"
        if authorization is not None:
            case.headers = {**case.headers, "Authorization": authorization}
        return case.call(base_url=hub.url, session=session, timeout=60)

    yield sent
    session.close()
    for client in clients.values():
        client.http.close()


def _try(world: World, service: tuple[str, str], mode: GenerationMode, count: int, one: Callable[..., None]) -> None:
    """Make so many requests to a service and do something with each."""
    method, path = service

    @seeded(zlib.crc32(f"{SEED} {method} {path} {mode}".encode()))
    # What comes of a request depends on those before it: it is shown as it was sent, and not made smaller.
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases.cases(world, method, path, mode))
    def run(made: tuple[Case, Sender]) -> None:
        one(*made)

    try:
        run()
    except BaseException as error:
        error.add_note(f"FUZZ_SEED={SEED}")
        raise


def _try_all(world: World, send: Send, service: tuple[str, str], counts: dict[GenerationMode, int]) -> Counter[str]:
    """Send requests to a service; give how often each status and code was answered."""
    found: Counter[str] = Counter()

    def one(case: Case, sender: Sender) -> None:
        answer = send(case, sender, None)
        code = answers.check(world.described, case, answer)
        found[f"{answer.status_code} {code}".strip()] += 1
        if answer.status_code == 202 and not answers.is_right(world.described, case):
            _doubtful.append((sender, case.headers[cases.IDENTIFICATION]))

    for mode, count in counts.items():
        _try(world, service, mode, count, one)
    return found


def _beyond_the_shape(found: Counter[str]) -> int:
    """Count the requests whose shape was right, so that the market's rules were asked."""
    return sum(count for answer, count in found.items() if not answer.startswith("400"))


@pytest.mark.parametrize("service", SERVICES, ids=" ".join)
def test_every_service_answers_as_described(world: World, send: Send, service: tuple[str, str]) -> None:
    _sampled.append(_try_all(world, send, service, SAMPLE))


def test_most_services_were_asked_for_what_the_market_decides() -> None:
    """Of one service, among so few requests, the shape of each may be wrong."""
    assert sum(_beyond_the_shape(found) > 0 for found in _sampled) >= 0.8 * len(_sampled), _sampled


@pytest.mark.long
@pytest.mark.timeout(_SECONDS_OF_MANY)
@pytest.mark.parametrize("service", SERVICES, ids=" ".join)
def test_every_service_answers_thousands_as_described(
    hub: Product, world: World, send: Send, service: tuple[str, str]
) -> None:
    """What there is is learnt anew for each, so that it finds what the others have made."""
    world = replace(world, known=scenes.learn(hub))
    found = _try_all(world, send, service, dict.fromkeys(SAMPLE, MANY // 2))
    assert _beyond_the_shape(found) > MANY / 20, f"nearly nothing but shapes was tried: {found}"
    assert len(found) > 5 or MANY < 1_000, f"nearly all were answered alike: {found}"


@pytest.mark.parametrize("service", SERVICES, ids=" ".join)
def test_no_service_answers_without_a_token(world: World, send: Send, service: tuple[str, str]) -> None:
    """Whatever is asked, and however wrong it is: who may not ask is told of nothing else."""
    for authorization in NO_TOKENS.values():

        def one(case: Case, sender: Sender, authorization: str | None = authorization) -> None:
            answer = send(case, None, authorization)
            assert answer.status_code == 401, f"{answer.status_code} {answer.text[:500]}"
            case.validate_response(answer, checks=answers.AS_DESCRIBED)

        _try(world, service, GenerationMode.NEGATIVE, 1, one)


def test_what_was_accepted_against_the_description_is_not_saved(hub: Product) -> None:
    hub.settle()
    for sender, identification in _doubtful:
        client = Client.of(hub.url, sender.participant, sender.role, sender.commodity)
        with client.http:
            asked = {"originalDocumentIdentification": identification}
            (status,) = client.post("/meter-data/status", meterDataStatusAttributes=asked).json()["meterDataStatuses"]
        assert status["status"] == "ERROR", (identification, status)


def test_nothing_is_set_aside_and_nothing_has_crashed(hub: Product, logs_before: dict[str, int]) -> None:
    """All that was saved at random is told too; what a process stumbled over stands in its log."""
    hub.settle()
    assert hub.rows("SELECT id, last_error FROM outbox_unit") == []
    for child in hub.processes.values():
        said = child.log.read_bytes()[logs_before[child.name] :].decode(errors="replace")
        found = re.search(r"^.*(Traceback|CRITICAL).*$", said, re.MULTILINE)
        assert found is None, f"{child.name}: {said[max(0, found.start() - 500) :][:5000]}"
