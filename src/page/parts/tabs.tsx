import type { ComponentChildren, TargetedKeyboardEvent, VNode } from 'preact'
import { useRef } from 'preact/hooks'

export interface Tab<T extends string> {
  id: T
  title: string
  /** Shown small beside the title. */
  count: number | undefined
}

/** Tabs with one panel; the arrow keys, Home and End move between them (a roving tabindex). */
export function Tabs<T extends string> ({
  label,
  tabs,
  selected,
  onSelect,
  children
}: {
  label: string
  tabs: ReadonlyArray<Tab<T>>
  selected: T
  onSelect: (id: T) => void
  children: ComponentChildren
}): VNode {
  const list = useRef<HTMLDivElement>(null)
  const move = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const index = nextIndex(event.key, tabs.findIndex(({ id }) => id === selected), tabs.length)
    const next = index === undefined ? undefined : tabs[index]
    if (next === undefined) return
    event.preventDefault()
    onSelect(next.id)
    list.current?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus()
  }
  return (
    <>
      <div ref={list} class='p-tabs' role='tablist' aria-label={label} onKeyDown={move}>
        {tabs.map(({ id, title, count }) => (
          <button
            key={id}
            id={`tab-${id}`}
            type='button'
            role='tab'
            aria-selected={id === selected}
            aria-controls='policy-panel'
            tabIndex={id === selected ? 0 : -1}
            onClick={() => onSelect(id)}
          >
            {title}
            {count === undefined ? null : (
              <span class='p-count'>
                {' '}
                {count}
                <span class='r-hidden'>{count === 1 ? ' statement' : ' statements'}</span>
              </span>
            )}
          </button>
        ))}
      </div>
      <div id='policy-panel' class='p-panel' role='tabpanel' aria-labelledby={`tab-${selected}`} tabIndex={0}>
        {children}
      </div>
    </>
  )
}

function nextIndex (key: string, index: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return (index + 1) % count
    case 'ArrowLeft':
      return (index + count - 1) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}
