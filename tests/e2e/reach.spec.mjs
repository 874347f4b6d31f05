// Whom the page reaches: by keyboard alone, enlarged, in a long language from right to left, without motion, in a system's own colours.
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'
import { speakPseudo } from './pseudo.mjs'
import { bytes, enterRoom, openRoom, throttle, violations } from './steps.mjs'

const wish = { name: 'lab', password: 'four short plain words' }
const zone = 'Drop, paste or choose files'
let server
test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

/** What has the focus, as its label or text begins. */
const focused = page => page.evaluate(() => {
  const e = document.activeElement
  return e === document.body ? '' : (e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? e.innerText ?? '').split('\n')[0]
})
/** Every stop of the Tab key, from the page's beginning to its end. */
async function stops(page) {
  await page.mouse.click(3, 3)
  const found = []
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    const stop = await focused(page)
    if (!stop || stop === found[0]) break
    found.push(stop)
  }
  return found
}
/** Playwright can’t answer the picker that hands out handles; without it the page uses a file input, as in every other browser. */
const useFileInput = page => page.addInitScript(() => { delete window.showOpenFilePicker })

async function tabTo(page, label) {
  for (let i = 0; i < 40 && !(await focused(page)).startsWith(label); i++) await page.keyboard.press('Tab')
  expect(await focused(page)).toMatch(new RegExp(`^${label}`))
}

const landing = ['Fleeting Files', 'Language', 'Drop files here to open a room', 'Room name', 'Password', 'Show', 'Your name (if you like)', 'Enter', 'Open for', 'Open a room with this name']
const row = name => [`${name}: look at it`, `Download ${name}`, `Remove ${name}`, `More: ${name}`]
const room = ['Fleeting Files', 'Language', zone, 'Choose a folder', 'Write a note', 'Download all as one ZIP', 'Sort by', 'Select', ...row('a.txt'), ...row('b.txt'),
  'Copy link', 'Copy invitation', 'Save new files on this device', 'You opened this room', 'Leave']

test('Tab stops where something can be done, in the order in which it is seen', async ({ page }) => {
  await page.goto(server.url)
  await expect(page.getByLabel('Open for')).toBeEnabled()
  expect(await stops(page)).toEqual(landing)
  await openRoom(page, server.url, wish)
  await page.getByLabel(zone).setInputFiles([bytes('a.txt', 10), bytes('b.txt', 10)])
  for (const name of ['a.txt', 'b.txt']) await expect(page.getByRole('link', { name: `Download ${name}` })).toBeVisible()
  expect(await stops(page)).toEqual(room)
})

test('from the landing page to the closed room by keyboard alone', async ({ page }) => {
  await useFileInput(page)
  // Choosers are caught from now on; waiting for one begins to catch them only a moment after the key.
  page.on('filechooser', () => undefined)
  await page.goto(server.url)
  await expect(page.getByLabel('Open for')).toBeEnabled()
  await tabTo(page, 'Room name')
  await page.keyboard.type('keys')
  await tabTo(page, 'Password')
  await page.keyboard.type(wish.password)
  await tabTo(page, 'Open a room with this name')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
  await tabTo(page, zone)
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')])
  await chooser.setFiles([bytes('k.txt', 5)])
  await expect(page.getByRole('link', { name: 'Download k.txt' })).toBeVisible()
  await tabTo(page, 'Download k.txt')
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
  expect(download.suggestedFilename()).toBe('k.txt')
  await tabTo(page, 'You opened this room')
  await page.keyboard.press('Enter')
  await tabTo(page, 'Close the room now')
  await page.keyboard.press('Enter')
  await tabTo(page, 'Yes, close it')
  await page.keyboard.press('Enter')
  const over = page.getByRole('heading', { name: 'The light is out.' })
  await expect(over).toBeFocused()
})

test('a button that goes with what it did leaves the focus beside it', async ({ page, browser }) => {
  await openRoom(page, server.url, wish)
  const tom = await (await browser.newContext()).newPage()
  await enterRoom(tom, server.url, { ...wish, nickname: 'Tom' })
  await page.getByLabel(zone).setInputFiles([bytes('a.txt', 10), bytes('b.txt', 10)])
  await expect(page.getByRole('link', { name: 'Download all' })).toBeVisible()
  const press = async (label, then) => {
    await page.getByRole('button', { name: label, exact: true }).press('Enter')
    await expect.poll(() => focused(page)).toBe(then)
  }
  await press('Select', 'All')
  await press('Done', 'Select')
  await press('Remove Tom', 'No')
  await press('No', 'Remove Tom')
  await page.getByText('You opened this room').press('Enter')
  await press('Close the room now', 'No')
  await press('No', 'Close the room now')
  await throttle(page, 20_000)
  await page.getByLabel(zone).setInputFiles([bytes('slow.bin', 2_000_000)])
  await press('Pause slow.bin', 'Resume slow.bin')
  await press('Resume slow.bin', 'Pause slow.bin')
  await press('Cancel slow.bin', 'lab')
  await page.getByRole('button', { name: 'Write a note' }).press('Enter')
  await page.keyboard.type('hello')
  await expect(page.getByRole('button', { name: 'Put it on the table' })).toBeEnabled()
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Put it on the table')
})

/** What stands out of the window at a side. The frame hides it, so the page's own width tells nothing. */
const outside = page => page.evaluate(() => [...document.querySelectorAll('#app *')].filter(element => {
  const { left, right, width } = element.getBoundingClientRect()
  return width > 1 && (left < -1 || right > innerWidth + 1) && !element.closest('.pool, .lamp, .sr-only, dialog:not([open])')
}).map(element => `${element.tagName.toLowerCase()}.${element.className} ${(element.textContent ?? '').slice(0, 30)}`))

const windows = { 'a window of 320 pixels': [320, 640, 1], 'a desk at 200 %': [1280, 800, 2], 'a phone with text at 200 %': [390, 844, 2] }
for (const [what, [width, height, zoom]] of Object.entries(windows))
  test(`a long language from right to left fits in ${what}`, async ({ page, context }) => {
    await speakPseudo(context)
    await page.setViewportSize({ width, height })
    const enlarge = () => page.evaluate(zoom => document.documentElement.style.setProperty('font-size', `${zoom * 100}%`), zoom)
    await page.goto(server.url)
    await expect(page.locator('h1')).toContainText('⟦')
    await enlarge()
    expect(await page.evaluate(() => document.documentElement.dir)).toBe('rtl')
    expect(await outside(page)).toEqual([])
    expect(await violations(page)).toEqual([])
    await page.locator('.drop input').first().setInputFiles([bytes('a rather long name of a file, as cameras and scanners make them 2026-11-24.pdf', 1_500_000)])
    await expect(page.locator('a[download]').first()).toBeVisible()
    expect(await outside(page)).toEqual([])
    expect(await violations(page)).toEqual([])
  })

test('the language is chosen once and kept, and a change disturbs no upload', async ({ page }) => {
  await openRoom(page, server.url, wish)
  const client = await page.context().newCDPSession(page)
  await client.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1_500_000 })
  await page.getByLabel(zone).setInputFiles([bytes('big.bin', 6_000_000)])
  await expect(page.getByText(/of 6\.0 MB/)).toBeVisible()
  await page.getByLabel('Language').selectOption('de')
  await expect(page.getByText(/von 6,0 MB/)).toBeVisible()
  await expect(page.getByRole('link', { name: 'Herunterladen big.bin' })).toBeVisible({ timeout: 20_000 })
  await page.goto(server.url)
  await expect(page.getByRole('heading', { name: 'Dateien in einen Raum legen.' })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('de')
})

test('the browser’s language is spoken from the first drawing on', async ({ browser }) => {
  for (const [locale, headline, dir] of [['de-AT', 'Dateien in einen Raum legen.', 'ltr'], ['hi-IN', 'फ़ाइलें कमरे में रखिए।', 'ltr'], ['ar-EG', 'ضع ملفاتك في غرفة.', 'rtl'], ['sv-SE', 'Put files in a room.', 'ltr']]) {
    const page = await browser.newPage({ locale })
    await page.addInitScript(() => {
      window.read = []
      new MutationObserver(() => { const h1 = document.querySelector('h1'); if (h1 && window.read.at(-1) !== h1.innerText) window.read.push(h1.innerText) }).observe(document, { subtree: true, childList: true, characterData: true })
    })
    await page.goto(server.url)
    await expect(page.getByRole('heading', { level: 1 })).toContainText(headline)
    expect(await page.evaluate(() => window.read.length), `${locale} saw one language`).toBe(1)
    expect(await page.evaluate(() => document.documentElement.dir || 'ltr')).toBe(dir)
    await page.close()
  }
})

test('who wants no motion sees none', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await openRoom(page, server.url, wish)
  await page.getByLabel(zone).setInputFiles([bytes('a.txt', 10)])
  await expect(page.getByRole('link', { name: 'Download a.txt' })).toBeVisible()
  const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter(e => [null, '::before'].some(part => {
    const style = getComputedStyle(e, part)
    return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0
  })).map(e => e.className))
  expect(moving).toEqual([])
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
})

test('in a system’s own colours progress, borders and the focus are still seen', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' })
  await openRoom(page, server.url, wish)
  const client = await page.context().newCDPSession(page)
  await client.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 })
  await page.getByLabel(zone).setInputFiles([bytes('big.bin', 6_000_000)])
  const meter = page.locator('.meter').first()
  await expect(meter).toBeVisible()
  const colours = await meter.evaluate(m => [getComputedStyle(m).backgroundColor, getComputedStyle(m, '::before').backgroundColor])
  expect(colours[0]).not.toBe(colours[1])
  await page.getByRole('button', { name: 'Copy link' }).focus()
  await page.keyboard.press('Tab')
  const { outline, border } = await page.evaluate(() => ({ outline: getComputedStyle(document.activeElement).outlineStyle, border: getComputedStyle(document.activeElement).borderTopStyle }))
  expect([outline, border]).toEqual(['solid', 'solid'])
  expect(await violations(page)).toEqual([])
})
