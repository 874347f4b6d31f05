import type { DetailedError, Upload } from 'tus-js-client'
import { firstPatienceMs, patience } from './patience'
import type { Cargo, Refusal, Transfer, TransferEvents } from './transfer'

export type Tus = Pick<typeof import('tus-js-client'), 'Upload'>

/** Up to this size the bytes come with the request that creates the upload. */
const inOneRequest = 1_000_000
/** So many times longer the answer to the last byte may take than the next byte. */
const endPatience = 10

/**
 * Through the server, by tus. Once the server has it, the client is left no place to create another: answered anything but 200 or 423
 * it would begin anew, and the part that went up would lie in the room for good.
 */
export class TusTransfer implements Transfer {
  private readonly upload: Upload
  private readonly still: ReturnType<typeof patience>
  private patienceMs = firstPatienceMs
  /** the present start: a refusal that is understood only after it was stopped is of no interest */
  private run: object | null = null
  /** asked for and not answered: a pause doesn't stop it, for what it makes would be found no more and lie in the room for good, too */
  private isCreating = false
  private isRemoved = false

  constructor({ Upload }: Tus, private readonly cargo: Cargo, private readonly on: TransferEvents, patient = patience) {
    const { file, name, url, room } = cargo
    this.still = patient(() => this.giveUp())
    this.upload = new Upload(file, {
      endpoint: url ? null : room.path('/files'),
      metadata: { filename: name, filetype: file.type || 'application/octet-stream', lastModified: String(file.lastModified) },
      retryDelays: null,
      storeFingerprintForResuming: false,
      uploadUrl: url && room.path(`/files/${idOf(url)}`),
      uploadDataDuringCreation: file.size < inOneRequest,
      onUploadUrlAvailable: () => this.found(),
      onProgress: sent => this.progressed(sent),
      onSuccess: () => this.succeeded(),
      onError: error => void this.failed(error as DetailedError),
    })
  }

  start() {
    this.run = {}
    this.still.wait(this.patienceMs)
    if (this.isCreating) return
    this.isCreating = !!this.upload.options.endpoint
    this.upload.start()
  }

  async abort(remove = false) {
    this.run = null
    this.still.stop()
    this.isRemoved ||= remove
    if (!this.isCreating) await this.upload.abort(remove)
  }

  private found() {
    const { upload, cargo } = this
    upload.options.endpoint = null
    this.isCreating = false
    if (this.isRemoved) return void upload.abort(true).catch(() => undefined)
    if (!this.run) void upload.abort()
    this.on.onUrl(cargo.room.path(`/files/${cargo.file.lastModified}/${idOf(upload.url!)}`))
  }

  private progressed(sent: number) {
    if (!this.run) return
    // Once all is sent it may take long: a proxy passes it on, the server writes it down. But a small file is sent into a dead line, too.
    this.still.wait(sent < this.cargo.file.size ? this.patienceMs : endPatience * this.patienceMs)
    this.on.onProgress(sent)
  }

  private succeeded() {
    this.still.stop()
    if (!this.isRemoved) this.on.onSuccess()
  }

  private async failed(error: DetailedError) {
    const { run } = this
    this.still.stop()
    this.isCreating = false
    const refusal = await refusalOf(error, this.cargo.file)
    if (run && run === this.run) this.on.onRefusal(refusal)
  }

  private giveUp() {
    this.isCreating = false
    this.patienceMs *= 2
    void this.upload.abort()
    this.on.onRefusal({ status: 0, retryAfter: 0, code: 'unavailable', field: '' })
  }
}

const idOf = (url: string) => url.split('/').at(-1)!

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
