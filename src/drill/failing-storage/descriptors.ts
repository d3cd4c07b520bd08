/** The number of descriptors that this process has open. */
import { readGauges } from '../soak/gauges.ts';

export async function openDescriptors(): Promise<number> {
  const { files, channels } = await readGauges(process.pid);
  return files + channels;
}
