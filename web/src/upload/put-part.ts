import type { PartLink } from '../api/direct'

/** The store refused a part, or didn't answer: `status` 0. */
export class StoreRefusal extends Error {
  constructor(readonly status: number) {
    super(`the store answered ${status}`)
  }
}

/** Sends a part to the store; returns its ETag. By XMLHttpRequest, which alone tells how far it has come. */
export function putPart(link: PartLink, part: Blob, onSent: (bytes: number) => void, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const refuse = () => reject(new StoreRefusal(request.status))
    request.open('PUT', link.url)
    for (const [name, value] of Object.entries(link.headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = event => onSent(event.loaded)
    request.onload = () => {
      const etag = request.status < 300 && request.getResponseHeader('ETag')
      if (etag) resolve(etag)
      else refuse()
    }
    request.onerror = request.onabort = refuse
    signal.addEventListener('abort', () => request.abort())
    request.send(part)
  })
}
