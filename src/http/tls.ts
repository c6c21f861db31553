import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { Server as TlsServer, TLSSocket } from 'node:tls'
import { readTls, type Tls } from '../config/tls.js'
import { watchFiles } from '../watch-files.js'

/** Of a server that speaks TLS, for `https.createServer`. */
export function tlsOptions ({ material }: Tls): object {
  return {
    ...material,
    minVersion: 'TLSv1.2',
    handshakeTimeout: 10_000,
    // Probes have no certificate, so that a connection without one is not refused; what needs it requires it.
    requestCert: material.ca !== undefined,
    rejectUnauthorized: false
  }
}

/** Whether the other end has proved a certificate of TLS_CLIENT_CA_FILE. */
export function hasClientCertificate (socket: unknown): boolean {
  return socket instanceof TLSSocket && socket.authorized
}

export interface TlsFileWatch {
  /** Reads the files now. Faulty ones change nothing. */
  reload(): void
  close(): void
}

/** Called after the files were read again, with what is wrong with them. */
export type OnTlsReload = (faults: readonly string[]) => void

/**
 * New connections get the certificates of the files as they are now. While the files are faulty, such as one that is
 * replaced before the other, the last good ones hold.
 */
export function watchTls (server: Server, { files }: Tls, onReload: OnTlsReload): TlsFileWatch {
  const reload = (): void => {
    const read = readTls(files, (path) => readFileSync(path, 'utf8'))
    if ('material' in read && server instanceof TlsServer)
      server.setSecureContext(tlsOptions({ files, material: read.material }))
    onReload('faults' in read ? read.faults : [])
  }
  return { reload, close: watchFiles([files.cert, files.key, files.clientCa ?? []].flat(), reload) }
}
