from django.urls import path

from linli.sense.requests import pages

urlpatterns = [path("voices/<int:voice_id>", pages.voice, name="voice")]
