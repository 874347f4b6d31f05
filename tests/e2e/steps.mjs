import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect } from '@playwright/test'
import { Engines } from '../support/cluster.mjs'

const screenshots = fileURLToPath(new URL('screenshots/', import.meta.url))

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds on the page as it is. */
export async function violations(page) {
  // Evaluated by the debugger, which the page's policy doesn't bind.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const result = await page.evaluate(() => window.axe.run())
  return result.violations.map(v => `${v.id}: ${v.nodes.map(n => n.target).join(' ')}`)
}

/** What makes a browser a member of a room at the host of `url`, as the server's answer would. */
export const sessionCookie = ({ room, session }, url) =>
  ({ name: `r_${room.id.slice(0, 16)}`, value: session.token, url, httpOnly: true, sameSite: 'Strict' })

export const bytes = (name, size) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.alloc(size, name) })

/** Bytes a second that a page can send from now on. */
export async function throttle(page, uploadThroughput) {
  const client = await page.context().newCDPSession(page)
  await client.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput })
}

/** Has every row of a long list drawn, as scrolling to its end would. */
export async function wholeList(page) {
  const further = page.locator('.table > button.wide')
  while (await further.count()) await further.evaluate(button => button.click()).catch(() => undefined)
}

export async function shoot(page, name) {
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: `${screenshots}${name}.png` })
}

async function fill(page, { name, password, nickname }) {
  if (name) await page.getByLabel('Room name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  if (nickname) await page.getByLabel('Your name').fill(nickname)
}

export async function openRoom(page, url, wish) {
  await page.goto(url)
  await fill(page, wish)
  await page.getByRole('button', { name: 'Open a room with this name' }).click()
  await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
}

export async function enterRoom(page, url, wish) {
  await page.goto(url)
  await fill(page, wish)
  await page.getByRole('button', { name: 'Enter' }).click()
  await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
}

/** The owner ends the room, on the room's page. */
export async function closeRoom(page) {
  await page.getByText('You opened this room').click()
  await page.getByRole('button', { name: 'Close the room now' }).click()
  await page.getByRole('button', { name: 'Yes, close it' }).click()
  await expect(page.getByRole('heading', { name: 'The light is out.' })).toBeVisible()
}

/** Where a cluster's pages get files from and send them to, beside their server. */
const stores = process.env.TEST_ENGINES ? [Engines.at(process.env.TEST_ENGINES).ceph.url] : []

/** Collects what no page may do: errors, policy violations, requests to other hosts than its own, its store and those of `beside`. */
export function watch(page, url, ...beside) {
  const problems = []
  void page.exposeFunction('tellViolation', text => { problems.push(text) }).catch(() => undefined)
  void page.addInitScript(() => addEventListener('securitypolicyviolation', e => window.tellViolation(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`)))
  page.on('pageerror', error => problems.push(String(error)))
  page.on('console', message => {
    // A refused request is told on the console too; the page shows it as a sentence.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) problems.push(message.text())
  })
  page.on('request', request => {
    if (![url, ...stores, ...beside].some(host => request.url().startsWith(host)) && !/^(blob|data):/.test(request.url())) problems.push(`foreign request ${request.url()}`)
  })
  return problems
}
