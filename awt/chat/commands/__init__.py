"""The commands, one file each; this is their table. To add one, add its file and its line here."""

from awt.chat.commands.add import ADD
from awt.chat.commands.balance import BALANCE
from awt.chat.commands.block import BLOCK
from awt.chat.commands.cancel import CANCEL
from awt.chat.commands.check import CHECK
from awt.chat.commands.delaccount import DELACCOUNT
from awt.chat.commands.delete import DEL
from awt.chat.commands.export import EXPORT
from awt.chat.commands.forgot import FORGOT
from awt.chat.commands.help import make_help
from awt.chat.commands.im import IM
from awt.chat.commands.invite import INVITE
from awt.chat.commands.invites import INVITES
from awt.chat.commands.lang import LANG
from awt.chat.commands.last import LAST
from awt.chat.commands.loginlink import LOGINLINK
from awt.chat.commands.menu import MENU
from awt.chat.commands.new import NEW
from awt.chat.commands.news import NEWS
from awt.chat.commands.nodes import NODES
from awt.chat.commands.points import POINTS
from awt.chat.commands.queues import QUEUES
from awt.chat.commands.report import REPORT
from awt.chat.commands.resend import RESEND
from awt.chat.commands.run import RUN
from awt.chat.commands.services import SERVICES
from awt.chat.commands.shot import SHOT
from awt.chat.commands.steps import STEPS
from awt.chat.commands.stop import STOP
from awt.chat.commands.tests import TESTS
from awt.chat.commands.tz import TZ
from awt.chat.commands.users import USERS
from awt.chat.commands.whoami import WHOAMI

_ALL_BUT_HELP = (
    MENU,
    WHOAMI,
    SERVICES,
    ADD,
    DEL,
    RESEND,
    LOGINLINK,
    FORGOT,
    IM,
    BALANCE,
    INVITE,
    INVITES,
    POINTS,
    LANG,
    TZ,
    STOP,
    DELACCOUNT,
    CHECK,
    TESTS,
    NEW,
    STEPS,
    RUN,
    CANCEL,
    LAST,
    SHOT,
    EXPORT,
    USERS,
    BLOCK,
    REPORT,
    NEWS,
    QUEUES,
    NODES,
)
COMMANDS = (make_help(_ALL_BUT_HELP), *_ALL_BUT_HELP)
"""Every command, in the order in which the help shows them."""
