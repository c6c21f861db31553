import { list } from '../compatibility/json.js'

/** What the Dockerfile promises to those who run the image. */
export interface Image {
  environment: Map<string, string>
  ports: number[]
  healthCheck: unknown[]
  /** `<uid>:<gid>`. */
  user: string
  entrypoint: string
  /** Commands of the last stage that take a shell: while it is made, or to start it. */
  inShell: string[]
}

export function imageOf (dockerfile: string): Image {
  const all = dockerfile
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
  const instructions = all.slice(all.findLastIndex((line) => line.startsWith('FROM ')))
  const of = (name: string): string[] =>
    instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length).trim())
  const pairs = of('ENV').flatMap((text) => [...text.matchAll(/([A-Z_]+)=(\S+)/g)])
  return {
    environment: new Map(pairs.map(([, name = '', value = '']) => [name, value])),
    ports: of('EXPOSE').flatMap((text) => text.split(/\s+/).map(Number)),
    healthCheck: of('HEALTHCHECK').flatMap((text) => list(JSON.parse(/\bCMD (\[.*\])$/.exec(text)?.[1] ?? '[]'))),
    user: of('USER').at(-1) ?? 'root',
    entrypoint: of('ENTRYPOINT').at(-1) ?? 'that of the base',
    inShell: [...of('RUN'), ...of('CMD').filter((text) => !text.startsWith('['))]
  }
}
