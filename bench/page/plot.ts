/** One row of a chart: what it is of, and its value; the first of each chart is drawn in colour. */
export interface Bar {
  readonly label: string;
  readonly value: number;
}

export interface Chart {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly form: (value: number) => string;
}

const WIDTH = 760;
const LABEL = 170;
const VALUE = 90;
const ROW = 22;
const TITLE = 34;
const GAP = 14;
const OWN = "#2f6f9f";
const OTHER = "#b8b8b8";

/** Charts of horizontal bars one below the other, each on a scale of its own from 0; an SVG document. */
export function plot(charts: readonly Chart[]): string {
  let top = 0;
  const parts = charts.map((chart) => {
    const drawn = draw(chart, top);
    top += heightOf(chart);
    return drawn;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" ` +
    `font-family="sans-serif" font-size="13">\n` +
    `<title>Isthmus beside biboumi: throughput, latency, memory</title>\n` +
    `<rect width="${WIDTH}" height="${top}" fill="#ffffff"/>\n${parts.join("\n")}\n</svg>\n`
  );
}

function heightOf(chart: Chart): number {
  return TITLE + chart.bars.length * ROW + GAP;
}

function draw(chart: Chart, top: number): string {
  const most = Math.max(...chart.bars.map(({ value }) => value));
  const room = WIDTH - LABEL - VALUE;
  const title = `<text x="8" y="${top + 22}" font-weight="bold">${escaped(chart.title)}</text>`;
  const rows = chart.bars.map(({ label, value }, index) => {
    const y = top + TITLE + index * ROW;
    const width = Math.max(1, (value / most) * room);
    const base = y + 13;
    return (
      `<text x="${LABEL - 8}" y="${base}" text-anchor="end">${escaped(label)}</text>` +
      `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 5}" fill="${index === 0 ? OWN : OTHER}"/>` +
      `<text x="${(LABEL + width + 6).toFixed(1)}" y="${base}">${escaped(chart.form(value))}</text>`
    );
  });
  return [title, ...rows].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
