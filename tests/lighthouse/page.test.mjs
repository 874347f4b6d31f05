// What Lighthouse says of the landing page on a slow phone: the median of three runs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch } from 'chrome-launcher'
import lighthouse from 'lighthouse'
import { Server } from '../support/server.mjs'

const least = { performance: 0.98, accessibility: 1, 'best-practices': 1 }
const runs = 3
// Lighthouse's own measure of the machine; below it, a score says more of what else runs here than of the page.
const leastMachine = 1000
let server, chrome

before(async () => {
  server = await Server.start()
  chrome = await launch({
    chromePath: process.env.CHROMIUM ?? '/usr/bin/chromium', logLevel: 'silent',
    chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })
})
after(async () => {
  chrome.kill()
  await server.stop()
})

const median = numbers => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

test('the landing page is fast, accessible and in order', { timeout: 240_000 }, async () => {
  const scores = Object.fromEntries(Object.keys(least).map(category => [category, []]))
  const remarks = new Set()
  const machine = []
  for (let run = 0; run < runs; run++) {
    const { lhr } = await lighthouse(server.url, { port: chrome.port, onlyCategories: Object.keys(least), logLevel: 'error' })
    machine.push(lhr.environment.benchmarkIndex)
    for (const category of Object.keys(least)) scores[category].push(lhr.categories[category].score)
    for (const audit of Object.values(lhr.audits)) if (audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== 'informative') remarks.add(`${audit.id}: ${audit.displayValue ?? audit.title}`)
  }
  console.log('scores', JSON.stringify(scores), 'machine', JSON.stringify(machine))
  if (median(machine) < leastMachine) {
    console.log(`the machine is too slow or too busy (${median(machine)}, wanted ${leastMachine}) to judge speed`)
    delete scores.performance
  }
  for (const [category, bound] of Object.entries(least).filter(([category]) => category in scores)) assert.ok(median(scores[category]) >= bound, `${category} ${scores[category]}, wanted ${bound}; ${[...remarks].join('; ')}`)
})
