"""``#services``: the catalogue, free or with the price, and what the user has of it."""

from awt.api.account_view import catalogue
from awt.chat.talk import Command, Reply, Talk
from awt.model.status import ACTIVE, NEW


def _run(talk: Talk, _rest: str) -> Reply:
    shown = catalogue(talk.tx, talk.user, talk.lang)
    lines = [talk.t("services-head")]
    choices = []
    for service in shown:
        have = service.status in {NEW, ACTIVE}
        price = (
            talk.t("services-price", price=service.price)
            if service.price
            else talk.t("services-free")
        )
        state = talk.t("services-have") if have else price
        lines.append(f"{service.short_name} ({state}) - {service.title}: {service.description}")
        if not have and not service.price:
            choices.append(talk.choice("add", f"#add {service.short_name}", title=service.title))
    if any(s.price and s.status not in {NEW, ACTIVE} for s in shown):
        lines.append(talk.t("services-paid", link=f"{talk.tx.settings.site_url}/services"))
    return Reply("\n".join(lines), (*choices, talk.choice("menu")))


SERVICES = Command(name="services", run=_run)
