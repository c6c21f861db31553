import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'

const SHOWN_MS = 2_000

/** Copies a text. Where the browser gives no clipboard (plain HTTP on another host), the older command does. */
export function CopyButton ({ text, what, isSmall = false }: { text: string; what: string; isSmall?: boolean }): VNode {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | undefined>(undefined)
  useEffect(() => {
    if (outcome === undefined) return
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async (): Promise<void> => {
    setOutcome((await copyText(text)) ? 'copied' : 'failed')
  }
  return (
    <>
      <button type='button' class={isSmall ? 'p-button p-small' : 'p-button p-primary'} onClick={() => void copy()}>
        {outcome === 'copied' ? 'Copied' : 'Copy'}
        <span class='r-hidden'> {what}</span>
      </button>
      <span class='r-hidden' role='status'>
        {outcome === 'copied' ? `${what} copied.` : outcome === 'failed' ? 'The browser refused to copy.' : ''}
      </span>
    </>
  )
}

async function copyText (text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection (text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'r-hidden'
  document.body.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  return isCopied
}
