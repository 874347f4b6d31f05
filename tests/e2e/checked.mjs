import { expect, test as base } from '@playwright/test'

// As Chromium and Firefox tell on the console that a policy of ours, Trusted Types among them, stopped something.
const refusal = /Content[ -]Security[ -]Policy|TrustedHTML|TrustedScript/

/** Playwright's test; it fails where any page of its own broke the page's policy, whatever else it looks at. */
export const test = base.extend({
  policed: [
    async ({ browser }, use) => {
      const refusals = []
      const { newContext } = browser
      browser.newContext = async options => {
        const context = await newContext.call(browser, options)
        context.on('console', message => { if (refusal.test(message.text())) refusals.push(message.text()) })
        return context
      }
      await use()
      browser.newContext = newContext
      // A page that is left open goes on looking for its server, on the next tests' time.
      await Promise.all(browser.contexts().map(context => context.close()))
      expect(refusals).toEqual([])
    },
    { auto: true },
  ],
})
