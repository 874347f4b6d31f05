import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from '@playwright/test'

const screenshots = fileURLToPath(new URL('screenshots/', import.meta.url))

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
  await expect(page.getByRole('heading', { level: 1, name: wish.name })).toBeVisible()
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

/** Collects what no page may do: errors, policy violations, requests to other hosts. */
export function watch(page, url) {
  const problems = []
  page.on('pageerror', error => problems.push(String(error)))
  page.on('console', message => {
    // A refused request is told on the console too; the page shows it as a sentence.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) problems.push(message.text())
  })
  page.on('request', request => {
    if (!request.url().startsWith(url) && !/^(blob|data):/.test(request.url())) problems.push(`foreign request ${request.url()}`)
  })
  return problems
}
