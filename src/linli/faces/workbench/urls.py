from django.urls import include, path

from linli.faces.workbench.pages import care, cases, desk, education, places, privacy, reveal, rights, warnings

app_name = "workbench"

urlpatterns = [
    path("", cases.today, name="today"),
    path("today/list/", cases.today_part, name="today_part"),
    path("cases/", cases.cases, name="cases"),
    path("cases/export.xlsx", cases.export, name="export"),
    path("cases/<int:case_id>/", cases.case, name="case"),
    path("cases/<int:case_id>/sheet/", cases.sheet, name="sheet"),
    path("cases/<int:case_id>/do/<slug:verb>/", cases.do, name="do"),
    path("cases/<int:case_id>/phone/<int:request_id>/", reveal.phone, name="phone"),
    path("desk/", desk.desk, name="desk"),
    path("desk/callers/", desk.callers, name="callers"),
    path("warnings/", warnings.warnings, name="warnings"),
    path("warnings/<int:warning_id>/", warnings.warning, name="warning"),
    path("warnings/<int:warning_id>/do/<slug:verb>/", warnings.do, name="warning_do"),
    path("map/", places.map_page, name="map"),
    path("search/", places.search, name="search"),
    path("quarantine/", care.quarantine, name="quarantine"),
    path("quarantine/<int:message_id>/replay/", care.replay, name="replay"),
    path("registry/", include("linli.faces.workbench.registry_urls")),
    path("troubles/", care.troubles, name="troubles"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("privacy/rights/", rights.rights, name="rights"),
    path("privacy/rights/new/", rights.new, name="rights_new"),
    path("privacy/rights/new/people/", rights.people, name="rights_people"),
    path("privacy/rights/<int:rights_id>/", rights.right, name="right"),
    path("privacy/rights/<int:rights_id>/do/<slug:verb>/", rights.do, name="right_do"),
    path("privacy/rights/<int:rights_id>/print/", rights.print_copy, name="right_print"),
    path("lessons/", education.lessons, name="lessons"),
    path("lessons/suspicious/", education.suspicious, name="suspicious"),
    path("lessons/<slug:key>/", education.lesson, name="lesson"),
    path("lessons/<slug:key>/<int:number>/", education.question, name="question"),
    path("privacy/education/", education.education, name="education"),
    path("privacy/education/class/", education.hold_class, name="hold_class"),
    path("privacy/education/drill/", education.drill, name="drill"),
]
