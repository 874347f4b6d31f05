const againMs = 2000

/** What a chunk holds, asked for until it is there: the server may be away for a moment. */
export const persistently = <T>(fetchIt: () => Promise<T>): Promise<T> =>
  fetchIt().catch(() => new Promise(resolve => setTimeout(resolve, againMs)).then(() => persistently(fetchIt)))
