import { defineConfig } from '@playwright/test'

// Debian's own browsers. A bare machine has no locale, and then Chromium can't read file names in other scripts.
const env = { ...process.env, LC_ALL: 'C.UTF-8' }
const chromium = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // Without the network services that a closed machine would only see fail; lan.test is what a server without TLS is on a local network.
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--host-resolver-rules=MAP lan.test 127.0.0.1'],
  env,
}
// Spoken to by WebDriver BiDi, as it is; Playwright's own Firefox would be a download.
const firefox = { channel: 'moz-firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr', env }
const engines = /(engines|polyglots|sites)\.spec\.mjs/
/** Run by tests/support/on_cluster.mjs, each server is three nodes and a proxy, which take a moment to start. */
const isCluster = process.env.TEST_ENGINES !== undefined
/** What isn't run there, by its title, and why. */
const ofOneNode = {
  'on a slow phone': 'it is about the page’s own processor time, of which a cluster on the same machine leaves less',
  'in a browser that was in another, which has ended': 'a node remembers a room that has ended for those whom it has met itself; to others it is unknown',
  'a page that was away tells when the room closed': 'the same',
  'polyglots opened in every way': 'what a browser does with an answer is the same whichever node wrote it',
  'another site’s page changes nothing': 'the same; tests/trust/matrix runs there',
  'the same requests from the room’s own page': 'the same',
}

const skipped = isCluster ? Object.keys(ofOneNode).map(title => new RegExp(title)) : []

export default defineConfig({
  testDir: '.',
  // A machine that does other things beside takes three times as long; who hangs is found out all the same.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  // They mostly wait: two at a time. What measures speed, or keeps both cores busy, is tagged @alone, and script/test runs it by itself.
  workers: 2,
  fullyParallel: true,
  reporter: 'list',
  grepInvert: skipped,
  use: { actionTimeout: 40_000, viewport: { width: 1280, height: 800 }, acceptDownloads: true },
  projects: [
    { name: 'chromium', use: { launchOptions: chromium } },
    // What is about lan.test is Chromium's, which is told where that is.
    { name: 'firefox', testMatch: engines, grepInvert: [...skipped, /on a local network without TLS/], use: { browserName: 'firefox', launchOptions: firefox } },
  ],
})
