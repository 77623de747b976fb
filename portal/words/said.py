"""What pages say instead of messages that speak to systems. Babel takes the words from here."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

from datahub.errors import Code, codes, phrase

_SAID: Mapping[Code, str] = {
    codes.GENERAL: _("something went wrong here; try again"),
    codes.GENERAL_AT_WORK: _("something went wrong in the hub, not in what was sent; send it again"),
    codes.UNAVAILABLE: _("the hub cannot process this now; try again in {0} seconds"),
    codes.QUEUE_FULL: _("too many documents are waiting to be processed; try again later"),
    codes.TOO_MANY_REQUESTS: _("too many requests; try again in {0} seconds"),
    codes.NO_CHANGE_RECEIVED: _("nothing was changed, so nothing was saved"),
    codes.SENDER_TYPE: _("you act in the role {0}, but this can only be done in the role {1}"),
    codes.COMMODITY_TYPE_MISMATCH: _("{0} is {1}, but must be {2}, as the {3} has it"),
    codes.UNPARSEABLE_OBJECT: _("this cannot be read: {0}"),
    codes.BODY_TOO_LARGE: _("at most {0} bytes can be sent at once"),
    codes.DOCUMENT_AT_WORK: _("this is still being processed; check again in a moment"),
    codes.DOCUMENT_USED: _("this has already been sent; open the form again"),
    codes.CONNECTION_REQUEST_ANSWERED: _("this request already has an answer; change that one"),
    codes.CONNECTION_REQUEST_NOT_ANSWERED: _("this request has no answer to change yet; answer it first"),
    codes.CONNECTION_REQUEST_NOT_EXISTS: _("you have no such connection request"),
    codes.CONNECTION_PARTICIPANT: _("in this request you are the {2}; only its {3} can do this"),
    codes.CONNECTION_PROCESS_TERMINATED: _("this request has been {2} since {3}; nothing more can be saved"),
    codes.CONNECTION_REASON_MISMATCH: _("{0}: {1} is not a reason to {2}; it can be {3}"),
    codes.REDUNDANT_OWN_CONNECTION_REQUEST: _(
        "you already have an open request for this metering point and customer; change or cancel that one"
    ),
    codes.ENQUIRY_ANSWERED: _("this enquiry already has an answer; change that one"),
    codes.ENQUIRY_NOT_ANSWERED: _("this enquiry has no answer to change yet; answer it first"),
    codes.ENQUIRY_CANNOT_BE_FOUND: _("you have no such enquiry"),
    codes.ENQUIRY_ATTRIBUTE_CANNOT_BE_CHANGED: _(
        "{0} of an enquiry cannot change from {1} to {2}; send a new enquiry instead"
    ),
    codes.ID_RANGE_OR_TIME_REQUIRED: _("enter both times, or both numbers"),
    codes.INCORRECT_MARKET_PARTICIPANT_ROLE: _("points of the type {0} cannot be registered in the role {1}"),
    codes.AUTHORIZATION_GIVER: _("you may not act for this customer now"),
    codes.AUTHORIZATION_CANNOT_BE_FOUND: _("this customer has given no such authorization"),
    codes.AUTHORIZATION_REVOKED: _("this authorization was revoked at {1}"),
    codes.AUTHORIZATION_ENDED: _("this authorization ended at {1} and cannot be revoked"),
}

# They tell when something happened, which is said to the minute; limits are said to the second.
_WHEN_IT_HAPPENED = frozenset(
    {codes.CHANGED_MEANWHILE, codes.CONNECTION_PROCESS_TERMINATED, codes.AUTHORIZATION_REVOKED}
)

# At a field, whose label stands above.
_SAID_AT_FIELD: Mapping[Code, str] = {
    codes.EIC_SYNTAX: _("{1} is not an EIC code of the kind {2}: {3}"),
}

_SAID_INSIDE: Mapping[str, str] = {
    # {0} is the heading of a part of a page.
    "{0} of the type {1}": phrase("{1} under {0}", "{0}", "{1}"),
    "it must be 16 characters of the form {0}": phrase(
        "it must be 16 characters: two digits, the letter of its kind, then capitals, digits or dashes"
    ),
}


def message_of(code: Code) -> str:
    """Give the message of a code as pages say it, in English."""
    return _SAID.get(code, code.message)


def message_at_field(code: Code) -> str:
    """Give the message of a code as it is said at the field that it is about, in English."""
    return _SAID_AT_FIELD.get(code) or message_of(code)


def is_exact(code: Code) -> bool:
    """Tell whether the seconds of instants in the message of a code say something."""
    return code not in _WHEN_IT_HAPPENED


def template_of(template: str) -> str:
    """Give the words of a phrase inside a message as pages say them, in English."""
    return _SAID_INSIDE.get(template, template)


def is_other(template: str) -> bool:
    """Tell whether pages say other words than those of a phrase."""
    return template in _SAID_INSIDE
