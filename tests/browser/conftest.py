from playwright.sync_api import expect

# How long a browser may take to show something before that is a failure. Five seconds, Playwright's own, are short on a
# machine that runs a whole shop beside the browser; what is there at once is seen at once all the same.
expect.set_options(timeout=20_000)
