// What Lighthouse says of the landing page on a slow phone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch } from 'chrome-launcher'
import lighthouse from 'lighthouse'
import { Server } from '../support/server.mjs'

const least = { performance: 0.98, accessibility: 1, 'best-practices': 1 }
// Three of at most nine runs: what else the machine does makes a page look slow, nothing makes a slow one look fast.
const runs = { wanted: 3, most: 9 }
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

/** One run's scores by category, and what Lighthouse remarks. */
async function look() {
  const { lhr } = await lighthouse(server.url, { port: chrome.port, onlyCategories: Object.keys(least), logLevel: 'error' })
  const scores = Object.fromEntries(Object.keys(least).map(category => [category, lhr.categories[category].score]))
  const remarked = Object.values(lhr.audits).filter(({ score, scoreDisplayMode }) => score !== null && score < 0.9 && scoreDisplayMode !== 'informative')
  const remarks = remarked.map(({ id, displayValue, title }) => `${id}: ${displayValue ?? title}`)
  console.log(JSON.stringify({ ...scores, machine: lhr.environment.benchmarkIndex, error: lhr.runtimeError?.code }))
  return { scores, remarks }
}

test('the landing page is fast, accessible and in order', { timeout: 300_000 }, async () => {
  const seen = []
  const isReached = ({ scores }) => Object.entries(least).every(([category, bound]) => scores[category] >= bound)
  while (seen.length < runs.most && seen.filter(isReached).length < runs.wanted) seen.push(await look())
  const remarks = new Set(seen.flatMap(run => run.remarks))
  assert.ok(seen.filter(isReached).length >= runs.wanted, `wanted ${JSON.stringify(least)} in ${runs.wanted} of ${runs.most} runs; ${[...remarks].join('; ')}`)
})
