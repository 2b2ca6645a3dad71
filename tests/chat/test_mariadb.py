"""One whole acquaintance on the database of the big installations."""

from awt.model.status import DELETED
from awt.testing.talk import World


def test_ann_comes_looks_around_and_leaves(mariadb_url: str) -> None:
    with World(mariadb_url) as world:
        ann = world.chat("jabber", "Ann@Example.org/phone", lang="ru")
        assert ann.ask("привет").kind == "add"
        world.wait(60)
        world.click(ann.link("ау"))
        assert ann.ask("1").text.startswith(world.texts("ru", "help-head"))
        assert ann.ask("#add webtest").sends == ["#menu", "#help"]
        tests = world.chat("jabber", "ann@example.org", service="webtest")
        assert tests.ask("пример.рф «текст»").choices == ()
        assert tests.say("#add nothing", message_id="same") != []
        assert tests.say("#add nothing", message_id="same") == []
        assert "199" in ann.ask("#balance").text
        assert ann.ask("#tz moscow").text == ann.world.texts(
            "ru", "tz-done", timezone="Europe/Moscow"
        ) + "\n\n1. " + world.texts("ru", "choice-whoami")
        assert ann.ask("#delaccount").sends == ["yes", "no"]
        assert ann.say("да")
        user = world.user("jabber", "ann@example.org")
        assert user is not None
        assert (user.status, user.points) == (DELETED, 0)
