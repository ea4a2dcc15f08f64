from django.urls import path

from linli.faces.workbench import registry_pages as pages

urlpatterns = [
    path("", pages.inventory, name="registry"),
    path("import/", pages.upload, name="registry_upload"),
    path("import/<int:upload_id>/", pages.checked, name="registry_check"),
    path("import/<int:upload_id>/rejected.xlsx", pages.rejected, name="registry_rejected"),
    path("imported/<int:run_id>/<int:upload_id>/", pages.imported, name="registry_imported"),
]
