// What people do in a room beside choosing files: each button and gesture once, on the real server.
import { readFileSync } from 'node:fs'
import jsQR from 'jsqr'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { closeRoom, enterRoom, openRoom } from './steps.mjs'

const password = 'four short plain words'
const wish = { name: 'lab', password, nickname: 'Mara' }
let server
test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

const zone = 'Drop, paste or choose files'
const bytes = (name, size) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.alloc(size, name) })
const throttle = async (page, uploadThroughput) => {
  const client = await page.context().newCDPSession(page)
  await client.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput })
}
/** Lets a file fall on the page, or pastes it; tells whether the page kept the browser from opening it. */
const give = (page, type, name) =>
  page.evaluate(([type, name]) => {
    const data = new DataTransfer()
    data.items.add(new File([`this is ${name}`], name))
    const init = { bubbles: true, cancelable: true }
    const event = type === 'paste' ? new ClipboardEvent(type, { ...init, clipboardData: data }) : new DragEvent(type, { ...init, dataTransfer: data })
    return !document.body.dispatchEvent(event)
  }, [type, name])
const openPanel = page => page.getByText('You opened this room').click()

test('files are dropped and pasted anywhere on the page, on the landing page too', async ({ page }) => {
  await page.goto(server.url)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await give(page, 'drop', 'first.txt')
  await expect(page.getByRole('link', { name: 'Download first.txt' })).toBeVisible()
  await give(page, 'dragover', 'second.txt')
  await expect(page.locator('.drop.over')).toBeVisible()
  await give(page, 'drop', 'second.txt')
  await give(page, 'paste', 'third.txt')
  for (const name of ['second.txt', 'third.txt']) await expect(page.getByRole('link', { name: `Download ${name}` })).toBeVisible()
})

test('what is dropped while a room is being opened goes there too, and what couldn’t go does with the next try', async ({ page }) => {
  const creations = []
  page.on('request', request => request.method() === 'POST' && request.url().endsWith('/rooms') && creations.push(request.url()))
  const answers = [route => route.fulfill({ status: 503, contentType: 'application/problem+json', json: { code: 'unavailable' } })]
  let goesOn
  await page.route('**/api/v1/rooms', async route => {
    await new Promise(resolve => (goesOn = resolve))
    await (answers.shift() ?? (() => route.continue()))(route)
  })
  await page.goto(server.url)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const asked = async () => { await expect.poll(() => goesOn).toBeTruthy(); const done = goesOn; goesOn = null; return done }
  await give(page, 'drop', 'first.txt')
  const refuse = await asked()
  await give(page, 'drop', 'second.txt')
  refuse()
  await expect(page.getByRole('alert')).toHaveText(/can’t do this now/)
  await page.getByRole('button', { name: 'Open a room with this name' }).click()
  const open = await asked()
  await give(page, 'paste', 'third.txt')
  open()
  for (const name of ['first.txt', 'second.txt', 'third.txt']) await expect(page.getByRole('link', { name: `Download ${name}` })).toBeVisible()
  expect(creations.length).toBe(2)
})

test('what is given again after an opening that failed goes with what was given before', async ({ page }) => {
  let isRefused = true
  await page.route('**/api/v1/rooms', route => isRefused ? route.fulfill({ status: 503, contentType: 'application/problem+json', json: { code: 'unavailable' } }) : route.continue())
  await page.goto(server.url)
  await give(page, 'drop', 'first.txt')
  await expect(page.getByRole('alert')).toHaveText(/can’t do this now/)
  isRefused = false
  await give(page, 'drop', 'second.txt')
  for (const name of ['first.txt', 'second.txt']) await expect(page.getByRole('link', { name: `Download ${name}` })).toBeVisible()
})

test('files that are read only after their room was opened go into it, and into no room that was entered', async ({ page }) => {
  await server.room({ name: 'other', password })
  const creations = []
  page.on('request', request => request.method() === 'POST' && request.url().endsWith('/rooms') && creations.push(request.url()))
  // As a folder of thousands takes its time.
  const chooseSlowly = () => page.evaluate(async () => {
    const file = await (await navigator.storage.getDirectory()).getFileHandle('late.txt', { create: true })
    await new Promise(opened => {
      window.showOpenFilePicker = () => new Promise(resolve => { window.finish = () => resolve([file]); opened() })
      document.querySelector('.drop input').click()
    })
  })
  await page.goto(server.url)
  await chooseSlowly()
  await page.getByRole('button', { name: 'Open a room with this name' }).click()
  await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
  await page.evaluate(() => window.finish())
  await expect(page.getByRole('link', { name: 'Download late.txt' })).toBeVisible()

  await page.goto(server.url)
  await chooseSlowly()
  await page.getByLabel('Room name').fill('other')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Enter' }).click()
  await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
  await page.evaluate(() => window.finish())
  await page.waitForTimeout(500)
  await expect(page.getByText('The table is empty.')).toBeVisible()
  expect([creations.length, new URL(page.url()).pathname]).toEqual([1, '/other/'])
})

test('a file dropped where nothing takes it doesn’t take the page away', async ({ page }) => {
  await server.room({ name: 'other', password })
  await page.goto(`${server.url}/other/`)
  await expect(page.getByRole('button', { name: 'Enter' })).toBeVisible()
  for (const type of ['dragover', 'drop']) expect(await give(page, type, 'x.txt'), `${type} at the door`).toBe(true)
  await openRoom(page, server.url, wish)
  await openPanel(page)
  await page.getByRole('button', { name: 'Lock uploads' }).click()
  await expect(page.getByText('Uploads are locked by the owner.').first()).toBeVisible()
  for (const type of ['dragover', 'drop']) expect(await give(page, type, 'x.txt'), `${type} while locked`).toBe(true)
  await openPanel(page)
  await closeRoom(page)
  for (const type of ['dragover', 'drop']) expect(await give(page, type, 'x.txt'), `${type} at the end`).toBe(true)
})

test('the invitation is copied, and its QR code holds the link that lets in', async ({ page, browser }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await openRoom(page, server.url, wish)
  await page.getByRole('button', { name: 'Copy invitation' }).click()
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
  const text = await page.evaluate(() => navigator.clipboard.readText())
  expect(text).toMatch(/Room: lab\nPassword: four short plain words$/)

  const link = await scan(page, await page.getByRole('img', { name: 'QR code of the invitation' }).screenshot())
  expect(text.split('\n')).toContain(link)
  const phone = await browser.newPage()
  await phone.goto(link)
  await expect(phone.getByRole('heading', { name: 'On the table' })).toBeVisible()
})

/** What a phone's camera reads from a picture of a QR code. */
async function scan(page, png) {
  const blank = await page.context().newPage()
  const { pixels, width, height } = await blank.evaluate(async address => {
    const image = new Image()
    image.src = address
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    return { pixels: [...context.getImageData(0, 0, image.width, image.height).data], width: image.width, height: image.height }
  }, `data:image/png;base64,${png.toString('base64')}`)
  await blank.close()
  return jsQR(Uint8ClampedArray.from(pixels), width, height)?.data
}

test('who leaves is out, and the others see it', async ({ page, browser }) => {
  await openRoom(page, server.url, wish)
  const tom = await browser.newPage()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  await expect(page.getByText('2 people here')).toBeVisible()
  await tom.getByRole('button', { name: 'Leave' }).click()
  await expect(tom.getByRole('heading', { name: 'Put files in a room.' })).toBeVisible()
  await expect(tom.getByRole('region', { name: 'Rooms on this device' })).toBeHidden()
  await expect(page.getByText('1 person here')).toBeVisible()
  await tom.goto(`${server.url}/lab/`)
  await expect(tom.getByRole('button', { name: 'Enter' })).toBeVisible()
})

test('the owner says when the room closes, sooner or later', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await openPanel(page)
  await page.getByRole('button', { name: 'Let it close in 5 min' }).click()
  await expect(page.getByRole('timer')).toHaveText('5 min')
  await expect(page.getByText(/It closes at .*\d/).first()).toBeVisible()
  await page.getByRole('button', { name: 'Let it close in 4 hours' }).click()
  await expect(page.getByRole('timer')).toHaveText('4 h')
})

test('lifetimes that the server doesn’t allow aren’t offered, at the door and in the room', async ({ page }) => {
  await server.kill()
  server.env = { FLEETING_ROOM_TTL: '20min', FLEETING_ROOM_TTL_MAX: '1h' }
  await server.run()
  await page.goto(server.url)
  const select = page.getByLabel('Open for')
  await expect(select).toBeEnabled()
  await expect(select.locator('option')).toHaveText(['10 min', '20 min', '30 min', '1 hour'])
  await openRoom(page, server.url, wish)
  await expect(page.getByRole('timer')).toHaveText('20 min')
  await openPanel(page)
  const offered = page.getByRole('button', { name: 'Let it close in' })
  await expect(offered).toHaveText(['5 min', '30 min'])
})

test('near its end the owner keeps the room open, and a refusal is shown', async ({ page }) => {
  await page.clock.install()
  await openRoom(page, server.url, wish)
  await openPanel(page)
  await page.getByRole('button', { name: 'Let it close in 5 min' }).click()
  await expect(page.getByRole('timer')).toHaveText('5 min')
  // A stream that seems to have been silent for so long is opened anew, and could tell the server's time, for which nothing has jumped.
  await page.route('**/events', route => route.abort())
  await page.clock.fastForward('03:00')
  const keep = page.getByRole('button', { name: 'Keep it open for 30 min' })
  const refusal = { status: 503, contentType: 'application/problem+json', json: { code: 'busy' } }
  await page.route('**/api/v1/rooms/lab', route => (route.request().method() === 'PATCH' ? route.fulfill(refusal) : route.continue()))
  await keep.click()
  await expect(page.getByRole('alert')).toHaveText('The server is busy. Try again in a moment.')
  await page.unroute('**/api/v1/rooms/lab')
  await keep.click()
  await page.unroute('**/events')
  await expect(keep).toBeHidden()
})

test('a new password lets in, the old one no longer, and who is in stays', async ({ page, browser }) => {
  await openRoom(page, server.url, wish)
  const tom = await browser.newPage()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  await expect(tom.locator('.invite .say').last()).toHaveText(password)
  await openPanel(page)
  // The server tells all of the change before it answers its owner.
  await page.route('**/api/v1/rooms/lab', async route => {
    const response = await route.fetch()
    await new Promise(resolve => setTimeout(resolve, 500))
    await route.fulfill({ response })
  })
  await page.getByLabel('New password').fill('quite other plain words')
  await page.getByRole('button', { name: 'Change', exact: true }).click()
  await expect(page.getByText('Changed').first()).toBeVisible()
  await expect(page.getByLabel('New password')).toHaveValue('')
  await expect(page.locator('.invite .say').last()).toHaveText('quite other plain words')
  // Nobody is invited with the old one: who is in is told, and after a reload doesn't know it either.
  await expect(tom.getByText('The owner has changed the password.')).toBeAttached()
  await expect(tom.getByText('The password is with whoever opened the room.')).toBeVisible()
  await tom.reload()
  await expect(tom.getByRole('heading', { name: 'On the table' })).toBeVisible()
  await expect(tom.getByText('The password is with whoever opened the room.')).toBeVisible()
  await expect(tom.getByText(password)).toHaveCount(0)
  const ada = await (await browser.newContext()).newPage()
  await ada.goto(`${server.url}/lab/#${encodeURIComponent(password)}`)
  await expect(ada.getByRole('alert')).toHaveText(/open no room/)
  await ada.getByLabel('Password', { exact: true }).fill('quite other plain words')
  await ada.getByRole('button', { name: 'Enter' }).click()
  await expect(ada.getByRole('heading', { name: 'On the table' })).toBeVisible()
})

test('the server dies and comes back: page and uploads go on by themselves, three at once', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await throttle(page, 3_000_000)
  let [running, most] = [0, 0]
  const isUpload = request => request.method() === 'PATCH'
  page.on('request', r => isUpload(r) && (most = Math.max(most, ++running)))
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, r => isUpload(r) && running--)
  const names = Array.from({ length: 9 }, (_, i) => `part-${i}.bin`)
  await page.getByLabel(zone).setInputFiles(names.map(name => bytes(name, 1_500_000)))
  await expect(page.getByText(/of 1\.5 MB/).first()).toBeVisible()
  await server.kill()
  await expect(page.getByText(/The connection broke/).first()).toBeVisible()
  await expect(page.getByText('Looking for the server…')).toBeVisible({ timeout: 15_000 })
  await server.run()
  await expect(page.getByRole('link', { name: /^Download part/ })).toHaveCount(9, { timeout: 45_000 })
  await expect(page.getByText('Looking for the server…')).toBeHidden()
  expect(most).toBeLessThanOrEqual(3)
})

test('a page whose parts the server no longer has says so, and is whole once it is loaded anew', async ({ page }) => {
  const part = /\/assets\/going-up-/
  await page.route(part, route => route.fulfill({ status: 404 }))
  await openRoom(page, server.url, wish)
  const notice = page.getByRole('alert').filter({ hasText: 'Parts of this page' })
  await expect(notice).toBeVisible()
  await page.unroute(part)
  await notice.getByRole('button', { name: 'Reload' }).click()
  await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
  await expect(notice).toBeHidden()
})

test('the whole room comes as one ZIP', async ({ page }) => {
  await openRoom(page, server.url, wish)
  const all = page.getByRole('link', { name: 'Download all' })
  await page.getByLabel(zone).setInputFiles([bytes('one.txt', 10)])
  await expect(page.getByRole('link', { name: 'Download one.txt' })).toBeVisible()
  await expect(all).toBeHidden()
  await page.getByLabel(zone).setInputFiles([bytes('two.txt', 20)])
  const [download] = await Promise.all([page.waitForEvent('download'), all.click()])
  expect(download.suggestedFilename()).toBe('lab.zip')
  const zip = readFileSync(await download.path(), 'latin1')
  expect(zip.startsWith('PK')).toBe(true)
  for (const name of ['one.txt', 'two.txt']) expect(zip).toContain(name)
})

test('a file name that can’t be kept is told as one, with what to do', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await page.getByLabel(zone).setInputFiles([bytes(`${'ä'.repeat(120)}${'x'.repeat(20)}.txt`, 10)])
  await expect(page.getByText(/did not arrive\. Its name can’t be kept/).first()).toBeVisible()
})

test('on a narrow page nothing lies over anything, and the invitation folds to one row above the files', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 })
  await openRoom(page, server.url, wish)
  const box = locator => locator.boundingBox()
  const [lamp, people] = [await box(page.locator('.lamp')), await box(page.locator('.people'))]
  expect(people.x - (lamp.x + lamp.width)).toBeGreaterThan(8)
  const invitation = page.getByRole('region', { name: 'Let someone in' })
  expect((await box(invitation)).height).toBeLessThan(100)
  expect((await box(invitation)).y).toBeLessThan((await box(page.locator('.drop'))).y)
  await page.getByRole('button', { name: 'Show code' }).click()
  await expect(page.getByRole('img', { name: 'QR code of the invitation' })).toBeVisible()
  await page.getByRole('button', { name: 'Hide code' }).click()
  await expect(page.getByRole('button', { name: 'Copy invitation' })).toBeHidden()
  await page.getByLabel(zone).setInputFiles([bytes('a.txt', 100_000), bytes('b.txt', 100_000)])
  await page.getByRole('button', { name: 'Select', exact: true }).click()
  await expect(page.getByText('Tick what you want as one ZIP.')).toBeVisible()
  expect((await box(page.getByRole('heading', { name: 'On the table' }))).height, 'on one line').toBeLessThan(30)
})

test('a name from right to left stands where the others do, and the door has a heading', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await page.getByLabel(zone).setInputFiles([bytes('a.txt', 10), bytes('غرفة.txt', 10)])
  await expect(page.getByRole('link', { name: /^Download (?!all)/ })).toHaveCount(2)
  const lefts = await page.locator('.title').evaluateAll(titles => titles.map(title => title.getBoundingClientRect().left))
  expect(lefts[0]).toBe(lefts[1])
  await page.goto(`${server.url}/elsewhere/`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Enter a room')
})

test('the owner who won’t close the room after all says No', async ({ page }) => {
  await openRoom(page, server.url, wish)
  await openPanel(page)
  await page.getByRole('button', { name: 'Close the room now' }).click()
  await page.getByRole('button', { name: 'No', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Close the room now' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Yes, close it' })).toBeHidden()
})
