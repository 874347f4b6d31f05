// The names of names.test.mjs by the form that a browser without JavaScript sends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Server } from '../support/server.mjs'
import { ask, credentials, open } from './ask.mjs'
import { inParallel } from './load.mjs'
import { canBeKept, names } from './names.mjs'

/** A form as Node writes it, which is how browsers do. */
async function formOf(name) {
  const form = new FormData()
  form.append('file', new Blob(['x']), name)
  const written = new Response(form)
  return { headers: { 'Content-Type': written.headers.get('content-type') }, body: Buffer.from(await written.arrayBuffer()) }
}
/** A form has a code for what would end the line or the quotes, and none for the code: who is called so is taken for the other. */
const read = name => name.replace(/%22|%0D|%0A/g, decodeURIComponent)

test('a thousand names by the form: kept byte for byte in one form, or refused', { timeout: 120_000 }, async () => {
  const server = await Server.start({ FLEETING_PASSWORD_MEMORY: '8MiB', FLEETING_FILE_COUNT_LIMIT: '5000', FLEETING_SYNC_UPLOADS: 'off' })
  try {
    const room = await open(server, 'by-form')
    const who = credentials.bearer(room)
    // Where no file is chosen a form has an empty name, and brings nothing.
    const sent = names.filter(name => name !== '' && read(name) === name)
    const answers = await inParallel(sent.length, 8, async i => {
      const { headers, body } = await formOf(sent[i])
      return ask(server, 'POST', '/by-form/', { headers: { ...who, ...headers }, body })
    })
    for (const [i, name] of sent.entries()) {
      const shown = `${JSON.stringify(name.slice(0, 60))}: ${answers[i].status} ${answers[i].bytes}`
      if (canBeKept(name)) assert.equal(answers[i].status, 303, shown)
      else {
        assert.ok(answers[i].status >= 400 && answers[i].status < 500, shown)
        assert.match(String(answers[i].bytes), /role="alert"/)
      }
    }
    const { files } = JSON.parse((await ask(server, 'GET', '/api/v1/rooms/by-form', { headers: who })).bytes)
    assert.deepEqual(files.map(file => file.name).sort(), sent.filter(canBeKept).map(name => name.normalize('NFC')).sort())
    assert.ok(files.length > 800)
  } finally { await server.stop() }
})
