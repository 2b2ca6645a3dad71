### What assistants say in a chat.

## How long something lasts

span-day = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
span-hour = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
span-minute = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}

## Services

service-base-title = Main assistant
service-base-description = Keeps your account, services, balance and settings, and sends links to sign in.
service-webtest-title = Website checks
service-webtest-description = Opens a page, looks for a text on it and tells what it found and how long it took.
service-demo-title = Paid sample
service-demo-description = Does nothing but show how a paid service is bought and removed.

## Registration

chat-write-anything = Good to see you. Write anything to me, and I will send you a link that activates your account.
chat-activate = One step left. Open this link to activate your account:
    { $link }
    Time left: { $left }. An account that is not activated by then is deleted.
chat-activate-first = Your account is not activated yet. Open the link that I sent you, or write again in a minute for a fresh one.
    Time left: { $left }. An account that is not activated by then is deleted.
chat-welcome = Your account is active. Send me the address of a page, and I will check it.
    Your dashboard: { $site }/dashboard
chat-add-on-site = “{ $title }” is a paid service, it is added on the site. Register here first: { $link }

## Invites and further addresses

chat-invite = { $name } invites you to { $site }, where an assistant in a chat tests and watches websites.
    To register, just authorise this assistant, or write anything to it.
    The invite is good for { $left }; an account that is not activated in time is deleted.
    What an invite earns both of you: { $link }
    If you want no messages from here, write stop, and none will ever come again.
chat-im-code = Somebody wants to add this address to the account { $name }. If it is you, enter this code there:
    { $code }
    On the site it goes into the settings, in a chat of the account send #im code and the code. Time left: { $left }.
    If it is not you, do nothing. If you want no messages from here, write stop.

## Links

chat-link-login = This link signs you in on the site:
    { $link }
    It works once. Time left: { $left }. Keep it to yourself.
chat-link-password = Open this link to set a new password:
    { $link }
    It works once. Time left: { $left }. Keep it to yourself.

## Entering a service

chat-hello = Hello, this is “{ $title }”. You can write to me right away.
chat-service-hello = Hello, this is “{ $title }”. Accept my request if you see one, or just write to me. #help shows what I can do, #del { $name } sends me away.
chat-paid = “{ $title }” costs { $price ->
    [one] { $price } point
   *[other] { $price } points
}, and you have { $balance }. You can buy it on the site: { $link }
chat-removed = You removed “{ $title }”. To have it back, send { $command }.
chat-removed-paid = You removed “{ $title }”. You can buy it again on the site: { $link }
chat-needs-service = For this you need “{ $title }”. To add it, send { $command }.
chat-other-assistant = { $command } belongs to the assistant “{ $title }”. Write it there, or to the main assistant.

## A closed account

chat-closed = This account is closed. If you think that this is a mistake, turn to { $support }
chat-closed-owner = Your account is closed, and the assistants will not write to you any more. Thank you for having been here.
chat-closed-operator = Your account was blocked by an operator, and the assistants will not write to you any more.

## Things that are not understood

chat-unknown = I did not understand that. #help shows what I can do.
chat-unknown-nearest = I did not understand that. Did you mean { $command }?
chat-not-done = Nothing was done. If you still want it, send the command once more.
chat-too-long = That is too long for me: { $most ->
    [one] { $most } character
   *[other] { $most } characters
} at most. Please send less at once.
chat-flood = These are too many messages for me. I will listen again in a minute.

## What can be chosen next

choice-add = Add “{ $title }”
choice-again = Run again
choice-balance = Balance
choice-help = Help
choice-im = Addresses
choice-invites = Invites
choice-loginlink = Sign in on the site
choice-menu = Menu
choice-no = No
choice-points = Points for invites
choice-services = Services
choice-shot = Screenshot
choice-steps = Steps
choice-cancel = Cancel the run
choice-last = Latest runs
choice-run = Run “{ $name }”
choice-shot-of = Screenshot of { $number }
choice-shot-step = Step { $step }
choice-tests = Tests
choice-whoami = My account
choice-yes = Yes

## Commands

help-usage = #help [COMMAND]
help-help = what you can send
help-head = What you can send:
help-foot = A number answers the menu under a message. More on one command: #help add
help-aliases = The same: { $aliases }

menu-usage = #menu
menu-help = what you have, and what you can do next
menu-head = { $name }, you have { $balance ->
    [one] { $balance } point
   *[other] { $balance } points
} and these services:
menu-line = { $title } ({ $name })

whoami-usage = #whoami
whoami-help = your account and its addresses
whoami-name = You are { $name }.
whoami-balance = Balance: { $balance ->
    [one] { $balance } point
   *[other] { $balance } points
}
whoami-place = Language: { $lang ->
    [ru] Russian
   *[en] English
}, time zone: { $timezone }
whoami-im = { $kind ->
    [jabber] Jabber
    [skype] Skype
    [telegram] Telegram
   *[matrix] Matrix
}: { $address } ({ $state ->
    [confirmed] confirmed
   *[asked] not confirmed yet
})
whoami-webchat = Chat on the site: connected

services-usage = #services
services-help = all services and their prices
services-head = Services:
services-free = free
services-have = you have it
services-price = { $price ->
    [one] { $price } point
   *[other] { $price } points
}
services-paid = Paid services are bought on the site: { $link }

add-usage = #add NAME
add-help = add a service
add-done = Service { $name } is added. Its assistant will write to you.
add-paid = Service { $service } costs { $price ->
    [one] { $price } point
   *[other] { $price } points
}, and you have { $balance }. You can buy it on the site: { $link }

del-usage = #del NAME
del-help = remove a service
del-which = Which service? Send its name as well, like #del demo. #menu shows what you have.
del-confirm = Remove { $name }? If you want it back later, it costs { $price ->
    [one] { $price } point
   *[other] { $price } points
} again.
del-done = Service { $name } is removed, its assistant will not write to you any more.

resend-usage = #resend [NAME]
resend-help = let an assistant ask for your authorisation again
resend-done = Done. The assistant of { $name } asks for your authorisation again wherever it needs it.

loginlink-usage = #loginlink
loginlink-help = a link that signs you in on the site

forgot-usage = #forgot
forgot-help = a link to set a new password

balance-usage = #balance
balance-help = your points, and where the last of them went
balance-now = You have { $balance ->
    [one] { $balance } point
   *[other] { $balance } points
}.

lang-usage = #lang [en|ru]
lang-help = the language of the chat and the site
lang-name = English
lang-which = We speak { $lang }. Which language do you like?
lang-done = We speak English from now on.

tz-usage = #tz [AREA/CITY]
tz-help = your time zone
tz-which = Your time zone is { $timezone }. To change it, send a city, like #tz Europe/Berlin.
tz-unknown = I do not know this time zone. Try the nearest big city, like #tz Berlin.
tz-done = Your time zone is { $timezone } now.

delaccount-usage = #delaccount
delaccount-help = close your account
delaccount-confirm = Close your account? You lose your balance of { $balance ->
    [one] { $balance } point
   *[other] { $balance } points
}, sign-in links stop working, and the assistants leave you. You can register anew only after { $days ->
    [one] { $days } day
   *[other] { $days } days
}.

im-usage = #im [add|code|del] [ADDRESS or CODE]
im-help = your addresses; add one, enter its code, remove one
im-head = Your addresses:
im-how = To add one, send #im add and the address. A code comes there; send it here as #im code and the code.
im-asked = A code is on its way to { $address }. Send it here as #im code and the code, or enter it in the settings on the site.
im-replaces = It will take the place of { $address }.
im-done = { $address } is yours now. The assistants of your services ask for authorisation there.
im-confirm = Remove { $address }? The assistants will not write to it any more.
im-removed = { $address } is removed.

invite-usage = #invite ADDRESS
invite-help = ask somebody in; both of you get points
invite-which = Whom? Send the address as well, like #invite ann@jabber.example. Or give them your link: { $link }
invite-done = { $address } is invited. Time left: { $left }; an invite that is not taken by then is deleted.

invites-usage = #invites
invites-help = whom you invited, and how long each invite lasts
invites-head = Your invites:
invites-none = You have invited nobody yet. #invite and an address asks somebody in.
invites-line = { $address }: { $state ->
    [waiting] waits for an answer, time left: { $left }
    [registered] registered, not activated yet, time left: { $left }
    [accepted] came, thank you
    [refused] does not want to
    [revoked] taken back
    [lost] came by another way
   *[expired] over
}
invites-again = Send again: { $address }
invites-revoke = Take back: { $address }
invites-sent = The assistant has written to { $address } once more.
invites-revoked = The invite of { $address } is taken back.
invites-link = Your own link for others: { $link }

points-usage = #points
points-help = what your invites earned
points-now = You have { $balance ->
    [one] { $balance } point
   *[other] { $balance } points
}. Your invites earned { $earned }.
points-rule = For each one who comes by your invite and activates the account, you get { $inviter ->
    [one] { $inviter } point
   *[other] { $inviter } points
} and they get { $invited }.
points-webchat = Points for others need an address beside the chat on the site: send #im add and yours.

stop-usage = #stop
stop-help = no invites to this address, ever
stop-member = Nobody will be able to invite this address any more, whatever becomes of your account. To part with one assistant send #del and its name, to leave altogether #delaccount.
stop-stranger = All right, no assistant will write to you any more. If you change your mind, just write.

check-usage = #check ADDRESS ["TEXT"]
check-help = check a page, and that the text is on it; an address alone does it too
check-which = Which page? Send its address, and a text in quotes if it has to be there: #check example.com "Basket"
check-started = I am checking { $url }. The answer is on its way.
check-no-points = A check costs at least { $price ->
    [one] { $price } point
   *[other] { $price } points
} to start, and you have { $balance }. #balance shows where they went.
test-copy = (copy)
task-state = { $status ->
    [none] never run
    [initial] waits
    [starting] runs
    [running] runs
    [succeeded] passed
    [failed] failed
   *[cancelled] cancelled
}

tests-usage = #tests
tests-help = your tests
tests-head = Your tests:
tests-line = { $number }: { $name } ({ $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
}, { $state })
tests-foot = All of them, and an editor: { $link }
tests-none = You have no tests yet. Write one, a step a line:
    #new Shop
    open shop.example
    click //button[.='Sign in']
    title Dashboard

new-usage = #new NAME
new-help = a test; its steps follow, each in a line
new-how = Write the name and below it the steps, each in a line:
    #new Shop
    open shop.example
    click //button[.='Sign in']
    title Dashboard
new-done = Test { $number }, { $name }, is saved: { $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
}.

steps-usage = #steps TEST
steps-help = the steps of a test; lines below replace them
steps-which = Which test? Send its number or its name as well.
steps-head = { $name } ({ $number }):

run-usage = #run TEST [TYPE] [debug]
run-help = run a test; debug goes on after a failure
run-which = Which test? Send its number or its name as well.
run-progress = { $name } runs, number { $number }: { $done } of { $count } steps are done{ $failed ->
    [0] { "" }
   *[other] , { $failed } failed
}. Watch it live: { $link }
run-over = { $name } ran, number { $number }. The report: { $link }
run-started = { $name } runs, number { $number }. Watch it live: { $link }

cancel-usage = #cancel [RUN]
cancel-help = end a run at once
cancel-done = Run { $number } of { $name } is cancelled.

last-usage = #last [TEST]
last-help = the latest runs
last-head = The latest runs:
last-line = { $number }: { $name }, { $state }{ $step ->
    [0] { "" }
   *[other] { " " }at step { $step }
}, { $ago }
last-now = just now
last-none = Nothing was run yet.

shot-usage = #shot [RUN [STEP]]
shot-help = a screenshot of a run
shot-none = Run { $number } has no such screenshot.
shot-here = Run { $number }, step { $step }:
shot-link = Run { $number }, step { $step }. For a day, whoever has this link sees the run: { $link }

export-usage = #export TEST
export-help = a test as lines that can be sent again

## Movements of points

ledger-adjustment = Adjusted by the administrator
ledger-invite-bonus = Bonus of an invite
ledger-service-price = Price of a service
ledger-sign-up-bonus = Gift for signing up
ledger-task-finish = Actions of a check
ledger-task-start = Start of a check
balance-give-back = Start given back
ledger-write-off = Written off
chat-no-groups = I talk to one person at a time: write to me alone. I leave this group now.

chat-unused = Nobody has used this account for a long time. It will be deleted { $time }, with { $points ->
    [one] its { $points } point
   *[other] its { $points } points
}. To keep it, write anything to me.

chat-bonus = { $address } has come by your invite. You get { $points ->
    [one] { $points } point
   *[other] { $points } points
} and have { $balance } now.
chat-bonus-link = Somebody has come by your link. You get { $points ->
    [one] { $points } point
   *[other] { $points } points
} and have { $balance } now.

## For administrators

users-usage = #users [BEGINS]
users-help = accounts, by how a login or an address begins
users-none = No account fits.
users-head = { $count ->
    [one] { $count } account
   *[other] { $count } accounts
}, the newest first:
users-line = { $name } ({ $status }), { $points ->
    [one] { $points } point
   *[other] { $points } points
}: { $addresses }
users-more = There may be more: say how it begins.
users-created = Registered: { $time }
users-seen = Last seen: { $time }
users-services = Services: { $services }
block-usage = #block USER
block-help = close an account, by login, address or id
block-which = Whom? Send #block with a login, an address or an id.
block-confirm = Close the account { $name } and write off its { $points ->
    [one] { $points } point
   *[other] { $points } points
}? Sessions, links and keys end, the assistants leave. Answer yes or no.
block-done = The account { $name } is blocked.
report-usage = #report
report-help = accounts with tests that nobody uses and that never paid
report-none = No account with tests is unused and without income.
report-head = { $count ->
    [one] { $count } account has
   *[other] { $count } accounts have
} tests, unused for long and without any payment; the newest first:
report-line = { $name }: { $tests ->
    [one] { $tests } test
   *[other] { $tests } tests
}, { $points ->
    [one] { $points } point
   *[other] { $points } points
}, last seen { $seen }
chat-report = The report of the month: { $count ->
    [one] { $count } account has
   *[other] { $count } accounts have
} tests, unused for long and without any payment. Send #report, or look here: { $url }
news-usage = #news TEXT
news-help = tell everybody; lines beginning with en: or ru: are for readers of that language
news-what = What? Send #news and the text. A line beginning with en: or ru: begins the text of that language.
news-edition = { $lang }, { $count ->
    [one] { $count } reader
   *[other] { $count } readers
}:
news-about = There are too many accounts to count all of them: the numbers are estimates.
news-confirm = Send this to { $count ->
    [one] { $count } reader
   *[other] { $count } readers
} ({ $ims })? Answer yes or no.
news-done = The news are on their way to { $count ->
    [one] { $count } reader
   *[other] { $count } readers
}.
queues-usage = #queues
queues-help = messages that wait or could not be delivered
queues-line = { $queue }: { $ready } waiting, { $dead } dead
queues-none = Nothing waits, and nothing is dead.
nodes-usage = #nodes
nodes-help = nodes, and who is connected to which network
nodes-line = { $name }: { $services }
nodes-connected = { $service } is connected to { $im } by { $holder }.
nodes-gone = { $service } was connected to { $im } by { $holder }, who is gone.
nodes-none = Everything runs in this one node.
choice-users = Accounts
choice-queues = Queues
choice-nodes = Nodes
