### What went wrong. `error-CODE` says why something was refused, `error-field-CODE` what is wrong with a field.

error-refused = This is not possible now.
error-bad-request = Something in this request is not right.
error-unauthenticated = Please sign in first.
error-forbidden = This is not allowed here.
error-not-enough-points = This costs { $price ->
    [one] { $price } point
   *[other] { $price } points
}, and you have { $balance }.
error-too-large = This is too large.
error-too-many = Too often. You can try again in { $left }.
error-form-expired = This form has waited for too long. Please open the page again and send it once more.
error-internal = Something went wrong on our side, and we will look into it. Please try again later.
error-not-confirmed = Nothing was changed: tick the box first, so that we know you mean it.
error-unknown-page = There is no such page.
error-wrong-verb = This address does not take such a request.
error-unknown-user = There is no account { $user }.
error-ambiguous-user = { $user } can be more than one account. Name it by its id.
error-user-not-active = The account { $user } is not active.
error-not-blocked = The account { $user } is not blocked.
error-own-account = You cannot do this to your own account.
error-no-readers = Nobody would get these news.
error-news-over = These news are not on their way any more.
error-base-fixed = The service base is always there, always free and always on.
error-below-zero = The balance would fall below zero, it is { $balance ->
    [one] { $balance } point
   *[other] { $balance } points
}.
error-link-not-active = This link is not active: it was used, replaced by a newer one, or its time is over. Ask the assistant for a fresh one.
error-unavailable = Something on our side does not work at the moment. Please try again in a minute.

error-unknown-key = There is no such key.
error-unknown-letter = There is no such message among the dead letters.
error-unknown-method = There is no method { $method }.
error-unknown-news = There are no such news.
error-unknown-service = There is no service { $service }. #services shows all of them.
error-unknown-node = There is no node { $node }.
error-host-not-listed = { $url } is on none of the hosts of remote.hosts in the configuration.
error-no-secret = The service { $service } has no secret yet: awt admin service secret { $service }
error-remote-busy = { $service } is still at work on what you wrote before. Please wait for its answer.
error-remote-failed = { $service } does not answer at the moment. Please try again later.
error-unknown-session = There is no such session, perhaps it has ended.
error-unknown-task = There is no such check.
error-unknown-test = There is no such test. #tests shows yours.
error-unknown-group = There is no such group of tests.
error-task-over = This run has ended already.
error-no-node = Nobody runs tests of the type { $type } now. There are: { $types }.
error-node-replaced = Another process runs as the node { $node } now. Each node needs a token of its own.
error-too-many-tests = There can be { $most ->
    [one] { $most } test
   *[other] { $most } tests
} at most. Delete some that you do not need; deleted ones count apart until they are purged.
error-too-many-groups = There can be { $most ->
    [one] { $most } group
   *[other] { $most } groups
} at most.

error-account-closed = This account is closed. If you think that this is a mistake, turn to { $support }
error-address-taken = { $address } belongs to an account already. To sign in, send #loginlink to the assistant from there.
error-login-taken = Somebody has this login. Please choose another one.
error-node-taken = There is a node { $node }, or one with this broker user, already.
error-not-activated = Your account is not activated yet. We have sent you the activation link again, look into your chat.
error-wrong-login = Login or password is wrong. The assistant can send you a link to sign in: write #loginlink to it.

error-base-service = The main assistant cannot be removed, it carries your account. To close the account, send #delaccount.
error-no-service = You do not have the service { $service }. #add { $service } adds it.
error-paid-on-site = Service { $service } costs { $price ->
    [one] { $price } point
   *[other] { $price } points
} and is bought on the site only. You have { $balance }.
error-service-added = You have the service { $service } already.

error-address-stopped = { $address } wants no messages from here, so none can be sent.
error-has-account = { $address } has or had an account here and cannot be invited.
error-im-added = { $address } is yours already.
error-invite-over = The invite of { $address } is over: it was taken, refused, taken back, or its time has passed.
error-invited-lately = You have invited { $address } already. You can do it again in { $left }.
error-last-im = This is the only address that you can sign in with. Set a login and a password on the site first, or add another address.
error-needs-im = To invite others, add an address beside the chat on the site: send #im add and yours.
error-own-address = { $address } is your own address.
error-unknown-im = Your account has no address { $address }.
error-unknown-invite = There is no such invite.
error-wrong-code = This code is wrong, or its time is over. To get a new one, send #im add and the address again.

error-idempotency-mismatch = This Idempotency-Key was used for another request.
error-letter-broken = This message cannot be read, so it cannot be sent again.
error-too-many-keys = There can be { $most ->
    [one] { $most } key
   *[other] { $most } keys
} at most. Revoke one that you do not use.

## Fields

error-field-address = This is not an address of that kind.
error-field-assistant = This is the address of one of our assistants.
error-field-characters = There are characters in it that cannot be used.
error-field-count = There are too few or too many entries.
error-field-json = This is not valid JSON.
error-field-again = The two passwords differ.
error-field-long = This is too long: { $most ->
    [one] { $most } character
   *[other] { $most } characters
} at most.
error-field-short-name = A short name begins with a small Latin letter and goes on with letters, digits and hyphens.
error-field-lang = I do not speak this language. English is en, Russian is ru.
error-field-empty = There is nothing in it.
error-field-login = A login has 3 to 32 characters: small Latin letters, digits, dot, hyphen, underscore.
error-field-many = These are too many at once.
error-field-missing = This is needed.
error-field-mixed-scripts = Letters of different alphabets are mixed in this name, so it may pretend to be another. Type it anew.
error-field-no-such-im = There is no assistant on this network here.
error-field-number = A whole number is needed here.
error-field-object = A JSON object is expected here.
error-field-password-long = This password is too long: 72 bytes at most, a Russian letter takes two.
error-field-password-short = This password is too short: at least 8 characters, please.
error-field-picture = This is no JPEG picture of at most 2 MiB and 10000 pixels a side.
error-field-range = It has to be a number from { NUMBER($least, useGrouping: 0) } to { NUMBER($most, useGrouping: 0) }.
error-field-taken = Somebody has it already.
error-field-text-too-long = The text to look for is too long.
error-field-timezone = There is no such time zone. An example: Europe/Berlin.
error-field-type = This is of the wrong type.
error-field-unknown = There is no such field.
error-field-url = This has to be an address like https://example.com/path.
error-field-url-characters = The address has spaces or other characters in it that do not belong there.
error-field-url-empty = The address is missing.
error-field-url-host = There is no valid site name in the address. It looks like this: example.com
error-field-url-port = The port in the address is not valid.
error-field-url-scheme = Only addresses with http:// or https:// can be checked.
error-field-url-too-long = The address is too long.
error-field-url-userinfo = An address with a name and a password in it cannot be checked.
error-field-value = This value is not possible here.
error-field-wrong = This is wrong.
## Steps of a test

problem-at = Line { NUMBER($line, useGrouping: 0) }, column { NUMBER($column, useGrouping: 0) }: { $problem }
error-field-both = Give one of them only.
error-field-task-type = There is no such type. There are: { $types }.
error-field-step-css = A CSS selector is expected here, with its brackets and quotes closed.
error-field-step-extra = Nothing more is expected here. A text with quotes or a selector with spaces stands in double quotes.
error-field-step-long = This is too long: 4096 bytes at most, a Russian letter takes two.
error-field-step-many = These are too many steps: { NUMBER($most, useGrouping: 0) } at most.
error-field-step-name = The name of a variable is expected here: Latin letters, digits and underscores, no digit first.
error-field-step-no-region = There is no way to “{ $near }” here. There are: { $regions }.
error-field-step-none = There are no steps.
error-field-step-proxy = HOST:PORT is expected here, or nothing.
error-field-step-quote = A closing double quote and the end of the field are expected here.
error-field-step-region = A region is expected here: us, fr, cn, ru, default or custom.
error-field-step-regexp = A regular expression is expected here.
error-field-step-text = A text is expected here.
error-field-step-unknown = There is no action “{ $near }”. There are: { $types }.
error-field-step-xpath = An XPath is expected here, or css: with a CSS selector.
