import { Type } from 'typebox'

/** A string that is one of these values. */
export const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: values, description })

export const VERDICTS = ['pass', 'fail', 'indeterminate'] as const
export const Verdict = words(VERDICTS, 'The outcome.')
export type Verdict = (typeof VERDICTS)[number]

export const Verdicts = Type.Object({ documented: Verdict, effective: Verdict })
