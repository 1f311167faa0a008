import { SimulatedDisk } from '../../simulated/SimulatedDisk.js'
import { reopened } from './TestOwner.js'

export async function newDisk(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  return disk
}

/** A disk as it is after a process with these items was killed; nothing is folded, and a little space was written ahead. */
export async function killed(...ids: string[]): Promise<SimulatedDisk> {
  const disk = await newDisk()
  const owner = await reopened(disk, '/d/items.json', { checkpointSize: 1000 })
  for (const id of ids) await owner.put(id)
  return disk.afterKill()
}

/** Ends an owner as a kill does, with what it wrote still in the system's memory: only its lock is gone. */
export async function killOwner(disk: SimulatedDisk): Promise<void> {
  for (const name of await disk.list('/d')) if (name.startsWith('.')) await disk.unlink(`/d/${name}`)
}
