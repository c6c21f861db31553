import { stdTimeFunctions, type LoggerOptions } from 'pino'

const SECRETS = ['authorization', 'cookie', '"set-cookie"', '"proxy-authorization"', '"x-api-key"', '"x-amz-security-token"', 'secretAccessKey', 'sessionToken', 'accessKeyId']

/** Nothing logs headers, bodies or credentials; should something ever hand over an object that holds them, they are cut. */
const redact = {
  paths: SECRETS.flatMap((name) => {
    const member = name.startsWith('"') ? `[${name}]` : `.${name}`
    return [member.replace(/^\./, ''), ...['*', '*.*', 'req.headers', 'err.$response.headers'].map((holder) => `${holder}${member}`)]
  }),
  censor: '[redacted]'
}

export function loggerOptions (level: string): LoggerOptions {
  return { level, redact, timestamp: stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }
}
