// docs/trust.md names tests: each is there, by that name; and each row either has one, or says that it has none.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../../docs/', import.meta.url)
const page = readFileSync(new URL('trust.md', root), 'utf8')
const rows = page.split('\n').filter(line => /^\| \d+ \|/.test(line)).map(line => line.split(' | '))

test('every row has its number, its promise, and a test or the words that there is none', () => {
  const numbers = rows.map(([number]) => Number(number.slice(2)))
  assert.deepEqual(numbers, [...Array(37).keys(), ...Array(30).keys()].map(n => n + 1))
  for (const [number, what, against, shown] of rows) {
    assert.ok(what && against, number)
    assert.match(shown, /\]\(|Not shown yet/, `${number} ${what}`)
  }
})

test('every test that it names is there', () => {
  const named = [...page.matchAll(/\[([^\]]+)\]\((\.\.\/tests\/[^)]+)\)/g)]
  assert.ok(named.length > 80, String(named.length))
  const missing = named.filter(([, name, path]) => {
    const text = readFileSync(new URL(path, root), 'utf8').replaceAll("\\'", "'")
    // A fuzz target is its file.
    const isThere = path.endsWith(`/${name}.cpp`) || (path.endsWith('.cpp') ? new RegExp(`TEST\\w*\\(\\w+, ${name}\\)`).test(text) : text.split('\n').some(line => /^\s*test\(|^\s*test\b/.test(line) && line.includes(name)))
    return !isThere
  })
  assert.deepEqual(missing.map(([, name, path]) => `${path}: ${name}`), [])
})
