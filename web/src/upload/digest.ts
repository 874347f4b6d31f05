import { md5 } from 'js-md5'
import { crc32 } from '../core/crc32'

/** md5    in base64, as Content-MD5 has it */
export interface PartDigest { md5: string; crc32: number }

/** The file was read once more, and isn't what was chosen. */
export class FileChanged extends Error {}

/**
 * The page's policy lets no script make a worker, so the sums are taken here, so few bytes a turn that the page keeps answering:
 * each read ends the turn. A timer would do so too, but in a tab behind others it comes once a second.
 */
const turn = 256 * 1024

/** The sums of a part, of which no more than a turn's bytes are in memory at once. */
export async function digestOf(part: Blob, signal: AbortSignal): Promise<PartDigest> {
  const sum = md5.create()
  let crc = 0
  for (let at = 0; at < part.size; at += turn) {
    const piece = part.slice(at, at + turn)
    const bytes = new Uint8Array(await piece.arrayBuffer().catch(() => new ArrayBuffer(0)))
    signal.throwIfAborted()
    if (bytes.length !== piece.size) throw new FileChanged()
    sum.update(bytes)
    crc = crc32(bytes, crc)
  }
  return { md5: sum.base64(), crc32: crc }
}
