// The upload client with what drives it: one chunk, fetched with the first upload.
import { Upload } from 'tus-js-client'
import type { TransferClient } from './transfer'
import { TusTransfer } from './tus'

export const makeTransfer: TransferClient['makeTransfer'] = (cargo, on) => new TusTransfer({ Upload }, cargo, on)
