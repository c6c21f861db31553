/** The colours of report and page, light and dark, as variables; each ink keeps 4.5 : 1 on its ground. */
export const PALETTE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f7f7f5, #111519); --card: light-dark(#ffffff, #191e24); --sunk: light-dark(#f0f1ee, #14191e);
  --ink: light-dark(#1b2128, #e8ecf0); --soft: light-dark(#545d66, #a7b1bb); --line: light-dark(#dcdfda, #2c343c);
  --link: light-dark(#0a5a8f, #7cc0f2); --chip: light-dark(#e9ebe8, #252c33); --on-fill: light-dark(#ffffff, #14191e);
  --yes: light-dark(#0d6b4f, #6fd6ae); --yes-ground: light-dark(#dff3ea, #12382c);
  --no: light-dark(#a8261c, #ff9c90); --no-ground: light-dark(#fbe5e2, #45191a);
  --depends: light-dark(#7d4f00, #f0c064); --depends-ground: light-dark(#fbeed2, #3d2f10);
  --unknown: light-dark(#5a636c, #9aa5af); --unknown-ground: light-dark(#e9ebe8, #252c33);
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", "Noto Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
`
