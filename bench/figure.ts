/** A number with the three digits that count: `1.61 M`, `52.4 k`, `524`, `0.6`. */
export function figure(value: number): string {
  if (Math.abs(value) >= 1e6) return `${threeDigits(value / 1e6)} M`
  return Math.abs(value) >= 1e4 ? `${threeDigits(value / 1e3)} k` : threeDigits(value)
}

const threeDigits = (value: number): string =>
  String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))
