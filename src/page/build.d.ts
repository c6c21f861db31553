/** A file of the page; `name`: relative to the folder of the page. */
export interface PageFile {
  name: string
  contents: Uint8Array
}

/** Builds the page from its sources. */
export function buildPage (): Promise<PageFile[]>
