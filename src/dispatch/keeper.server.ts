import {
  continueWith,
  defineServer,
  GenServer,
  noreply,
  type Pid,
  reply,
  type TableTransfer,
} from '../otp/index.ts'
import { type Deed, type Estate, foundEstate } from './estate.ts'

interface State {
  readonly coordinators: readonly string[]
  /** Estates whose coordinators are gone. */
  readonly kept: Map<string, Partial<Estate>>
}

/**
 * Heir of every coordinator's tables.
 *
 * While all is well it holds nothing. When a coordinator ends its tables come
 * here, and the next incarnation fetches them. When this process ends the
 * coordinators still own their tables, and the next keeper becomes their heir.
 * Work is lost only when both end before one of them is back.
 */
export const Keeper = defineServer({
  name: 'dispatch.keeper',
  init: (coordinators: readonly string[]): State => ({ coordinators, kept: new Map() }),
  start: () => continueWith('announce'),
  continues: {
    announce(state, _argument: undefined, { self, runtime }) {
      for (const name of state.coordinators) GenServer.cast(name, 'heir', self, { runtime })
      return noreply(state)
    },
  },
  calls: {
    /** Makes the calling coordinator the owner of its tables, new ones when there are none. */
    claim(state, { coordinator, pid }: { readonly coordinator: string; readonly pid: Pid }, ctx) {
      const estate = complete(state.kept.get(coordinator)) ?? foundEstate(ctx, coordinator)
      state.kept.delete(coordinator)
      for (const table of [estate.batches, estate.quotas]) table.giveAway(pid)
      return reply(estate, state)
    },
  },
  info: {
    'ETS-TRANSFER'(state, { table, data }: TableTransfer) {
      const { coordinator, part } = data as Deed
      state.kept.set(coordinator, { ...state.kept.get(coordinator), [part]: table })
      return noreply(state)
    },
  },
})

function complete({ batches, quotas }: Partial<Estate> = {}): Estate | undefined {
  return batches && quotas && { batches, quotas }
}
