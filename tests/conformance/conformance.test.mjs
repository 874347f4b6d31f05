// Our own server, held to the suites.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Server } from '../support/server.mjs'
import { casesFor, loadSuite, runCase } from './cases.mjs'

let server, room
before(async () => {
  server = await Server.start({ FLEETING_FILE_SIZE_LIMIT: '100MiB', FLEETING_FILE_COUNT_LIMIT: '10000' })
  room = await server.room()
})
after(async () => { await server.stop() })

const where = version => ({
  endpoint: `${server.url}/api/v1/rooms/${room.name}/files`, headers: room.bearer,
  variables: { version: String(version), origin: server.url, host: new URL(server.url).host, path: `/api/v1/rooms/${room.name}/files` },
})
for (const one of casesFor(loadSuite('tus'), 1))
  test(`tus: ${one.name}`, async () => assert.deepEqual(await runCase(one, where(1)), []))
for (const version of [5, 6, 8])
  for (const one of casesFor(loadSuite('draft'), version))
    test(`draft ${version}: ${one.name}`, async () => assert.deepEqual(await runCase(one, where(version)), []))
