import type { JobReads } from '../discovery/job-source.js'
import type { LiveJobSource } from './personalize.js'

/** A job source that is made at its first read: few requests need the client of Amazon Personalize. */
export function lazyJobSource (load: () => Promise<LiveJobSource>): LiveJobSource {
  let loading: Promise<LiveJobSource> | undefined
  const source = async (): Promise<LiveJobSource> => await (loading ??= load())
  return {
    forRequest (signal, options) {
      let made: Promise<JobReads> | undefined
      const reads = async (): Promise<JobReads> =>
        await (made ??= source().then((loaded) => loaded.forRequest(signal, options)))
      return {
        datasetGroup: async (arn) => await (await reads()).datasetGroup(arn),
        datasets: async (arn) => await (await reads()).datasets(arn),
        solutions: async (arn) => await (await reads()).solutions(arn),
        jobs: async (kind, of) => await (await reads()).jobs(kind, of),
        job: async (kind, arn) => await (await reads()).job(kind, arn)
      }
    },
    close: () => {
      loading?.then(
        (loaded) => {
          loaded.close()
        },
        () => undefined
      )
    }
  }
}
