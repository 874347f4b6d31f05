import { test } from '@playwright/test'
import { Recorder } from '../support/recorder.mjs'
import { handsOut, Server } from '../support/server.mjs'
import { Stranger } from '../trust/stranger.mjs'

/** Before each test of the file that calls it: gives `use` a new server, a recorder before it, and another site's stranger. */
export function besideAStranger(use) {
  let parts = []
  test.beforeEach(async () => {
    const server = await Server.start(handsOut)
    const recorder = await Recorder.before(server)
    const stranger = await Stranger.start()
    parts = [stranger, recorder, server]
    use({ server, recorder, stranger })
  })
  test.afterEach(async () => { for (const part of parts) await part.stop() })
}
