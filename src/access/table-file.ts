import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { parseAccessTable, type AccessTable } from './table.js'

export interface AccessTableFile {
  current (): AccessTable
  /** Reads the file now. A faulty one changes nothing. */
  reload (): void
  close (): void
}

/** What is told when the file was read again: nothing but what is wrong with it. */
export type TellReload = (faults: readonly string[]) => void

/** How soon a change is noticed. Polled, since the files that containers are given change by a link being replaced, which no watcher sees. */
const POLL_MS = 2_000

/** An access table that follows its file. While the file is faulty the last good table holds: a slip of the pen must not open or shut everything. */
export function followAccessTable ({ file, table }: { file: string, table: AccessTable }, tell: TellReload): AccessTableFile {
  let current = table
  const reload = (): void => {
    const read = readTable(file)
    if ('table' in read) current = read.table
    tell('faults' in read ? read.faults : [])
  }
  watchFile(file, { interval: POLL_MS, persistent: false }, reload)
  return { current: () => current, reload, close: () => { unwatchFile(file, reload) } }
}

function readTable (file: string): ReturnType<typeof parseAccessTable> {
  try {
    return parseAccessTable(readFileSync(file, 'utf8'))
  } catch {
    return { faults: ['cannot be read'] }
  }
}
