import type { PartLink } from '../api/direct'
import { patience } from './patience'

/** The store refused a part, or didn't answer: `status` 0; `stoodStill` where that was given up. */
export class StoreRefusal extends Error {
  constructor(readonly status: number, readonly stoodStill = false) {
    super(`the store answered ${status}`)
  }
}

/**
 * Sends a part to the store; returns its ETag. By XMLHttpRequest, which alone tells how far it has come. One that stands still for
 * `patienceMs` is given up.
 */
export function putPart(link: PartLink, part: Blob, onSent: (bytes: number) => void, signal: AbortSignal, patienceMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    let stoodStill = false
    const refuse = () => reject(new StoreRefusal(request.status, stoodStill))
    const { wait, stop } = patience(() => {
      stoodStill = true
      request.abort()
    })
    request.open('PUT', link.url)
    for (const [name, value] of Object.entries(link.headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = event => {
      wait(patienceMs)
      onSent(event.loaded)
    }
    request.onloadend = stop
    request.onload = () => {
      const etag = request.status < 300 && request.getResponseHeader('ETag')
      if (etag) resolve(etag)
      else refuse()
    }
    request.onerror = request.onabort = refuse
    signal.addEventListener('abort', () => request.abort())
    request.send(part)
    wait(patienceMs)
  })
}
