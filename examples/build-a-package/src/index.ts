export { CsvError, parse } from './parse.js'
export { print } from './print.js'
export { type CsvRecord, parseRecords, printRecords } from './records.js'
