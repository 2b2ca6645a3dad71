### The card that tells what came of a check.

card-good = Works: { $name }
card-bad = Failed: { $name }
card-status = Answer: { $status }
card-title = Title: { $title }
card-url = Led to: { $url }
card-text-found = The text is on the page.
card-text-missing = The text is not on the page.
card-time = Time: { NUMBER($ms, useGrouping: 0) } ms
card-price = Cost: { $price ->
    [one] { $price } point
   *[other] { $price } points
}. Balance: { $balance }.

## Why an action failed

card-reason-bad-redirect = The page leads on to an address that cannot be opened.
card-reason-bad-response = The site broke off or sent something that is not a proper answer: { $detail }
card-reason-bad-url = The address cannot be opened.
card-reason-connect = There is no connection to the site: { $detail }
card-reason-dns = There is no site with this name. Is the address right?
card-reason-http-status = The site answers with an error: { $detail }
card-reason-node-lost = Our machine was lost during the check, several times. You pay nothing for it; please try again.
card-reason-not-html = This is not a page with text, so there is nothing to search.
card-reason-other = Reason: { $reason }. { $detail }
card-reason-refused-address = { $detail } is an address in a private network, so it is not opened. Whoever runs this server can allow it: test.allow_private_addresses in the configuration.
card-reason-timeout = The site did not answer in time.
card-reason-tls = The secure connection failed, look at the certificate: { $detail }
card-reason-too-large = The site sent too much before the page was complete.
card-reason-too-many-redirects = The page redirects again and again and never arrives.
card-reason-unsupported = This step cannot be done without a browser: { $detail }
