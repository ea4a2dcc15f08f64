"""Routes: each face and API owns its own list; this file only mounts them."""

from django.urls import include, path

from linli.faces.openapi.api import api
from linli.faces.workbench.pages.unsubscribing import unsubscribe_by_link

urlpatterns: list = [
    path("", include("linli.foundation.accounts.urls")),
    path("", include("linli.foundation.files.urls")),
    path("", include("linli.sense.requests.urls")),
    path("", include("linli.faces.demo_door.urls")),
    path("", include("linli.faces.kit.urls")),
    path("", include("linli.faces.portal.rating_urls")),
    path("charter/", include("linli.faces.portal.charter_urls")),
    path("portal/", include("linli.faces.portal.urls")),
    path("workbench/", include("linli.faces.workbench.urls")),
    path("u/<str:token>", unsubscribe_by_link, name="unsubscribe"),
    path("cockpit/", include("linli.faces.cockpit.urls")),
    path("numbers/", include("linli.faces.numbers.urls")),
    path("", include("linli.sense.open_sensors.urls")),
    path("api/v1/", api.urls),
]

handler400 = "linli.faces.kit.failing.bad_request"
handler403 = "linli.faces.kit.failing.forbidden"
handler404 = "linli.faces.kit.failing.not_found"
handler429 = "linli.faces.kit.failing.too_many"
handler500 = "linli.faces.kit.failing.broken"
