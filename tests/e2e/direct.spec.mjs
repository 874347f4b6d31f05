// Large files that a page sends straight to the store (Ceph's): the server carries none of them. DIRECT_MIB is how large the first one is.
import { createHash, randomFillSync } from 'node:crypto'
import { createReadStream, mkdirSync, openSync, closeSync, writeSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { Ceph } from '../support/ceph.mjs'
import { makeFolder, Server } from '../support/server.mjs'
import { test } from './checked.mjs'
import { enterRoom, openRoom, shoot, throttle, violations, watch } from './steps.mjs'

const MiB = 1 << 20
const large = Number(process.env.DIRECT_MIB || 64) * MiB
const wish = { name: 'lab', password: 'four short plain words', nickname: 'Mara' }
const zone = 'Drop, paste or choose files'

// One Ceph for all of them.
test.describe.configure({ mode: 'default' })
let ceph, server, folder, bucket
test.beforeAll(async () => {
  ceph = await Ceph.start()
  folder = makeFolder('direct')
})
test.afterAll(async () => {
  await ceph?.stop()
  rmSync(folder, { recursive: true })
})
test.beforeEach(async ({}, { workerIndex, repeatEachIndex, retry, testId }) => {
  bucket = `e2e-${testId.slice(-8)}-${workerIndex}${repeatEachIndex}${retry}`
  ceph.makeBucket(bucket)
  server = await Server.start({
    FLEETING_METRICS_LISTEN: '127.0.0.1:0', FLEETING_S3_ENDPOINT: ceph.url, FLEETING_S3_BUCKET: bucket,
    FLEETING_S3_ACCESS_KEY: Ceph.accessKey, FLEETING_S3_SECRET_KEY: Ceph.secretKey,
  })
})
test.afterEach(async () => { await server.stop() })

/** A file of random bytes on the disk; more than Playwright takes from memory. */
function makeFile(name, size) {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  const file = openSync(path, 'w')
  const piece = Buffer.alloc(8 * MiB)
  for (let at = 0; at < size; at += piece.length) writeSync(file, randomFillSync(piece), 0, Math.min(piece.length, size - at))
  closeSync(file)
  return path
}
async function sha256(path) {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece)
  return hash.digest('hex')
}
const link = (page, name) => page.getByRole('link', { name: `Download ${name}` })
async function download(page, name) {
  const [got] = await Promise.all([page.waitForEvent('download'), link(page, name).click()])
  const path = join(folder, `got-${name}`)
  await got.saveAs(path)
  expect(got.suggestedFilename()).toBe(name)
  return path
}
/** Numbers of the parts that a page sends to the store from now on, and what it asks of the server. */
function listen(page) {
  const heard = { parts: [], asked: [] }
  page.on('request', request => {
    const { origin, pathname, searchParams } = new URL(request.url())
    if (origin === ceph.url && request.method() === 'PUT') heard.parts.push(Number(searchParams.get('partNumber')))
    else if (request.method() !== 'GET') heard.asked.push(`${request.method()} ${pathname.replace(/.*\/rooms\/lab/, '').replace(/[0-9a-f]{32}/, 'ID')}`)
  })
  return heard
}
const carried = async () => Math.max(await server.metric('received_bytes'), await server.metric('sent_bytes'), await server.metric('s3_sent_bytes'), await server.metric('s3_received_bytes'))

test('a large file goes from the page to the store and from there to a member, and not by the server', async ({ page, browser }) => {
  test.setTimeout(60_000 + large / 5_000)
  const problems = watch(page, server.url, ceph.url)
  const path = makeFile('film.mkv', large)
  await openRoom(page, server.url, wish)
  const tom = await (await browser.newContext()).newPage()
  const toms = watch(tom, server.url, ceph.url)
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  const before = await carried()
  const heard = listen(page)
  await page.getByLabel(zone).setInputFiles([path])
  await expect(link(tom, 'film.mkv')).toBeVisible({ timeout: large / 5_000 })
  expect(heard.parts.sort((a, b) => a - b)).toEqual(Array.from({ length: large / 8 / MiB }, (_, i) => i + 1))
  expect(await sha256(await download(tom, 'film.mkv'))).toBe(await sha256(path))
  // What the node carried is the page itself, its list, and the parts' names.
  expect((await carried()) - before).toBeLessThan(MiB)
  expect(await server.metric('received_bytes')).toBeLessThan(MiB)
  expect(await server.metric('direct_bytes')).toBe(large)
  expect([...problems, ...toms]).toEqual([])
  expect(await violations(page)).toEqual([])
  await shoot(page, 'direct-done')
})

test('after a reload a direct upload goes on with the parts that aren’t recorded', async ({ page, browser }) => {
  test.setTimeout(120_000)
  const problems = watch(page, server.url, ceph.url)
  const path = makeFile('talk.mkv', 64 * MiB)
  await openRoom(page, server.url, wish)
  const tom = await (await browser.newContext()).newPage()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  await throttle(page, 12_000_000)
  await page.getByLabel(zone).setInputFiles([path])
  await expect.poll(() => server.metric('direct_parts'), { timeout: 40_000 }).toBeGreaterThanOrEqual(2)
  await expect(tom.getByText(/can be downloaded once|whole/)).toBeVisible()
  await expect(link(tom, 'talk.mkv')).toBeHidden()
  await shoot(page, 'direct-uploading')
  await shoot(tom, 'direct-arriving')
  await page.reload()
  await expect(page.getByText(/Stopped at [1-9]\d?%. Choose the same file and it goes on/)).toBeVisible()
  await shoot(page, 'direct-interrupted')
  const recorded = await server.metric('direct_parts')
  const heard = listen(page)
  await throttle(page, -1)
  await page.getByLabel(zone).setInputFiles([path])
  await expect(link(page, 'talk.mkv')).toBeVisible({ timeout: 60_000 })
  expect(heard.parts.length).toBe(8 - recorded)
  expect(new Set(heard.parts).size).toBe(heard.parts.length)
  expect(heard.asked).not.toContain('POST /direct-uploads')
  expect(await sha256(await download(page, 'talk.mkv'))).toBe(await sha256(path))
  expect(await server.metric('received_bytes')).toBeLessThan(MiB)
  expect(problems).toEqual([])
})

test('while the store is away or hangs, the page says so, and the upload goes on when it is back', async ({ page }) => {
  test.setTimeout(180_000)
  const problems = watch(page, server.url, ceph.url)
  const path = makeFile('lecture.mkv', 64 * MiB)
  await openRoom(page, server.url, wish)
  await throttle(page, 8_000_000)
  await page.getByLabel(zone).setInputFiles([path])
  await expect.poll(() => server.metric('direct_parts'), { timeout: 40_000 }).toBeGreaterThanOrEqual(1)
  await ceph.end('SIGKILL', 'gateway')
  await expect(page.getByText(/The connection broke; trying again/)).toBeVisible({ timeout: 20_000 })
  await shoot(page, 'direct-store-away')
  await page.waitForTimeout(3_000)
  await ceph.runGateway()
  const recorded = await server.metric('direct_parts')
  await expect.poll(() => server.metric('direct_parts'), { timeout: 60_000 }).toBeGreaterThan(recorded)
  ceph.signal('SIGSTOP', 'gateway')
  await page.waitForTimeout(5_000)
  ceph.signal('SIGCONT', 'gateway')
  await throttle(page, -1)
  await expect(link(page, 'lecture.mkv')).toBeVisible({ timeout: 90_000 })
  expect(await sha256(await download(page, 'lecture.mkv'))).toBe(await sha256(path))
  expect(problems).toEqual([])
})

test('a part that stands still is given up and sent again', async ({ page }) => {
  test.setTimeout(120_000)
  const path = makeFile('still.mkv', 64 * MiB)
  await page.clock.install()
  await openRoom(page, server.url, wish)
  await throttle(page, 8_000_000)
  await page.getByLabel(zone).setInputFiles([path])
  await expect.poll(() => server.metric('direct_parts'), { timeout: 40_000 }).toBeGreaterThanOrEqual(1)
  // It takes what its kernel does, and answers nothing.
  ceph.signal('SIGSTOP', 'gateway')
  await throttle(page, -1)
  await page.waitForTimeout(3_000)
  await expect(page.getByText(/The connection broke/)).toHaveCount(0)
  await page.clock.fastForward('01:01')
  await expect(page.getByText(/The connection broke/).first()).toBeVisible()
  ceph.signal('SIGCONT', 'gateway')
  await expect(link(page, 'still.mkv')).toBeVisible({ timeout: 60_000 })
  expect(await sha256(await download(page, 'still.mkv'))).toBe(await sha256(path))
})

test('where a browser can’t reach the store, its files go by the server', async ({ page }) => {
  test.setTimeout(120_000)
  const path = makeFile('behind.mkv', 20 * MiB)
  await openRoom(page, server.url, wish)
  await page.route(`${ceph.url}/**`, route => route.abort())
  const heard = listen(page)
  await page.getByLabel(zone).setInputFiles([path])
  await expect(page.getByText(/The connection broke/).first()).toBeVisible()
  await expect(link(page, 'behind.mkv')).toBeVisible({ timeout: 60_000 })
  expect(heard.asked).toContain('DELETE /files/ID')
  expect(await server.metric('received_bytes')).toBeGreaterThan(20 * MiB)
  await page.unroute(`${ceph.url}/**`)
  expect(await sha256(await download(page, 'behind.mkv'))).toBe(await sha256(path))
})

test('a cancelled direct upload leaves nothing at the store', async ({ page }) => {
  const path = makeFile('mistake.mkv', 32 * MiB)
  await openRoom(page, server.url, wish)
  await throttle(page, 4_000_000)
  await page.getByLabel(zone).setInputFiles([path])
  await expect.poll(() => ceph.keys(bucket).length).toBe(1)
  await page.getByRole('button', { name: 'Cancel mistake.mkv' }).click()
  await expect.poll(() => ceph.keys(bucket)).toEqual([])
  await expect(page.getByText('mistake.mkv', { exact: true })).toBeHidden()
})
