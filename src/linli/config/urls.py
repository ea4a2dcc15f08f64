"""Routes: each face and API owns its own list; this file only mounts them."""

urlpatterns: list = []
