"""The part of the configuration that rules look at."""

from attrs import field, frozen

from awt.model.times import DAY


@frozen(kw_only=True)
class Limits:
    """Lifetimes in seconds and counts; the keys of ``[limits]``."""

    activation_seconds: int = 86400
    invite_seconds: int = 86400
    im_code_seconds: int = 900
    login_link_seconds: int = 900
    password_link_seconds: int = 3600
    action_seconds: int = 10
    max_actions: int = 100
    max_tests: int = 500
    """Tests that an account may have, and apart from them those it deleted that are not purged yet."""
    login_failures: int = 10
    resend_per_minute: int = 1
    resend_per_day: int = 5
    invites_per_day: int = 20
    registrations_per_hour: int = 20
    """New accounts that one network (/24, /56) may start in an hour."""
    messages_per_minute: int = 60
    """Chat messages that one address may send in a minute."""
    calls_per_minute: int = 600
    """API calls that one network may make in a minute."""
    pages_per_minute: int = 600
    """Pages that one network may ask for in a minute."""
    chat_messages_per_day: int = 2000
    """Messages that one address may write into the chat of the site in a day."""
    news_per_second: int = 50
    """Readers that news are sent to in a second."""


@frozen(kw_only=True)
class Money:
    """Points that are granted, and what a point costs; the keys of ``[money]``."""

    sign_up_bonus: int = 200
    invite_bonus_inviter: int = 100
    invite_bonus_invited: int = 100
    point_price: int = 1
    currency: str = "RUB"


@frozen(kw_only=True)
class Purge:
    """How long closed and finished things are kept, in days and seconds; the keys of ``[gc]``."""

    interval_seconds: int = 60
    purge_days: int = 42
    ledger_days: int = 732

    @property
    def unused(self) -> int:
        """Milliseconds without an access after which an account is deleted as unused."""
        return self.purge_days * DAY

    @property
    def warning(self) -> int:
        """Milliseconds without an access after which its owner is warned: a week before."""
        return max(0, self.purge_days - 7) * DAY


@frozen
class Place:
    """Where an assistant is on a network; the link opens a chat with it, empty where there is no such."""

    kind: str
    address: str
    link: str = ""


@frozen(kw_only=True)
class Settings:
    """What a method may know of the configuration."""

    site_url: str = "http://127.0.0.1:8080"
    """Scheme, host and port that links begin with, without a slash at the end."""
    support: str = ""
    """Where a blocked user is sent: an address or a URL, shown as it is."""
    ims: tuple[str, ...] = ("webchat",)
    """Kinds of IM that this installation carries."""
    xmpp_domains: tuple[tuple[str, str], ...] = ()
    """Domains of the assistants on XMPP, by service; that of the service ``""`` is all others'."""
    skype_accounts: tuple[tuple[str, str], ...] = ()
    """Accounts of the assistants on Skype, by service."""
    remote_hosts: tuple[str, ...] = ()
    """Hosts that services which are other programs may be on."""
    regions: tuple[str, ...] = ()
    """Regions that the action `proxy` has a way to here: the keys of ``[proxies]`` that are set."""
    limits: Limits = field(factory=Limits)
    money: Money = field(factory=Money)
    purge: Purge = field(factory=Purge)

    def jabber(self, service: str) -> str | None:
        """Return the address of an assistant on XMPP, None where this installation has none."""
        domains = dict(self.xmpp_domains)
        domain = domains.get(service) or domains.get("")
        return f"assistant@{service}.{domain}" if domain else None

    def places(self, service: str) -> tuple[Place, ...]:
        """Return where an assistant is, on the networks that this installation knows."""
        found = []
        if jabber := self.jabber(service):
            found.append(Place("jabber", jabber, f"xmpp:{jabber}?message"))
        if skype := dict(self.skype_accounts).get(service):
            found.append(Place("skype", skype))
        return tuple(found)

    @property
    def contact(self) -> str:
        """Where somebody turns to who cannot help himself: the support, else the page of questions."""
        return self.support or f"{self.site_url}/faq"
