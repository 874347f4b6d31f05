// The page's states, one after the other, on the real server.
import { writeFileSync } from 'node:fs'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { bytes, enterRoom, openRoom, shoot, throttle, watch } from './steps.mjs'

const password = 'four short plain words'
const wish = { name: 'lab', password, nickname: 'Mara' }
let server

test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

/** Ends the room with the page's own right while the page is away, so that its cookie stays; tells when that was. */
async function endUnseen(page, name) {
  await page.goto('about:blank')
  const headers = { Cookie: (await page.context().cookies(server.url)).map(c => `${c.name}=${c.value}`).join('; '), 'Sec-Fetch-Site': 'same-origin' }
  expect((await fetch(`${server.url}/api/v1/rooms/${name}`, { method: 'DELETE', headers })).status).toBe(204)
  return (await (await fetch(`${server.url}/api/v1/rooms/${name}`, { headers })).json()).ended_at
}

test('dropping files on the landing page opens a room and starts at once', async ({ page }) => {
  const problems = watch(page, server.url)
  await page.goto(server.url)
  await page.getByLabel('Drop files here to open a room').setInputFiles([bytes('a.txt', 1000)])
  await expect(page.getByRole('link', { name: 'Download a.txt' })).toBeVisible()
  await expect(page.getByRole('img', { name: 'QR code of the invitation' })).toBeVisible()
  expect(page.url()).toMatch(/\/[a-z]+-[a-z]+-\d+\/$/)
  expect(problems).toEqual([])
})

test('an invitation link lets in and leaves the address bar', async ({ page, context }) => {
  await openRoom(page, server.url, wish)
  const other = await (await context.browser().newContext()).newPage()
  await other.goto(`${server.url}/lab/#${encodeURIComponent(password)}`)
  await expect(other.getByRole('heading', { name: 'On the table' })).toBeVisible()
  expect(other.url()).toBe(`${server.url}/lab/`)
})

test('who opened a room and finds the server busy or away is its owner when it is back', async ({ page }) => {
  await openRoom(page, server.url, wish)
  const entered = []
  page.on('request', request => request.method() === 'POST' && entered.push(request.url()))
  const away = [route => route.fulfill({ status: 503, contentType: 'application/problem+json', json: { code: 'busy' } }), route => route.abort(), route => route.fulfill({ status: 502 })]
  await page.route('**/api/v1/rooms/lab', route => (away.shift() ?? (() => route.continue()))(route))
  await page.addInitScript(() => new MutationObserver(() => { if (document.body?.textContent.includes('Parts of this page')) window.hasDoubted = true })
    .observe(document, { subtree: true, childList: true, characterData: true }))
  // By an invitation that would let in without a question, too.
  await page.goto('about:blank')
  await page.goto(`${server.url}/lab/#${encodeURIComponent(password)}`)
  await expect(page.getByRole('alert')).toHaveText(/The server/)
  await expect(page.getByText('You opened this room')).toBeVisible()
  expect(await page.evaluate(() => window.hasDoubted), 'the page was never taken for one whose parts are gone').toBe(undefined)
  expect([away.length, entered]).toEqual([0, []])
})

test('an invitation opens its room in a browser that was in another, which has ended', async ({ page }) => {
  await server.room({ name: 'second', password })
  await openRoom(page, server.url, { ...wish, name: 'first' })
  await endUnseen(page, 'first')
  await page.goto(`${server.url}/nowhere/`)
  await expect(page.getByRole('button', { name: 'Enter' })).toBeVisible()
  await page.goto(`${server.url}/second/#${encodeURIComponent(password)}`)
  await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
  await page.goto(`${server.url}/first/`)
  await expect(page.getByText(/first closed at .*\d/)).toBeVisible()
})

test('the invitation of a new room opens it where one of that name has ended', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await endUnseen(page, 'lab')
  await server.room({ name: 'lab', password: 'quite other words' })
  await page.goto(`${server.url}/lab/#${encodeURIComponent('quite other words')}`)
  await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
})

test('a page that was away tells when the room closed, also one that ended while the server was away', async ({ page }) => {
  await openRoom(page, server.url, wish)
  const ended = /lab closed at (.*) and its files are deleted/
  const told = await endUnseen(page, 'lab')
  await page.waitForTimeout(1500)
  await page.goto(`${server.url}/lab/`)
  const time = await page.evaluate(at => new Date(at).toLocaleTimeString([], { hour: 'numeric', minute: '2-digit', second: '2-digit' }), told)
  await expect(page.getByText(ended)).toContainText(time)

  // Time enough to come in on a busy machine, here and below.
  const { room } = await server.room({ name: 'brief', password, ttl_seconds: 12 })
  await enterRoom(page, server.url, { name: 'brief', password })
  await page.goto('about:blank')
  await server.kill()
  await page.waitForTimeout(Date.parse(room.expires_at) - Date.now() + 100)
  await server.run()
  await page.goto(`${server.url}/brief/`)
  await expect(page.getByText(/brief closed at .*\d/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Enter' })).toBeHidden()
})

test('a wrong password and an unknown room get the same sentence', async ({ page }) => {
  await server.room({ name: 'lab', password })
  const sentences = []
  for (const name of ['lab', 'nowhere']) {
    await page.goto(server.url)
    await page.getByLabel('Room name').fill(name)
    await page.getByLabel('Password', { exact: true }).fill('wrong password')
    await page.getByRole('button', { name: 'Enter' }).click()
    await expect(page.getByRole('alert')).not.toBeEmpty()
    sentences.push(await page.getByRole('alert').textContent())
  }
  expect(sentences[0]).toBe(sentences[1])
  await shoot(page, 'wrong-password')
})

test('an upload goes on after a reload, from where it was', async ({ page }, testInfo) => {
  await openRoom(page, server.url, wish)
  await throttle(page, 2_000_000)
  // Of the disk: what a test makes in the page would be of another time when it is chosen again.
  const file = testInfo.outputPath('big.bin')
  writeFileSync(file, Buffer.alloc(12_000_000, 'big'))
  await page.getByLabel('Drop, paste or choose files').setInputFiles([file])
  await expect(page.getByText(/[2-9](\.\d)? of 12|[2-9]\.\d MB of 12/)).toBeVisible({ timeout: 20_000 })
  await page.reload()
  await expect(page.getByText(/Stopped at [1-9]\d?%. Choose the same file and it goes on/)).toBeVisible()
  const [offsets, creations] = [[], []]
  page.on('request', request => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
    if (request.method() === 'POST') creations.push(request.url())
  })
  // A server that is just coming back doesn't make it begin anew either.
  let refusals = 2
  await page.route('**/files/*', route => (route.request().method() === 'HEAD' && refusals-- > 0 ? route.fulfill({ status: 503 }) : route.continue()))
  await page.getByLabel('Drop, paste or choose files').setInputFiles([file])
  await expect(page.getByRole('link', { name: 'Download big.bin' })).toBeVisible({ timeout: 30_000 })
  expect(refusals).toBeLessThanOrEqual(0)
  expect(Math.max(...offsets)).toBeGreaterThan(1_000_000)
  expect(creations).toEqual([])
})

test('an upload is paused, goes on, survives a lost connection, and can be cancelled', async ({ page, context }) => {
  await openRoom(page, server.url, wish)
  await throttle(page, 300_000)
  await page.getByLabel('Drop, paste or choose files').setInputFiles([bytes('big.bin', 3_000_000), bytes('other.bin', 3_000_000)])
  await page.getByRole('button', { name: 'Cancel other.bin' }).click()
  await expect(page.getByRole('button', { name: 'Cancel other.bin' })).toBeHidden()
  await page.getByRole('button', { name: 'Pause big.bin' }).click()
  await expect(page.getByText(/Paused at/)).toBeVisible()
  await page.getByRole('button', { name: 'Resume big.bin' }).click()
  await expect(page.getByRole('button', { name: 'Pause big.bin' })).toBeVisible()
  await context.setOffline(true)
  await expect(page.getByText(/The connection broke/).first()).toBeVisible({ timeout: 20_000 })
  await shoot(page, 'offline')
  await context.setOffline(false)
  await expect(page.getByRole('link', { name: 'Download big.bin' })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('other.bin')).toBeHidden()
})

test('a file is removed by its uploader or the owner, and everybody sees it go', async ({ page, browser }) => {
  await page.clock.install()
  await openRoom(page, server.url, wish)
  const tom = await browser.newPage()
  await tom.clock.install()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  await tom.getByLabel('Drop, paste or choose files').setInputFiles([bytes('tom.txt', 10), bytes('tom2.txt', 10)])
  await page.getByLabel('Drop, paste or choose files').setInputFiles([bytes('mara.txt', 10)])
  await expect(tom.getByRole('link', { name: 'Download mara.txt' })).toBeVisible()
  await expect(tom.getByRole('button', { name: 'Remove mara.txt' })).toBeHidden()
  await tom.getByRole('button', { name: 'Remove tom.txt', exact: true }).click()
  await tom.clock.fastForward(8000)
  await expect(page.getByRole('link', { name: 'Download tom.txt' })).toBeHidden()
  await page.getByRole('button', { name: 'Remove tom2.txt' }).click()
  await page.clock.fastForward(8000)
  await expect(tom.getByRole('link', { name: 'Download tom2.txt' })).toBeHidden()
})

test('the owner locks uploads, and the room closes for everybody at its deadline', async ({ page, browser }) => {
  await server.room({ name: 'brief', password, ttl_seconds: 12 })
  await enterRoom(page, server.url, { name: 'brief', password })
  await expect(page.getByRole('timer')).toHaveText(/0:0\d/)
  await shoot(page, 'closing')
  await expect(page.getByRole('heading', { name: 'The light is out.' })).toBeVisible({ timeout: 12_000 })
  await expect(page).toHaveTitle('The light is out.')
  const owner = await browser.newPage()
  await openRoom(owner, server.url, wish)
  const tom = await browser.newPage()
  await enterRoom(tom, server.url, wish)
  await owner.getByText('You opened this room').click()
  await owner.getByRole('button', { name: 'Lock uploads' }).click()
  await expect(tom.getByText('Uploads are locked by the owner.').first()).toBeVisible()
})
