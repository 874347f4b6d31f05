// What the queue asks of a way up: tus.ts is one, direct.ts the other.

/** The node's API, from the room's path on. Handed over: what the clients' chunks shared with the page would be a chunk of its own. */
export interface RoomApi {
  path: (rest: string) => string
  /** errors    ApiError */
  call: <T>(method: string, rest: string, body?: unknown) => Promise<T>
}

/** What goes up and into which room; `url` as `onUrl` told it, where the server has a part of it already. */
export interface Cargo { file: File; name: string; room: RoomApi; url: string | null }

/** How the server refused; `status` is 0 where nothing answered, or where it is worth another try. */
export interface Refusal { status: number; retryAfter: number; code: string; field: string }

export interface TransferEvents {
  /** what finds the upload again after a reload; its last segment is the file's id */
  onUrl: (url: string) => void
  /** what that found is about to be dropped, and another begun: nobody else's removal of it */
  onGone: () => void
  onProgress: (sent: number) => void
  onSuccess: () => void
  onRefusal: (refusal: Refusal) => void
}

/** One file's way up. It neither tries again nor remembers by itself: the queue does both. */
export interface Transfer {
  /** Begins, or goes on from what the server has. */
  start: () => void
  /** Stops; `remove` has the server drop what it has. */
  abort: (remove?: boolean) => Promise<void>
}

/** A chunk that is fetched with the first file that goes its way. */
export interface TransferClient { makeTransfer: (cargo: Cargo, on: TransferEvents) => Transfer }
