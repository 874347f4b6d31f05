// What the server sends: docs/protocol.md.
export interface Room {
  id: string
  name: string
  created_at: string
  expires_at: string
  version: number
  locked: boolean
  /** nobody new gets in */
  door_locked?: boolean
  /** another one once the password is changed */
  password_mark?: string
  used_bytes: number
  size_limit_bytes: number
  file_size_limit_bytes: number
  file_count_limit: number
  /** files of so many bytes can go straight to the store; absent where it takes none */
  direct_upload_from_bytes?: number
}
export interface FileEntry {
  id: string
  name: string
  size_bytes: number
  offset_bytes: number
  /** `checking`: all there, and not found free of viruses yet */
  state: 'uploading' | 'checking' | 'complete'
  /** nobody can have it before it is `complete` */
  whole_first?: boolean
  /** too large for the virus scan */
  unchecked?: boolean
  media_type: string
  sha256: string | null
  uploader: string
  uploader_id: string
  created_at: string
  /** ids of the members who have downloaded all of it */
  taken_by?: string[]
}
export interface Member { id?: string; nickname: string; role: 'owner' | 'member'; present: boolean }
export interface Me { id: string; nickname: string; role: 'owner' | 'member' }
export interface Snapshot { room: Room; files: FileEntry[]; members: Member[]; server_time: string; me: Me }
export interface Entered { room: Room; session: { token: string; role: string; nickname: string }; password?: string }
/** `ended_at` is null where one came too late to be told. */
export interface Ended { reason: 'expired' | 'closed'; ended_at: string | null }
/** `statement` is JSON, kept as the text that was signed. */
export interface Receipt { statement: string; signature: string; public_key: string }
export interface Limits { ttl_seconds: { default: number; min: number; max: number }; file_size_limit_bytes: number; room_size_limit_bytes: number }

/** A refusal, as RFC 9457 has it, or `offline` where nothing answered. */
export class ApiError extends Error {
  /** `endedAt` comes with `room_ended`; `triesLeft` with `not_admitted`, where few are. */
  constructor(
    readonly code: string, readonly status: number, readonly field = '', readonly retryAfter = 0, readonly endedAt: string | null = null,
    readonly triesLeft: number | undefined = undefined,
  ) {
    super(code)
  }
}
