import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A certificate and its key, as files and as PEM. */
export interface Certificate {
  certFile: string
  keyFile: string
  cert: string
  key: string
}

/** Makes a certificate for 127.0.0.1, signed by itself or by a CA, with the `openssl` command. */
export function makeCertificate (directory: string, name: string, ca?: Certificate): Certificate {
  const [certFile, keyFile] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)]
  execFileSync(
    'openssl',
    [
      ['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '1'],
      ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certFile],
      ca === undefined ? [] : ['-CA', ca.certFile, '-CAkey', ca.keyFile]
    ].flat(),
    { stdio: 'pipe' }
  )
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
}
