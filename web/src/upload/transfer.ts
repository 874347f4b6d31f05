import type { DetailedError, Upload } from 'tus-js-client'

export type Tus = Pick<typeof import('tus-js-client'), 'Upload'>

/** What goes up, and where to; `url` where the server has a part of it already. */
export interface Cargo { file: File; name: string; endpoint: string; url: string | null }

/** How the server refused; `status` is 0 where nothing answered. */
export interface Refusal { status: number; retryAfter: number; code: string; field: string }

export interface TransferEvents {
  onUrl: (url: string) => void
  onProgress: (sent: number) => void
  onSuccess: () => void
  onRefusal: (refusal: Refusal) => void
}

/** Up to this size the bytes come with the request that creates the upload. */
const inOneRequest = 1_000_000

/** A tus upload that neither tries again nor remembers by itself: the queue does both. */
export function makeTransfer({ Upload }: Tus, { file, name, endpoint, url }: Cargo, on: TransferEvents): Upload {
  const upload = new Upload(file, {
    endpoint,
    metadata: { filename: name, filetype: file.type || 'application/octet-stream', lastModified: String(file.lastModified) },
    retryDelays: null,
    storeFingerprintForResuming: false,
    uploadUrl: url,
    uploadDataDuringCreation: file.size < inOneRequest,
    onUploadUrlAvailable: () => on.onUrl(upload.url!),
    onProgress: on.onProgress,
    onSuccess: on.onSuccess,
    onError: error => on.onRefusal(refusalOf(error as DetailedError)),
  })
  return upload
}

function refusalOf(error: DetailedError): Refusal {
  const response = error.originalResponse
  const problem = problemIn(response?.getBody())
  return {
    status: response?.getStatus() ?? 0, retryAfter: Number(response?.getHeader('Retry-After') ?? 0),
    code: problem.code ?? 'unavailable', field: problem.field ?? '',
  }
}

function problemIn(body: string | undefined): { code?: string; field?: string } {
  try {
    return JSON.parse(body ?? '') as { code?: string; field?: string }
  } catch {
    return {}
  }
}

/** Bytes a second, smoothed, from how far an upload has come. */
export class Pace {
  speed = 0
  private last: { at: number; sent: number } | null = null

  /** Whether enough time has passed to say something new. What the server had before the first time is nobody's speed. */
  take(sent: number): boolean {
    const at = performance.now()
    if (this.last && at - this.last.at < 250) return false
    if (this.last) {
      const speed = ((sent - this.last.sent) * 1000) / (at - this.last.at)
      this.speed = this.speed === 0 ? speed : this.speed * 0.7 + speed * 0.3
    }
    this.last = { at, sent }
    return true
  }
}
