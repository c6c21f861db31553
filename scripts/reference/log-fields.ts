/** The fields of log lines, in the order of a line, with what each is. `test/scripts/reference.ts` compares them. */
export const LOG_FIELDS: ReadonlyArray<readonly [name: string, meaning: string]> = [
  ['level', '`trace`, `debug`, `info`, `warn`, `error` or `fatal`'],
  ['time', 'when the line was written, RFC 3339 in UTC'],
  ['pid', 'id of the process'],
  ['hostname', 'name of the machine, pod or task'],
  ['reqId', 'id of the request; also `instance` of a problem document and header `x-request-id`'],
  ['path', 'path of the request, without its query string'],
  ['caller', 'the authenticated caller; absent with `AUTH_MODE=none`'],
  ['ms', 'duration of the request in milliseconds'],
  ['method', 'method of the request'],
  ['route', 'path in the OpenAPI document, for grouping'],
  ['status', 'status of the response; absent if the client disconnected before'],
  ['kmsKeyArns', 'keys of the usage'],
  ['roleArns', 'roles of the usage'],
  ['verdict', '`pass`, `fail` or `indeterminate`'],
  ['verdicts', 'the verdicts `documented` and `effective`'],
  ['attempts', 'how often AWS was read (`waitUpTo`)'],
  ['code', 'error code of a rejected request'],
  ['address', 'address of the client; only if the caller is unknown or lacks a scope'],
  ['err', 'cause of a failure: `type`, `message`, `code`, `stack`'],
  ['msg', 'what happened; a constant text, so that it can be searched for']
]
