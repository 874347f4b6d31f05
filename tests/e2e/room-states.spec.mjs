// The room in all its states at once, as everybody gets to see it: small, dark, from right to left, and by a screen reader.
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { bytes, enterRoom, openRoom, shoot, throttle, violations } from './steps.mjs'

const password = 'four short plain words'
const zone = '.drop input[type=file] >> nth=0'

let server
test.beforeEach(async () => { server = await Server.start({ FLEETING_ROOM_SIZE_LIMIT: '9MB', FLEETING_FILE_SIZE_LIMIT: '9MB' }) })
test.afterEach(async () => { await server.stop() })

/** Uploads that run, wait, pause, have failed and were interrupted; files that deceive; and somebody else. */
async function fill(page, browser) {
  await openRoom(page, server.url, { name: 'lab', password, nickname: 'Mara' })
  const tom = await (await browser.newContext()).newPage()
  await enterRoom(tom, server.url, { name: 'lab', password, nickname: 'A nickname of forty characters in all, 40' })
  await tom.locator(zone).setInputFiles([bytes('photo.jpg.exe', 900), bytes(`${'a-very-long-name-without-a-blank-'.repeat(3)}.tar.gz`, 900)])
  await expect(page.locator('.table .rows > li')).toHaveCount(2)
  await throttle(page, 100_000)
  await page.locator(zone).setInputFiles([bytes('stopped.bin', 1_200_000)])
  await expect(page.locator('.meter')).not.toHaveAttribute('aria-valuenow', '0', { timeout: 20_000 })
  await page.reload()
  await expect(page.getByText(/Stopped at/)).toBeVisible()
  await throttle(page, 60_000)
  await page.locator(zone).setInputFiles([...['paused', 'running', 'other', 'third', 'waiting'].map(name => bytes(`${name}.bin`, 1_200_000)), bytes('holiday.mp4', 8_700_000)])
  await page.getByRole('button', { name: 'Pause paused.bin' }).click()
  await expect(page.getByText(/holiday\.mp4 needs/).first()).toBeVisible()
  await page.getByRole('button', { name: 'More: photo.jpg.exe' }).click()
  await page.getByText('You opened this room').click()
}

async function check(page, width, name) {
  await shoot(page, name)
  expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(width)
  expect(await violations(page), name).toEqual([])
  const small = await page.evaluate(() => [...document.querySelectorAll('main button, main a, main select, main summary, main input:not([type=file])')]
    .map(e => (e.matches('[type=checkbox]') ? e.closest('label') : e)).filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
    .map(e => `${e.tagName} ${e.textContent}`))
  expect(small, `${name}: targets under 44 px`).toEqual([])
}

for (const [width, height, colorScheme] of [[320, 700, 'dark'], [1280, 900, 'light']])
  test(`every state is accessible at ${width} in ${colorScheme}, in Arabic too, and nothing scrolls sideways`, async ({ browser }) => {
    test.setTimeout(120_000)
    const page = await (await browser.newContext({ viewport: { width, height }, colorScheme })).newPage()
    await fill(page, browser)
    await check(page, width, `states-${width}`)
    await page.locator('select.languages').selectOption('ar')
    await expect(page.locator('html')).toHaveAttribute('dir', 'rtl')
    await check(page, width, `states-${width}-ar`)
    await page.locator('select.languages').selectOption('en')
    await page.context().setOffline(true)
    await expect(page.getByText('You are offline. The list may be old; uploads wait.').first()).toBeVisible()
    await expect(page.getByText(/The connection broke; trying again in/).first()).toBeVisible()
    await check(page, width, `states-${width}-offline`)
  })
