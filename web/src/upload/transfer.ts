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

/**
 * A tus upload that neither tries again nor remembers by itself: the queue does both. Once the server has it, the client is left no
 * place to create another: answered anything but 200 or 423 it would begin anew, and the part that went up would lie in the room for good.
 */
export function makeTransfer({ Upload }: Tus, { file, name, endpoint, url }: Cargo, on: TransferEvents): Upload {
  const upload = new Upload(file, {
    endpoint: url ? null : endpoint,
    metadata: { filename: name, filetype: file.type || 'application/octet-stream', lastModified: String(file.lastModified) },
    retryDelays: null,
    storeFingerprintForResuming: false,
    uploadUrl: url,
    uploadDataDuringCreation: file.size < inOneRequest,
    onUploadUrlAvailable: () => {
      upload.options.endpoint = null
      on.onUrl(upload.url!)
    },
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
