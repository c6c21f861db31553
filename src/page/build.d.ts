/** A file of the page; `name`: relative to the folder of the page. */
export interface PageFile {
  name: string
  contents: Uint8Array
}

/** Builds the page from its sources; `onOutputs` receives esbuild's list of what went into the scripts. */
export function buildPage (onOutputs?: (outputs: object) => void): Promise<PageFile[]>
