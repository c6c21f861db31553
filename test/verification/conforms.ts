import { Ajv2020 } from 'ajv/dist/2020.js'
import { namedSchemas } from '../../schemas/index.js'

const ajv = new Ajv2020({ strict: false, schemas: [...namedSchemas] })

/** The faults of a report against its schema, as text; empty where it conforms. */
export function reportFaults (report: unknown): string {
  const validate = ajv.getSchema('Report')
  if (validate === undefined) throw new TypeError('no schema Report')
  return validate(report) === true ? '' : JSON.stringify(validate.errors)
}

/** The same of a line of the streamed answer. */
export function lineFaults (line: unknown): string {
  const validate = ajv.getSchema('VerificationLine')
  if (validate === undefined) throw new TypeError('no schema VerificationLine')
  return validate(line) === true ? '' : JSON.stringify(validate.errors)
}
