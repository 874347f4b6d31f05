// Many tabs of one browser: they share one event stream.
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { bytes, enterRoom, openRoom, throttle } from './steps.mjs'

const wish = { name: 'lab', password: 'four short plain words', nickname: 'Mara' }
const zone = 'Drop, paste or choose files'
let server
test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

const text = name => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) })
const row = (page, name) => page.getByRole('link', { name: `Download ${name}` })

/** Tells of each page when it opens an event stream, and when that ends. */
function streamsOf(pages) {
  const open = new Map()
  const isStream = request => new URL(request.url()).pathname.endsWith('/events')
  for (const page of pages) {
    page.on('request', request => isStream(request) && open.set(request, page))
    for (const end of ['requestfinished', 'requestfailed']) page.on(end, request => open.delete(request))
    page.on('close', () => [...open].forEach(([request, from]) => from === page && open.delete(request)))
  }
  return () => [...open.values()]
}

test('the eighth tab of a room loads as the first did, and all of them see what happens; a closed leader is replaced', async ({ context, browser }) => {
  const pages = []
  for (let i = 0; i < 8; i++) pages.push(await context.newPage())
  const streams = streamsOf(pages)
  await openRoom(pages[0], server.url, wish)
  for (const page of pages.slice(1)) {
    await page.goto(`${server.url}/lab/`)
    // One that waits for a connection would wait until another tab is closed.
    await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible({ timeout: 15_000 })
  }
  // Mostly the first page's; another takes over from one that the machine holds up for seconds.
  await expect.poll(() => streams().length).toBe(1)
  await pages[7].getByLabel(zone).setInputFiles([text('one.txt')])
  for (const page of pages) await expect(row(page, 'one.txt')).toBeVisible()

  const [leader] = streams()
  await leader.close()
  const rest = pages.filter(page => page !== leader)
  const tom = await (await browser.newContext()).newPage()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  await tom.getByLabel(zone).setInputFiles([text('two.txt')])
  for (const page of rest) await expect(row(page, 'two.txt')).toBeVisible({ timeout: 5000 })
  await expect.poll(() => streams().length).toBe(1)
})

test('a leader that hangs is replaced within seconds, and what was missed is caught up', { tag: '@alone' }, async ({ context }) => {
  const [first, second] = [await context.newPage(), await context.newPage()]
  await openRoom(first, server.url, wish)
  await second.goto(`${server.url}/lab/`)
  await expect(second.getByRole('heading', { name: 'On the table' })).toBeVisible()
  await second.waitForTimeout(500)
  // A page stopped in the debugger neither hears nor says anything, as one whose script hangs.
  const hang = await context.newCDPSession(first)
  await hang.send('Debugger.enable')
  await hang.send('Debugger.pause')
  void first.evaluate(() => 1).catch(() => undefined)
  await second.getByLabel(zone).setInputFiles([text('later.txt')])
  await expect(row(second, 'later.txt')).toBeVisible({ timeout: 8000 })
  await hang.send('Debugger.resume')
  await expect(row(first, 'later.txt')).toBeVisible({ timeout: 8000 })
})

test('tabs in two rooms hear each of their own', async ({ context }) => {
  const [lab, attic] = [await context.newPage(), await context.newPage()]
  await openRoom(lab, server.url, wish)
  await openRoom(attic, server.url, { ...wish, name: 'attic' })
  await lab.getByLabel(zone).setInputFiles([text('lab.txt')])
  await attic.getByLabel(zone).setInputFiles([text('attic.txt')])
  for (const [page, own, other] of [[lab, 'lab.txt', 'attic.txt'], [attic, 'attic.txt', 'lab.txt']]) {
    await expect(row(page, own)).toBeVisible()
    await expect(row(page, other)).toBeHidden()
  }
})

/** Hides a page, or shows it again. */
const show = (page, hidden) => page.evaluate(hidden => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}, hidden)

test('an upload of one tab isn’t offered by the others before that tab is closed; one that somebody removes is over', async ({ context, browser }) => {
  const [sender, other] = [await context.newPage(), await context.newPage()]
  const offer = page => page.getByRole('button', { name: 'Cancel big.bin' })
  await openRoom(sender, server.url, wish)
  await throttle(sender, 100_000)
  await sender.getByLabel(zone).setInputFiles([bytes('big.bin', 9_000_000)])
  await other.goto(`${server.url}/lab/`)
  await expect(other.getByText(/[1-9]%\shere, from Mara/)).toBeVisible()
  await expect(offer(other)).toBeHidden()
  await sender.close({ runBeforeUnload: true })
  await expect(offer(other)).toBeVisible()

  await throttle(other, 100_000)
  await other.getByLabel(zone).setInputFiles([bytes('long.bin', 9_000_000)])
  const owner = await (await browser.newContext({ storageState: { cookies: await context.cookies(), origins: [] } })).newPage()
  await owner.goto(`${server.url}/lab/`)
  await owner.getByRole('button', { name: 'Remove long.bin' }).click()
  await expect(other.getByText('removed by Mara', { exact: true })).toBeVisible({ timeout: 20_000 })
  await expect(other.getByRole('button', { name: 'Cancel long.bin' })).toBeHidden()
})

test('out of sight for five minutes the stream is closed; back in sight what was missed comes after the last event', async ({ page, browser }) => {
  await page.clock.install()
  const streams = streamsOf([page])
  await openRoom(page, server.url, wish)
  await expect.poll(() => streams().length).toBe(1)
  await show(page, true)
  await page.clock.runFor('04:50')
  expect(streams().length).toBe(1)
  await page.clock.runFor('00:20')
  await expect.poll(() => streams().length).toBe(0)

  const tom = await (await browser.newContext()).newPage()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  await tom.getByLabel(zone).setInputFiles([text('missed.txt')])
  await expect(row(tom, 'missed.txt')).toBeVisible()
  await expect(row(page, 'missed.txt')).toBeHidden()
  const [request] = await Promise.all([page.waitForRequest(/\/events$/), show(page, false)])
  expect(Number(request.headers()['last-event-id'])).toBeGreaterThan(0)
  await expect(row(page, 'missed.txt')).toBeVisible()
})

test('while something goes up from it a page follows its room out of sight too', async ({ page }) => {
  await page.clock.install()
  const streams = streamsOf([page])
  await openRoom(page, server.url, wish)
  await throttle(page, 50_000)
  await page.getByLabel(zone).setInputFiles([bytes('long.bin', 8_000_000)])
  await expect(page.getByRole('button', { name: 'Pause long.bin' })).toBeVisible()
  await show(page, true)
  await page.clock.runFor('05:10')
  await expect.poll(() => streams().length).toBe(1)
  await page.getByRole('button', { name: 'Cancel long.bin' }).click()
  await page.clock.runFor('00:02')
  await expect.poll(() => streams().length).toBe(0)
})
