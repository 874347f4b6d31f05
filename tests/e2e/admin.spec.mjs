// The operator's page: it asks for the token, shows the node live, and ends, blocks and drains.
import { createHash } from 'node:crypto'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { freePort, generous, Server } from '../support/server.mjs'
import { bytes, openRoom, violations, watch } from './steps.mjs'

const token = 'the-operator-and-nobody-else-0123456789'
const wish = { name: 'amber-otter', password: 'kiln-fern-amber-74', nickname: 'Mara' }
let server, admin
test.beforeEach(async () => {
  admin = `http://127.0.0.1:${await freePort()}`
  server = await Server.alone({ ...generous, FLEETING_ADMIN_LISTEN: new URL(admin).host, FLEETING_ADMIN_TOKEN: token, FLEETING_SECURITY_CONTACT: 'mailto:abuse@files.example' })
})
test.afterEach(async () => { await server.stop() })

async function enter(page) {
  await page.goto(`${admin}/admin`)
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Open' }).click()
  await expect(page.getByRole('heading', { name: 'This node' })).toBeVisible()
}
const putAs = (room, name, body) => fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', headers: room.bearer, body })

test('it asks for the token, forgets a wrong one, and remembers the right one for its tab', async ({ page }) => {
  const problems = watch(page, admin)
  await page.goto(`${admin}/admin`)
  await expect(page.getByLabel('Token')).toBeFocused()
  await expect(page.getByRole('heading', { name: 'Rooms' })).toBeHidden()
  await page.getByLabel('Token').fill(`${token}x`)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toHaveText('That isn’t the token.')
  await page.getByLabel('Token').fill(token)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status')).toHaveText(/^Ready · version/)
  await page.reload()
  await expect(page.getByRole('status')).toHaveText(/^Ready/)
  await expect(page.getByLabel('Token')).toBeHidden()
  const other = await page.context().newPage()
  await other.goto(`${admin}/admin`)
  await expect(other.getByLabel('Token')).toBeVisible()
  expect(problems).toEqual([])
})

test('rooms come and go by themselves, without names, and one is ended by two presses', async ({ page }) => {
  const problems = watch(page, admin)
  await enter(page)
  await expect(page.getByText('No room is open.')).toBeVisible()
  await expect(page.getByRole('table')).toBeHidden()
  const room = await server.room(wish)
  await putAs(room, 'wedding.zip', 'x'.repeat(2500))
  const row = page.getByRole('row', { name: room.room.id })
  await expect(row).toContainText('2.5 kB', { timeout: 5_000 })
  await expect(page.locator('body')).not.toContainText(/amber-otter|wedding|Mara/)
  const end = row.getByRole('button')
  await end.click()
  await expect(end).toHaveText('Sure?')
  await page.waitForTimeout(2_500)
  await expect(end).toHaveText('Sure?', { timeout: 100 })
  await end.click()
  await expect(row).toBeHidden()
  expect((await fetch(`${server.url}/api/v1/rooms/amber-otter`, { headers: room.bearer })).status).toBe(410)
  const next = await server.room({ ...wish, name: 'next' })
  await page.getByLabel('End a reported room').fill('NEXT')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('End a reported room')).toHaveValue('')
  await expect(page.getByText('NEXT has ended.')).toBeVisible()
  expect((await fetch(`${server.url}/api/v1/rooms/next`, { headers: next.bearer })).status).toBe(410)
  await page.getByLabel('End a reported room').fill('nobody')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toHaveText('No room has that name.')
  expect(problems).toEqual([])
})

test('a file is blocked, its members are told by whom, and it is let in again', async ({ page, context }) => {
  await enter(page)
  const members = await context.newPage()
  await openRoom(members, server.url, wish)
  await members.getByLabel('Drop, paste or choose files').setInputFiles(bytes('bad.exe', 5000))
  await expect(members.getByRole('link', { name: 'Download bad.exe' })).toBeVisible()
  const digest = createHash('sha256').update(bytes('bad.exe', 5000).buffer).digest('hex')
  await page.getByLabel('Block a file or a network').fill(digest)
  await page.getByRole('button', { name: 'Block', exact: true }).click()
  await expect(page.locator('#blocks')).toContainText(digest)
  await expect(members.getByText('removed by the operator', { exact: true })).toBeVisible()
  await members.getByRole('link', { name: 'Report abuse' }).focus()
  await expect(members.getByRole('link', { name: 'Report abuse' })).toHaveAttribute('href', 'mailto:abuse@files.example?subject=Report%20abuse%3A%20amber-otter')
  const unblock = page.getByRole('button', { name: `Unblock ${digest}` })
  await unblock.click()
  await page.getByRole('button', { name: `Sure? Unblock ${digest}` }).click()
  await expect(page.locator('#blocks')).toBeEmpty()
  await expect(page.getByText('Nothing is blocked.')).toBeVisible()
  await page.getByLabel('Block a file or a network').fill('0.0.0.0/0')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toHaveText(/^Neither a SHA-256, nor .* no wider than a \/8/)
})

test('the node is drained and opened again', async ({ page }) => {
  await enter(page)
  await page.getByRole('button', { name: 'Drain this node' }).click()
  await expect(page.getByRole('status')).toHaveText(/^Draining/)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503)
  await page.getByRole('button', { name: 'Open rooms again' }).click()
  await expect(page.getByRole('status')).toHaveText(/^Ready/)
  await server.kill()
  await expect(page.getByRole('status')).toHaveText(/^The node doesn’t answer\. What follows is of \d+:\d\d:\d\d/, { timeout: 8_000 })
})

for (const scheme of ['light', 'dark'])
  for (const width of [1280, 390])
    test(`it is accessible and no wider than its window: ${scheme}, ${width}`, async ({ page }) => {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme: scheme })
      for (const name of ['amber-otter', 'brisk-heron', 'calm-ibex']) await putAs(await server.room({ name, ttl_seconds: 3600 }), 'file', 'x'.repeat(12_345))
      await page.goto(`${admin}/admin`)
      await expect(page.getByLabel('Token')).toBeVisible()
      expect(await violations(page)).toEqual([])
      await enter(page)
      await page.getByLabel('Block a file or a network').fill('203.0.113.0/24')
      await page.keyboard.press('Enter')
      await expect(page.locator('#blocks li')).toHaveCount(1)
      await expect(page.locator('#rooms tr')).toHaveCount(3)
      expect(await violations(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    })
