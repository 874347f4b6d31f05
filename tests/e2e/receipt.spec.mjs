// What the page shows of a room's receipt, on the real server.
import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { bytes, closeRoom, enterRoom, openRoom, violations, watch } from './steps.mjs'

const wish = { name: 'lab', password: 'four short plain words', nickname: 'Mara' }
const over = page => expect(page.getByRole('heading', { name: 'The light is out.' })).toBeVisible()
const erased = /Everything in it was erased at \d.*, \d+[.\d]*\s(s|min) after the end: 1 file, 1\.0 kB\./
let server

test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

/** A room with one file of a thousand bytes, and a member in a browser of their own. */
async function roomOfTwo(page) {
  await openRoom(page, server.url, wish)
  await page.getByLabel('Drop, paste or choose files').setInputFiles([bytes('a.bin', 1000)])
  await expect(page.getByRole('link', { name: 'Download a.bin' })).toBeVisible()
  const other = await (await page.context().browser().newContext()).newPage()
  await enterRoom(other, server.url, { name: wish.name, password: wish.password })
  return other
}

test('everybody who was in the room sees what was erased, and can save a receipt that holds', async ({ page }) => {
  const problems = watch(page, server.url)
  const other = await roomOfTwo(page)
  await closeRoom(page)
  for (const each of [page, other]) {
    await over(each)
    await expect(each.getByRole('status')).toHaveText(erased)
  }
  const [download] = await Promise.all([other.waitForEvent('download'), other.getByRole('link', { name: 'Save the receipt' }).click()])
  expect(download.suggestedFilename()).toBe('receipt-lab.json')
  const { statement, signature } = JSON.parse(readFileSync(await download.path(), 'utf8'))
  const key = await fetch(`${server.url}/api/v1/receipt-key`).then(r => r.text())
  expect(verify(null, Buffer.from(statement), createPublicKey(key), Buffer.from(signature, 'base64'))).toBe(true)
  expect(await violations(page)).toEqual([])
  expect(problems).toEqual([])
})

test('while bytes are being erased the page says so, and then that it takes longer', async ({ page }) => {
  let isHeldBack = true
  await page.route('**/receipt', route => (isHeldBack ? route.fulfill({ status: 409, contentType: 'application/problem+json', body: '{"code":"not_erased_yet"}' }) : route.continue()))
  await page.clock.install()
  await roomOfTwo(page)
  await closeRoom(page)
  await over(page)
  await expect(page.getByRole('status')).toHaveText('What was in it is being erased…')
  await page.clock.runFor(17_000)
  await expect(page.getByRole('status')).toContainText('It isn’t confirmed yet')
  expect(await violations(page)).toEqual([])
  isHeldBack = false
  await page.getByRole('button', { name: 'Look again' }).click()
  await expect(page.getByRole('status')).toHaveText(erased)
})

test('who comes back the next day is shown no receipt', async ({ page }) => {
  const problems = watch(page, server.url)
  await page.route('**/receipt', route => route.fulfill({ status: 404, contentType: 'application/problem+json', body: '{"code":"not_found"}' }))
  await roomOfTwo(page)
  await closeRoom(page)
  await over(page)
  await expect(page.getByRole('status')).toBeEmpty()
  await expect(page.getByRole('link', { name: 'Save the receipt' })).toHaveCount(0)
  expect(problems).toEqual([])
})
