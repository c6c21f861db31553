import { isLoopback } from '../config/formats.js'

/**
 * Whether a page of this origin (RFC 6454 §7) may have the service act for it: one of this machine, or of where the service is
 * published. A name that leads here by its owner's choice (DNS rebinding) is neither; `null`, what a page without an origin sends, neither.
 */
export function isOwnOrigin (origin: string, publicUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) return false
  const { hostname, host } = new URL(origin)
  return isLoopback(hostname) || (publicUrl !== undefined && host === new URL(publicUrl).host)
}
