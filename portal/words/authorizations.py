"""Authorizations in plain words, for customers who have never heard of the market's roles."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext, pgettext, pgettext_lazy

from datahub.market import AuthorizationPurpose, Role

# What kind of company it is, in the same words wherever a customer reads of it.
RECEIVERS: Mapping[Role, str | Promise] = {
    Role.OPEN_SUPPLIER: gettext_lazy("Electricity or gas supplier"),
    Role.AGGREGATOR: pgettext_lazy("role, to a customer", "Aggregator"),
    Role.ENERGY_SERVICE_PROVIDER: gettext_lazy("Energy service company"),
}
RECEIVERS_EXPLAINED: Mapping[Role, str | Promise] = {
    Role.OPEN_SUPPLIER: gettext_lazy(
        "It makes you an offer that fits how you use energy. It sees your last 12 months, for 48 hours."
    ),
    Role.AGGREGATOR: gettext_lazy(
        "It pays you for using a little more or less electricity when the power system needs it, and makes you an"
        " offer. It sees your last 12 months, for 48 hours."
    ),
    Role.ENERGY_SERVICE_PROVIDER: gettext_lazy(
        "It helps you save energy, manages devices at your place, or does research. You choose what it sees and for how"
        " long."
    ),
}
# For what a company gets access, to be said after "so that it can".
PURPOSES: Mapping[AuthorizationPurpose, str | Promise] = {
    AuthorizationPurpose.ENERGY_SUPPLY_OFFER: gettext_lazy("make you an offer for energy"),
    AuthorizationPurpose.AGGREGATION_OFFER: gettext_lazy("make you an offer for your flexibility"),
    AuthorizationPurpose.ENERGY_MANAGEMENT: gettext_lazy("manage your energy use"),
    AuthorizationPurpose.ENERGY_EFFICIENCY: gettext_lazy("help you use less energy"),
    AuthorizationPurpose.FLEXIBILITY: gettext_lazy("use your flexibility"),
    AuthorizationPurpose.CARBON_ACCOUNTING: gettext_lazy("work out your carbon footprint"),
    AuthorizationPurpose.RESEARCH: gettext_lazy("do research"),
}
# What that means, for those of which a customer chooses.
PURPOSES_EXPLAINED: Mapping[AuthorizationPurpose, str | Promise] = {
    AuthorizationPurpose.ENERGY_MANAGEMENT: gettext_lazy(
        "For example, it runs your heat pump, charger or battery when electricity is cheap."
    ),
    AuthorizationPurpose.ENERGY_EFFICIENCY: gettext_lazy("It looks for what uses much energy, and advises you."),
    AuthorizationPurpose.FLEXIBILITY: gettext_lazy(
        "It lets you earn by using a little more or less electricity when the power system needs it."
    ),
    AuthorizationPurpose.CARBON_ACCOUNTING: gettext_lazy("It works out how much CO₂ your energy use causes."),
    AuthorizationPurpose.RESEARCH: gettext_lazy("It studies how energy is used, for example at a university."),
}

# So many places are named in a sentence; more are counted.
_NAMED = 3


def purpose_in_words(purpose: str) -> str:
    """Say for what access is given: "make you an offer for energy"."""
    return str(PURPOSES[AuthorizationPurpose(purpose)])


def joined(names: Sequence[str]) -> str:
    """Say names one after another: "A, B and C"."""
    if len(names) < 2:
        return "".join(names)
    return _("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}


def summary(
    *,
    companies: Sequence[str],
    places: Sequence[str],
    purpose: str,
    first: str,
    last: str,
    until: str,
    since: str = "",
) -> str:
    """Say in one sentence who will see what, of which place, for which time, until when, and how to end it.

    `places` are addresses; of more than three, or of such that share one, their number is said. `first` and `last` are
    the days between which readings are seen; `until` is when access ends, empty for never; `since` when it begins,
    empty for at once.
    """
    few = npgettext("of a place", "%(address)s", "%(address)s", len(places)) % {"address": joined(places)}
    many = ngettext("%(n)s place", "%(n)s places", len(places)) % {"n": len(places)}
    words = {
        "who": joined(companies),
        "where": few if len(set(places)) == len(places) <= _NAMED else many,
        "when": _("from %(first)s to %(last)s") % {"first": first, "last": last}
        if first != last
        else pgettext("readings", "of %(day)s") % {"day": first},
        "until": until,
        "since": since,
        "purpose": purpose_in_words(purpose),
        "page": _("Who has access"),
    }
    return _sentence(len(companies), has_end=bool(until), begins_later=bool(since)) % words


def _sentence(companies: int, *, has_end: bool, begins_later: bool) -> str:
    if begins_later and has_end:
        return ngettext(
            "From %(since)s until %(until)s, %(who)s will see your name and, of %(where)s, the details and the readings"
            " %(when)s, so that it can %(purpose)s; you can end this at any time on the page"
            " “%(page)s”.",
            "From %(since)s until %(until)s, %(who)s will see your name and, of %(where)s, the details and the readings"
            " %(when)s, so that they can %(purpose)s; you can end this at any time on the page"
            " “%(page)s”.",
            companies,
        )
    if begins_later:
        return ngettext(
            "From %(since)s on, until you end it, %(who)s will see your name and, of %(where)s, the details and the"
            " readings %(when)s, so that it can %(purpose)s; you can end this at any time on the page"
            " “%(page)s”.",
            "From %(since)s on, until you end it, %(who)s will see your name and, of %(where)s, the details and the"
            " readings %(when)s, so that they can %(purpose)s; you can end this at any time on the"
            " page “%(page)s”.",
            companies,
        )
    if has_end:
        return ngettext(
            "Until %(until)s, %(who)s will see your name and, of %(where)s, the details and the readings"
            " %(when)s, so that it can %(purpose)s; you can end this at any time on the page “%(page)s”.",
            "Until %(until)s, %(who)s will see your name and, of %(where)s, the details and the readings"
            " %(when)s, so that they can %(purpose)s; you can end this at any time on the page “%(page)s”.",
            companies,
        )
    return ngettext(
        "Until you end it, %(who)s will see your name and, of %(where)s, the details and the readings"
        " %(when)s, so that it can %(purpose)s; you can end this at any time on the page “%(page)s”.",
        "Until you end it, %(who)s will see your name and, of %(where)s, the details and the readings"
        " %(when)s, so that they can %(purpose)s; you can end this at any time on the page “%(page)s”.",
        companies,
    )
