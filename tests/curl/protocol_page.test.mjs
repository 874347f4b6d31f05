// The examples of docs/protocol.md and README.md, run as a reader would paste them: in order, in one shell, in an empty folder.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Server } from '../support/server.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const page = readFileSync(join(root, 'docs/protocol.md'), 'utf8')
let server, folder
before(async () => {
  server = await Server.start()
  folder = mkdtempSync(join(tmpdir(), 'fleeting-page-'))
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** Every ```sh block of a page, with its line and, where a ```text or ```http block follows directly, what it is to print. */
function examplesOf(markdown) {
  const fences = [...markdown.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(({ 0: all, 1: kind, 2: body, index }) => ({ kind, body, begin: index, end: index + all.length }))
  return fences.flatMap((fence, i) => {
    const next = fences[i + 1]
    const isShown = ['text', 'http'].includes(next?.kind) && markdown.slice(fence.end, next.begin).trim() === ''
    return fence.kind === 'sh' ? [{ code: fence.body, expected: isShown ? next.body : undefined, line: markdown.slice(0, fence.begin).split('\n').length + 1 }] : []
  })
}

/** Runs the blocks in one bash that stops at the first command that fails. What each printed goes into `printed`. */
async function paste(examples) {
  const mark = '\x1e'
  const script = examples.map(({ code }) => `printf '${mark}'\n${code.replaceAll('http://localhost:8000', server.url)}`).join('\n')
  const bash = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })
  let [out, problems] = ['', '']
  bash.stdout.setEncoding('utf8').on('data', text => { out += text })
  bash.stderr.setEncoding('utf8').on('data', text => { problems += text })
  const code = await new Promise(resolve => bash.on('close', resolve))
  const printed = out.split(mark).slice(1)
  examples.forEach((example, i) => { example.printed = printed[i]?.replaceAll('\r', '').trimEnd() })
  return { code, problems, reached: examples[printed.length - 1] }
}

/** `…` in what a page shows stands for anything, also for nothing and for several lines; all else is to the letter. */
function matches(printed, expected) {
  const pattern = expected.trimEnd().split('…').map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')
  return new RegExp(`^${pattern}$`).test(printed)
}

async function check(examples) {
  const { code, problems, reached } = await paste(examples)
  assert.equal(code, 0, `the block at line ${reached?.line} fails:\n${reached?.code}\n${reached?.printed}\n${problems}`)
  const wrong = examples.filter(({ expected, printed }) => expected !== undefined && !matches(printed, expected))
  assert.equal(wrong.map(e => `the block at line ${e.line}:\n${e.code}\nprints\n${e.printed}\n\ninstead of\n${e.expected}`).join('\n\n'), '')
}

test('a shown output is held to: more, less and other than it are told apart', () => {
  assert.ok(matches('HTTP/1.1 201 Created\nDate: now\nLocation: /a/1\nX: y', 'HTTP/1.1 201 Created\n…Location: /a/…\n…'))
  assert.ok(matches('a.b', 'a.b\n'))
  for (const [printed, shown] of [['axb', 'a.b'], ['a', 'a\nb'], ['a\nb', 'a'], ['', 'a'], ['b\na', 'a\n…b']]) assert.ok(!matches(printed, shown), `${printed} as ${shown}`)
})

test('every example of docs/protocol.md does what the page says', async () => {
  const examples = examplesOf(page)
  assert.ok(examples.length > 20 && examples.filter(e => e.expected !== undefined).length > 10, 'the examples are found')
  await check(examples)
})

test('the example of README.md works', async () => {
  writeFileSync(join(folder, 'notes.pdf'), 'notes')
  const examples = examplesOf(readFileSync(join(root, 'README.md'), 'utf8')).filter(({ code }) => code.startsWith('host='))
  assert.equal(examples.length, 1)
  await check(examples)
})

test('the table of refusals in docs/protocol.md is that of the code', () => {
  const told = [...page.matchAll(/^\| (\d{3}) \| (`.*`) \|/gm)].flatMap(([, status, codes]) => [...codes.matchAll(/`(\w+)`/g)].map(([, code]) => `${status} ${code}`))
  const sources = ['src/api', 'src/http'].flatMap(part => readdirSync(join(root, part)).filter(name => name.endsWith('.cpp')).map(name => join(root, part, name)))
  const made = sources.flatMap(file => [...readFileSync(file, 'utf8').matchAll(/\{(\d{3}), "(\w+)", /g)].map(([, status, code]) => `${status} ${code}`))
  // What http refuses before there is a request: its status is the parser's.
  const wire = ['417 invalid_request', '431 invalid_request', '501 not_implemented', '505 invalid_request']
  const operators = ['401 no_admin_token', '409 too_many_blocks']  // docs/openapi-admin.json tells them: an interface of its own
  assert.deepEqual([...new Set(told)].sort(), [...new Set([...made, ...wire])].filter(refusal => !operators.includes(refusal)).sort())
})
