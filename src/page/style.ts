import { REPORT_STYLE } from '../formats/html/report-style.js'

const FRAME = `
html { scroll-padding-top: 4.5rem } body { color: var(--ink); font: 1rem/1.55 var(--sans); min-height: 100vh }
*, *::before, *::after { box-sizing: border-box }
a { color: var(--link); text-underline-offset: .18em }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px }
h1:focus, h2:focus { outline: none }
.p-head { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 0 1.6rem; align-items: center;
  padding: 0 1.5rem; background: var(--paper); border-bottom: 1px solid var(--line) }
.p-head p { margin: 0 } .p-brand { font-weight: 600; padding: .75rem 0 }
.p-head nav { display: flex; flex-wrap: wrap; gap: 0 1.2rem; flex: 1 } .p-head nav a { padding:
  .75rem 0 calc(.75rem - 2px);
  color: var(--soft); text-decoration: none; border-bottom: 2px solid transparent }
.p-head nav a:hover { color: var(--ink) } .p-head nav a[aria-current] { color: var(--ink); font-weight: 600;
  border-color: var(--link) }
.p-links { display: flex; gap: 1.1rem; font-size: .93rem }
.p-main { max-width: 84rem; margin: 0 auto; padding: 1.9rem 1.5rem 4rem } .p-main > h1 { margin: 0;
  font-size: clamp(1.62rem, 4.2vw, 2.2rem); line-height: 1.16; letter-spacing: -.022em }
.p-lead { margin: .5rem 0 1.5rem; max-width: 48rem; color: var(--soft); font-size: 1.06rem }
.p-main code, .p-main pre, .p-main textarea { font-family: var(--mono); overflow-wrap: anywhere }
.p-main p code, .p-main li code { font-size: .88em }
.p-columns > * { min-width: 0; position: relative }
.p-columns { display: grid; grid-template-columns: minmax(22rem, 27rem) minmax(0, 1fr); gap: 2.2rem;
  align-items: start }`

const FORM = `
.p-field { margin: 0 0 1.6rem; padding: 0; border: 0; min-width: 0 } .p-field > label, .p-field > legend {
  padding: 0; font-weight: 600; font-size: 1.05rem } .p-field > label { display: block }
.p-hint { margin: .15rem 0 .45rem; color: var(--soft); font-size: .92rem }
.p-options { border: 1px solid var(--line); border-radius: 10px; background: var(--card); overflow: hidden }
.p-options label { display: flex; gap: .8rem; padding: .55rem .8rem; cursor: pointer } .p-options label + label {
  border-top: 1px solid var(--line) }
.p-options label:hover { background: color-mix(in srgb, var(--sunk) 60%, var(--card)) }
.p-options input { flex: none; width: 1.05rem; height: 1.05rem; margin: .28rem 0 0; accent-color: var(--link) }
.p-options label > * { min-width: 0; overflow-wrap: anywhere }
  .p-options strong { display: block; font-weight: 600 } .p-words { display: block; color: var(--soft);
  font-size: .86rem; line-height: 1.45 }
.p-options .p-off, .p-options .p-off:hover { background: var(--sunk); cursor: default } .p-off strong {
  color: var(--soft) }
.p-main :is(textarea, .p-line) { display: block; width: 100%; padding: .55rem .7rem; font-size: .84rem;
  line-height: 1.5; color: var(--ink); background: var(--card); border: 1px solid var(--soft); border-radius: 8px }
.p-main textarea { min-height: 3.6rem; max-height: 24rem; resize: vertical; field-sizing: content }
.p-main .p-line { font-family: var(--mono) }
.p-main [aria-invalid="true"] { border: 2px solid var(--no); padding: calc(.55rem - 1px) calc(.7rem - 1px) }
.p-faults { list-style: none; margin: .45rem 0 0; padding: 0; color: var(--no); font-size: .92rem }
.p-faults li { display: flex; gap: .45rem; margin: .2rem 0; overflow-wrap: anywhere }
.p-segments { display: inline-flex; flex-wrap: wrap; border: 1px solid var(--soft); border-radius: 8px;
  background: var(--card); overflow: hidden } .p-segments:focus-within:has(:focus-visible) {
  outline: 3px solid var(--link); outline-offset: 2px }
.p-segments label { position: relative; flex: 1 0 auto; cursor: pointer } .p-segments label + label {
  border-left: 1px solid var(--soft) }
.p-segments input { position: absolute; inset: 0; opacity: 0; margin: 0; width: 100%; height: 100%; cursor: pointer }
.p-segments span { display: block; padding: .35rem .8rem; font-size: .95rem } .p-segments input:checked + span {
  background: var(--link); color: var(--on-fill); font-weight: 600 }
.p-fold { border-top: 1px solid var(--line); padding-top: .8rem } .p-fold > summary { cursor: pointer;
  color: var(--link); margin-bottom: .8rem }
.p-button { display: inline-block; padding: .42rem 1rem; font: 600 .95rem/1.4 var(--sans); color: var(--ink);
  background: var(--card); border: 1px solid var(--soft); border-radius: 8px; cursor: pointer; text-align: center }
.p-button:hover { border-color: var(--link) } a.p-button { color: var(--ink) }
.p-primary { color: var(--on-fill); background: var(--link); border-color: var(--link) } .p-small {
  padding: .2rem .7rem }
.p-main select, .p-which input { font: .95rem var(--sans); color: var(--ink); background: var(--card);
  border: 1px solid var(--soft);
  border-radius: 8px; padding: .42rem .6rem; max-width: 100% }
.p-note { background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--link);
  border-radius: 8px; padding: .75rem 1rem; margin: 0 0 1.3rem; overflow-wrap: anywhere }
.p-note.p-edge-no { border-left-color: var(--no) } .p-note.p-edge-depends { border-left-color: var(--depends) }
.p-note p, .p-note ul { margin: .2rem 0 0 } .p-note ul { padding-left: 1.2rem } .p-note .p-note-title {
  font-weight: 600; margin: 0 } .p-note > .p-button { margin-top: .6rem }`

const POLICIES = `
.p-tabs { position: relative; display: flex; overflow-x: auto; border-bottom: 1px solid var(--line) } .p-tabs button {
  flex: none;
  padding: .45rem .9rem calc(.6rem - 1px); font: 1rem/1.5 var(--sans); color: var(--soft); background: none;
  border: 0; border-bottom: 3px solid transparent; margin-bottom: -1px; cursor: pointer; white-space: nowrap }
.p-tabs button:focus-visible { outline-offset: -3px }
.p-tabs button:hover { color: var(--ink) } .p-tabs [aria-selected="true"] { color: var(--ink); font-weight: 600;
  border-color: var(--link) } .p-count { font-size: .8rem; font-weight: 400; color: var(--soft) }
.p-panel { padding-top: 1rem; border-radius: 4px } .p-old { opacity: .55;
  transition: opacity .1s .25s }
.p-toolbar { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; margin-bottom: .9rem }
.p-size, .p-which { color: var(--soft); font-size: .92rem } .p-main .p-which { display: inline-flex; gap: .4rem;
  align-items: center; max-width: 100%; white-space: nowrap }
.p-main .p-which select, .p-which input { flex: 0 1 18.5rem; width: 18.5rem; min-width: 0 }
.p-which { margin-bottom: .3rem }
.p-toolbar .p-which { margin: 0 }
.p-card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin-bottom: .9rem;
  overflow: hidden }
.p-card > header { background: var(--sunk); border-bottom: 1px solid var(--line); padding: .65rem 1.05rem .75rem }
.p-card { overflow-wrap: anywhere } .p-card h3 { margin: 0; font-size: 1.02rem; font-weight: 600 } .p-card header p {
  margin: .1rem 0 0;
  color: var(--soft); font-size: .92rem; max-width: 46rem }
.p-card pre { margin: 0; padding: .85rem 1.05rem; font-size: .82rem; line-height: 1.62; white-space: pre-wrap }
.p-card pre:focus-visible { outline-offset: -3px } .p-name { color: var(--link) } .p-text { color: var(--yes) }
.p-file > h3 { padding: .55rem 1.05rem; background: var(--sunk); border-bottom: 1px solid var(--line) }
.p-file pre { white-space: pre; overflow-x: auto }
.p-bar { display: none }
@media (min-width: 88rem) {
  .p-main { max-width: 104rem }   .p-card:not(.p-file) { display: grid; grid-template-columns: minmax(0, 1fr) 19rem }
.p-card > header { order: 2; border-bottom: 0;
    border-left: 1px solid var(--line) }
}
@media (max-width: 60rem) {
  html { scroll-padding: 5.5rem 0 4.5rem } .p-columns { grid-template-columns: minmax(0, 1fr); gap: 1rem } .p-main {
  padding: 1.2rem 1rem 3rem }
  .p-head { padding: 0 1rem; gap: 0 1.1rem } .p-head nav { flex: none }
  .p-bar { position: sticky; bottom: 0; z-index: 1; display: flex; flex-wrap: wrap; justify-content: space-between;
    align-items: center; gap: .4rem 1rem; margin: 1rem -1rem 0; padding: .6rem 1rem; background: var(--paper);
    border-top: 1px solid var(--line); font-size: .95rem }
  .p-bar .p-button { padding: .35rem .8rem }
}
@media (max-width: 30rem) {
  .p-brand { padding: .55rem 0 .2rem; width: 100% } .p-head nav { flex: 1 } .p-head nav a { padding: .3rem 0 .5rem }
  .p-head { gap: 0 .9rem } .p-head nav { column-gap: .8rem } .p-links { font-size: .85rem; gap: .7rem }
  .p-tabs button { padding-inline: .55rem }
  .p-lead { font-size: 1rem } .p-card pre { padding: .75rem .8rem;
    font-size: .76rem } .p-card > header { padding: .6rem .8rem .65rem }
}
@media (max-height: 30rem) { html { scroll-padding: 0 } .p-head, .p-bar { position: static } }
@media print { .p-head, .p-form, .p-bar, .p-toolbar { display: none } .p-columns { display: block } }`

const RESULTS = `
.p-use { margin: 0 0 .4rem } .p-usage { margin-bottom: 1.6rem; border: 0; padding: 0 } .p-usage > summary {
  width: fit-content; margin: 0 } .p-usage[open] > summary { margin-bottom: 1rem }
.p-main .p-tall textarea { min-height: 10.5rem }
.p-pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 0 2rem }
.p-pair > * { min-width: 0 } .p-pair > .p-tall { display: grid; grid-row: span 4; grid-template-rows: subgrid }
 .p-actions { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center;
  margin: 0 0 2rem } .p-actions .p-hint { margin: 0 }
.p-actions button:last-child:not(:first-child) { margin-left: auto }
.p-button:disabled { opacity: .55; cursor: default }
.p-token { margin: .9rem 0 .2rem } .p-main .p-token .p-line { max-width: 36rem; -webkit-text-security: disc }
.p-drop { border: 1px dashed var(--soft); border-radius: 10px; padding: .8rem 1rem } .p-drop input {
  max-width: 100%; font: .95rem var(--sans); color: var(--ink) } .p-drop ::file-selector-button {
  padding: .35rem .9rem; margin-right: .8rem; font: 600 .95rem/1.4 var(--sans); color: var(--ink);
  background: var(--card);
  border: 1px solid var(--soft); border-radius: 8px; cursor: pointer }
.p-narrow > :not(.p-report) { max-width: 57rem } .p-narrow #error { min-height: 6rem } .p-main .p-result {
  margin: 1.6rem 0 .8rem;
  font-size: 1.35rem; line-height: 1.3 } .p-main .p-causes { margin: 1.3rem 0 .7rem; font-size: 1.05rem;
  font-weight: 600 }
.p-cause.p-card { display: block; padding: .8rem 1.05rem; border-left: 6px solid var(--soft) }
.p-cause.p-edge-no { border-left-color: var(--no) } .p-cause.p-edge-yes { border-left-color: var(--yes) }
.p-cause.p-edge-depends { border-left-color: var(--depends) } .p-cause > h3 { margin: 0; font-size: 1.02rem }
.p-cause p { margin: .35rem 0 0 } .p-cause > p, .p-cause > details > p { max-width: 48rem } .p-likelihood {
  font-weight: 400; font-size: .86rem; margin-left: .3rem;
  white-space: nowrap } .p-cause > details { margin-top: .5rem } .p-cause summary { cursor: pointer;
  color: var(--link) }
.p-cause pre { margin: .5rem 0 0; padding: .6rem .8rem; border-radius: 6px; background: var(--sunk) }
.p-fix p { display: flex; flex-wrap: wrap; gap: .4rem .8rem; align-items: center; justify-content: space-between;
  margin-top: .7rem; font-size: .93rem } .p-next { padding-left: 1.2rem } .p-next li { margin: .3rem 0 }
.p-narrow > .p-note { margin-top: 1.6rem }
.p-progress { display: flex; gap: .8rem; align-items: center; margin: 0; color: var(--soft); font-size: .92rem }
.p-progress progress { width: min(24rem, 65%); height: .7rem; accent-color: var(--link) }
.p-plan .p-toolbar { margin: .7rem 0 0 }
.p-report.r-report { max-width: none; margin: 2.4rem 0 0; padding: 0 } .p-report.r-report .r-title {
  font-size: clamp(1.4rem, 3vw, 1.8rem) }
.p-report.r-report :is(h2, h3):focus { outline: none }
@media (max-width: 30rem) { .p-actions .p-hint { display: none }
  .p-actions button:last-child:not(:first-child) { margin-left: 0 } }`

/** The one style sheet of the page: that of the report, and class names that begin with `p-`. */
export const PAGE_STYLE = `${REPORT_STYLE}${FRAME}${FORM}${POLICIES}${RESULTS}
`
