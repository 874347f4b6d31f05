// docs/operating.md lists every event that the program logs, and no other.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).filter(entry => /\.[ch]pp$/.test(entry.name))
  .map(entry => readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'utf8'))

/** Events by their levels, as the sources write them. */
function logged() {
  const events = new Map()
  for (const text of sources)
    for (const [, level, event] of text.matchAll(/log::(debug|info|warning|error|write)\((?:log::Level::\w+,|[^;"]*?,)?\s*"(\w+)"/g))
      events.set(event, (events.get(event) ?? new Set()).add(level))
  return events
}

test('every event of the log is listed, and every listed one is logged', () => {
  const page = readFileSync(join(root, 'docs/operating.md'), 'utf8')
  const section = page.slice(page.indexOf('\n## Log\n'), page.indexOf('\n## What a deadline promises'))
  const rows = section.split('\n').filter(line => /^\| `/.test(line)).map(line => line.split(' | '))
  const events = rows.filter(([, level]) => /^(debug|info|warning|error)\b/.test(level))
  const listed = events.flatMap(([names]) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name))
  const levels = new Map(events.flatMap(([names, level]) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, level])))
  assert.ok(listed.length > 40, String(listed.length))
  assert.deepEqual([...listed].sort(), [...logged().keys()].sort())
  for (const [event, those] of logged())
    for (const level of those) if (level !== 'write') assert.ok(levels.get(event).includes(level), `${event}: ${level}`)
})
