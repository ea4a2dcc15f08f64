from django.urls import path

from linli.sense.open_sensors import doors

app_name = "open_sensors"

urlpatterns = [
    path("sensorthings/<slug:community>/v1.1", doors.sensorthings, name="sensorthings"),
    path("sensorthings/<slug:community>/v1.1/", doors.sensorthings),
    path("sensorthings/<slug:community>/v1.1/<path:resource>", doors.sensorthings, name="sensorthings_resource"),
    path("ngsi-ld/<slug:community>/v1/entities", doors.entities, name="entities"),
    path("ngsi-ld/<slug:community>/v1/entities/<str:entity>", doors.entities, name="entity"),
]
