import type { JobSource } from '../discovery/job-source.js'
import type { Access } from './access-table.js'
import { UNSEEN } from './restricted-source.js'

/**
 * A job source that reports only dataset groups that the caller may see; any other is reported as one that does not
 * exist. Discovery reads nothing of a group before the group itself.
 */
export function restrictedJobs (source: JobSource, access: Access): JobSource {
  const unseen = { state: 'notFound', why: UNSEEN } as const
  return {
    forRequest (signal, options) {
      const reads = source.forRequest(signal, options)
      return {
        ...reads,
        async datasetGroup (arn) {
          if (!access.mayRead(arn)) return unseen
          const group = await reads.datasetGroup(arn)
          return group.state === 'notFound' ? unseen : group
        }
      }
    }
  }
}
