from django.urls import path

from linli.foundation.files import pages

urlpatterns = [path("photos/<int:photo_id>", pages.photo, name="photo")]
