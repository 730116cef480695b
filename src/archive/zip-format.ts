/** One entry as the central directory describes it. */
export interface ZipRecord {
  readonly name: Buffer
  readonly compressed: boolean
  readonly executable: boolean
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
  /** Where its local header begins. */
  readonly offset: number
}

/** Largest size, offset and archive without the Zip64 extension, in bytes. */
export const ZIP_BYTES_MAX = 0xffff_fffe
/** Most entries without the Zip64 extension. */
export const ZIP_ENTRIES_MAX = 0xfffe

/** Bytes of a local header with a name of this length. */
export const localHeaderBytes = (nameBytes: number): number => 30 + nameBytes

const VERSION = 20
/** Made on Unix, so that the upper half of the attributes is a file mode. */
const MADE_BY = (3 << 8) | VERSION
const NAMES_ARE_UTF8 = 1 << 11
/** 1980-01-01, the earliest date the format knows: equal trees give equal archives. */
const DATE = (1 << 5) | 1
const REGULAR_FILE = 0o100000

/** Source of the layouts: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16. */
export function localHeader(record: ZipRecord): Buffer {
  const header = Buffer.alloc(localHeaderBytes(record.name.length))
  header.writeUInt32LE(0x0403_4b50, 0)
  writeShared(header, record, 4)
  record.name.copy(header, 30)
  return header
}

/** The entry's line in the table at the end of the archive. */
export function centralHeader(record: ZipRecord): Buffer {
  const header = Buffer.alloc(46 + record.name.length)
  header.writeUInt32LE(0x0201_4b50, 0)
  header.writeUInt16LE(MADE_BY, 4)
  writeShared(header, record, 6)
  const mode = REGULAR_FILE | (record.executable ? 0o755 : 0o644)
  header.writeUInt32LE((mode << 16) >>> 0, 38)
  header.writeUInt32LE(record.offset, 42)
  record.name.copy(header, 46)
  return header
}

/** What ends the archive and finds the table. */
export function endRecord(entries: number, tableBytes: number, tableOffset: number): Buffer {
  const record = Buffer.alloc(22)
  record.writeUInt32LE(0x0605_4b50, 0)
  record.writeUInt16LE(entries, 8)
  record.writeUInt16LE(entries, 10)
  record.writeUInt32LE(tableBytes, 12)
  record.writeUInt32LE(tableOffset, 16)
  return record
}

/** The 26 bytes that both headers have, from "version needed" to the lengths. */
function writeShared(header: Buffer, record: ZipRecord, at: number): void {
  header.writeUInt16LE(VERSION, at)
  header.writeUInt16LE(NAMES_ARE_UTF8, at + 2)
  header.writeUInt16LE(record.compressed ? 8 : 0, at + 4)
  header.writeUInt16LE(DATE, at + 8)
  header.writeUInt32LE(record.crc, at + 10)
  header.writeUInt32LE(record.packedBytes, at + 14)
  header.writeUInt32LE(record.bytes, at + 18)
  header.writeUInt16LE(record.name.length, at + 22)
}
