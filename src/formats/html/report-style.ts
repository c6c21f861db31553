import { PALETTE } from './palette.js'

const TONES = ['yes', 'no', 'depends', 'unknown'].map((tone) => `
.r-ink-${tone} { color: var(--${tone}) } .r-fill-${tone} { fill: var(--${tone}) }
.r-seal.r-${tone} { background: var(--${tone}) } .r-edge-${tone} { border-left: 5px solid var(--${tone}) }`).join('')

/** What the page shares with the report. Class names begin with `r-`, so that they never meet those of the page. */
export const SHARED_STYLE = `${PALETTE}
.r-report { box-sizing: border-box; max-width: 73rem; margin: 0 auto; padding: 2.2rem 1.5rem 4rem; color: var(--ink);
  font: 1rem/1.55 var(--sans); overflow-wrap: break-word }
.r-report *, .r-report *::before { box-sizing: border-box }
.r-report code, .r-report pre { font-family: var(--mono); font-size: .86em; overflow-wrap: anywhere }
.r-report pre code { font-size: 1em }
.r-report a { color: var(--link); text-underline-offset: .18em } .r-report a:hover { text-decoration-thickness: 2px }
.r-report :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px }
:where(.r-report) :is(h1, h2, h3, h4) { margin: 0 }
.r-report :is(h1, .r-title) { font-size: clamp(1.62rem, 4.2vw, 2.5rem); line-height: 1.16; letter-spacing: -.022em }
.r-report h2:not(.r-title) { font-size: 1.375rem; line-height: 1.3; letter-spacing: -.01em }
.r-report h3 { font-size: 1.06rem; line-height: 1.35 }
:where(.r-report) :is(p, dl, dd) { margin: 0 }
.r-report summary { cursor: pointer; color: var(--link) }
.r-report > section { margin-top: 3.6rem }
.r-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.r-soft, .r-lead, .r-kind { color: var(--soft) } .r-lead { margin: .3rem 0 1.1rem }
.r-card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin-bottom: 1.1rem;
  padding: 1rem 1.2rem }
.r-report pre { margin: 0; padding: .6rem 1.2rem; background: var(--sunk); line-height: 1.5; white-space: pre-wrap }
.r-card > details { margin-top: .5rem } .r-card > details > pre { margin-top: .5rem; border-radius: 6px }
.r-origin { color: var(--soft); font-size: .83rem } .r-origin strong { color: var(--ink) }
.r-answer { display: flex; gap: 1.1rem; align-items: flex-start; margin: 1rem 0 2rem }
.r-answer > div { min-width: 0; max-width: 100%; overflow-wrap: anywhere }
.r-seal { flex: none; width: 3.25rem; height: 3.25rem; border-radius: 50%; color: var(--on-fill); font-size: 1.5rem;
  line-height: 3.25rem; text-align: center }
.r-headline { margin-top: .5rem; font-size: 1.06rem } .r-next { color: var(--soft); font-size: 1.06rem;
  margin-top: .3rem }
.r-verdicts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem }
.r-verdict { margin: 0; display: flex; flex-direction: column; font-size: .95rem } .r-verdict > p:first-of-type {
  color: var(--soft); flex: 1 }
.r-report .r-verdict h2 { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 1rem; font-size: 1rem;
  letter-spacing: 0 }
.r-bar { display: block; border-radius: 5px; margin: .7rem 0 .6rem; overflow: hidden } .r-gap { fill: var(--card) }
.r-counts { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; font-weight: 600; font-size: .9rem }
.r-facts { margin: 1.6rem 0 } .r-facts > div { display: grid; grid-template-columns: 7.4rem minmax(0, 1fr);
  margin: .25rem 0 } .r-facts dt { color: var(--soft) }
.r-contents { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; padding: .8rem 0; border: solid var(--line);
  border-width: 1px 0; font-size: .95rem }
${TONES}`

const MATRIX = `
.r-resource { margin: 1.4rem 0 .6rem } .r-alike { margin: -.3rem 0 .7rem; font-size: .93rem }
.r-scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px }
.r-matrix { width: 100%; min-width: 60rem; border-collapse: collapse; table-layout: fixed; font-size: .875rem;
  line-height: 1.45 }
.r-matrix th { text-align: left; font-weight: 400; padding: .6rem;
  vertical-align: bottom } .r-matrix th:first-child { width: 17.6% }
.r-matrix thead th:first-child { color: var(--soft) } .r-matrix thead th + th { border-left: 1px solid var(--line) }
.r-matrix tbody { border-top: 1px solid var(--line) } .r-matrix tbody th { vertical-align: top; font-size: .82rem }
.r-matrix tbody th strong { display: block; font-size: 1rem; line-height: 1.3 } .r-kind { display: block }
.r-matrix tbody th > code { color: var(--soft) }
.r-prefix { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
.r-cell { padding: .6rem; vertical-align: top; border-left: 1px solid var(--line) }
.r-cell-no { background: color-mix(in srgb, var(--no-ground) 38%, var(--card)) }
.r-cell-depends { background: color-mix(in srgb, var(--depends-ground) 38%, var(--card)) }
.r-cell-unknown { background: color-mix(in srgb, var(--unknown-ground) 38%, var(--card)) }
.r-action { display: none } .r-outcome { display: block; font-weight: 600 } .r-page { display: block;
  font-size: .8rem; color: var(--soft) }
.r-layers { display: flex; flex-wrap: wrap; gap: 3px; margin: .3rem 0 }
.r-layer { display: inline-block; width: 1.2rem; height: 1.2rem; border: 1px solid transparent; border-radius: 4px;
  color: var(--soft);
  font: 600 .64rem/1.07rem var(--mono); text-align: center }
.r-allows { color: var(--yes); border-color: var(--yes); background: var(--yes-ground) }
.r-denies { color: var(--on-fill); border-color: var(--no); background: var(--no) }
.r-lacks { color: var(--no); border-color: var(--no); background: var(--no-ground) }
.r-aside { border-color: var(--line) } .r-unread { border: 1px dashed var(--soft) }
.r-depends.r-layer { color: var(--depends); border-color: var(--depends);
  background: repeating-linear-gradient(135deg, var(--depends-ground) 0 3px, var(--card) 3px 5px) }
.r-reasons td { padding: 0 .7rem; border-left: 1px solid var(--line) }
.r-reasons ul { list-style: none; margin: 0; padding: .6rem 0 .8rem; border-top: 1px dashed var(--line) }
.r-reasons li { padding-left: 1.3rem; text-indent: -1.3rem; color: var(--soft);
  margin: .15rem 0 } .r-reasons strong { color: var(--ink) }
.r-mark { display: inline-block; width: 1.1rem; text-indent: 0 }
.r-legend { display: grid; grid-template-columns: repeat(4, 1fr); gap: .3rem 1rem; margin-top: .9rem;
  font-size: .86rem; color: var(--soft) }
.r-legend > div { display: flex; gap: .5rem; align-items: center } .r-legend strong { color: var(--ink) }
.r-checks > .r-scroll { margin-top: .7rem; max-height: 40rem; overflow: auto } .r-checks table, .r-uses {
  border-collapse: collapse; font-size: .82rem; width: 100%; min-width: 56rem } .r-uses { font-size: .875rem;
  min-width: 40rem }
.r-uses td:first-child { white-space: nowrap } .r-report .r-uses code { overflow-wrap: break-word }
.r-uses th { font-weight: 400; color: var(--soft) } .r-uses tr:last-child td { border-bottom: 0 }
:is(.r-checks, .r-uses) :is(th, td) { text-align: left; vertical-align: top; padding: .4rem .6rem;
  border-bottom: 1px solid var(--line) }`

const CARDS = `
.r-change { padding: 0; overflow: hidden } .r-change > header { padding: .9rem 1.2rem } .r-change > header p {
  color: var(--soft); font-size: .9rem }
.r-change > header .r-ink-depends { color: var(--depends) }
.r-change > * + * { border-top: 1px solid var(--line) } .r-change > details { margin: 0; padding: .6rem 1.2rem;
  font-size: .9rem }
.r-same > summary { color: var(--soft) } .r-report .r-change details pre { margin: .5rem -1.2rem 0 } .r-whole > p {
  margin-top: .5rem; color: var(--soft) }
.r-diff h4 { margin: 0; padding: .55rem 1.2rem; font-size: .9rem; font-weight: 400 } .r-diff h4 span {
  font-weight: 600 }
.r-report .r-diff pre { padding: 0; background: none; font-size: .8rem }
.r-line { display: block; padding: 0 1.2rem 0 calc(1.2rem + 2ch); text-indent: -2ch;
  border-left: 4px solid transparent }
.r-line-yes { color: var(--yes); background: var(--yes-ground); border-color: var(--yes) }
.r-line-no { color: var(--no); background: var(--no-ground); border-color: var(--no) } .r-line-same {
  color: var(--soft) }
.r-change > footer { background: var(--sunk); padding: .7rem 1.2rem; color: var(--soft);
  font-size: .95rem } .r-change > footer code { display: block }
.r-decide { margin: .8rem 0 0; padding-left: 1.1rem } .r-report .r-commands { margin-top: .5rem; border-radius: 6px } .r-decide li { margin: .5rem 0 }
.r-finding > header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem;
  align-items: baseline; margin-bottom: .5rem }
.r-severity { font-size: .82rem; font-weight: 600; margin-right: .3rem } .r-report .r-code { color: var(--soft);
  font-size: .75rem }
.r-finding dl > div { display: grid; grid-template-columns: 7.4rem minmax(0, 1fr); margin: .2rem 0 } .r-finding dt {
  color: var(--soft) }
.r-said { overflow-wrap: anywhere } .r-finding dd details > pre { margin-top: .5rem; border-radius: 6px }
.r-finding dd { max-width: 52rem } .r-finding dd strong { font-weight: 600 } .r-chips { display: flex;
  flex-wrap: wrap; gap: .2rem .35rem; align-items: center }
.r-chip { background: var(--chip); border-radius: 4px; padding: 0 .4rem; font-size: .88rem } .r-decide .r-chip {
  margin-left: .5rem }
.r-consequences { margin-top: .8rem; border-top: 1px solid var(--line); padding-top: .6rem;
  font-size: .94rem } .r-consequences h4 { margin: 0; font-size: .94rem }
.r-consequences ul { margin: .3rem 0 0; padding-left: 1.1rem } .r-consequences li { margin: .3rem 0 }
.r-limits > div + div { border-top: 1px solid var(--line); margin-top: .7rem; padding-top: .7rem } .r-limits dt {
  font-weight: 600 } .r-limits dd { color: var(--soft) }
.r-foot { margin-top: 3.6rem; border-top: 1px solid var(--line); padding-top: 1.1rem; color: var(--soft);
  font-size: .88rem }
.r-foot p { max-width: 46rem } .r-foot p + p { margin-top: .5rem }`

const NARROW = `
@media screen and (max-width: 46rem) {
  .r-report { padding: 1.2rem 1rem 3rem } .r-verdicts { grid-template-columns: minmax(0, 1fr) } .r-answer {
    flex-direction: column; gap: .8rem }
  .r-facts > div, .r-finding dl > div { grid-template-columns: minmax(0, 1fr); margin: .4rem 0 } .r-legend {
    grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)) }
  .r-matrix { min-width: 0; display: block } :is(.r-matrix, .r-uses) thead { position: absolute;
    width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  .r-matrix tbody, .r-matrix tr, .r-matrix tbody th, .r-matrix td { display: block;
    border-left: 0 } .r-matrix tbody th { width: auto; background: var(--sunk) }
  .r-matrix th:first-child { width: auto } .r-prefix { position: static; clip-path: none; width: auto }
  .r-matrix .r-cell { display: grid; grid-template-columns: 1fr auto; gap: .2rem .8rem; align-items: center;
    border-top: 1px solid var(--line) }
  .r-uses { min-width: 0 } .r-uses, .r-uses tbody, .r-uses tr, .r-report .r-uses td { display: block; border: 0;
    padding: 0 }
  .r-report .r-uses tr { padding: .6rem .8rem } .r-uses tr + tr { border-top: 1px solid var(--line) }
  .r-report .r-uses td:nth-child(2) { font-weight: 600 } .r-uses td[data-name]::before { content: attr(data-name);
    display: block; color: var(--soft); margin-top: .25rem }
  .r-line { line-break: anywhere } .r-action { display: block } .r-outcome { text-align: right } .r-page {
  text-align: right } .r-layers { margin: 0 }
}
@media print {
  :root { color-scheme: light } body { background: #fff } .r-report { max-width: none; padding: 0; font-size: 10.5pt;
    print-color-adjust: exact; -webkit-print-color-adjust: exact }
  .r-contents { display: none } .r-card, .r-matrix tbody, .r-diff { break-inside: avoid } .r-change, .r-checks {
    break-inside: auto }
  .r-report section > h2, .r-report h3, .r-report h4 { break-after: avoid } .r-scroll { overflow: visible;
    max-height: none }
  .r-matrix { min-width: 0; font-size: 8pt } .r-report details:not(.r-whole)::details-content {
    content-visibility: visible; height: auto; opacity: 1 }
  .r-whole { display: none } .r-report a[href^="https:"]::after { content: " (" attr(href) ")"; font-size: .8em;
    color: var(--soft); overflow-wrap: anywhere }
}`

/** The one style sheet of the report. */
export const REPORT_STYLE = `body { margin: 0; background: var(--paper) }
@page { margin: 14mm }${SHARED_STYLE}${MATRIX}${CARDS}${NARROW}
`.replaceAll('\n  ', ' ')
