// What members see of the virus scan: that a file waits for it, that it can be had then, and why one is gone.
import { expect } from '@playwright/test'
import { Clamd, eicar } from '../support/clamd.mjs'
import { Server } from '../support/server.mjs'
import { test } from './checked.mjs'
import { bytes, enterRoom, openRoom, shoot, violations, watch } from './steps.mjs'

const wish = { name: 'lab', password: 'four short plain words', nickname: 'Mara' }
const row = (page, name) => page.getByRole('listitem').filter({ hasText: name })
const link = (page, name) => row(page, name).getByRole('link')
const give = (page, ...files) => page.getByLabel('Drop, paste or choose files').setInputFiles(files)

// One clamd for all of them, and each stops it.
test.describe.configure({ mode: 'default' })
let clamd, server
test.beforeAll(async () => { clamd = await Clamd.start() })
test.afterAll(async () => { await clamd?.stop() })
const serve = async (env = {}) => { server = await Server.start({ FLEETING_SCAN_SOCKET: clamd.socket, ...env }) }
test.afterEach(async () => {
  clamd.goOn()
  await server.stop()
})
async function pair(page, browser) {
  await openRoom(page, server.url, wish)
  const tom = await (await browser.newContext()).newPage()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  return tom
}

test('a file waits for the scan before anybody can download it, its uploader included', async ({ page, browser }) => {
  await serve()
  const problems = watch(page, server.url)
  const tom = await pair(page, browser)
  clamd.pause()
  await give(page, bytes('report.bin', 100_000))
  for (const each of [page, tom]) {
    await expect(row(each, 'report.bin')).toContainText('being checked for viruses')
    await expect(link(each, 'report.bin')).toHaveCount(0)
  }
  expect(await violations(tom)).toEqual([])
  await shoot(tom, 'checking')
  clamd.goOn()
  for (const each of [page, tom]) await expect(link(each, 'report.bin')).toHaveText('Download')
  const [saved] = await Promise.all([tom.waitForEvent('download'), link(tom, 'report.bin').click()])
  expect(saved.suggestedFilename()).toBe('report.bin')
  expect(problems).toEqual([])
})

test('an infected file goes, and everybody reads why', async ({ page, browser }) => {
  await serve()
  const tom = await pair(page, browser)
  clamd.pause()
  await give(page, { name: 'present.txt', mimeType: 'text/plain', buffer: Buffer.from(eicar) })
  for (const each of [page, tom]) await expect(row(each, 'present.txt')).toContainText('being checked for viruses')
  clamd.goOn()
  for (const each of [page, tom]) await expect(row(each, 'present.txt')).toContainText('removed by the virus scan')
  await expect(row(tom, 'present.txt')).toHaveCount(0)
})

test('nobody is offered to download behind an upload', async ({ page, browser }) => {
  await serve()
  const tom = await pair(page, browser)
  await page.route(/\/files\//, route => (route.request().method() === 'PATCH' ? undefined : route.continue()))
  await give(page, bytes('long.bin', 3_000_000))
  await expect(row(tom, 'long.bin')).toContainText('to be downloaded once it is whole')
  await expect(link(tom, 'long.bin')).toHaveCount(0)
  await page.unrouteAll({ behavior: 'ignoreErrors' })
})

test('a file that is too large for the scan has a mark', async ({ page }) => {
  await serve({ FLEETING_SCAN_LIMIT: '100KiB', FLEETING_SCAN_LARGER: 'offer' })
  await openRoom(page, server.url, wish)
  await give(page, bytes('large.bin', 300_000), bytes('small.bin', 1_000))
  await expect(row(page, 'large.bin')).toContainText('not checked for viruses')
  await expect(link(page, 'small.bin')).toHaveText('Download')
  await expect(row(page, 'small.bin')).not.toContainText('viruses')
})
