// The whole way through a room in a browser without JavaScript.
import { readFileSync } from 'node:fs'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { shoot } from './steps.mjs'

test.use({ javaScriptEnabled: false })
let server
test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

async function pass(page, button, nickname) {
  await page.goto(server.url)
  await page.getByLabel('Room name').fill('lab-7')
  await page.getByLabel('Password').fill('blue otter lamp')
  await page.getByLabel('Your name').fill(nickname)
  await page.getByRole('button', { name: button }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'lab-7' })).toBeVisible()
}

test('open a room, add files, take them, remove one and leave', async ({ page, browser }) => {
  const violations = []
  page.on('console', message => { if (message.type() === 'error') violations.push(message.text()) })
  await pass(page, 'Open a room', 'Ada')
  await expect(page.getByText('Nothing yet.')).toBeVisible()
  await page.getByLabel('Files to add').setInputFiles([
    { name: 'notes & <b>.txt', mimeType: 'text/plain', buffer: Buffer.from('one') }, { name: 'big.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(2 << 20, 7) },
  ])
  await page.getByRole('button', { name: 'Put them on the table' }).click()
  await expect(page.getByRole('listitem')).toHaveCount(2)
  expect(page.url()).toBe(`${server.url}/lab-7/?plain`)
  await shoot(page, 'plain-room')

  const other = await (await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 }, colorScheme: 'dark' })).newPage()
  await pass(other, 'Enter', 'Tom')
  await shoot(other, 'plain-room-phone-dark')
  await expect(other.getByRole('button', { name: 'Remove' })).toHaveCount(0)
  const waits = other.waitForEvent('download')
  await other.getByRole('link', { name: 'notes & <b>.txt' }).click()
  expect(readFileSync(await (await waits).path(), 'utf8')).toBe('one')
  await other.getByRole('button', { name: 'Leave the room' }).click()
  await expect(other.getByRole('button', { name: 'Enter' })).toBeVisible()
  await shoot(other, 'plain-door-phone-dark')

  await page.getByRole('button', { name: 'Remove big.bin' }).click()
  await expect(page.getByRole('listitem')).toHaveCount(1)
  expect(violations).toEqual([])
})

test('a wrong password is told, and who comes by the room\'s address is asked for one', async ({ page }) => {
  await pass(page, 'Open a room', 'Ada')
  await page.context().clearCookies()
  await page.goto(`${server.url}/lab-7/`)
  await shoot(page, 'plain-shell')
  await page.getByRole('link', { name: 'To its files' }).click()
  await expect(page.getByLabel('Room name')).toHaveValue('lab-7')
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Enter' }).click()
  await expect(page.getByRole('alert')).toHaveText('That name and password open no room.')
  await shoot(page, 'plain-door')
})
