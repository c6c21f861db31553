import type { DatasetGroupReport, DatasetGroupRequest, GroupLine } from '../../../schemas/dataset-group.js'
import { groupReport, isGroupLine } from '../../discovery/group-report.js'
import { reportOfGroup } from '../../formats/group-report.js'
import type { ReportModel } from '../../formats/report-model.js'
import { isObject, parseJson } from '../../json/json.js'
import { readLines } from '../../json/lines.js'
import { type LiveAnswer, readAnswer, requestLive, type Send } from './live-request.js'

export type GroupProgress = Omit<Extract<GroupLine, { type: 'progress' }>, 'type'>

/**
 * Has the service find and verify what a dataset group uses. `onProgress`: how far it is, as its lines come. The
 * answer is one report, as `reportOfGroup` joins them.
 */
export async function requestGroup (
  body: DatasetGroupRequest,
  token: string,
  onProgress: (progress: GroupProgress) => void
): Promise<LiveAnswer<ReportModel>> {
  const send: Send = (client, signal) =>
    client.POST('/verify/dataset-group', {
      body,
      signal,
      headers: { accept: 'application/x-ndjson' },
      parseAs: 'stream'
    })
  return await requestLive(token, send, async ({ data, error, response }) =>
    data instanceof ReadableStream
      ? await readGroup(readLines(data), response, onProgress)
      : readAnswer(response.status, response.headers, error, isNothing)
  )
}

/** The lines as one report, or the problem that ends them early; undefined if they are not of this service. */
export async function readGroup (
  texts: AsyncIterable<string>,
  { status, headers }: { status: number; headers: Pick<Headers, 'get'> },
  onProgress: (progress: GroupProgress) => void
): Promise<LiveAnswer<ReportModel>> {
  const lines: GroupLine[] = []
  for await (const text of texts) {
    const line = parseJson(text)
    if (!isObject(line)) return undefined
    if (line['type'] === 'problem') return readAnswer(status, headers, line['problem'], isNothing)
    if (!isGroupLine(line)) return undefined
    if (line.type === 'progress') onProgress(line)
    lines.push(line)
  }
  const group: DatasetGroupReport = await groupReport(lines)
  return { body: reportOfGroup(group) }
}

/** An answer in JSON is a problem here, or none. */
function isNothing (_: unknown): _ is never {
  return false
}
