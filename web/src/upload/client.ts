// The upload client with what drives it: one chunk, fetched with the first upload.
export { Upload } from 'tus-js-client'
export { makeTransfer } from './transfer'
