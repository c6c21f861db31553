import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Environment } from './environment.js'

/** What a TLS server presents, and of whom it accepts client certificates; all PEM. */
export interface TlsMaterial {
  cert: string
  key: string
  ca?: string
}

export interface TlsFiles {
  cert: string
  key: string
  clientCa: string | undefined
}

export interface Tls {
  files: TlsFiles
  material: TlsMaterial
}

/** The files that are configured; undefined unless both certificate and key are. */
export function tlsFilesOf ({
  TLS_CERT_FILE: cert,
  TLS_KEY_FILE: key,
  TLS_CLIENT_CA_FILE: clientCa
}: Environment): TlsFiles | undefined {
  return cert === undefined || key === undefined ? undefined : { cert, key, clientCa }
}

/**
 * What the files contain, or what is wrong with them, by the name of the variable; nothing of their content is
 * repeated. `readText` throws where a file cannot be read.
 */
export function readTls (
  files: TlsFiles,
  readText: (path: string) => string
): { material: TlsMaterial } | { faults: string[] } {
  const texts = {
    TLS_CERT_FILE: attempt(() => readText(files.cert)),
    TLS_KEY_FILE: attempt(() => readText(files.key)),
    TLS_CLIENT_CA_FILE: files.clientCa === undefined ? '' : attempt(() => readText(files.clientCa ?? ''))
  }
  const unreadable = Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [`${name} names a file that cannot be read`] : []
  )
  if (unreadable.length > 0) return { faults: unreadable }
  const { TLS_CERT_FILE: cert = '', TLS_KEY_FILE: key = '', TLS_CLIENT_CA_FILE: ca = '' } = texts
  const faults = faultsOf({ cert, key, ...(files.clientCa === undefined ? {} : { ca }) })
  return faults.length > 0
    ? { faults }
    : { material: { cert, key, ...(files.clientCa === undefined ? {} : { ca }) } }
}

function faultsOf ({ cert, key, ca }: TlsMaterial): string[] {
  const certificate = attempt(() => new X509Certificate(cert))
  const privateKey = attempt(() => createPrivateKey(key))
  return [
    ...(certificate === undefined ? ['TLS_CERT_FILE contains no certificate in PEM format'] : []),
    ...(privateKey === undefined ? ['TLS_KEY_FILE contains no private key in PEM format without a passphrase'] : []),
    ...(certificate !== undefined && privateKey !== undefined && !certificate.checkPrivateKey(privateKey)
      ? ['TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE']
      : []),
    ...(ca !== undefined && attempt(() => new X509Certificate(ca)) === undefined
      ? ['TLS_CLIENT_CA_FILE contains no certificate in PEM format']
      : [])
  ]
}

function attempt<T> (make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
