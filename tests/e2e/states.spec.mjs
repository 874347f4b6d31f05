// Every state that the page can be in: reached by a real fault where that can be made, accessible and no wider than its window in light and
// dark, on a desk and a phone. UPDATE_PICTURES=1 writes each to docs/screenshots/.
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { bytes, enterRoom, openRoom, throttle, violations } from './steps.mjs'
import { keepPicture } from './pictures.mjs'

const password = 'kiln-fern-amber-74'
const wish = { name: 'amber-otter', password, nickname: 'Mara' }
const zone = 'Drop, paste or choose files'
const give = (page, ...files) => page.getByLabel(zone).setInputFiles(files)
const alert = page => page.locator('#refusal')
const tell = async (page, secret) => {
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await page.getByRole('button', { name: 'Enter' }).click()
}
/** A large file on its slow way up. */
async function goingUp(page, server) {
  await openRoom(page, server.url, wish)
  await throttle(page, 300_000)
  await give(page, bytes('wedding-raw.zip', 8_000_000))
  await expect(page.getByText(/([1-9]\.\d MB|[3-9]\d\d kB) of 8\.0 MB/)).toBeVisible({ timeout: 20_000 })
}
const problem = (status, code) => ({ status, contentType: 'application/problem+json', json: { code } })

/** state → how a page gets there; settings of the server, where they are no usual ones */
const states = {
  landing: [async (page, server) => {
    await openRoom(page, server.url, wish)
    await page.goto(server.url)
    await expect(page.getByRole('region', { name: 'Rooms on this device' })).toBeVisible()
  }],
  room: [async (page, server) => {
    await openRoom(page, server.url, wish)
    await give(page, bytes('slides-final.pdf', 3_100_000), bytes('seating plan.xlsx', 48_000), bytes('α-notes.txt', 900))
    await expect(page.getByRole('link', { name: /^Download (?!all)/ })).toHaveCount(3)
  }],
  empty: [async (page, server) => {
    await openRoom(page, server.url, wish)
    await expect(page.getByText('The table is empty.')).toBeVisible()
  }],
  uploading: [goingUp],
  paused: [async (page, server) => {
    await goingUp(page, server)
    await page.getByRole('button', { name: 'Pause wedding-raw.zip' }).click()
    await expect(page.getByText(/Paused at \d+%/)).toBeVisible()
  }],
  retrying: [async (page, server) => {
    await goingUp(page, server)
    await page.route('**/files/*', route => route.abort())
    await server.kill()
    await expect(page.getByText(/The connection broke; trying again in/)).toBeVisible({ timeout: 15_000 })
  }],
  failed: [async (page, server) => {
    await openRoom(page, server.url, wish)
    await page.route('**/files/*', route => (route.request().method() === 'PATCH' ? route.fulfill(problem(507, 'storage_full')) : route.continue()))
    await give(page, bytes('render.mov', 5_000_000))
    await expect(page.getByText(/render\.mov did not arrive\. The server’s disk is full/).first()).toBeVisible()
  }],
  interrupted: [async (page, server) => {
    await goingUp(page, server)
    await page.reload()
    await expect(page.getByText(/Stopped at \d+%/)).toBeVisible()
  }],
  expired: [async (page, server) => {
    // Time enough to come in on a busy machine.
    await server.room({ ...wish, ttl_seconds: 12 })
    await enterRoom(page, server.url, wish)
    await expect(page.getByRole('heading', { name: 'The light is out.' })).toBeVisible()
    await expect(page).toHaveTitle('The light is out.')
    await expect(page.getByRole('link', { name: 'Save the receipt' })).toBeVisible()
  }],
  closing: [async (page, server) => {
    await page.clock.install()
    await openRoom(page, server.url, wish)
    // A stream that is open and says nothing: what the server says of the time would undo the leap.
    await page.addInitScript(() => {
      const ask = window.fetch
      window.fetch = (path, wish) => (`${path}`.endsWith('/events') ? Promise.resolve(new Response(new ReadableStream())) : ask(path, wish))
    })
    await page.reload()
    await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
    await page.clock.fastForward('25:30')
    await expect(page.locator('.notice.warm')).toContainText(/5 minutes left/)
  }],
  full: [async (page, server) => {
    await openRoom(page, server.url, wish)
    await give(page, bytes('slides-final.pdf', 3_100_000))
    await expect(page.getByRole('link', { name: 'Download slides-final.pdf' })).toBeVisible()
    await give(page, bytes('holiday.mp4', 3_700_000), bytes('small.txt', 900))
    await expect(page.getByText(/holiday\.mp4 needs 3\.7 MB; 1\.9 MB are free\./).first()).toBeVisible()
    await expect(page.getByRole('link', { name: 'Download small.txt' })).toBeVisible()
  }, { FLEETING_ROOM_SIZE_LIMIT: '5MB', FLEETING_FILE_SIZE_LIMIT: '5MB' }],
  offline: [async (page, server) => {
    await openRoom(page, server.url, wish)
    await page.context().setOffline(true)
    await expect(page.getByText('You are offline.').first()).toBeVisible()
  }],
  'wrong-password': [async (page, server) => {
    await server.room(wish)
    await page.goto(`${server.url}/amber-otter/`)
    await tell(page, 'kiln-fern-amber-47')
    await expect(alert(page)).toHaveText(/open no room/)
  }],
  'locked-out': [async (page, server) => {
    await server.room(wish)
    await page.goto(`${server.url}/amber-otter/`)
    for (let i = 0; i < 4 && !/Too many/.test(await alert(page).textContent()); i++) {
      await tell(page, `wrong password ${i}`)
      await expect(alert(page)).not.toBeEmpty()
    }
    await expect(alert(page)).toHaveText(/Too many tries\. Again in 0:\d\d\./)
    await expect(page.getByRole('button', { name: 'Enter' })).toBeDisabled()
  }, { FLEETING_RATE_JOIN_ROOM: '2/50s' }],
  'door-locked': [async (page, server) => {
    const { bearer } = await server.room(wish)
    await fetch(`${server.url}/api/v1/rooms/amber-otter`, { method: 'PATCH', headers: bearer, body: JSON.stringify({ door_locked: true }) })
    await page.goto(`${server.url}/amber-otter/`)
    await tell(page, password)
    await expect(alert(page)).toHaveText(/The door is locked/)
  }],
  gone: [async (page, server) => {
    const { bearer } = await server.room({ ...wish, nickname: 'Tom' })
    const put = name => fetch(`${server.url}/amber-otter/${name}`, { method: 'PUT', headers: bearer, body: 'x' })
    await put('slides-final.pdf')
    await put('draft.pdf')
    await page.clock.install()
    await enterRoom(page, server.url, wish)
    await expect(page.getByRole('link', { name: 'Download draft.pdf' })).toBeVisible()
    await page.waitForTimeout(800)
    await fetch(`${server.url}/amber-otter/draft.pdf`, { method: 'DELETE', headers: bearer })
    await expect(page.getByText('removed by Tom', { exact: true })).toBeVisible()
    // It would have faded in four seconds.
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.clock.setFixedTime(await page.evaluate(() => Date.now()))
  }],
  'looking-for-server': [async (page, server) => {
    await openRoom(page, server.url, wish)
    await page.waitForTimeout(500)
    await server.kill()
    await expect(page.getByText('Looking for the server…').first()).toBeVisible({ timeout: 12_000 })
  }],
}

for (const [state, [reach, env = {}]] of Object.entries(states))
  test(`${state}: accessible and within its window`, async ({ page }) => {
    const server = await Server.start(env)
    await reach(page, server)
    for (const colorScheme of ['light', 'dark'])
      for (const [width, height] of [[1280, 800], [390, 844]]) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height })
        expect(await violations(page), `${state} in ${colorScheme} at ${width}`).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
        await keepPicture(page, `${state}-${colorScheme}-${width}`)
      }
    await server.stop()
  })
