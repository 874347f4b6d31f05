/**
 * Refusals that the same file meets again however often it is sent. All others pass: somebody makes room, unlocks the uploads, or what
 * the server forgot is begun anew.
 */
const lasting = new Set(['file_too_large', 'invalid_name', 'invalid_request', 'length_conflict', 'content_blocked', 'file_infected', 'address_blocked'])

/** code    the server's, of an upload that was refused */
export const mayPass = (code: string) => !lasting.has(code)
