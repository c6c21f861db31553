import t from 'tap'
import { ERROR_DESCRIPTIONS } from '../../src/error-descriptions.js'
import { ERROR_CODES, ERRORS, isErrorCode, ServiceError } from '../../src/errors.js'

t.test('every code is SCREAMING_SNAKE, has a status of an error, a title and a description', async (t) => {
  for (const code of ERROR_CODES) {
    const { status, title } = ERRORS[code]
    t.match(code, /^[A-Z][A-Z0-9_]*$/)
    t.ok(status >= 400 && status < 600, code)
    t.match(title, /^[A-Z].*[^.]$/, `${code}: a title, not a sentence`)
    t.match(ERROR_DESCRIPTIONS[code], /\.$/, `${code}: whole sentences`)
  }
})

t.test('the codes of the contract are there under their names', async (t) => {
  const contract = {
    INVALID_REQUEST: 400,
    INCONSISTENT_USAGE: 422,
    CUSTOMER_KEY_NOT_SUPPORTED: 422,
    POLICY_TOO_LARGE: 422,
    SID_CONFLICT: 409,
    EXISTING_POLICY_DENIES: 422,
    KEY_LOCKOUT: 422,
    AWS_CREDENTIALS_UNAVAILABLE: 503,
    AWS_UNAVAILABLE: 502
  }
  for (const [code, status] of Object.entries(contract)) {
    t.ok(isErrorCode(code) && ERRORS[code].status === status, `${code} ${status}`)
  }
})

t.test('an error carries its own status only where it differs', async (t) => {
  t.equal(new ServiceError('AWS_UNAVAILABLE', 'no answer').statusCode, 502)
  t.equal(new ServiceError('AWS_UNAVAILABLE', 'too slow', [], { statusCode: 504 }).statusCode, 504)
  const cause = new Error('socket hang up')
  t.equal(new ServiceError('INTERNAL_ERROR', 'x', [], { cause }).cause, cause)
})
