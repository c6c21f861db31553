import { list } from '../compatibility/json.js'

/** What the Dockerfile promises to those who run the image. */
export interface Image { environment: Map<string, string>, ports: number[], healthCheck: unknown[] }

export function imageOf (dockerfile: string): Image {
  const instructions = dockerfile.replace(/^#.*\n/gm, '').replace(/\\\n/g, ' ').split('\n')
  const of = (name: string): string[] => instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length).trim())
  const pairs = of('ENV').flatMap((text) => [...text.matchAll(/([A-Z_]+)=(\S+)/g)])
  return {
    environment: new Map(pairs.map(([, name = '', value = '']) => [name, value])),
    ports: of('EXPOSE').flatMap((text) => text.split(/\s+/).map(Number)),
    healthCheck: of('HEALTHCHECK').flatMap((text) => list(JSON.parse(text.slice(text.indexOf('[')))))
  }
}
