### The card that tells what came of a check.

card-good = Works: { $name }
card-bad = Failed: { $name }
card-status = Answer: { $status }
card-title = Title: { $title }
card-url = Led to: { $url }
card-text-found = The text is on the page.
card-text-missing = The text is not on the page.
card-time = Time: { NUMBER($ms, useGrouping: 0) } ms
card-steps-good = { $count ->
    [one] { $count } step passed.
   *[other] All { $count } steps passed.
}
card-step = Step { $number } of { $count }: { $step }
card-streak = { $times ->
    [one] Failed { $times } time
   *[other] Failed { $times } times
} in a row, for { $span }.
card-fixed = It works again.
card-node = Node: { $node }, { $type }
card-shots = Screenshots: { $count }
card-shots-lost = { $count ->
    [one] A screenshot could not be kept.
   *[other] { $count } screenshots could not be kept.
}
card-link = Report: { $link }
card-price = Cost: { $price ->
    [one] { $price } point
   *[other] { $price } points
}. Balance: { $balance }.

## Why an action failed

card-reason-bad-css = This is not a CSS selector that a browser understands: { $detail }
card-reason-bad-proxy = This is not the address of a proxy: { $detail }
card-reason-bad-redirect = The page leads on to an address that cannot be opened.
card-reason-bad-regexp = This is not a regular expression.
card-reason-bad-response = The site broke off or sent something that is not a proper answer: { $detail }
card-reason-bad-url = The address cannot be opened.
card-reason-bad-xpath = This XPath names no elements: { $detail }
card-reason-browser-lost = The browser ended, and with it the test. Please try again.
card-reason-connect = There is no connection to the site: { $detail }
card-reason-covered = Another element lies above it: { $detail }
card-reason-disabled = The element is disabled: { $detail }
card-reason-dns = There is no site with this name. Is the address right?
card-reason-hidden = The element is not visible: { $detail }
card-reason-http-status = The site answers with an error: { $detail }
card-reason-moving = The element does not stand still.
card-reason-no-attribute = The element has no such attribute: { $detail }
card-reason-no-element = There is no such element on the page: { $detail }
card-reason-no-match = The variable does not match, it is: { $detail }
card-reason-no-option = The list has no such option: { $detail }
card-reason-no-page = No page was opened before this step.
card-reason-no-node = There is no machine for this kind of check now: none came for it. You pay nothing for it; please try again later.
card-reason-node-lost = Our machine was lost during the check, several times. You pay nothing for it; please try again.
card-reason-not-editable = Nothing can be typed into this element: { $detail }
card-reason-not-html = This is not a page with text, so there is nothing to search.
card-reason-other = Reason: { $reason }. { $detail }
card-reason-page-crashed = The page made the browser crash.
card-reason-proxy = The proxy did not connect: { $detail }
card-reason-refused-address = { $detail } is an address in a private network, so it is not opened. Whoever runs this server can allow it: test.allow_private_addresses in the configuration.
card-reason-timeout = The site did not answer in time.
card-reason-title-differs = The title does not match, it is: { $detail }
card-reason-tls = The secure connection failed, look at the certificate: { $detail }
card-reason-too-large = The site sent too much before the page was complete.
card-reason-too-many-redirects = The page redirects again and again and never arrives.
card-reason-unknown-region = This installation has no proxy there: { $detail }
card-reason-unknown-variable = No step before has stored this variable: { $detail }
card-reason-unsupported = This step cannot be done without a browser: { $detail }
card-reason-url-differs = The address does not match, it is: { $detail }
