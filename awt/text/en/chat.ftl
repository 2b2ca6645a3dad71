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
choice-loginlink = Sign in on the site
choice-menu = Menu
choice-no = No
choice-services = Services
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

check-usage = #check ADDRESS ["TEXT"]
check-help = check a page, and that the text is on it; an address alone does it too
check-which = Which page? Send its address, and a text in quotes if it has to be there: #check example.com "Basket"
check-started = I am checking { $url }. The answer is on its way.
check-no-points = A check costs at least { $price ->
    [one] { $price } point
   *[other] { $price } points
} to start, and you have { $balance }. #balance shows where they went.

## Movements of points

ledger-adjustment = Adjusted by the administrator
ledger-service-price = Price of a service
ledger-sign-up-bonus = Gift for signing up
ledger-task-finish = Actions of a check
ledger-task-start = Start of a check
balance-give-back = Start given back
ledger-write-off = Written off
chat-no-groups = I talk to one person at a time: write to me alone. I leave this group now.
