/** Shows how far each property is: bars that move where somebody watches, a line for each quarter elsewhere. */
export interface Bars {
  update(name: string, done: number): void
}

const WIDTH = 30

/** Draws on a terminal or into a log, whatever `out` is. */
export function progressBars(out: NodeJS.WriteStream, names: readonly string[], total: number): Bars {
  const done = new Map(names.map((name) => [name, 0]))
  return out.isTTY ? movingBars(out, done, total) : plainLines(out, done, total)
}

function movingBars(out: NodeJS.WriteStream, done: Map<string, number>, total: number): Bars {
  const draw = (): void => {
    for (const [name, count] of done) out.write(`\u001b[2K${bar(name, count, total)}\n`)
  }
  draw()
  return {
    update(name, count) {
      done.set(name, count)
      out.write(`\u001b[${done.size}A`)
      draw()
    },
  }
}

function plainLines(out: NodeJS.WriteStream, done: Map<string, number>, total: number): Bars {
  const quarter = (count: number): number => Math.floor((count * 4) / total)
  return {
    update(name, count) {
      const before = done.get(name) ?? 0
      done.set(name, count)
      if (quarter(count) > quarter(before)) out.write(`${name}: ${count} of ${total}\n`)
    },
  }
}

/** `site-1 [=====>    ]  12 of 20`. */
function bar(name: string, count: number, total: number): string {
  const full = Math.round((count / total) * WIDTH)
  const drawn = `${'='.repeat(full)}${full < WIDTH ? '>' : ''}`.slice(0, WIDTH).padEnd(WIDTH)
  return `${name.padEnd(8)} [${drawn}] ${String(count).padStart(4)} of ${total}`
}
