"""That nobody is called about a danger any more stands on everybody's day; a change that waits, on that of whoever may agree."""

from linli.understand.warnings.changing_rules import approve_change, change_rule, changes_waiting

DAY = "/workbench/"


def test_a_rule_about_danger_that_is_off_stands_on_the_day_of_all_staff_until_it_is_on_again(world, client):
    with world.scope():
        change_rule("smoke", on=False, settings={}, reason="厂家在换一批烟感", actor=world.actor("community_director"))
        asked = changes_waiting()["smoke"].pk

    def day_of(who):
        client.force_login(world.accounts[who])
        return client.get(DAY).content.decode()

    assert "险情规则的改动等您同意" in day_of("community_worker")
    assert "险情规则的改动等您同意" not in day_of("community_director")
    assert "险情规则的改动等您同意" not in day_of("grid_worker")
    assert "险情规则关着" not in day_of("grid_worker")

    with world.scope():
        approve_change(asked, actor=world.actor("community_worker"))
    for who in ("community_director", "community_worker", "grid_worker"):
        assert "险情规则关着" in day_of(who)
    assert "险情规则的改动等您同意" not in day_of("community_worker")

    with world.scope():
        change_rule("smoke", on=True, settings={}, actor=world.actor("community_director"))
    assert "险情规则关着" not in day_of("grid_worker")
