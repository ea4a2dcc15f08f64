import pytest
from tests.browser.conftest import PHONE, DESK
from tests.sweep.objects import place_objects
from linli.foundation.privacy.consents.actions import decline, give_consent, withdraw_consent
from tests.browser.test_consent_journey import nothing_is_wrong
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
def test_shots(world, signed_in):
    o=place_objects(world)
    with world.scope():
        c=give_consent(o.elder,"door_care",channel="app",actor=world.actor("elder")); withdraw_consent(c,actor=world.actor("elder"))
    bad=[]
    def shot(who,size,url,name,lang="zh-hans"):
        p=signed_in(who,size,language=lang); p.goto(url); p.screenshot(path=f"/tmp/shot_{name}.png",full_page=True)
        try: nothing_is_wrong(p)
        except AssertionError as e: bad.append((name,str(e)[:600]))
    for lang in ("zh-hans","en"):
      for th in ("standard","elder"):
        shot("elder",PHONE,f"/portal/me/consents/?theme={th}&give=smoke_care",f"portal_{th}_{lang}",lang)
    for size,n in ((PHONE,"p"),(DESK,"d")):
        shot("grid_worker",size,f"/workbench/people/{o.elder.pk}/consents/?withdraw={o.consent.pk}","wb_"+n)
        shot("grid_worker",size,f"/workbench/people/{world.residents['child'].pk}/consents/","wbchild_"+n)
        shot("grid_worker",size,f"/workbench/people/{o.elder.pk}/consents/door_care/take/","take_"+n)
        shot("grid_worker",size,f"/workbench/consents/form/{o.form.code}/","paper_"+n)
        shot("grid_worker",size,f"/workbench/visits/","visits_"+n)
        shot("community_director",size,f"/workbench/privacy/consents/","counts_"+n)
    assert not bad, bad
