import type { DetailedError } from 'tus-js-client'
import type { Cargo, Refusal, Transfer, TransferEvents } from './transfer'

export type Tus = Pick<typeof import('tus-js-client'), 'Upload'>

/** Up to this size the bytes come with the request that creates the upload. */
const inOneRequest = 1_000_000

/**
 * Through the server, by tus. Once the server has it, the client is left no place to create another: answered anything but 200 or 423
 * it would begin anew, and the part that went up would lie in the room for good.
 */
export function makeTusTransfer({ Upload }: Tus, { file, name, room, url }: Cargo, on: TransferEvents): Transfer {
  const upload = new Upload(file, {
    endpoint: url ? null : room.path('/files'),
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
