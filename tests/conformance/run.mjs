#!/usr/bin/env node
// Holds a server to a resumable-upload protocol:
//   run.mjs --suite tus|draft --url https://example.org/files [--header 'Authorization: Bearer …'] [--version 8] [--without checksum]
// `--header` and `--without` may be given several times. Exits with 1 where a case fails.
import { parseArgs } from 'node:util'
import { casesFor, loadSuite, runCase } from './cases.mjs'

const { values } = parseArgs({
  options: {
    suite: { type: 'string', default: 'tus' }, url: { type: 'string' }, version: { type: 'string', default: '8' },
    header: { type: 'string', multiple: true, default: [] }, without: { type: 'string', multiple: true, default: [] },
  },
})
if (!values.url) {
  console.error('usage: run.mjs --suite tus|draft --url URL [--header "Name: value"] [--version 5|6|8] [--without EXTENSION]')
  process.exit(2)
}
const headers = Object.fromEntries(values.header.map(line => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]))
const version = Number(values.version)
const url = new URL(values.url)
let failed = 0
const cases = casesFor(loadSuite(values.suite), version, values.without)
for (const test of cases) {
  const faults = await runCase(test, { endpoint: url.href, headers, variables: { version: String(version), origin: url.origin, host: url.host, path: url.pathname } })
  console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${test.name}${test.source ? `  (${test.source})` : ''}`)
  for (const fault of faults) console.log(`     ${fault}`)
  failed += faults.length > 0 ? 1 : 0
}
console.log(`${cases.length - failed} of ${cases.length} hold`)
process.exit(failed === 0 ? 0 : 1)
