from django.urls import path

from linli.faces.portal.pages import consents, home, information, lessons, matters, me, proxy, report, rights, sensing

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("report/", report.report, name="report"),
    path("report/sent/<int:request_id>/", report.sent, name="sent"),
    path("matters/", matters.matters, name="matters"),
    path("matters/<int:request_id>/", matters.matter, name="matter"),
    path("matters/<int:request_id>/rate/", matters.rate, name="rate"),
    path("matters/<int:request_id>/words/", matters.add_word, name="add_word"),
    path("matters/<int:request_id>/withdraw/", matters.withdraw, name="withdraw"),
    path("proxy/", proxy.proxy, name="proxy"),
    path("family/", proxy.family, name="family"),
    path("me/", me.me, name="me"),
    path("me/information/", information.information, name="information"),
    path("me/looks/", information.looks, name="looks"),
    path("me/rights/", rights.rights, name="rights"),
    path("me/rights/new/<slug:kind>/", rights.ask, name="ask"),
    path("me/rights/<int:rights_id>/", rights.right, name="right"),
    path("me/rights/<int:rights_id>/withdraw/", rights.withdraw, name="withdraw_right"),
    path("me/rights/<int:rights_id>/code/", rights.send_code, name="send_code"),
    path("me/rights/<int:rights_id>/check/", rights.check_code, name="check_code"),
    path("me/rights/<int:rights_id>/copy/<slug:how>/", rights.copy, name="copy"),
    path("me/consents/", consents.consents, name="consents"),
    path("me/consents/<int:consent_id>/withdraw/", consents.withdraw_consent, name="withdraw_consent"),
    path("me/consents/<int:consent_id>/receipt.<slug:form>", consents.receipt, name="receipt"),
    path("me/consents/<slug:purpose>/give/", consents.give_consent, name="give_consent"),
    path("me/consents/<slug:purpose>/decline/", consents.decline_consent, name="decline_consent"),
    path("me/consents/<slug:purpose>/instead/", consents.ask_instead, name="ask_instead"),
    path("me/sensing/", sensing.sensing, name="sensing"),
    path("me/sensing/<int:declaration_id>/way/", sensing.choose_way, name="choose_way"),
    path("me/ways/<int:way_id>/works/", sensing.way_works, name="way_works"),
    path("me/visits/<int:round_id>/end/", consents.end_visits, name="end_visits"),
    path("lessons/", lessons.lessons, name="lessons"),
    path("lessons/suspicious/", lessons.suspicious, name="suspicious"),
    path("lessons/<slug:key>/", lessons.lesson, name="lesson"),
    path("lessons/<slug:key>/<int:number>/", lessons.question, name="question"),
]
