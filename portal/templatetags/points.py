"""Metering points in words: `{% load points %}`."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from datahub.access import selectors
from datahub.market import Permission
from datahub.metering.models import MeteringPoint
from portal.lists import ListPage
from portal.pages import OperatorRequest
from portal.templatetags.pages import sort_head
from portal.words import addresses, attributes

register = template.Library()


@register.filter
def address(point: MeteringPoint) -> str:
    """Give where a point is in one line, without its county."""
    return addresses.address(point, with_county=False)


@register.filter
def attribute(point: MeteringPoint, name: str) -> str:
    """Give an attribute of a point in words."""
    return attributes.said(name, getattr(point, name), point.commodity)


@register.filter
def production_words(point: MeteringPoint) -> str:
    """Say that there is production, and of what."""
    source = attributes.said("production_source", point.production_source, point.commodity)
    return _("Production: %(source)s") % {"source": source} if source else _("Production")


@register.simple_tag
def point_head(listed: ListPage[Any], name: str, words: Any) -> SafeString:
    """Give the head of a column; it sorts where all that was found can be put in order."""
    if listed.total is None:
        return format_html('<th scope="col">{}</th>', words)
    return sort_head(listed, name, words)


@register.simple_tag(takes_context=True)
def point_code(context: Context, eic: str) -> SafeString:
    """Give a point's code, as a link to its page where the reader may see the point now."""
    code = format_html('<span class="code">{}</span>', eic)
    request: OperatorRequest = context["request"]
    acting = request.acting
    if not acting.may(Permission.VIEWER_METERING_POINT):
        return code
    seen = selectors.visible_points(acting.participant, acting.role, acting.commodity, request.now, eic=eic)
    return format_html('<a href="{}">{}</a>', reverse("operator:point", args=[eic]), code) if seen.exists() else code
