"""/metrics: what is counted and measured, for those alone who watch the hub."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from datahub.metrics.build import Build
from datahub.metrics.counters import Totals
from datahub.metrics.hub import Hub
from datahub.metrics.readers import may_read


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give all metrics in the text form of Prometheus; to others than those who may read them there is nothing here."""
    if not may_read(request):
        return HttpResponse("There is nothing here.\n", status=404, content_type="text/plain; charset=utf-8")
    registry = CollectorRegistry(auto_describe=False)
    for collector in (Build(), Totals(), Hub()):
        registry.register(collector)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
