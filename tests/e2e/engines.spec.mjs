// The way of a file from one person to another, in every browser that Playwright drives here.
import { createHash } from 'node:crypto'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { bytes, closeRoom, violations, watch } from './steps.mjs'

let server
test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

/** What the page's download link gives. Firefox tells a driver of no downloads, so the page fetches it; where it leads to a store, which lets
    no page read it, the driver does, with the page's cookies. */
const digestOf = (page, link) => (process.env.TEST_ENGINES ? digestOfFetched(page, link) : link.getAttribute('href').then(href => page.evaluate(async href => {
  const content = await (await fetch(href)).arrayBuffer()
  return { size: content.byteLength, hex: [...new Uint8Array(await crypto.subtle.digest('SHA-256', content))].map(b => b.toString(16).padStart(2, '0')).join('') }
}, href)))
async function digestOfFetched(page, link) {
  const content = await (await page.context().request.get(new URL(await link.getAttribute('href'), page.url()).href)).body()
  return { size: content.length, hex: createHash('sha256').update(content).digest('hex') }
}

/** What a room has beside its list, by axe, in light and dark: its owner's panel, a selection, a note, a preview. */
async function expectAccessible(owner, member) {
  await owner.getByText('You opened this room').click()
  await expect(owner.getByText('Let it close in')).toBeVisible()
  await owner.getByRole('button', { name: 'Select' }).click()
  await owner.getByRole('button', { name: 'Write a note' }).click()
  await member.getByRole('button', { name: 'α notes.txt: look at it' }).click()
  await expect(member.getByRole('dialog').locator('pre')).toContainText('α notes')
  for (const colorScheme of ['light', 'dark'])
    for (const page of [owner, member]) {
      await page.emulateMedia({ colorScheme })
      expect(await violations(page), colorScheme).toEqual([])
    }
  await owner.getByText('You opened this room').click()
}

test('a file goes from one browser to another, and the room closes', async ({ browser }) => {
  test.setTimeout(120_000)
  const [mara, tom] = [await (await browser.newContext()).newPage(), await (await browser.newContext()).newPage()]
  const problems = [mara, tom].map(page => watch(page, server.url))
  await mara.goto(server.url)
  expect(await violations(mara)).toEqual([])
  const file = bytes('large.bin', 9_000_000)
  await mara.getByLabel('Drop files here to open a room').setInputFiles([file, bytes('α notes.txt', 1000)])
  await expect(mara.getByRole('link', { name: 'Download large.bin' })).toBeVisible({ timeout: 30_000 })
  expect(await violations(mara)).toEqual([])

  const secret = await mara.locator('.invite .say').last().textContent()
  await tom.goto(`${mara.url()}#${encodeURIComponent(secret)}`)
  const link = tom.getByRole('link', { name: 'Download large.bin' })
  await expect(link).toBeVisible()
  await expect(mara.getByText('2 people here')).toBeVisible()
  expect(await digestOf(tom, link)).toEqual({ size: 9_000_000, hex: createHash('sha256').update(file.buffer).digest('hex') })
  await tom.getByLabel('Drop, paste or choose files').setInputFiles([bytes('answer.txt', 20)])
  await expect(mara.getByRole('link', { name: 'Download answer.txt' })).toBeVisible()

  await expectAccessible(mara, tom)
  await closeRoom(mara)
  await expect(tom.getByRole('heading', { name: 'The light is out.' })).toBeVisible()
  expect(await violations(tom)).toEqual([])
  expect(problems).toEqual([[], []])
})
