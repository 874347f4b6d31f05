// Uploads that go straight to the store: docs/protocol.md.
import type { RoomApi } from '../upload/transfer'
import type { FileEntry } from './types'

export interface DirectUpload { file: FileEntry; part_size_bytes: number; parts: { number: number; size_bytes: number }[] }
export interface DirectWish { name: string; size_bytes: number; media_type: string; modified_at: number }
/** Takes exactly one part, for a minute, with these headers. */
export interface PartLink { number: number; url: string; headers: Record<string, string> }

export class DirectApi {
  constructor(private readonly room: RoomApi) {}

  create = (wish: DirectWish) => this.room.call<DirectUpload>('POST', '/direct-uploads', wish)
  find = (id: string) => this.room.call<DirectUpload>('GET', `/direct-uploads/${id}`)
  /** md5    in base64, of the part's bytes */
  async link(id: string, number: number, md5: string): Promise<PartLink> {
    const { parts } = await this.room.call<{ parts: [PartLink] }>('POST', `/direct-uploads/${id}/links`, { parts: [{ number, md5 }] })
    return parts[0]
  }
  record = (id: string, number: number, part: { etag: string; crc32: number }) => this.room.call<unknown>('PUT', `/direct-uploads/${id}/parts/${number}`, part)
  complete = (id: string) => this.room.call<FileEntry>('POST', `/direct-uploads/${id}/complete`, {})
  remove = (id: string) => this.room.call<void>('DELETE', `/files/${id}`)
}
