import { expect, test } from 'vitest'
import { Problem } from '../kernel/index.ts'
import { type ChildSpec, createRuntime, defineServer, failInit, Supervisor } from '../otp/index.ts'
import { startHeart } from './heart.ts'

const world = () => createRuntime({ logger: () => undefined })

/** Takes its time to end, as a server does that drains. */
const Lingering = defineServer({
  name: 'lingering',
  init(finished: Promise<void>, ctx) {
    ctx.trapExit(true)
    return { finished }
  },
  terminate: (_reason, { finished }) => finished,
})

const Refusing = defineServer({
  name: 'refusing',
  init: () => failInit(new Problem('port_in_use', 'Port 1 is in use')),
})

const rootOf = (child: ChildSpec): ChildSpec =>
  Supervisor.child({ id: 'root', name: 'root', strategy: 'one_for_one', children: [child] })

test('a root that is killed starts again once what it left behind is gone', async () => {
  const runtime = world()
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const heart = await startHeart(runtime, rootOf(Lingering.child(finished, { name: 'lingering' })))
  const [root, child] = [runtime.whereis('root'), runtime.whereis('lingering')]
  if (!root || !child) throw new Error('the tree did not start')
  runtime.exit(root, 'kill')
  finish()
  await expect.poll(() => runtime.whereis('root')).not.toBe(undefined)
  await expect.poll(() => runtime.whereis('lingering')).not.toBe(undefined)
  expect(runtime.whereis('root')).not.toBe(root)
  expect(runtime.whereis('lingering')).not.toBe(child)
  heart.stop()
  expect(await heart.ended).toBe('shutdown')
})

test('a root that dies again and again ends the node with the reason', async () => {
  const runtime = world()
  const heart = await startHeart(runtime, rootOf(Lingering.child(Promise.resolve())))
  const killer = async (): Promise<void> => {
    for (let deaths = 0; deaths < 6; deaths += 1) {
      await expect.poll(() => runtime.whereis('root')).not.toBe(undefined)
      const root = runtime.whereis('root')
      if (root) runtime.exit(root, 'kill')
    }
  }
  await killer()
  expect(await heart.ended).toBe('killed')
})

test('a child that cannot start is named by its own problem, however deep it sits', async () => {
  const nested = Supervisor.child({ id: 'inner', strategy: 'one_for_one', children: [Refusing.child()] })
  await expect(startHeart(world(), rootOf(nested))).rejects.toMatchObject({ code: 'port_in_use' })
})
