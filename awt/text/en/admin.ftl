### Texts of the pages of administrators. Keys begin with "admin-".

admin-nav = Operating
admin-nav-label = Operating
admin-look = Look
admin-all = all
admin-yes = Yes
admin-no = No

## Overview

admin-overview-nav = Overview
admin-overview-heading = Operating
admin-overview-ready = Messages waiting
admin-overview-dead = Dead letters
admin-overview-garbage = Rows to collect
admin-overview-news = News on their way
admin-overview-deeds = Done lately

## Accounts

admin-users-nav = Accounts
admin-users-heading = Accounts
admin-users-begins = Login, address or id begins with
admin-users-status = State
admin-users-any = Any
admin-users-find = Find
admin-users-admin = Administrator
admin-users-no-address = No confirmed address
admin-users-seen = last seen { $time }
admin-users-none = No account fits.
admin-user-heading = Account { $name }
admin-user-facts = The account
admin-user-points = Points
admin-user-hash = Public id
admin-user-created = Registered
admin-user-seen = Last seen
admin-user-lang = Language and zone
admin-user-email = E-mail
admin-user-password = Has a password
admin-user-ways-in = Ways in
admin-user-ways = { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
}, { $keys ->
    [one] { $keys } key
   *[other] { $keys } keys
}
admin-user-closed = Closed
admin-user-closed-owner = by its owner
admin-user-closed-operator = by an operator
admin-user-purged = Erased
admin-user-nothing = None
admin-user-ims = Addresses
admin-im-asked = Asked
admin-im-confirmed = Confirmed
admin-user-services = Services
admin-user-amount = Points to give
admin-user-amount-hint = Below zero takes points. The balance does not fall below zero.
admin-user-reason = Reason
admin-user-reason-hint = Kept in the ledger, where the owner of the account sees it too.
admin-user-adjust = Change the balance
admin-user-balance = balance { $points }
admin-user-unblock = Open it again
admin-user-unblock-text = The account becomes active and gets a link for a new password. Login and points stay lost.
admin-user-block = Block the account
admin-user-block-text = What happens, in this order:
admin-user-block-1 = The password is removed.
admin-user-block-2 = The login is replaced by a random one.
admin-user-block-3 = E-mail, keys, sessions and links end.
admin-user-block-4 = Waiting checks are cancelled.
admin-user-block-5 = What is left of the points is written off: { $points }.
admin-user-block-6 = The assistants say so and remove the user.
admin-user-block-confirm = Yes, block the account { $name }

## Accounts without income

admin-report-nav = Report
admin-report-heading = Accounts without income
admin-report-lead = Active accounts with tests that nobody has used since { $time } and that never bought points. The collector leaves them alone: whether one is closed, you decide. At the beginning of a month, administrators are told how many there are.
admin-report-count = { $count ->
    [one] { $count } account
   *[other] { $count } accounts
}
admin-report-tests = { $count ->
    [one] { $count } test
   *[other] { $count } tests
}
admin-report-none = There are none.

## Services

admin-services-nav = Services
admin-services-heading = Catalogue of services
admin-service-on = Enabled
admin-service-off = Disabled
admin-service-remote = Another program: { $url }
admin-service-change = Change
admin-service-save = Save
admin-service-new = A new service
admin-service-add = Add the service
admin-service-name = Short name
admin-service-name-hint = Small Latin letters, digits, hyphens. It is also the subdomain of its assistant, and never changes.
admin-service-title = Title
admin-service-description = Description
admin-service-price = Price in points
admin-service-price-hint = 0 is free.
admin-service-url = Address of the program
admin-service-url-hint = Empty for a service that is built in.
admin-service-enabled = Can be had
admin-service-base = This service is always there, free and enabled.

## News

admin-news-nav = News
admin-news-heading = News
admin-news-lead = Everybody with an active account gets them once, in the chat where he wrote last.
admin-news-write = Write
admin-news-text-hint = Whoever reads a language that you leave empty gets the other one.
admin-news-service = To the users of
admin-news-only = Only readers of these; nothing ticked means all
admin-news-look = Show me first
admin-news-preview = This is what would be sent
admin-news-readers = { $count ->
    [one] { $count } reader
   *[other] { $count } readers
}
admin-news-by-im = Where they read it
admin-news-nobody = Nobody would get these news.
admin-news-send = Send it to { $count ->
    [one] { $count } reader
   *[other] { $count } readers
}
admin-news-latest = The latest ones
admin-news-none = There were none yet.
admin-news-sending = On their way
admin-news-sent = Sent
admin-news-stopped = Stopped
admin-news-stop = Stop
admin-news-count = { $im }: { $sent } of { $planned }

## Queues

admin-queues-nav = Queues
admin-queues-heading = Queues
admin-queues-waiting = Waiting
admin-queues-text = Messages that are not delivered yet, or not yet at the broker.
admin-queues-none = Nothing waits.
admin-queues-counts = { $ready } waiting, { $dead } dead
admin-queues-oldest = the oldest of { $time }
admin-queues-dead = Dead letters
admin-queues-dead-text = Messages that nobody could handle. They stay until you send them again or drop them.
admin-queues-no-letters = There are none.
admin-letter-heading = A dead letter
admin-letter-queue = Queue and kind
admin-letter-error = What went wrong
admin-letter-time = Written
admin-letter-attempts = { $count ->
    [one] { $count } attempt
   *[other] { $count } attempts
}
admin-letter-attempts-name = Attempts
admin-letter-trace = Trace
admin-letter-replay = Send it again
admin-letter-drop = Drop it
admin-letter-back = Back to the queues
admin-letter-hint = A link that it carried is gone; sending it again makes a new one.

## Nodes

admin-nodes-nav = Nodes
admin-nodes-heading = Nodes
admin-nodes-list = Nodes without a database
admin-nodes-none = There are none: everything runs where the database is.
admin-nodes-limits = Services: { $services }. Chats: { $ims }. Tests: { $types }.
admin-nodes-since = Added { $time }, user at the broker { $user }
admin-nodes-renew = New token
admin-nodes-renew-text = The old token ends at once: the node is shut out until it has the new one.
admin-nodes-token = The token of { $name }, shown this once
admin-nodes-connections = Connections to chat networks
admin-nodes-no-connections = There are none.
admin-nodes-held = process started { $since }
admin-nodes-live = Connected
admin-nodes-over = Gone
admin-nodes-add = Add a node
admin-nodes-name = Name
admin-nodes-name-hint = Small Latin letters, digits, dot, hyphen, underscore.
admin-nodes-user = User at the broker
admin-nodes-user-hint = The name of the node without it.
admin-nodes-services = Services that it speaks for
admin-nodes-ims = Chats that it speaks on
admin-nodes-types = Tests that it runs
admin-nodes-list-hint = Separated by commas; empty means all.

## Garbage

admin-garbage-nav = Garbage
admin-garbage-heading = Garbage
admin-garbage-lead = What the collector takes next; nothing goes by looking. It comes every { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
}.
admin-garbage-kind = What
admin-garbage-now = Now
admin-garbage-day = Within a day
admin-garbage-accounts = Accounts never activated, or closed
admin-garbage-unused-accounts = Accounts to ask whether they are used
admin-garbage-links = Links
admin-garbage-invites = Invitations
admin-garbage-invite-memory = Memory of invitations
admin-garbage-tasks = Checks
admin-garbage-sessions = Sessions
admin-garbage-chat-history = Lines of chat
admin-garbage-dialogues = Open questions of chats
admin-garbage-outbox = Messages
admin-garbage-consumed-ids = Numbers of messages
admin-garbage-idempotency-keys = Results kept for repeated calls
admin-garbage-ledger = Movements of points
admin-garbage-audit = Audit log
admin-garbage-news = News
admin-garbage-history = Changes in accounts
admin-garbage-statistics = Hours of statistics
admin-garbage-tests = Deleted tests
admin-garbage-groups = Deleted groups
admin-garbage-shares = Links to runs

## Audit log

admin-audit-nav = Audit log
admin-audit-heading = Audit log
admin-audit-lead = What operators changed: who, when, by which way.
admin-audit-none = Nothing yet.

## Said once, on the next page

site-notice-admin-points = The balance is changed.
site-notice-admin-block = The account is blocked.
site-notice-admin-unblock = The account is open again.
site-notice-admin-service = The service is saved.
site-notice-admin-news = The news are on their way.
site-notice-admin-news-stopped = The news are stopped.
site-notice-admin-letter-replay = The message is on its way again.
site-notice-admin-letter-drop = The message is dropped.
