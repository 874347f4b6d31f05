import type { DetailedError } from 'tus-js-client'
import type { Cargo, Refusal, Transfer, TransferEvents } from './transfer'

export type Tus = Pick<typeof import('tus-js-client'), 'Upload'>

/** Up to this size the bytes come with the request that creates the upload. */
const inOneRequest = 1_000_000

/**
 * Through the server, by tus. Once the server has it, the client is left no place to create another: answered anything but 200 or 423
 * it would begin anew, and the part that went up would lie in the room for good.
 */
export function makeTusTransfer({ Upload }: Tus, cargo: Cargo, on: TransferEvents): Transfer {
  const { file, name, url, room } = cargo
  const known = url?.split('/').at(-1)
  /** the present start: a refusal that is understood only after it was stopped is of no interest */
  let run: object | null = null
  const refuse = async (error: DetailedError) => {
    const before = run
    const refusal = await refusalOf(error, file)
    if (before === run) on.onRefusal(refusal)
  }
  const upload = new Upload(file, {
    endpoint: known ? null : room.path('/files'),
    metadata: { filename: name, filetype: file.type || 'application/octet-stream', lastModified: String(file.lastModified) },
    retryDelays: null,
    storeFingerprintForResuming: false,
    uploadUrl: known ? room.path(`/files/${known}`) : null,
    uploadDataDuringCreation: file.size < inOneRequest,
    onUploadUrlAvailable: () => {
      upload.options.endpoint = null
      on.onUrl(room.path(`/files/${file.lastModified}/${upload.url!.split('/').at(-1)}`))
    },
    onProgress: on.onProgress,
    onSuccess: on.onSuccess,
    onError: error => void refuse(error as DetailedError),
  })
  return {
    start: () => {
      run = {}
      upload.start()
    },
    abort: remove => {
      run = null
      return upload.abort(remove)
    },
  }
}

async function refusalOf({ originalResponse: response }: DetailedError, file: File): Promise<Refusal> {
  // Browsers tell a file that can't be read any more, as it was changed or taken away, as a broken connection.
  if (!response && !(await isReadable(file))) return { status: 400, retryAfter: 0, code: 'length_conflict', field: '' }
  const status = response?.getStatus() ?? 0
  const problem = problemIn(response?.getBody())
  return {
    status, retryAfter: Number(response?.getHeader('Retry-After') ?? 0),
    // A proxy with a limit of its own refuses without a code.
    code: problem.code ?? (status === 413 ? 'file_too_large' : 'unavailable'), field: problem.field ?? '',
  }
}

const isReadable = (file: File) => file.slice(0, 1).arrayBuffer().then(() => true, () => false)

function problemIn(body: string | undefined): { code?: string; field?: string } {
  try {
    return JSON.parse(body ?? '') as { code?: string; field?: string }
  } catch {
    return {}
  }
}
