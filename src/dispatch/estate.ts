import { type Context, createTable, type Pid, type Table } from '../otp/index.ts'
import type { BatchRow } from './batch.ts'
import type { QuotaRow } from './quotas.ts'

/** Everything of a coordinator that must outlive it. */
export interface Estate {
  readonly batches: Table<BatchRow>
  readonly quotas: Table<QuotaRow>
}

/** What a transferred table is. */
export interface Deed {
  readonly coordinator: string
  readonly part: keyof Estate
}

/** New tables, of which their maker is the heir. */
export function foundEstate(ctx: Context, coordinator: string): Estate {
  const estate = {
    batches: createTable<BatchRow>(ctx, { keyAt: 'id' }),
    quotas: createTable<QuotaRow>(ctx, { keyAt: 'key' }),
  }
  bequeath(estate, coordinator, ctx.self)
  return estate
}

/** Names the heir of an estate, who will know from the deeds whose it was. */
export function bequeath({ batches, quotas }: Estate, coordinator: string, heir: Pid): void {
  batches.setHeir({ pid: heir, data: { coordinator, part: 'batches' } satisfies Deed })
  quotas.setHeir({ pid: heir, data: { coordinator, part: 'quotas' } satisfies Deed })
}
