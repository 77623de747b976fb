"""The cast of the demo market (`cast.json`), and what the cast leaves open of its metering points."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datahub.demo.profiles import Load
from datahub.market import Resolution

_FILE = Path(__file__).parent / "cast.json"
STAFF_PASSWORD = "demo-staff-not-a-secret"  # noqa: S105 - public, as all secrets of the demo


def load() -> dict[str, Any]:
    """Read the cast."""
    cast: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return cast


@dataclass(frozen=True, slots=True)
class Place:
    """Where a metering point is, in WGS84 degrees."""

    county: str
    municipality: str
    locality: str
    street_address: str
    postcode: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Installation:
    """What the cast does not say of a metering point: where it is, what is behind it, how finely it is read."""

    place: Place
    load: Load
    resolution: Resolution = Resolution.PT15M
    consumption_scale: str = "SMALL"
    electrical_heating: bool = False
    production_capacity: str | None = None


_BAKERY = Place(
    "Harju maakond", "Tallinn", "Lasnamäe linnaosa", "Peterburi tee 46", "11415", latitude=59.4269, longitude=24.8251
)

INSTALLATIONS = {
    "38ZGO-10000001-U": Installation(
        Place(
            "Harju maakond",
            "Viimsi vald",
            "Haabneeme alevik",
            "Kesk tee 5",
            "74001",
            latitude=59.5117,
            longitude=24.8298,
        ),
        Load("household", 5_500, solar_kw=8),
        production_capacity="8.00",
    ),
    "38ZGO-10000002-R": Installation(
        Place(
            "Harju maakond",
            "Tallinn",
            "Mustamäe linnaosa",
            "A. H. Tammsaare tee 55",
            "13415",
            latitude=59.4118,
            longitude=24.6903,
        ),
        Load("household", 2_200),
    ),
    "38ZGO-10000003-O": Installation(
        Place("Lääne-Viru maakond", "Rakvere linn", "", "Pikk tänav 12", "44307", latitude=59.3477, longitude=26.3577),
        Load("household", 9_000),
        electrical_heating=True,
    ),
    "38ZGO-1000000A-3": Installation(_BAKERY, Load("business", 85_000), consumption_scale="LARGE"),
    "38ZGO-1000000D-V": Installation(
        Place(
            "Harju maakond",
            "Tallinn",
            "Kesklinna linnaosa",
            "Kohtu tänav 4",
            "10130",
            latitude=59.4371,
            longitude=24.7406,
        ),
        Load("business", 60_000),
    ),
    "38ZGO-20000001-K": Installation(
        Place(
            "Tartu maakond", "Tartu linn", "Tartu linn", "Tähe tänav 30", "50103", latitude=58.3713, longitude=26.7247
        ),
        Load("household", 3_600),
    ),
    "38ZGO-1B000001-5": Installation(
        Place(
            "Jõgeva maakond",
            "Põltsamaa vald",
            "Põltsamaa linn",
            "Jõgeva maantee 23",
            "48103",
            latitude=58.6561,
            longitude=25.9923,
        ),
        Load("farm", 3_800_000, solar_kw=2_500),
        consumption_scale="LARGE",
    ),
    "38ZAG-10000001-J": Installation(_BAKERY, Load("business", 21_000)),
    "38ZGO-1G000001-Y": Installation(
        _BAKERY, Load("gas", 210_000), resolution=Resolution.PT1H, consumption_scale="LARGE"
    ),
}

# The first 15 characters of the code of the network area that an operator's points lie in.
NETWORK_AREAS = {
    ("38X-EIN-GO-----0", "ELECTRICITY"): "38A-POHJA-VORK-",
    ("38X-EIN-GO-----0", "NATURAL_GAS"): "38A-POHJAGAAS--",
    ("38X-DEMO-GO2---G", "ELECTRICITY"): "38A-LOUNAVORK--",
}

# Where the companies that can be given access have their customers led back, after a link of theirs.
REDIRECT_HOSTS = {
    "38X-EIN-OS-----J": "paikese.example",
    "38X-DEMO-OS2---A": "tuule.example",
    "38X-EIN-NS-----R": "nimetatud.example",
    "38X-DEMO-BRP---T": "bilanss.example",
    "38X-DEMO-AGR---I": "koormus.example",
    "38X-DEMO-ESP---2": "energianou.example",
    "38X-EIN-ALL----B": "koikrollid.example",
}
