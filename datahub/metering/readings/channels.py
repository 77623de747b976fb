"""What is measured at a metering point, and how finely: the codes that the packed days carry.

The numbers stand in stored bytes and never change their meaning. NET_IN and NET_OUT, the market's next step, get
numbers of their own: days that lack them stay as they are.
"""

from datahub.market import Commodity, Resolution

IN, OUT, IN_M3, OUT_M3 = 1, 2, 3, 4
NAMES = {IN: "IN", OUT: "OUT"}

RESOLUTIONS: tuple[Resolution, ...] = (Resolution.PT15M, Resolution.PT1H, Resolution.P1D)
RESOLUTION_CODES = {resolution: code for code, resolution in enumerate(RESOLUTIONS)}
# Seconds of one interval; a gas day (P1D) has 23, 24 or 25 hours and one interval.
STEP_SECONDS = {Resolution.PT15M: 900, Resolution.PT1H: 3600, Resolution.P1D: 86_400}

POSSIBLE_RESOLUTIONS = {
    Commodity.ELECTRICITY: (Resolution.PT15M, Resolution.PT1H),
    Commodity.NATURAL_GAS: (Resolution.PT1H, Resolution.P1D),
}
# The rows of a block by commodity. A volume in m³ shares reading time and type with the energy of its direction.
CHANNELS = {
    Commodity.ELECTRICITY: (IN, OUT),
    Commodity.NATURAL_GAS: (IN, OUT, IN_M3, OUT_M3),
}
