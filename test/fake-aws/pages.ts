/** One page of a list; markers count the pages. */
export function pageOf<T> (
  world: { pageSize: number; emptyPages: number },
  all: T[],
  marker: unknown
): { items: T[]; next: string | undefined } {
  const page = marker === undefined ? 0 : Number(String(marker).replace('page-', ''))
  const start = (page - world.emptyPages) * world.pageSize
  const end = start + world.pageSize
  return {
    items: start < 0 ? [] : all.slice(start, end),
    next: end < all.length || page < world.emptyPages ? `page-${page + 1}` : undefined
  }
}
