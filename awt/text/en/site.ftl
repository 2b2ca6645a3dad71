### Texts of the web site. Keys begin with "site-".

## The frame of every page

site-name = awt
site-tagline = Website checks from a chat
site-description = Test and watch your websites by writing to an assistant in a chat.
site-page-title = { $title } · awt
site-skip = Skip to the content
site-home-link = awt, to the front page
site-nav-label = Main
site-nav-dashboard = Dashboard
site-nav-services = Services
site-nav-tests = Tests
site-nav-settings = Settings
site-nav-faq = Questions
site-nav-login = Sign in
site-nav-register = Register
site-nav-logout = Sign out
site-nav-balance = Balance: { $points ->
    [one] { $points } point
   *[other] { $points } points
}
site-language = Language
site-language-switch = Switch the language
site-footer-label = About this site
site-footer-terms = Terms
site-footer-faq = Questions and answers
site-footer-api = For programs
site-footer-note = Nothing on these pages is loaded from other companies’ servers.

## Words used on many pages

site-points = { $count ->
    [one] { $count } point
   *[other] { $count } points
}
site-free = Free
site-number = { $value }
site-optional = (optional)
site-back-home = To the front page
site-form-error = Please check the form.
site-field-login = Login
site-field-login-hint = 3 to 32 characters: small Latin letters, digits, dot, hyphen, underscore.
site-field-password = Password
site-field-password-hint = At least { $min } characters. A few ordinary words make a good password.
site-field-new-password = New password
site-field-old-password = Current password
site-field-again = New password once more

site-im-webchat = Chat on this site
site-im-jabber = Jabber (XMPP)
site-im-skype = Skype
site-im-skype-note = Not on Microsoft’s network, which closed in 2025: on a compatible server that your program is set to.
site-im-telegram = Telegram
site-im-matrix = Matrix

site-account-new = Not activated
site-account-active = Active
site-account-blocked = Blocked
site-account-closed = Deleted

site-service-none = Not added
site-service-nw = Waiting for you
site-service-ac = Active
site-service-rj = Refused by you
site-service-dl = Removed

site-task-initial = Queued
site-task-starting = Starting
site-task-running = Running
site-task-succeeded = Passed
site-task-failed = Failed
site-task-cancelled = Cancelled
site-more = Older ones
site-way-site = on the site
site-way-key = by a program with a key
site-way-command = by the command awt

## The chat

site-chat-title = Chat with the assistant
site-chat-base = Assistant
site-chat-tabs = Which assistant to write to
site-chat-log = Messages
site-chat-input = Your message
site-chat-placeholder = Write a message
site-chat-send = Send
site-chat-keys = Enter sends, Shift + Enter starts a new line
site-chat-empty-guest-title = Write anything to begin
site-chat-empty-guest = The first message starts your registration: the answer is a link that activates your account.
site-chat-empty-user-title = No messages here yet
site-chat-empty-user = Send the address of a page to check it, or #help for everything else.
site-chat-starter-hello = Hello!
site-chat-noscript = The live chat needs JavaScript. Everything else on this site works without it.
site-chat-you = You
site-chat-today = Today
site-chat-yesterday = Yesterday
site-chat-connecting = Connecting…
site-chat-online = Connected
site-chat-offline = No connection, trying again…
site-chat-typing = The assistant is answering…
site-chat-sending = Sending…
site-chat-failed = Could not send: no connection to the site.
site-chat-failed-server = Could not send: the site did not accept the message.
site-chat-retry = Send again
site-chat-edit = Edit
site-chat-reload = Reload the page
site-chat-ended = You were signed out or in elsewhere in this browser. Reload the page to go on.
site-chat-new-messages = New messages
site-chat-unread = new messages
site-chat-image = Picture from the assistant
site-chat-too-long = Too long: { $max } characters at most.

## Front page

site-home-heading = Is your website working? Ask in a chat.
site-home-lead = Send the assistant an address. It opens the page, looks for the text that should be there, and answers with what it found and how long it took.
site-home-no-app = Nothing to install, no password needed to start.
site-home-how = How it works
site-home-step1-title = Write anything
site-home-step1 = Say hello in the chat on this page. Just adding the assistant to your contacts is not enough: it answers when you write.
site-home-step2-title = Open the link
site-home-step2 = The assistant sends a link that activates your account. It is valid for { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
}.
site-home-step3-title = Send a website
site-home-step3 = An address alone is enough. Add a text in quotes, and the page must contain it to pass.
site-home-bonus = New accounts start with { $points ->
    [one] { $points } point
   *[other] { $points } points
}. One check of a page costs a few.
site-home-sample = What an answer looks like
site-home-sample-ask = #check shop.example "Basket"
site-home-sample-verdict = Works
site-home-sample-page = Garden shop: seeds and tools
site-home-sample-status = Answer
site-home-sample-time = Time
site-home-sample-time-value = 0.42 s
site-home-sample-text = Text “Basket”
site-home-sample-text-value = found
site-home-assistants = The assistants
site-home-assistants-lead = Each does one kind of work. All of them share your account.
site-home-address-here = here, in the chat on this page
site-home-qr = Code with the address { $address }, to scan with a phone

## Registration

site-register-title = Register
site-register-heading = Register
site-register-lead = The easiest way is to write anything in the chat on the front page. This form is for those who want a login and a password at once.
site-register-invited = You come by an invitation. It will be counted when you activate your account.
site-register-login-password-hint = You can leave login and password empty and set them later, or never: the assistant can always send you a link to sign in.
site-register-jabber = Jabber address
site-register-jabber-hint = For example anna@jabber.example. The assistant will write to you there.
site-register-skype = Skype name
site-register-skype-hint = For example live:anna. The assistant will write to you there.
site-register-no-im = Without such an address the chat on this site is used.
site-register-webchat = The activation link will come to the chat on this site, on the next page.
site-register-warning-title = Activate within { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
}
site-register-warning = An account that is not activated by then is deleted, and you may register again.
site-register-submit = Register
site-register-terms = By registering you accept the terms.
site-register-terms-link = Read the terms
site-register-have-account = Already registered?

site-registered-title = One step left
site-registered-heading = One step left: open the activation link
site-registered-in-chat = The link is in the chat on this page. Open it here, in this browser, so that your login and password are kept.
site-registered-in-im = The link was sent to { $address }. Open it in this browser, so that your login and password are kept.
site-registered-left = Time left to activate: { $left }. After that the account is deleted.
site-registered-nothing = No link after a minute? Write anything to the assistant: it will send a fresh one.

## Signing in

site-login-title = Sign in
site-login-heading = Sign in
site-login-name = Login, or your address in a chat
site-login-submit = Sign in
site-login-no-password-title = No password, or forgotten?
site-login-no-password = Write one of these to the assistant, in any chat where it knows you:
site-login-cmd-loginlink = sends a link that signs you in
site-login-cmd-forgot = sends a link to set a new password
site-login-new-here = New here?
site-login-register = Register

## Links from a chat

site-link-activate-title = Activate your account
site-link-activate-text = This activates the account and signs you in here.
site-link-activate-submit = Activate and sign in
site-link-login-title = Sign in
site-link-login-text = This signs you in here.
site-link-login-submit = Sign in
site-link-password-title = Set a new password
site-link-password-text = You can then set a new password. Your other sessions will be ended.
site-link-password-submit = Continue
site-link-email-title = Confirm the e-mail address
site-link-email-text = This confirms the e-mail address of the account.
site-link-email-submit = Confirm
site-link-delete-title = Delete the account
site-link-delete-text = This deletes the account. You cannot undo it yourself.
site-link-delete-submit = Delete the account
site-link-account = Account
site-link-left = The link works once and for { $left } more.
site-link-left-activate = Time left: { $left }. An account that is not activated by then is deleted.
site-link-not-you = Not your account? Close this page; nothing will happen.

site-link-gone-title = This link is not active
site-link-gone-text = It has been used already, a newer one replaced it, or its time is over. Nothing has changed.
site-link-gone-next = What to do now
site-link-gone-activate = To activate an account: write anything to the assistant, it sends a fresh link. If the account was deleted meanwhile, the same message registers you again.
site-link-gone-login = To sign in: send #loginlink to the assistant.
site-link-gone-password = To set a new password: send #forgot to the assistant.
site-link-gone-signed-in = You are signed in as { $account }.
site-link-gone-to-dashboard = To the dashboard
site-link-gone-to-chat = Open the chat
site-link-gone-to-login = Sign in with a password

site-new-password-title = New password
site-new-password-heading = Set a new password
site-new-password-text = For the account { $account }. Your other sessions are ended.
site-new-password-submit = Save the password

## Dashboard

site-dashboard-title = Dashboard
site-dashboard-hello = Hello, { $name }
site-dashboard-status = Account
site-dashboard-balance = Balance
site-dashboard-balance-unit = { $count ->
    [one] point
   *[other] points
}
site-dashboard-balance-low = Not enough to start a check. One start costs { $price ->
    [one] { $price } point
   *[other] { $price } points
}.
site-dashboard-services-count = Active services
site-dashboard-services-of = of { $total }
site-dashboard-last = Last check
site-dashboard-last-none = None yet
site-dashboard-new-title = Your account is not activated yet
site-dashboard-new-text = Open the link in the chat. Time left: { $left }. After that the account is deleted.
site-dashboard-new-text-no-time = Open the link in the chat. An account that is not activated is deleted.
site-dashboard-credentials-title = Set a login and a password
site-dashboard-credentials-text = To sign in without the chat. You can do without: #loginlink always sends you a link.
site-dashboard-credentials-dropped = The link was opened in another browser than the registration, so the login and password typed there were not kept. Set them here.
site-dashboard-credentials-button = Set login and password
site-dashboard-services = Services
site-dashboard-services-all = All services
site-dashboard-services-none = You have no services yet.
site-dashboard-tasks = Latest checks
site-dashboard-tasks-none-title = No checks yet
site-dashboard-tasks-none = Send the address of a page in the chat, for example:
site-dashboard-task-time = { $seconds } s
site-dashboard-invite = Invite others
site-dashboard-invite-text = Whoever registers through your link brings points to both of you:

## Services

site-services-title = Services
site-services-heading = Services
site-services-lead = An assistant for each kind of work. Free ones are added at once; a paid one is bought once.
site-services-balance = Your balance: { $points ->
    [one] { $points } point
   *[other] { $points } points
}
site-services-add = Add
site-services-add-again = Add again
site-services-buy = Buy for { $price ->
    [one] { $price } point
   *[other] { $price } points
}
site-services-buy-confirm = { $price ->
    [one] { $price } point
   *[other] { $price } points
} will be taken from your balance of { $points }. { $rest } will be left.
site-services-buy-again-note = You had removed this service, so it costs its price again.
site-services-buy-submit = Buy { $title }
site-services-not-enough = Costs { $price ->
    [one] { $price } point
   *[other] { $price } points
}, and you have { $points }.
site-services-resend = Ask for authorisation again
site-services-resend-note = Asking for authorisation again costs nothing.
site-services-delete = Remove
site-services-delete-free = The assistant { $title } will not write to you any more. You can add it again at any time.
site-services-delete-paid = The assistant { $title } will not write to you any more. To have it again you will pay its price again.
site-services-delete-submit = Remove { $title }
site-services-base-note = This is the main assistant. It belongs to every account.
site-services-base-delete = To leave, delete the account
site-services-price-label = Price
site-services-state-nw = The assistant waits until you accept it or write to it.
site-services-state-rj = You refused this assistant, so it does not write to you. Ask again, or write to it.
site-services-empty = No services are on offer at the moment.

## Settings

site-settings-title = Settings
site-settings-heading = Settings
site-settings-sections = Sections
site-settings-login-heading = Login
site-settings-login-text = The name to sign in with. Your addresses in chats work as well.
site-settings-login-none = You have no login yet.
site-settings-login-submit = Save the login
site-settings-password-heading = Password
site-settings-password-text = Changing it ends your other sessions.
site-settings-password-none = You have no password yet. You can sign in with #loginlink, or set a password here.
site-settings-password-forgot = Forgot the current one? Send #forgot to the assistant.
site-settings-password-submit = Change the password
site-settings-password-set = Set the password
site-settings-preferences-heading = Language and time
site-settings-preferences-text = Used on the site and in every chat.
site-settings-lang = Language
site-settings-timezone = Time zone
site-settings-timezone-hint = Begin to type a city, for example Europe/Berlin.
site-settings-preferences-submit = Save
site-settings-sessions-heading = Where you are signed in
site-settings-sessions-text = End a session that you do not recognise, then change the password.
site-settings-session-current = This one
site-settings-session-network = Network
site-settings-session-seen = Last seen
site-settings-session-unknown-browser = Unknown browser
site-settings-session-end = End
site-settings-session-end-label = End the session: { $browser }, { $network }
site-settings-sessions-end-others = End all other sessions
site-settings-sessions-only = This is your only session.
site-settings-keys-heading = Keys for programs
site-settings-keys-text = A program with a key acts for your account. Revoke a key that you do not need.
site-settings-keys-none = You have no keys.
site-settings-key-new = The new key. Keep it now: it is not shown again.
site-settings-key-read-only = May only look
site-settings-key-made = made { $time }
site-settings-key-seen = last used { $time }
site-settings-key-unused = never used
site-settings-key-revoke = Revoke
site-settings-key-revoke-label = Revoke the key { $name }
site-settings-key-make = Make a key
site-settings-key-name = What it is for
site-settings-key-name-hint = A name by which you know it again.
site-settings-key-only-read = It may look at everything and change nothing
site-notice-key-revoked = The key is revoked.
site-settings-delete-heading = Delete the account
site-settings-delete-text = What happens at once:
site-settings-delete-1 = You are signed out everywhere; login, password and links stop working.
site-settings-delete-2 = All schedules stop, waiting checks are cancelled, tests are marked as deleted.
site-settings-delete-3 = Bought points are refunded within the refund period; the granted ones are lost.
site-settings-delete-4 = The assistants remove you and do not write any more.
site-settings-delete-5 = Your data is erased after { $days ->
    [one] { $days } day
   *[other] { $days } days
}. Only then can your addresses register anew.
site-settings-delete-open = I want to delete my account
site-settings-delete-confirm = I have read this and want to delete the account { $account }
site-settings-delete-submit = Delete the account for good

## Tests

site-tests-title = Tests
site-tests-heading = Tests
site-tests-new = New test
site-tests-steps = { $count ->
    [one] { $count } step
   *[other] { $count } steps
}
site-tests-number = number { $number }
site-tests-run = Run
site-tests-run-label = Run { $name }
site-tests-delete = Delete
site-tests-restore = Restore
site-tests-none = No tests yet
site-tests-none-text = A test is a list of steps in a browser, such as opening a page, typing into a field and clicking a button. You can write it here or in the chat.
site-tests-groups = Groups
site-tests-group-new = Make a group
site-tests-group-members = Tests of the group
site-tests-group-save = Save the group
site-tests-group-empty = It has no tests.
site-tests-name = Name
site-tests-type = Type of node
site-tests-import = Import
site-tests-import-open = Paste exported tests
site-tests-import-submit = Import
site-tests-json = JSON
site-tests-json-hint = One test as it was exported, or a list of them.
site-tests-deleted = Deleted
site-tests-deleted-text = They can be restored for { $days ->
    [one] { $days } day
   *[other] { $days } days
} after they were deleted.
site-test-new = New test
site-test-steps = Steps
site-test-hint = One step a line. JSON of an exported test can be pasted here, too.
site-test-good = The steps can be run.
site-test-place = Line %1, column %2:
site-test-debug = Go on after a failure
site-test-save = Save
site-test-save-run = Save and run
site-test-runs = Latest runs
site-test-words = Actions
site-test-words-text = A place is an XPath, or css: with a CSS selector. A variable stands in braces. A text with quotes or spaces around it stands in double quotes.
site-test-regions = After proxy stands a place: { $regions }. default is the usual one; custom takes HOST:PORT of your own.
site-test-price = A run costs { $start ->
    [one] { $start } point
   *[other] { $start } points
} to start, and a point for each step that gave a result.
site-test-more = More
site-test-export = Export
site-test-copy = Copy
site-task-number = Run { $number }
site-task-edit = Steps of the test
site-task-debug = goes on after failures
site-task-failing = Failed { $count } times in a row, since { $since }.
site-task-cancel = Cancel
site-task-again = Run again
site-task-compare = Compare with the last green run
site-task-alone = Without the comparison
site-task-compared = Beside it, the last run that passed:
site-task-share = Share for a week
site-task-shared = Whoever has this link sees the run, until { $until }:
site-task-film = Screenshots
site-task-step = Screenshot of step
site-task-evidence = What the page said
site-task-console = Console
site-task-requests = Requests that failed
site-task-around = Text of the page
site-task-now = This run
site-task-green = Last green run
site-task-ms = { NUMBER($ms, useGrouping: 0) } ms
site-task-skipped = Skipped
site-notice-test-saved = The test is saved.
site-notice-test-copy = This is the copy.
site-notice-test-delete = The test is deleted; it can be restored below.
site-notice-test-restore = The test is back.
site-notice-test-import = The tests are imported.
site-notice-group-saved = The group is saved.
site-notice-group-run = The tests of the group are running.
site-notice-group-delete = The group is deleted.

## Questions and answers

site-faq-title = Questions and answers
site-faq-heading = Questions and answers
site-faq-lead = The short version: write anything to the assistant, open the link, send an address.
site-faq-contents = On this page
site-faq-invited-title = You have been invited
site-faq-invited = Register through this page, and both of you get points as soon as you activate your account: { $invited } for you, { $inviter } for the one who invited you.
site-faq-invited-plain = Register through this page, and the invitation is counted when you activate your account.
site-faq-invited-button = Register by the invitation

site-faq-what-q = What is this?
site-faq-what-a1 = A service that tests and watches websites, run from a chat. You write an address to an assistant; it opens the page as a visitor would and tells you whether it works, what it answered, how long it took and whether the text that you expect is there.
site-faq-what-a2 = The chat and this site are two faces of one account: what you do in one is seen in the other.

site-faq-start-q = How do I start?
site-faq-start-1 = Write anything to the assistant, for example in the chat on the front page.
site-faq-start-2 = Open the link that it sends and press the button. Your account is active now and you are signed in.
site-faq-start-3 = Choose the website assistant in the chat and send the address of a page.
site-faq-start-note = An account that is not activated within { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
} is deleted. You may register again at any time.

site-faq-add-q = I have added the assistant and nothing happened. Why?
site-faq-add-a = Because many programs add contacts by themselves, an account begins with a message written by you. Write any word to the assistant, and it will answer with the activation link.

site-faq-commands-q = Which commands are there?
site-faq-commands-a = Each begins with #; a slash works too. A number answers the last menu, and a mistyped command gets a hint. Account commands work with every assistant.
site-faq-commands-account = Account
site-faq-commands-services = Services
site-faq-commands-checks = Websites
site-faq-arg-url = ADDRESS
site-faq-arg-text = "text"
site-faq-arg-name = NAME
site-faq-cmd-help = all commands, or more about one of them
site-faq-cmd-menu = what you can do now, as numbers
site-faq-cmd-whoami = your account, its state and addresses
site-faq-cmd-loginlink = a link that signs you in on this site
site-faq-cmd-forgot = a link to set a new password
site-faq-cmd-lang = the language of the answers
site-faq-cmd-tz = your time zone
site-faq-cmd-balance = your points and what they were spent on
site-faq-cmd-delaccount = delete the account; asks before it does
site-faq-cmd-services = all services, their prices and states
site-faq-cmd-add = add a free service; a paid one is bought on this site
site-faq-cmd-del = remove a service
site-faq-cmd-resend = the authorisation or the activation link again
site-faq-cmd-check = check a page, and that the text is on it
site-faq-cmd-url = an address alone is a check too

site-faq-signin-q = How do I sign in on the site?
site-faq-signin-a1 = Send #loginlink to the assistant and open the link. It works once and for { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.
site-faq-signin-a2 = Or set a login and a password in the settings. If you forget the password, #forgot sends a link to set a new one.

site-faq-price-q = What does it cost?
site-faq-price-a1 = Everything is counted in points. Starting a check costs { $start ->
    [one] { $start } point
   *[other] { $start } points
}, and every action that gave a result costs { $action ->
    [one] { $action } point
   *[other] { $action } points
}, passed or failed. Actions that were skipped cost nothing.
site-faq-price-a2 = A check that was cancelled before it began, or that failed because of us, gets its start back.
site-faq-price-a3 = A new account is given { $bonus ->
    [one] { $bonus } point
   *[other] { $bonus } points
}. Granted points are spent first, bought ones last.
site-faq-price-a4 = A paid service takes its price once, when you add it. It is never bought by a mere message.

site-faq-invites-q = What do invitations earn?
site-faq-invites-a1 = When somebody registers through your invitation and activates the account, you get { $inviter ->
    [one] { $inviter } point
   *[other] { $inviter } points
} and they get { $invited ->
    [one] { $invited } point
   *[other] { $invited } points
}.
site-faq-invites-a2 = Points come at the activation, once for each new person. There are none for an address that already had an account, or for an account that is known only by the chat on this site.

site-faq-sites-q = Which websites may I check?
site-faq-sites-a = Your own, and those whose owner lets you. Addresses of private networks are refused, wherever a page may redirect to.

site-faq-privacy-q = What do you know about me?
site-faq-privacy-a1 = The address in the chat that you write from, what you write to the assistants, your checks and their results. A login, a password and an e-mail address only if you give them.
site-faq-privacy-a2 = Passwords are stored as hashes, links from messages are stored as hashes and are blanked in the chat once used. Nothing on this site is loaded from other companies’ servers, and there are no trackers.
site-faq-privacy-a3 = Cookies keep your session and your language, and nothing else.

site-faq-deleted-q = What is deleted, and when?
site-faq-deleted-what = What
site-faq-deleted-when = When
site-faq-deleted-new = Accounts never activated
site-faq-deleted-new-when = { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
} after the registration
site-faq-deleted-links = Used or expired links
site-faq-deleted-links-when = 24 hours later
site-faq-deleted-history = Chat history, finished checks with their pictures, statistics
site-faq-deleted-tests = Deleted tests
site-faq-deleted-days-when = after { $days ->
    [one] { $days } day
   *[other] { $days } days
}
site-faq-deleted-ledger = Entries of your balance, once the account is erased
site-faq-deleted-unused = Unused accounts
site-faq-deleted-unused-when = after { $days ->
    [one] { $days } day
   *[other] { $days } days
} without access, if there are no tests, no e-mail address and no bought points; the assistant warns a week before
site-faq-deleted-closed = Accounts deleted by their owner
site-faq-deleted-closed-when = closed at once, erased { $days ->
    [one] { $days } day
   *[other] { $days } days
} later

site-faq-leave-q = How do I delete my account?
site-faq-leave-a = In the settings on this site, or with #delaccount in the chat. Both say what happens and ask before they do it.

site-faq-help-q = Something does not work. Whom do I ask?
site-faq-help-a = Send #help to the assistant first: it shows everything that you can do now.
site-faq-help-support = If that does not help, write to { $support }.

## Terms

site-terms-title = Terms
site-terms-heading = Terms
site-terms-lead = In plain words, and short enough to read.
site-terms-service-h = What we do
site-terms-service-1 = We open the pages that you name, from our machines, and report what we found. A check shows what our machine saw at that moment; it is no guarantee that others see the same.
site-terms-service-2 = We do our best to be available and to notify you in time, but do not rely on this service alone where lives, health or large sums depend on it.
site-terms-account-h = Your account
site-terms-account-1 = An account belongs to the person who controls the chat address it was activated from. Keep that address and your password to yourself.
site-terms-account-2 = An account that is not activated within { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
} after the registration is deleted.
site-terms-price-h = Points and prices
site-terms-price-1 = The unit is the point. Starting a check costs { $start ->
    [one] { $start } point
   *[other] { $start } points
}; every action that gave a result costs { $action ->
    [one] { $action } point
   *[other] { $action } points
}.
site-terms-price-2 = One point costs { $price } { $currency }.
site-terms-price-3 = A new account gets { $bonus ->
    [one] { $bonus } point
   *[other] { $bonus } points
} for free. Granted points are spent first, are not refunded and cannot be passed on.
site-terms-price-4 = A paid service takes its price once. After you remove it, it costs its price again.
site-terms-refund-h = Refunds
site-terms-refund-1 = Bought points that are not spent are refunded within { $days ->
    [one] { $days } day
   *[other] { $days } days
} after the purchase, the newest purchase first.
site-terms-refund-2 = Closing an account refunds its balance by the same rule, without a request.
site-terms-use-h = What you may check
site-terms-use-1 = Only websites that are yours, or whose owner has agreed.
site-terms-use-2 = No search for weaknesses, no guessing of passwords, no load that disturbs others, no sending of unwanted messages through forms.
site-terms-use-3 = No invitations to people who do not want them. Whoever answers “stop” is never written to again.
site-terms-use-4 = We block accounts that break these rules. Bought points are then refunded by the rule above, granted ones are lost.
site-terms-purge-h = What is deleted, and when
site-terms-purge-1 = Chat history, finished checks, their pictures and statistics are deleted after { $days ->
    [one] { $days } day
   *[other] { $days } days
}.
site-terms-purge-2 = An account that is not used for { $days ->
    [one] { $days } day
   *[other] { $days } days
} and has no tests, no e-mail address and no bought points is deleted. The assistant warns a week before.
site-terms-purge-3 = A closed account is erased { $days ->
    [one] { $days } day
   *[other] { $days } days
} after it was closed. Until then the operator can open a blocked one again.
site-terms-change-h = Changes
site-terms-change-1 = When these terms change, the assistant tells you before the change takes effect. If you do not agree, you can delete the account.

## Errors

site-error-title-400 = The request was not understood
site-error-next-400 = Go back, check what you typed and try once more.
site-error-title-401 = Please sign in
site-error-next-401 = This page is for those who are signed in. Your session may have ended.
site-error-title-402 = Not enough points
site-error-next-402 = Top up your balance, or remove what you do not need.
site-error-title-403 = Not allowed
site-error-next-403 = The page may have been open for too long. Go back, reload it and try again.
site-error-title-404 = There is no such page
site-error-next-404 = The address may be mistyped, or what was here has been deleted.
site-error-title-405 = This address does not work like that
site-error-next-405 = Open the page from the menu above.
site-error-title-409 = Already taken
site-error-next-409 = Go back and choose something else.
site-error-title-413 = That was too much
site-error-next-413 = Go back and send less at once.
site-error-title-429 = Too many attempts
site-error-next-429 = Wait a little, then try again.
site-error-retry-after = You can try again in { $left }.
site-error-title-500 = Something broke on our side
site-error-next-500 = It is not your fault. We have a record of it; please try again in a moment.
site-error-title-503 = The site is busy or being updated
site-error-next-503 = Please try again in a minute. Nothing that you sent before is lost.
site-error-title-other = Something went wrong
site-error-next-other = Go back and try again.
site-error-code = Error { $status }
site-error-trace = If you write to us about it, name this number: { $trace }
site-error-to-dashboard = To the dashboard
site-error-to-login = Sign in

## What the next page tells once

site-notice-service-add = The service is yours.
site-notice-service-resend = The assistant asks for your authorisation again.
site-notice-service-delete = The service is removed.
site-notice-login = Your login is saved.
site-notice-password = Your new password is saved. All other browsers are signed out.
site-notice-preferences = Saved.
site-notice-session = That browser is signed out.
site-notice-sessions = All other browsers are signed out.
site-notice-deleted = Your account is closed.

## The methods for programs

site-api-title = For programs
site-api-heading = The HTTP API
site-api-lead = What the chat and these pages do, programs can do too: one method, one address, one JSON object.
site-api-contents = Methods
site-api-call = How to call a method
site-api-keys = A key stands in the header Authorization. The method CreateKey makes one in a signed-in browser; a key that may only look cannot change anything.
site-api-errors = What was refused answers with its status and a code that never changes:
site-api-idempotency = With the header Idempotency-Key a call that is repeated changes nothing more and returns the first result.
site-api-openapi = The same for machines: OpenAPI 3.1
site-api-field = Field
site-api-type = Type
site-api-needed = Needed
site-api-yes = yes
site-api-no = no
site-api-default = no, { $value } without it
site-api-anyone = For anybody
site-api-user = Needs an account
site-api-admin = For administrators
site-api-read-only = Only looks
site-api-no-fields = It takes no fields: send an empty object.
site-api-result = Result
site-api-types = Types

## Invites

site-nav-invites = Invites
site-field-im-kind = Network
site-field-im-address = Address there
site-field-im-address-hint = For example anna@jabber.example.
site-invites-title = Invites
site-invites-heading = Invites
site-invites-lead = For each one who comes by your invite and activates the account you get { $inviter ->
    [one] { $inviter } point
   *[other] { $inviter } points
}, and they get { $invited ->
    [one] { $invited } point
   *[other] { $invited } points
}.
site-invites-faq = What invites earn
site-invites-earned = Your invites earned { $points ->
    [one] { $points } point
   *[other] { $points } points
}.
site-invites-new-heading = Invite somebody
site-invites-new-text = The assistant writes to them, says who invites them, and asks for authorisation. Only invite people who know you.
site-invites-warning = An invite that is not taken and activated within { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
} is deleted.
site-invites-submit = Invite
site-invites-needs-im = To invite others and to earn points, add an address beside the chat on this site.
site-invites-no-im = The assistants here are on no network but this site, so they can write to nobody. Give your link to others.
site-invites-link-heading = Your link
site-invites-link-text = Whoever registers through it is counted as your invite.
site-invites-qr = Code with your link, to scan with a phone
site-invites-chat-text = On Jabber this one adds the assistant at once, and registers with it.
site-invites-chat-link = Your link for Jabber
site-invites-chat-qr = Code with your link for Jabber, to scan with a phone
site-invites-list-heading = Whom you invited
site-invites-none = You have invited nobody yet.
site-invites-left = Time left: { $left }
site-invites-state-waiting = Waiting
site-invites-state-registered = Registered, not activated yet
site-invites-state-accepted = Came
site-invites-state-refused = Refused
site-invites-state-revoked = Taken back
site-invites-state-lost = Came another way
site-invites-state-expired = Over
site-invites-resend = Send again
site-invites-resend-label = Send the invite of { $address } again
site-invites-revoke = Take back
site-invites-revoke-label = Take the invite of { $address } back
site-settings-ims-heading = Addresses
site-settings-ims-text = Where the assistants write to you. A new address is confirmed by a code that comes there; it takes the place of another on the same network.
site-settings-ims-asked = Not confirmed yet
site-settings-ims-remove = Remove
site-settings-ims-remove-label = Remove the address { $address }
site-settings-ims-code = Code
site-settings-ims-code-hint = The assistant sent it to the new address, like ABCD-EF23.
site-settings-ims-confirm = Confirm the address
site-settings-ims-add = Add an address
site-settings-ims-none = The assistants here are on no network but this site.
site-faq-commands-invites = Invites
site-faq-cmd-im = add an address of yours, or show those that you have
site-faq-cmd-invite = let the assistant invite somebody
site-faq-cmd-invites = whom you invited, and how long each invite lasts
site-faq-cmd-points = what your invites earned
site-faq-cmd-stop = no invites to this address, ever
site-notice-im-add = A code is on its way to the new address. Enter it below.
site-notice-im-confirm = The address is yours.
site-notice-im-remove = The address is removed.
site-notice-invite = The invite is on its way.
site-notice-invite-resend = The invite was sent again.
site-notice-invite-revoke = The invite is taken back.

## What was changed in an account

site-history-title = What was changed
site-history-heading = What was changed in your account
site-history-lead = The last { $days ->
    [one] day
   *[other] { $days } days
}, the newest first.
site-history-not-you = If it was not you, end all other sessions and change the password.
site-history-link = What was changed in your account
site-history-none = Nothing yet.
site-history-added = added
site-history-removed = removed
site-history-network = network { $network }
site-history-signed-in = Signed in
site-history-password = Password changed
site-history-login = Login
site-history-language = Language
site-history-timezone = Time zone
site-history-key = Key for programs
site-history-address = Address
site-history-service = Service
site-history-test = Test
site-history-test-deleted = Test deleted
site-history-test-restored = Test restored
