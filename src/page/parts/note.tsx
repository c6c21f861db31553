import type { ComponentChildren, VNode } from 'preact'

/** A framed note with a coloured edge: about the page (`info`), a warning, or an error. */
export function Note ({
  tone,
  title,
  isLive = false,
  children
}: {
  tone: 'info' | 'depends' | 'no'
  title: ComponentChildren
  /** Whether screen readers announce it when it appears. */
  isLive?: boolean
  children?: ComponentChildren
}): VNode {
  return (
    <div class={`p-note p-edge-${tone}`} {...(isLive ? { role: 'status' } : {})}>
      <p class='p-note-title'>{title}</p>
      {children}
    </div>
  )
}
